"""`assay report` draws what the commands drew, byte for byte, from the folders that they left."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from command import assay

WORDS = ["parcel", "courier", "invoice", "charge", "password", "login", "kettle", "lamp", "heater", "refund"]
CONFIG = """
[data]
train = "train.csv"
test = "test.csv"
text = "text"
label = "label"
id = "id"
[audit]
fail_on = "warning"
[[slice]]
name = "odd"
where = "text ILIKE '%odd%'"
critical = true
min_train = 40
min_test = 50
[[gate.require]]
slice = "critical"
metric = "accuracy"
at_least = 0.2
[[gate.require]]
slice = "every class"
metric = "recall"
at_least = 0.95
unknown = "warn"
[[gate.waiver]]
rule = "c1 recall"
reason = "new market | being labelled"
owner = "Ada"
expires = 2999-01-31
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An audit with copies, leaks and equal findings; an evaluation; a gate; and what each command printed."""
    folder = tmp_path_factory.mktemp("report")
    rows = []
    for n in range(150):
        odd = "odd" if n % 2 else "even"
        said = " ".join(WORDS[(n * k) % 10] for k in (1, 3, 7))
        rows.append({"id": f"t{n}", "text": f"{odd} question number {n}\nabout my {said}", "label": f"c{n % 3}"})
    leak = {**rows[3], "label": "c1"}
    pl.DataFrame([*rows[:75], {**rows[0], "id": "copy"}, {**rows[1], "label": "=1+1", "id": "-7"}]).write_csv(
        folder / "train.csv"
    )
    pl.DataFrame([*rows[75:], {**leak, "id": "x1"}, {**leak, "id": "x2"}]).write_csv(folder / "test.csv")
    test = pl.read_csv(folder / "test.csv", infer_schema=False)
    wrong = pl.Series(range(test.height)) % 9 == 0
    said = pl.DataFrame({"l": test["label"], "w": wrong}).select(pl.when("w").then(pl.lit("c0")).otherwise("l"))
    pl.DataFrame({"id": test["id"], "prediction": said.to_series()}).write_csv(folder / "p.csv")
    (folder / "assay.toml").write_text(CONFIG, "utf-8")
    return folder


def audit(folder, form):
    more = ("--encoder", "lsa", "--output", "audit", "--ignore", "LEK003,DUP003,RLS005,SLC004")
    return assay(folder, "audit", *more, "--format", form).stdout


def report(folder, name, form, *more, **options):
    return assay(folder, "report", name, "--format", form, *more, codes=(0,), **options).stdout


@pytest.fixture(scope="module")
def audited(made):
    forms = ("terminal", "json", "sarif", "csv", "github", "markdown", "junit", "jsonl")
    return {form: audit(made, form) for form in forms[:5]} | {"folder": made}


@pytest.mark.parametrize("form", ["terminal", "json", "sarif", "csv", "github"])
def test_an_audit_is_drawn_again_to_the_byte(audited, form):
    assert report(audited["folder"], "audit", form) == audited[form]
    assert audited[form]


def test_its_page_and_its_lines_are_drawn_again(audited):
    folder = audited["folder"]
    assert report(folder, "audit", "html") == (folder / "audit" / "report.html").read_bytes()
    lines = report(folder, "audit", "jsonl").splitlines()
    stored = pl.read_parquet(folder / "audit" / "findings.parquet")
    assert [json.loads(line) for line in lines] == [json.loads(row) for row in stored.write_ndjson().splitlines()]
    findings = json.loads((folder / "audit" / "audit.json").read_bytes())["counts"]
    twice = stored.filter(pl.col("code") == "LEK001")
    assert findings["LEK001"]["findings"] == 2
    assert twice["fingerprint"].n_unique() == 1  # equal findings are told apart


def test_threshold_and_baseline_may_be_others_than_the_audits(audited):
    folder = audited["folder"]
    assert report(folder, "audit", "terminal", "--fail-on", "never").startswith(b"ERRORS FOUND  ")
    known = report(folder, "audit", "terminal", "--baseline", "audit")
    assert known.startswith(b"PASS  no findings (")
    wrong = assay(folder, "report", "ev", "--fail-on", "never", codes=(2,))
    assert b"Error" in wrong.stderr or b"error" in wrong.stderr


def test_without_the_files_everything_but_texts_is_drawn(audited, tmp_path):
    folder = audited["folder"]
    shutil.copytree(folder / "audit", tmp_path / "audit")
    done = assay(tmp_path, "report", "audit", codes=(0,))
    assert b"texts are not shown" in done.stderr
    assert b".csv:" in done.stdout
    assert b"the text is not here" in done.stdout
    assert report(tmp_path, "audit", "jsonl") == report(folder, "audit", "jsonl")
    sarif = json.loads(report(tmp_path, "audit", "sarif"))
    whole = json.loads(audited["sarif"])
    assert [r["locations"] for r in sarif["runs"][0]["results"]] == [
        r["locations"] for r in whole["runs"][0]["results"]
    ]


def test_a_file_that_has_changed_is_not_taken_for_the_audited_one(audited, tmp_path):
    folder = audited["folder"]
    shutil.copytree(folder, tmp_path / "all")
    data = tmp_path / "all" / "train.csv"
    data.write_bytes(data.read_bytes().replace(b"question", b"SECRET", 1))
    done = assay(tmp_path / "all", "report", "audit", codes=(0,))
    assert b"has changed since the audit" in done.stderr
    assert b"SECRET" not in done.stdout


@pytest.fixture(scope="module")
def judged(audited):
    folder = audited["folder"]
    forms = ("terminal", "json", "markdown", "csv", "jsonl", "github")
    first = assay(folder, "evaluate", "--predictions", "p.csv", "--output", "ev", "--audit", "audit", codes=(0,))
    printed = {"terminal": first.stdout}
    gate = {f: assay(folder, "gate", "ev", "--output", "g", "--format", f).stdout for f in (*forms, "junit")}
    return folder, printed, gate


def test_an_evaluation_is_drawn_again(judged):
    folder, printed, _ = judged
    assert report(folder, "ev", "terminal") == printed["terminal"]
    assert report(folder, "ev", "json") == (folder / "ev" / "evaluation.json").read_bytes()
    assert report(folder, "ev", "html") == (folder / "ev" / "report.html").read_bytes()
    lines = [json.loads(line) for line in report(folder, "ev", "jsonl").splitlines()]
    assert {"set": "test", "name": "overall", "metric": "accuracy"}.items() <= lines[0].items() or any(
        line["name"] == "overall" and line["metric"] == "accuracy" for line in lines
    )
    table = pl.read_csv(report(folder, "ev", "csv"))
    assert table.height == len(lines)
    assert table.filter((pl.col("name") == "odd") & (pl.col("metric") == "accuracy"))["n"].to_list()[0] > 0


@pytest.mark.parametrize("form", ["terminal", "json", "markdown", "csv", "jsonl", "github", "junit"])
def test_a_verdict_is_drawn_again(judged, form):
    folder, _, gate = judged
    assert report(folder, "g", form) == gate[form]
    files = {"json": "verdict.json", "markdown": "verdict.md", "junit": "verdict.junit.xml"}
    if form in files:
        assert gate[form] == (folder / "g" / files[form]).read_bytes()


def test_its_page_is_drawn_again(judged):
    folder, _, _ = judged
    assert report(folder, "g", "html") == (folder / "g" / "report.html").read_bytes()


def test_what_has_no_such_form_says_which_it_has(judged):
    folder, _, _ = judged
    done = assay(folder, "report", "ev", "--format", "sarif", codes=(2,))
    assert b"an evaluation cannot be told as sarif; choose from terminal" in done.stderr
    assert not done.stdout


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda _: None, b"no such folder"),
        (lambda f: f.mkdir(), b"no result of Assay is in this folder"),
        (lambda f: (f.mkdir(), (f / "verdict.json").write_text("[1")), b"verdict.json: not JSON"),
        (lambda f: (f.mkdir(), (f / "verdict.json").write_text('{"schema_version": 1}')), b"lacks outcome"),
        (lambda f: (f.mkdir(), (f / "evaluation.json").write_text("[" * 90_000)), b"evaluation.json: not JSON"),
        (lambda f: (f.mkdir(), (f / "audit.json").write_text("{}")), b"not an audit folder"),
        (lambda f: (f.mkdir(), (f / "run.json").write_text('{"steps": []}')), b"audit.json: cannot be read"),
    ],
)
def test_what_is_no_result_is_refused(tmp_path, make, told):
    make(tmp_path / "x")
    done = assay(tmp_path, "report", "x", codes=(2,))
    assert told in done.stderr, done.stderr
    assert not done.stdout


def test_a_folder_of_folders_names_them(judged):
    folder, _, _ = judged
    done = assay(folder, "report", ".", codes=(2,))
    assert b"there are audit, ev, g in it" in done.stderr


def test_tables_that_do_not_fit_the_document_are_refused(audited, tmp_path):
    shutil.copytree(audited["folder"], tmp_path / "all")
    table = tmp_path / "all" / "audit" / "findings.parquet"
    pl.read_parquet(table).with_columns(pl.col("row") + 100_000).write_parquet(table)
    done = assay(tmp_path / "all", "report", "audit", codes=(2,))
    assert b"its tables do not fit audit.json" in done.stderr
    pl.read_parquet(audited["folder"] / "audit" / "findings.parquet").head(3).write_parquet(table)
    assert b"do not fit" in assay(tmp_path / "all", "report", "audit", codes=(2,)).stderr


def test_it_is_written_to_a_file_whole(judged, tmp_path):
    folder, _, gate = judged
    done = assay(folder, "report", "g", "--format", "csv", "--output", str(tmp_path / "deep" / "g.csv"), codes=(0,))
    assert (tmp_path / "deep" / "g.csv").read_bytes() == gate["csv"]
    assert not done.stdout
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["g.csv"]


def test_the_step_summary_is_added_to_and_never_over_its_limit(judged, tmp_path):
    folder, _, gate = judged
    path = tmp_path / "summary.md"
    env = {"GITHUB_STEP_SUMMARY": str(path)}
    report(folder, "g", "github", env=env)
    report(folder, "audit", "github", env=env)
    assert path.read_bytes() == gate["markdown"] + b"\n" + report(folder, "audit", "markdown") + b"\n"
    path.write_bytes(b"x" * (1024 * 1024 - 100))
    done = assay(folder, "report", "g", "--format", "github", codes=(0,), env=env)
    assert path.stat().st_size == 1024 * 1024 - 100
    assert b"over 1 MiB" in done.stderr
    gone = {"GITHUB_STEP_SUMMARY": str(tmp_path / "no" / "such")}
    assert b"cannot be written" in assay(folder, "report", "g", "--format", "github", codes=(0,), env=gone).stderr


def test_help_names_every_form():
    assert b"github" in assay(Path.cwd(), "report", "--help", codes=(0,)).stdout
