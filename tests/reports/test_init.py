from __future__ import annotations

import re
import tomllib

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from assay.audit import config
from assay.audit.errors import OutputError
from assay.reports import init_command
from assay.reports.cli import cli

HOSTILE = ['te"xt', "l'ab\\el", "a#b=c", "[x]", "日本\u202e", "tab\tname", "del\x7f"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(
        "id,text,category\n1,hello there,refund\n2,other words here,o'n\"e\n3,more text to read,refund\n"
    )
    return tmp_path


def run(*arguments):
    done = CliRunner().invoke(cli, ["init", *arguments], standalone_mode=False)
    if done.exception:
        raise done.exception
    return done


def test_init_writes_a_valid_commented_file(folder):
    run("t.csv", "--test", "t.csv", "--test", "t.csv", "--label", "category", "--text", "text")
    text = (folder / "assay.toml").read_text()
    parsed = config.load(folder / "assay.toml")
    assert (parsed.data.label, parsed.data.text) == ("category", ("text",))
    assert len(parsed.data.test) == 2
    assert "refund (6)" in text
    assert "# where = \"category = 'o''n\\\"e'\"" in text
    start = text.index("# [[slice]]")
    uncommented = re.sub("(?m)^# ?", "", text[start : text.index("# When a model")])
    policy = re.sub("(?m)^# ?", "", text[text.index("# [gate]") :])
    told = config.parse_text(text[:start] + uncommented + policy, "assay.toml")
    assert [r.metric for r in told.gate.require] == ["recall", "accuracy"]
    assert {s.where for s in told.slice} >= {
        "category = 'refund'",
        "category = 'o''n\"e'",
    }


def test_init_never_overwrites_unless_forced(folder):
    (folder / "assay.toml").write_text("mine")
    with pytest.raises(OutputError, match="--force"):
        run("t.csv")
    assert (folder / "assay.toml").read_text() == "mine"
    run("t.csv", "--force")
    assert "[data]" in (folder / "assay.toml").read_text()


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_column_names_make_valid_toml(folder, name):
    quoted = '"' + name.replace('"', '""') + '"'
    (folder / "h.csv").write_text(f"{quoted},label\nhello there you,a\nother words here,b\nmore to read,a\n", "utf-8")
    run("h.csv", "--text", name, "--label", "label")
    assert config.load(folder / "assay.toml").data.text == (name,)


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",))), min_size=1, max_size=4))
def test_any_strings_survive_as_toml(words):
    read = tomllib.loads(f"value = {init_command._value(words)}")["value"]
    assert read == (words[0] if len(words) == 1 else words)
