from __future__ import annotations

import numpy as np
import pytest
from rows import examples, points

from assay.train.ladder import FROZEN, MAJORITY, NEAREST, TFIDF, Ladder, Rung, climb, document, proportion, rung_of
from assay.train.linear import fit_linear


def rung(name: str, right: np.ndarray) -> Rung:
    return Rung(name, right, 0.5, 1.0)


def some_right(n: int, wrong: int) -> np.ndarray:
    right = np.ones(n, bool)
    right[:wrong] = False
    return right


def test_the_ladder_goes_from_cheap_to_dear_and_measures_what_was_held_out():
    y = np.arange(120) % 3
    told = climb(examples(y), examples(y), points(y), points(y, seed=1))
    assert [r.name for r in told.rungs] == [MAJORITY, TFIDF, NEAREST, FROZEN]
    assert told.rungs[0].right.sum() == 40
    assert told.rungs[3].right.mean() > 0.9
    assert all(r.seconds >= 0 and len(r.right) == 120 for r in told.rungs)


def test_without_vectors_it_ends_at_words():
    y = np.arange(30) % 2
    assert [r.name for r in climb(examples(y), examples(y), None, None).rungs] == [MAJORITY, TFIDF]


def test_a_head_that_is_there_is_used_with_the_time_that_it_took():
    y = np.arange(60) % 3
    head = fit_linear(points(y), y, 3)
    told = climb(examples(y), examples(y), points(y), points(y), head, head_seconds=50.0)
    assert told.rungs[3].seconds >= 50


def test_of_equals_the_cheapest_is_best():
    right = some_right(50, 5)
    assert Ladder((rung("cheap", right), rung("dear", right))).best.name == "cheap"


def test_climbing_is_worth_it_only_with_proof():
    n = 200
    cheap, little, much = (
        rung(name, some_right(n, wrong)) for name, wrong in (("cheap", 40), ("little", 36), ("much", 5))
    )
    assert Ladder((cheap, little)).worth.name == "cheap"
    assert Ladder((cheap, little, much)).worth.name == "much"


@pytest.mark.parametrize(("wrong", "stops"), [(0, True), (5, True), (6, False)])
def test_six_errors_are_the_fewest_that_a_better_model_can_prove_itself_on(wrong, stops):
    assert (Ladder((rung("one", some_right(300, wrong)),)).top is not None) == stops


def test_nothing_measured_is_nothing_and_not_zero():
    assert proportion(0, 0) == {"n": 0, "value": None, "low": None, "high": None}
    assert Ladder(()).best is None
    assert Ladder(()).worth is None
    empty = document(None, None, "validation", "no validation rows")
    assert (empty["rungs"], empty["comparison"], empty["skipped"]) == ([], None, "no validation rows")


def test_intervals_are_clopper_and_pearson():
    from scipy.stats import binomtest

    told = proportion(45, 50)
    exact = binomtest(45, 50).proportion_ci(method="exact")
    assert told["low"] == pytest.approx(exact.low, abs=1e-6)
    assert told["high"] == pytest.approx(exact.high, abs=1e-6)


def test_the_document_compares_each_rung_with_the_best_cheaper_one():
    bad, good, same = (rung(name, some_right(100, wrong)) for name, wrong in (("bad", 60), ("good", 20), ("same", 20)))
    told = document(Ladder((bad, good)), same, "validation")
    assert told["rungs"][0]["against_best_cheaper"] is None
    assert told["rungs"][1]["against_best_cheaper"]["verdict"] == "better"
    assert told["comparison"]["baseline"] == "good"
    assert told["comparison"]["verdict"] == "no evidence of a difference"
    assert told["worth_its_price"] == "good"


def test_sets_of_labels_are_right_only_as_a_whole():
    y = np.array([[1, 0], [1, 1], [0, 0]])
    told = rung_of("any", examples(y), np.array([[1, 0], [1, 0], [0, 0]]), 0.0)
    assert told.right.tolist() == [True, False, True]


def test_of_too_many_rows_some_are_drawn_and_it_is_told(monkeypatch):
    from assay.train import ladder

    monkeypatch.setattr(ladder, "MOST_ROWS", 50)
    y = np.arange(90) % 3
    told = climb(examples(y), examples(y), points(y), points(y, seed=1), seed=3)
    assert told.rungs[1].document()["training_rows"] == 50
    assert "training_rows" not in told.rungs[0].document()
