from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
import with_rules

from assay.audit import catalogue, rules, store
from assay.reports import cli

SCRIPT = Path(with_rules.__file__)
CSV = "id,text,label\n1,hello there,a\n2,hello there,b\n3,other text,a\n"
FILES = ["audit.json", "findings.parquet", "report.html", "rows.parquet", "timings.json"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(CSV)
    return tmp_path


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def assay(folder, monkeypatch, capsys):
    """The command line in this process, with the throw-away rules beside the real ones."""
    rules.all_rules()
    monkeypatch.setattr(rules, "_rules", {c: r for c, r in rules._rules.items() if not c.startswith("ZZZ")})
    monkeypatch.setattr(rules, "_scorers", dict(rules._scorers))
    monkeypatch.delenv("ASSAY_DEBUG", raising=False)
    with_rules.register()

    def run(*arguments):
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main(arguments)
        return Done(end.value.code, *capsys.readouterr())

    return run


@pytest.fixture
def audit(assay):
    return lambda *arguments: assay("audit", "t.csv", "--select", "ZZZ", *arguments)


def spawn(*arguments, env=None, **options):
    """The command line as a process of its own."""
    command = [sys.executable, str(SCRIPT), "audit", "t.csv", "--select", "ZZZ", *arguments]
    environment = {**os.environ, "PYTHONUTF8": "1", **(env or {})}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=120, **options)


def test_findings_fail_with_1_and_everything_is_written(folder, audit):
    done = audit()
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("FAIL  1 error in 3 rows")
    assert done.stderr == ""
    assert sorted(p.name for p in (folder / "assay-out/audit").iterdir()) == FILES
    findings = pl.read_parquet(folder / "assay-out/audit/findings.parquet")
    assert findings["line"].to_list() == [3, 2]
    assert findings["fix"].to_list() == ["drop", None]
    document = json.loads((folder / "assay-out/audit/audit.json").read_text())
    none = {"findings": 0, "rows": 0}
    own = {"error": {"findings": 1, "rows": 2}, "warning": none, "note": none}
    assert document["counts"] == {"ZZZ001": {"severity": "error", "findings": 1, "rows": 2, "by_severity": own}}
    assert "--group" in document["skipped"]["ZZZ002"]
    assert sorted(document) == [
        "assay_version", "config", "counts", "data", "incomplete", "ran", "roles", "schema_version", "skipped",
        "versions",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--fail-on", "never"], 0),
        (["--ignore", "zzz001", "--group", "label"], 0),
        (["--ignore", "ZZZ001"], 2),  # nothing ran
        (["--ignore", "ALL"], 2),
        (["--quiet"], 1),
        (["--fail-on", "sometimes"], 2),
        (["--select", "XYZ"], 2),
        (["--output", ""], 2),
        (["--output", "t.csv"], 2),
        (["--output", "/proc/nowhere"], 2),
        (["--baseline", "missing"], 2),
        (["--config", "missing.toml"], 2),
        (["--text", "txt"], 2),
    ],
)
def test_exit_codes(folder, audit, arguments, code):
    done = audit(*arguments)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert (folder / "t.csv").read_text() == CSV


def test_a_crashed_rule_gives_2_and_the_others_results(folder, audit):
    with_rules.register_crashing()
    done = audit("--fail-on", "never", "--format", "json")
    assert done.returncode == 2
    assert "error: ZZZ003 broke: RuntimeError: boom␛[31m" in done.stderr
    assert json.loads(done.stdout)["incomplete"] == {"ZZZ003": "RuntimeError: boom\x1b[31m"}
    assert json.loads(done.stdout)["counts"]["ZZZ001"]["findings"] == 1
    assert sorted(p.name for p in (folder / "assay-out/audit").iterdir()) == FILES
    shown = audit("--fail-on", "never").stdout
    assert shown.startswith("INCOMPLETE  1 error")
    assert "the audit is incomplete" in shown
    assert "ZZZ003: RuntimeError: boom␛[31m" in shown


