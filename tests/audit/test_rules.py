from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from assay.audit import catalogue, rules
from assay.audit.dataset import Part, Roles, assemble
from assay.audit.errors import ConfigError, MissingInputError
from assay.audit.rules import Hit, Settings, Severity

DOC = "Find.\n\nWhy: w.\nFix: f."


@pytest.fixture(autouse=True)
def registry(monkeypatch):
    rules.all_rules()
    monkeypatch.setattr(rules, "_rules", {})
    monkeypatch.setattr(rules, "_scorers", {})
    monkeypatch.setattr(rules, "iter_modules", lambda *_: [])
    monkeypatch.setattr(rules, "_homes", dict)


@pytest.fixture
def data():
    frame = pl.DataFrame({"text": ["a", "b", "a"]})
    return assemble([Part("train", frame, np.zeros(3), np.zeros(3, np.int32), ())], Roles(("text",)))


def add(code, body, severity=Severity.ERROR, doc=DOC):
    def check(data, *, size: int = 1):
        yield from body(data)

    check.__doc__ = doc
    rules.rule(code, code.lower(), severity)(check)


def raising(error):
    def body(_):
        yield Hit((0,), "before")
        raise error

    return body


def test_a_crash_costs_nobody_else(data):
    add("A001", lambda _: [Hit((2,), "x"), Hit((0, 1), "y")])
    add("B001", raising(RuntimeError("boom")))
    add("C001", raising(MissingInputError("no label; say --label")))
    add("D001", lambda _: [Hit((99,), "no such row")])
    audit = rules.run(data)
    assert audit.ran == ("A001",)
    assert audit.crashed == ("B001", "D001")
    assert audit.skipped["B001"] == "incomplete: RuntimeError: boom"
    assert audit.skipped["C001"] == "no label; say --label"
    assert [f.hit.rows[0] for f in audit.findings] == [0, 2]
    assert not audit.complete


def test_a_panic_of_a_compiled_library_is_a_crash(data):
    class PanicException(BaseException): ...

    add("A001", raising(PanicException("index out of bounds")))
    assert rules.run(data).crashed == ("A001",)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ConfigError("bad option")])
def test_what_is_no_rules_fault_ends_the_run(data, error):
    add("A001", raising(error))
    with pytest.raises(type(error)):
        rules.run(data)


def test_broken_row_scores_cost_nobody_else(data):
    add("A001", lambda _: [])
    add("B001", raising(RuntimeError("boom")))
    rules.row_score("outlier", "A001")(lambda *_: pl.Series([0.0, 0.5, 1.0]))
    rules.row_score("duplicate_group", "A001")(lambda *_: 1 / 0)
    rules.row_score("semantic_group", "A001")(lambda *_: pl.Series([1]))
    rules.row_score("suspect_label", "B001")(lambda *_: pl.Series([1.0] * 3))

    @rules.row_score("test_similarity", "A001")
    def missing(*_):
        raise MissingInputError("no test data")

    audit = rules.run(data)
    assert list(audit.scores) == ["outlier"]
    assert audit.broken_scores["duplicate_group"] == "ZeroDivisionError: division by zero"
    assert audit.broken_scores["semantic_group"] == "ValueError: 1 values for 3 rows"
    assert not audit.complete


def test_every_selected_rule_ran_or_was_skipped(data):
    add("A001", lambda _: [])
    add("A002", raising(MissingInputError("x")))
    add("B001", lambda _: [])
    audit = rules.run(data, Settings(select=("A",)))
    assert set(audit.ran) | set(audit.skipped) == {"A001", "A002"}
    assert rules.run(data, Settings(ignore=("A",))).ran == ("B001",)
    assert rules.run(data, Settings(select=("ALL",), ignore=("A001",))).ran == ("B001",)
    assert rules.run(data, Settings(ignore=("ALL",))).ran == ()


def test_unknown_prefix_names_the_nearest(data):
    add("DUP001", lambda _: [])
    with pytest.raises(ConfigError, match="no rule starts with 'DUB001'; did you mean 'DUP001'"):
        rules.run(data, Settings(select=("DUB001",)))
    with pytest.raises(ConfigError, match="no rule starts with ''"):
        rules.choose(("",), ())


def test_options_and_severities_come_from_the_settings(data):
    seen = {}

    @rules.rule("A001", "a", Severity.ERROR)
    def check(data, *, size: int = 1, word: str = "x"):
        """Find.

        Why: w.
        Fix: f.
        """
        seen.update(size=size, word=word)
        yield Hit((0,), "m")

    audit = rules.run(data, Settings(options={"A001": {"size": 5}}, severities={"A001": Severity.NOTE}))
    assert seen == {"size": 5, "word": "x"} == audit.options["A001"]
    assert audit.findings[0].severity is Severity.NOTE


def test_a_finding_keeps_its_fingerprint_when_rows_move():
    def marks(texts):
        frame = pl.DataFrame({"text": texts})
        part = Part("train", frame, np.zeros(len(texts)), np.zeros(len(texts), np.int32), ())
        data = assemble([part], Roles(("text",)))
        pair = (texts.index("b"), texts.index("c"))
        return rules.fingerprint(data, "A001", Hit(pair, "m"))

    assert marks(["a", "b", "c"]) == marks(["c", "x", "y", "b"])
    assert marks(["a", "b", "c"]) == marks(["c", "b", "d"])


def test_malformed_rules_are_refused_with_their_place():
    with pytest.raises(ValueError, match=r"test_rules\.py:\d+: rule A001 needs a docstring"):
        add("A001", lambda _: [], doc="no sections")
    add("A001", lambda _: [])
    with pytest.raises(ValueError, match="is taken"):
        add("A001", lambda _: [])


@pytest.mark.parametrize(
    "wrong", [{"rows": ()}, {"rows": (1, 2), "related": (1,)}, {"rows": (1,), "scores": (0.1, 0.2)}]
)
def test_hits_without_place_or_with_ragged_columns_are_refused(wrong):
    with pytest.raises(ValueError, match="a hit needs rows"):
        Hit(message="m", **wrong)


def test_built_rules_keep_the_names_that_were_promised(monkeypatch):
    monkeypatch.undo()
    for each in rules.all_rules():
        if each.check.__module__.startswith("assay."):
            assert catalogue.PROMISED[each.code][0] == each.name
    assert "DUP001" not in catalogue.planned(["DUP001"])
    assert catalogue.planned([]) == catalogue.PROMISED
