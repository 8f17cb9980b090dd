# ruff: noqa: E501 - messages in full
from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field

from assay.audit import config, rules
from assay.audit.errors import ConfigError
from assay.audit.rules import Severity
from assay.audit.toml_lines import line_of

DESIGN = """
[data]
train = "train.csv"
test = "test.csv"
production = "production.jsonl"
text = "text"
label = "category"
group = "customer_id"

[audit]
fail_on = "error"
ignore = ["ZZZ002"]
[audit.rules.ZZZ001]
similarity = 0.8
severity = "note"

[[slice]]
name = "urgent refund"
where = "category = 'refund' AND text ILIKE '%urgent%'"
critical = true
min_train = 50
min_test = 30

[expectations]
suite = "suite.json"

[train]
model = "distilbert/distilbert-base-uncased"
method = "lora"

[gate]
confidence = 0.95
[[gate.require]]
slice = "critical"
metric = "recall"
at_least = 0.90
[[gate.require]]
slice = "every slice"
metric = "accuracy"
no_worse_than_baseline_by = 0.02
"""


@pytest.fixture(autouse=True)
def registry(monkeypatch):
    rules.all_rules()
    monkeypatch.setattr(rules, "_rules", {})
    monkeypatch.setattr(rules, "_scorers", {})
    monkeypatch.setattr(rules, "iter_modules", lambda *_: [])
    monkeypatch.setattr(rules, "_homes", dict)

    @rules.rule("ZZZ001", "first", Severity.ERROR)
    def first(
        data,
        *,
        similarity: Annotated[float, Field(ge=0, le=1)] = 0.8,
        keep: Literal["first", "last"] = "first",
        words: tuple[str, ...] = (),
        size: int | None = None,
        strict: bool = False,
    ):
        """Find.

        Why: w.
        Fix: f.
        """
        yield from ()

    @rules.rule("ZZZ002", "second", Severity.NOTE)
    def second(data, *, limit: Unknown = 3):  # noqa: F821 - an annotation that cannot be read
        """Find.

        Why: w.
        Fix: f.
        """
        yield from ()


def problem(text, name="assay.toml"):
    with pytest.raises(ConfigError) as caught:
        config.parse_text(text, name)
    return str(caught.value)


def test_the_example_of_the_design_is_valid():
    parsed = config.parse_text(DESIGN, "assay.toml")
    settings = parsed.settings()
    assert settings.options == {"ZZZ001": {"similarity": 0.8}}
    assert settings.severities == {"ZZZ001": Severity.NOTE}
    assert parsed.data.test == ("test.csv",)
    assert [r.at_least for r in parsed.gate.require] == [0.9, None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('ignor = ["A"]', "assay.toml:1: ignor: unknown key; known: data, audit"),
        ('ignore = ["A"]', "assay.toml:1: ignore: unknown key; did you mean 'audit.ignore'?"),
        ('[data]\n\ntxt = "a"', "assay.toml:3: data.txt: unknown key; did you mean 'text'?"),
        ("[data]\ntrain = 3", "assay.toml:2: data.train: expected a list (or one value of it), got 3"),
        ('[data]\ntext = ["a", 3]', "assay.toml:2: data.text[1]: expected a string, got 3"),
        ('[audit]\nfail_on = "fatal"', "assay.toml:2: audit.fail_on: expected one of error, warning, note, never, got 'fatal'"),
        ('[audit]\nselect = "ZZY"', "assay.toml:2: audit.select: no rule starts with 'ZZY'; did you mean 'ZZZ"),
        ("[audit.rules.ZZZ01]\na = 1", "assay.toml:1: audit.rules.ZZZ01: no such rule; did you mean 'ZZZ0"),
        ("[audit.rules.ZZZ001]\nsimilarty = 1", "assay.toml:2: audit.rules.ZZZ001.similarty: rule ZZZ001 has no such option; did you mean 'similarity'?"),
        ('[audit.rules.ZZZ001]\nsimilarity = "high"', "assay.toml:2: audit.rules.ZZZ001.similarity: expected a number, got 'high'"),
        ("[audit.rules.ZZZ001]\nsimilarity = 80", "less than or equal to 1"),
        ('[audit.rules.ZZZ001]\nkeep = "all"', "expected one of first, last, got 'all'"),
        ("[audit.rules.ZZZ001]\nstrict = 1", "expected true or false, got 1"),
        ('[audit.rules]\nZZZ001 = {severity = "bad"}', "assay.toml:2: audit.rules.ZZZ001.severity: expected one of error, warning, note, got 'bad'"),
        ('[audit.rules.ZZZ002]\nlimit = "x"', "assay.toml:2: audit.rules.ZZZ002.limit: expected a whole number, got 'x'"),
        ('[[slice]]\nname = "a"\nwhere = "x"\n\n[[slice]]\nname = "b"', "assay.toml:5: slice[1]: expected exactly one of where"),
        ('[[slice]]\nname = "a"\nwhere = "x"\nmin_train = -1', "assay.toml:4: slice[0].min_train: expected greater than or equal to 0, got -1"),
        ('[[gate.require]]\nmetric = "recall"', "assay.toml:1: gate.require[0]: expected at_least"),
        ("[gate]\nconfidence = true", "assay.toml:2: gate.confidence: expected a number, got true"),
        ("[data\n", "assay.toml:1: not valid TOML"),
    ],
)  # fmt: skip
def test_wrong_files_are_told_with_line_and_cure(text, expected):
    assert expected in problem(text)