def test_a_broken_row_score_gives_2_and_the_others_results(folder, audit):
    with_rules.register_broken_score()
    done = audit("--fail-on", "never")
    assert done.returncode == 2
    assert "rows.parquet column test_similarity: ZeroDivisionError: division by zero" in done.stdout
    rows = pl.read_parquet(folder / "assay-out/audit/rows.parquet")
    assert rows["outlier"].to_list() == [0.5] * 3
    assert rows["test_similarity"].null_count() == 3
    assert pl.read_parquet(folder / "assay-out/audit/findings.parquet").height == 2


def test_skipped_rules_are_named_with_the_cure(audit):
    done = audit("--ignore", "ZZZ001", "--group", "label")
    assert done.stdout.startswith("PASS  no findings in 3 rows, 1 rule ran\n")
    assert "Skipped rules" not in done.stdout
    done = audit("--fail-on", "never")
    assert "1 rule ran, 1 skipped" in done.stdout.split("\n")[0]
    assert "Skipped rules\n  ZZZ002: no group column; name one with --group COLUMN" in done.stdout


def test_nothing_checked_is_told_even_if_quiet(audit):
    done = audit("--ignore", "ZZZ001", "--quiet")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: nothing was checked: no rule ran\n       ZZZ002: no group column; name one")


def test_a_bug_is_one_line_unless_asked(folder, audit, monkeypatch):
    monkeypatch.setattr(store, "findings_frame", lambda _: 1 / 0)
    done = audit()
    assert done.returncode == 2
    assert "error: ZeroDivisionError: division by zero\nthis is a bug in Assay" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "assay-out").exists()
    monkeypatch.setenv("ASSAY_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        cli._outcome(["audit", "t.csv", "--select", "ZZZ"])


def test_every_option_of_the_contract(folder, assay):
    (folder / "p.csv").write_text("text2,text\nfree,words\n")
    (folder / "t.csv").write_text("key,text,text2,y,who,when\n1,a,b,x,me,2024-01-01\n2,a,c,y,you,2024-01-02\n")
    (folder / "known").write_text("")
    (folder / "c.toml").write_text("")
    files = ["--validation", "t.csv", "--test", "t.csv", "--test", "t.csv", "--production", "p.csv"]
    roles = ["--text", "text", "--text", "text2", "--label", "y", "--id", "key", "--group", "who", "--time", "when"]
    rest = ["--select", "zzz", "--ignore", "ZZZ002", "--fail-on", "warning", "--output", "o", "--baseline", "known"]
    done = assay("audit", "t.csv", *files, *roles, *rest, "--format", "json", "--config", "c.toml")
    assert (done.returncode, done.stderr) == (1, "")
    document = json.loads(done.stdout)
    assert [(n, s["rows"]) for n, s in document["data"].items()] == [
        ("production", 1), ("test", 2), ("test2", 2), ("train", 2), ("validation", 2),
    ]  # fmt: skip
    assert {r: document["roles"][r] for r in ("text", "label", "id", "group", "time")} == {
        "text": ["text", "text2"], "label": "y", "id": "key", "group": "who", "time": "when",
    }  # fmt: skip
    assert (document["ran"], document["config"]["fail_on"]) == (["ZZZ001"], "warning")
    assert "p.csv: no column 'key' (id), so it is empty there" in document["notes"]


@pytest.mark.parametrize("form", ["json", "jsonl", "sarif", "junit", "markdown"])
def test_formats_go_to_stdout_alone(audit, form):
    done = audit("--format", form)
    assert (done.returncode, done.stderr) == (1, "")
    assert "ZZZ001" in done.stdout
    if form in {"json", "sarif"}:
        json.loads(done.stdout)


def test_same_bytes_whatever_the_hash_seed(folder):
    for seed in ("0", "1"):
        spawn("--output", f"out{seed}", env={"PYTHONHASHSEED": seed})
    for name in set(FILES) - {"timings.json"}:
        assert (folder / "out0" / name).read_bytes() == (folder / "out1" / name).read_bytes(), name


def test_baseline_accepts_and_tells_what_is_stale(folder, audit):
    audit("--output", "known")
    done = audit("--baseline", "known")
    assert done.returncode == 0
    assert "(1 accepted)" in done.stdout
    (folder / "t.csv").write_text(CSV.replace("2,hello there", "2,hello you"))
    assert "1 stale" in audit("--baseline", "known/findings.parquet").stdout
    (folder / "known.txt").write_text("nonsense\n")
    assert "known.txt:1: not a fingerprint" in audit("--baseline", "known.txt").stderr


def test_config_is_found_and_the_command_line_wins(folder, assay, monkeypatch):
    (folder / "assay.toml").write_text('[data]\ntrain = "t.csv"\n[audit]\nfail_on = "never"\nselect = "ZZZ"\n')
    done = assay("audit")
    assert done.returncode == 0
    assert done.stderr == "configuration: assay.toml\n"
    assert assay("audit", "--fail-on", "error").returncode == 1
    assert assay("audit", "--quiet").stderr == ""
    (folder / "sub").mkdir()
    monkeypatch.chdir(folder / "sub")
    done = assay("audit", "--config", "../assay.toml")
    assert (done.returncode, done.stderr) == (0, "")
    monkeypatch.chdir(folder)
    (folder / "assay.toml").write_text("[data]\ntrian = 1\n")
    assert "assay.toml:2: data.trian: unknown key; did you mean 'train'?" in assay("audit").stderr


def test_config_severity_changes_the_verdict(folder, audit):
    (folder / "assay.toml").write_text('[audit.rules.ZZZ001]\nseverity = "note"\n')
    assert audit().returncode == 0


def test_repeated_tests_are_named_in_order(audit):
    done = audit("--test", "t.csv", "--test", "t.csv", "--format", "json")
    assert list(json.loads(done.stdout)["data"]) == ["test", "test2", "train"]


def test_no_data_is_told(assay):
    done = assay("audit")
    assert done.returncode == 2
    assert "no training data; name a file" in done.stderr


def test_disk_full_keeps_the_old_results(folder):
    spawn()
    out = folder / "assay-out/audit"
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    done = spawn(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600)))
    assert done.returncode == 2
    assert done.stderr.startswith("error: cannot write into assay-out/audit: File too large")
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    assert done.stdout == ""


