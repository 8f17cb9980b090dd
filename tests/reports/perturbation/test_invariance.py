"""What is counted of a model that is asked again."""

from __future__ import annotations

import json

import numpy as np
import pytest

from assay.reports.perturbation import KINDS, invariance
from assay.reports.perturbation.invariance import MOST

TEXTS = [f"{'where is' if k % 2 else 'please refund'} order {1000 + k} it is urgent" for k in range(800)]


def shouting(texts):
    """A model that is thrown by capitals."""
    return ["shout" if t.isupper() else "refund" if "refund" in t.lower() else "where" for t in texts]


@pytest.fixture(scope="module")
def report():
    said = shouting(TEXTS)
    slices = {"even": np.arange(0, 800, 2), "first": np.arange(10), "none": np.zeros(0, np.int64)}
    return invariance(shouting, said, TEXTS, said, slices)


def by_kind(report):
    return {each.kind: each for each in report.outcomes}


def test_a_model_that_is_thrown_by_capitals(report):
    found = by_kind(report)
    capitals = found["capitals"].overall
    assert capitals.n == MOST
    assert 0.3 < capitals.value < 0.7  # a text without capitals is shouted, or each word gets one
    assert capitals.low < capitals.value < capitals.high
    assert found["capitals"].lost == capitals.changed
    for kind in ("whitespace", "numbers", "punctuation"):
        assert found[kind].overall.changed == 0
        assert found[kind].overall.low == 0
        assert 0 < found[kind].overall.high < 0.02


def test_slices_count_their_own_rows(report):
    capitals = by_kind(report)["capitals"]
    even = next(s for s in capitals.slices if s.name == "even")
    assert 0 < even.n < capitals.overall.n
    assert "none" not in {s.name for s in capitals.slices}
    assert sum(s.changed for s in capitals.slices if s.name == "even") <= capitals.overall.changed


def test_a_negation_is_told_apart_and_counts_what_stays(report):
    facts = report.facts()
    assert {k["kind"] for k in facts["kinds"]} == set(KINDS) - {"negation"}
    told = facts["negation"]
    assert told["unchanged"] == told["n"]  # this model does not read it
    assert told["value"] == 1
    assert "failures" not in told
    json.dumps(facts)


def test_what_never_changes_has_no_share(report):
    names = by_kind(report)["names"]
    assert names.overall.n == 0
    assert names.overall.value is None
    assert names.overall.low is None


def test_examples_are_failures(report):
    for each in by_kind(report)["capitals"].examples:
        assert each["changed_text"].isupper()
        assert each["prediction"] != each["changed_prediction"] == "shout"


def test_rows_in_another_order_are_the_same_sample():
    said = shouting(TEXTS)
    one = invariance(shouting, said, TEXTS, said, {})
    other = invariance(shouting, said[::-1], TEXTS[::-1], said[::-1], {})
    assert [o.overall for o in one.outcomes] == [o.overall for o in other.outcomes]


def test_the_model_is_asked_no_more_than_told():
    asked = []

    def model(texts):
        asked.append(len(texts))
        return ["x"] * len(texts)

    invariance(model, ["x"] * 800, TEXTS, ["x"] * 800, {})
    assert max(asked) <= MOST
    assert len(asked) <= len(KINDS)


def test_a_slice_of_failures_comes_first():
    def model(texts):
        return ["a" if t.startswith("please") and "  " in t.strip() else "b" for t in texts]

    slices = {"where": np.arange(1, 800, 2), "refund": np.arange(0, 800, 2)}
    report = invariance(model, ["b"] * 800, TEXTS, ["b"] * 800, slices, kinds=["whitespace"])
    (spaces,) = report.outcomes
    assert [s.name for s in spaces.slices] == ["refund", "where"]
    assert spaces.slices[1].changed == 0


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="2 texts, 1 labels"):
        invariance(shouting, ["a"], ["x", "y"], ["a", "b"], {})