def test_every_problem_is_told_at_once():
    assert len(problem('a = 1\n[data]\nb = 2\n[gate]\nconfidence = "x"').split("\n")) == 3


def test_rule_options_take_the_checks_types():
    parsed = config.parse_text('[audit.rules.zzz001]\nwords = ["a", "b"]\nsize = 3\nsimilarity = 1\n', "assay.toml")
    assert parsed.settings().options == {"ZZZ001": {"words": ("a", "b"), "size": 3, "similarity": 1.0}}


def test_pyproject_table(tmp_path):
    file = tmp_path / "pyproject.toml"
    file.write_text('[project]\nname = "x"\n\n[tool.assay.data]\ntrain = "a.csv"\nlabl = "x"\n')
    with pytest.raises(ConfigError, match=r"pyproject\.toml:6: data\.labl: unknown key; did you mean 'label'"):
        config.load(file)
    assert config.find(tmp_path) == file
    (tmp_path / "assay.toml").write_text("")
    assert config.find(tmp_path) == tmp_path / "assay.toml"


def test_somebody_elses_pyproject_is_no_configuration(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.other]\n")
    assert config.find(tmp_path) is None
    (tmp_path / "pyproject.toml").write_text("not toml")
    assert config.find(tmp_path) is None


def test_paths_are_relative_to_the_file(tmp_path, monkeypatch):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "folder").mkdir()
    (tmp_path / "sub/assay.toml").write_text(
        '[data]\ntrain = ["a.csv", "/abs/b.csv", "../c.csv", "data/*.csv", "folder"]\ntest = "imdb"\n[expectations]\nsuite = "s.json"'
    )
    monkeypatch.chdir(tmp_path)
    loaded = config.load(Path("sub/assay.toml"))
    assert loaded.data.train == ("sub/a.csv", "/abs/b.csv", "c.csv", "sub/data/*.csv", "sub/folder")
    assert loaded.data.test == ("imdb",)
    assert loaded.expectations.suite == "sub/s.json"


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[data]\ntext = '\xe9'"])
def test_a_file_that_is_not_utf8(tmp_path, content):
    file = tmp_path / "assay.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match="not UTF-8"):
        config.load(file)


def test_a_missing_file(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.toml: cannot be read: No such file"):
        config.load(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("text", "keys", "line"),
    [
        ('a = """\n[b]\nc = 1\n"""\n[b]\nc = 2', ("b", "c"), 6),
        ("[[s]]\nx = 1\n[[s]]\n[s.t]\nx = 2", ("s", 1, "t", "x"), 5),
        ('["a b".c]\n"d.e" = 1', ("a b", "c", "d.e"), 2),
        ("a.b.c = 1", ("a", "b", "c"), 1),
        ("[a]\nb = {c = 1}", ("a", "b", "c"), 2),
        ("  [ a . b ] # x\n c=1", ("a", "b", "c"), 2),
        ("", ("a",), None),
    ],
)
def test_line_of(text, keys, line):
    assert line_of(text, keys) == line