def test_stdout_that_cannot_be_written(folder):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, str(SCRIPT), "audit", "t.csv", "--select", "ZZZ"],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (2, "error: cannot write to standard output: No space left on device\n")


def test_a_reader_that_leaves_early_is_no_error(folder):
    lines = "".join(f"{i},same text {i % 3} {'x' * 200},a\n" for i in range(2000))
    (folder / "t.csv").write_text("id,text,label\n" + lines)
    command = (
        f"{sys.executable} {SCRIPT} audit t.csv --select ZZZ --format jsonl 2>err | head -n 1; echo ${{PIPESTATUS[0]}}"
    )
    done = subprocess.run(["/bin/bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "1"
    assert (folder / "err").read_text() == ""


def test_ctrl_c_is_clean(folder):
    command = [sys.executable, str(SCRIPT), "audit", "t.csv", "--select", "ZZZ"]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "ZZZ_SLEEP": "1"})
    assert running.stderr.readline() == "sleeping\n"
    running.send_signal(signal.SIGINT)
    _, rest = running.communicate(timeout=30)
    assert (running.returncode, rest.strip()) == (130, "interrupted")
    assert not (folder / "assay-out").exists()


def test_ascii_output_survives_anything(folder):
    (folder / "t.csv").write_text("id,text,label\n1,żółć 日本 \x1b[31m,a\n2,żółć 日本 \x1b[31m,b\n", "utf-8")
    done = spawn(env={"PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 1, done.stderr
    assert done.stdout.isascii()
    assert "\x1b" not in done.stdout
    assert "!! error" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["audt"], "Did you mean 'audit'?"),
        (["audit", "--formt", "x"], "Did you mean '--format'?"),
        (["explain", "ZZZ01"], "error: no rule 'ZZZ01'; did you mean"),
        (["explain", "same-txt"], "did you mean 'same-text'?"),
        (["explain", "ZZZ"], "did you mean one of ZZZ001, ZZZ002?"),
        (["explain", "RLS04"], "did you mean 'RLS004'?"),
        (["explain"], "Missing argument 'CODE'"),
    ],
)
def test_wrong_words_get_the_nearest(assay, arguments, words):
    done = assay(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("word", ["ZZZ001", "zzz001", "same-text"])
def test_explain(assay, word):
    done = assay("explain", word)
    assert done.returncode == 0
    assert done.stdout.startswith("ZZZ001 same-text (error)\n\nFind the same text twice.\n\nWhy: it is")
    assert "similarity = 0.8    # a number" in done.stdout


@pytest.mark.parametrize("word", ["abc009", "hummed-text"])
def test_explain_says_what_is_not_built_yet(assay, monkeypatch, word):
    monkeypatch.setitem(catalogue.PROMISED, "ABC009", ("hummed-text", "texts that were hummed"))
    done = assay("explain", word)
    assert done.returncode == 0
    assert done.stdout.startswith("ABC009 hummed-text\n\nPlanned, not built in this version")
    assert "it will find texts that were hummed" in done.stdout


def test_rules_to_come_may_be_ignored_but_not_selected(folder, assay, audit, monkeypatch):
    monkeypatch.setitem(catalogue.PROMISED, "ABC009", ("hummed-text", "texts that were hummed"))
    assert audit("--ignore", "ABC009").returncode == 1
    done = assay("audit", "t.csv", "--select", "abc")
    assert done.returncode == 2
    assert done.stderr == "error: 'ABC' selects only rules that are not built yet: ABC009\n"
    (folder / "assay.toml").write_text('[audit]\nignore = ["ABC"]\n[audit.rules.ABC009]\nx = 1\n')
    assert audit().stderr.endswith("error: assay.toml:3: audit.rules.ABC009: this rule is not built yet\n")


def test_rules_and_version(assay):
    assert "ZZZ001  same-text" in assay("rules").stdout
    assert assay("--version").stdout.startswith("assay ")


@pytest.mark.parametrize(
    "command", [[sys.executable, "-m", "assay.reports.cli"], [str(Path(sys.executable).with_name("assay"))]]
)
def test_both_ways_to_start(folder, command):
    if not Path(command[0]).exists():
        pytest.skip(f"{command[0]} is not installed")
    (folder / "train.py").write_text("raise SystemExit(9)")
    done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "assay 0.1.0\n")


HEAVY = "torch transformers datasets pandas sklearn great_expectations numba polars pyarrow numpy rich pydantic jinja2"


@pytest.mark.parametrize("command", [[], ["audit"], ["init"], ["explain"], ["rules"]])
def test_help_imports_nothing_heavy(command):
    code = (
        "import sys\nfrom assay.reports import cli\ntry:\n    cli.main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        f"print([m for m in {HEAVY.split()!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, *command, "--help"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Usage: assay")
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_library_that_ends_the_process_is_no_pass(tmp_path):
    """What a command loads may leave with exit code 0: an audit that did not come to its end exits with 2."""
    (tmp_path / "libraries").mkdir()
    (tmp_path / "libraries" / "polars.py").write_text("raise SystemExit(0)\n")
    (tmp_path / "train.csv").write_text("text,label\nan example,a\n")
    done = subprocess.run(
        [sys.executable, "-m", "assay.reports.cli", "audit", "train.csv"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": "libraries"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "a library ended the process" in done.stderr
