from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.train.ceiling import Ceiling
from assay.train.costs import Cost
from assay.train.evidence import Evidence
from assay.train.facts import Facts
from assay.train.ladder import FROZEN, TFIDF, Rung
from assay.train.learning_curve import Fitted, Forecast
from assay.train.recommendation import CHOICES, CLEAN_OR_COLLECT, FULL, HEAD, LORA, ZERO_SHOT, recommend

LEAKS = {"test": {"rows": 300, "exact": 0, "any": 3}}
CLEAN = Evidence("", True, {}, {}, 0, LEAKS, (2, 5), 0, 0, 0, 0, (), 1_000)  # noqa: FBT003 - a good audit


def rung(name: str, accuracy: float, n: int = 600, seed: int = 0) -> Rung:
    right = np.zeros(n, bool)
    right[: round(accuracy * n)] = True
    return Rung(name, np.random.default_rng(seed).permutation(right), accuracy, 1.0)


def cost(method: str, seconds: float = 100.0, *, fits: bool = True) -> Cost:
    return Cost(method, seconds, 100, seconds / 100, 2**30, 3_000_000, measured=True, how="", fits=fits)


def facts(linear: float = 0.9, zero: float | None = 0.4, n: int = 600, **more) -> Facts:
    told = {
        "rows": 3_000,
        "classes": 10,
        "per_class": (50, 300, 500),
        "majority": rung("majority", 0.17, n, 1),
        "trained": (rung(TFIDF, linear - 0.06, n, 2), rung(FROZEN, linear, n, 3)),
        "zero_shot": None if zero is None else rung("names", zero, n, 4),
        "evidence": CLEAN,
        "ceiling": Ceiling(0.005, 0.03, "", read_by_hand=False),
        "curve": Fitted(Forecast(6_000, 0.92, 0.9, 0.93, 0.02, 0.01, 0.03), 0.01, 0.5, None),
        "costs": (cost("lora"), cost("full", 200.0)),
    }
    return Facts(**{**told, **more})


def test_errors_left_and_minutes_to_spend_call_for_full_fine_tuning():
    told = recommend(facts())
    assert told.choice == FULL
    assert told.next_step == "`assay train --method full`"
    assert any("twice the rows (6,000)" in change for change in told.would_change)


def test_few_errors_left_call_for_the_head():
    told = recommend(facts(0.985))
    assert told.choice == HEAD
    assert any("less than the 0.5" in reason for reason in told.reasons)


def test_errors_that_are_label_errors_are_not_to_be_won():
    assert recommend(facts(0.93, ceiling=Ceiling(0.069, 0.09, "", read_by_hand=True))).choice == HEAD


def test_what_does_not_fit_in_memory_calls_for_an_adapter():
    told = recommend(facts(costs=(cost("lora"), cost("full", fits=False))))
    assert told.choice == LORA
    assert told.next_step == "`assay train --method lora`"


def test_what_takes_a_day_is_not_begun():
    day = (cost("lora", 90_000.0), cost("full", 90_000.0))
    assert recommend(facts(costs=day)).choice == HEAD
    assert recommend(facts(costs=day, max_hours=48.0)).choice == FULL


def test_a_task_that_changes_often_calls_for_what_is_quick_to_replace():
    assert recommend(facts(0.9, task_changes_often=True)).choice == HEAD
    assert recommend(facts(0.7, task_changes_often=True)).choice == LORA


def test_without_a_pretrained_model_nothing_dear_is_recommended():
    assert recommend(facts(costs=())).choice == HEAD


def test_names_that_do_as_well_are_enough():
    told = recommend(facts(0.95, 0.95))
    assert told.choice == ZERO_SHOT
    assert recommend(facts(0.95, 0.85)).choice != ZERO_SHOT


def test_a_task_that_changes_often_forgives_names_more():
    zero = facts(0.95, None)
    right = zero.best.right.copy()
    right[np.flatnonzero(right)[:21]] = False  # 3.5 points below, on the same rows
    near = replace(zero, zero_shot=Rung("names", right, 0.9, 0.1))
    assert recommend(near).choice != ZERO_SHOT
    assert recommend(replace(near, task_changes_often=True)).choice == ZERO_SHOT


def test_names_equal_to_a_bad_model_are_not_enough():
    assert recommend(facts(0.6, 0.6)).choice != ZERO_SHOT


def test_thirty_rows_are_too_few_whatever_they_say():
    told = recommend(facts(1.0, 1.0, n=30, rows=30, per_class=(10, 10, 10)))
    assert told.choice == CLEAN_OR_COLLECT
    assert "only 30 different rows" in told.reasons[0]
    assert "collect" in told.next_step


def test_what_learns_nothing_is_not_trained_on():
    assert recommend(facts(0.19, None)).choice == CLEAN_OR_COLLECT
    pairs = recommend(facts(0.19, None, pairs=True))
    assert pairs.choice == FULL
    assert any("pairs of texts" in reason for reason in pairs.reasons)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"leaks": {"test": {"rows": 300, "exact": 150, "any": 180}}}, "180 of 300 test rows leak"),
        ({"misspelt": 3, "variants": 9}, "3 of 10 class names"),
        ({"copies": 2_000}, "2,000 of 3,000 training rows repeat"),
        ({"missing_slices": ("urgent refund: 2 of 50",)}, "critical slices lack rows"),
    ],
)
def test_what_is_wrong_with_the_data_comes_first(changed, words):
    told = recommend(facts(evidence=replace(CLEAN, **changed)))
    assert told.choice == CLEAN_OR_COLLECT
    assert any(words in reason for reason in told.reasons)


def test_a_few_leaks_do_not_stop_it():
    leaks = {"test": {"rows": 3_080, "exact": 26, "any": 876}}  # BANKING77
    assert recommend(facts(evidence=replace(CLEAN, leaks=leaks))).choice == FULL


def test_wrong_labels_in_quantity_come_first():
    told = recommend(facts(ceiling=Ceiling(0.15, 0.4, "", read_by_hand=False)))
    assert told.choice == CLEAN_OR_COLLECT
    assert "15% to 40% of the labels" in told.reasons[0]


def test_an_encoder_that_starts_behind_words_is_told():
    told = recommend(facts(trained=(rung(TFIDF, 0.8, seed=2), rung(FROZEN, 0.6, seed=3))))
    assert told.choice == FULL
    assert any("starts behind" in reason for reason in told.reasons)
    assert not any("starts behind" in reason for reason in recommend(facts()).reasons)


def test_the_price_of_prompting_is_told_over_a_year():
    assert any("480 a year" in change for change in recommend(facts(cost_per_month=40.0)).would_change)


def test_words_alone_are_named_where_embeddings_are_not_shown_to_be_better():
    told = recommend(facts(0.985, trained=(rung(TFIDF, 0.984, seed=2), rung(FROZEN, 0.985, seed=3))))
    assert told.choice == HEAD
    assert told.model == TFIDF
    assert "no pretrained model at all" in told.next_step


@given(
    linear=st.floats(0.1, 1.0),
    zero=st.none() | st.floats(0.0, 1.0),
    n=st.integers(1, 400),
    costs=st.sampled_from([(), (cost("lora"),), (cost("full", fits=False),), (cost("lora", 1e6), cost("full", 1e6))]),
    often=st.booleans(),
)
def test_there_is_always_one_choice_with_reasons(linear, zero, n, costs, often):
    told = recommend(facts(max(linear, 0.06), zero, n, costs=costs, task_changes_often=often, curve=None, ceiling=None))
    assert told.choice in CHOICES
    assert told.reasons
    assert told.next_step
