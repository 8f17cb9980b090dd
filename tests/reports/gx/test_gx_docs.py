"""`assay report --format gx` and `assay init --expectations`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

gx = pytest.importorskip("great_expectations", reason="Great Expectations is not installed")

from browser import browser  # noqa: E402

from assay.audit import config  # noqa: E402
from assay.reports.cli import main  # noqa: E402

HOSTILE = '<script>window.owned=1</script><img src=x onerror="window.owned=2"> $row ${text}'
ROWS = [
    "id,text,label,stars,channel",
    *(f'T{n},"the parcel number {n} has not come on {day}",{label},{n % 5},{"mail" if n % 2 else "chat"}'
      for n, (day, label) in enumerate([("monday", "a"), ("friday", "b")] * 13)),
]  # fmt: skip


def command(*arguments):
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    return left.value.code


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_audit_in_data_docs_is_shown_and_harmless(folder, capsys):
    quoted = HOSTILE.replace('"', '""')
    lines = ["text,label", f'"{quoted} {quoted}",a', f'"{quoted} {quoted} ",b', "a text of its own here,a"]
    Path("train.csv").write_text("\n".join(lines) + "\n", "utf-8")
    command("audit", "train.csv", "--text", "text", "--label", "label", "--select", "DUP001,LBL001,LEK001", "--quiet")
    assert command("report", "assay-out/audit", "--format", "gx", "--project", "nowhere") == 2
    assert "no project of Great Expectations" in capsys.readouterr().err
    gx.get_context(mode="file", project_root_dir="project")
    told = ["report", "assay-out/audit", "--format", "gx", "--project", "project"]
    assert command(*told) == 0
    assert "added to Data Docs" in capsys.readouterr().err
    pages = sorted(Path("project/gx/uncommitted/data_docs").rglob("assay-*.html"))
    assert len(pages) == 1
    assert command(*told) == 0
    assert sorted(Path("project/gx/uncommitted/data_docs").rglob("assay-*.html")) == pages, "the same audit, once"
    with browser() as chromium:
        page = chromium.new_page()
        page.route("**/*", lambda r: r.continue_() if r.request.url.startswith("file:") else r.abort())
        page.goto(pages[0].resolve().as_uri())
        assert page.evaluate("window.owned") is None
        assert page.locator("img[onerror]").count() == 0
        said = page.inner_text("body")
    for words in (
        HOSTILE,
        "train.csv:2",
        "DUP001 exact-duplicate must have no findings",
        "This could not be checked: not checked:",
    ):
        assert words in said, words


def test_only_audits_go_into_data_docs(folder, capsys):
    Path("out").mkdir()
    Path("out/verdict.json").write_text("{}", "utf-8")
    assert command("report", "out", "--format", "gx", "--project", ".") == 2
    assert "adds an audit" in capsys.readouterr().err


def test_the_draft_is_not_enforced_and_holds_for_its_own_data(folder, capsys):
    Path("train.csv").write_text("\n".join(ROWS) + "\n", "utf-8")
    assert command("init", "train.csv", "--expectations", "--text", "text", "--label", "label", "--id", "id") == 0
    assert "draft to review" in capsys.readouterr().err
    assert config.load(Path("assay.toml")).expectations.suite is None
    told = {
        (e["type"], e["kwargs"].get("column")): e for e in json.loads(Path("suite.json").read_text())["expectations"]
    }
    assert told["expect_column_values_to_be_unique", "id"]["severity"] == "warning"
    assert told["expect_column_values_to_be_in_set", "label"]["kwargs"]["value_set"] == ["a", "b"]
    assert told["expect_column_values_to_be_in_set", "stars"]["kwargs"]["value_set"] == [0, 1, 2, 3, 4]
    assert told["expect_column_value_lengths_to_be_between", "text"]["kwargs"]["max_value"] == 100
    text = Path("assay.toml").read_text("utf-8").replace("# [expectations]", "[expectations]")
    Path("assay.toml").write_text(text.replace('# suite = "suite.json"', 'suite = "suite.json"'), "utf-8")
    assert command("audit", "--select", "GEX001", "--quiet") == 0
    broken = "\n".join([*ROWS, 'T1,"another text to read",c,9,fax'])
    Path("train.csv").write_text(broken + "\n", "utf-8")
    assert command("audit", "--select", "GEX001", "--format", "jsonl") == 1
    said = [json.loads(line)["message"].split(",")[0] for line in capsys.readouterr().out.splitlines()]
    assert {"label is 'c'", "stars is '9'", "channel is 'fax'", "id is 'T1'"} <= set(said)


def test_an_existing_suite_is_not_replaced(folder, capsys):
    Path("train.csv").write_text("\n".join(ROWS) + "\n", "utf-8")
    Path("suite.json").write_text("mine", "utf-8")
    assert command("init", "train.csv", "--expectations") == 2
    assert "suite.json is there already" in capsys.readouterr().err
    assert not Path("assay.toml").exists()
    assert Path("suite.json").read_text() == "mine"
