"""What the planner says is what the gate's arithmetic does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from assay.audit.config import parse_text
from assay.reports.gating import needed, planner
from assay.reports.gating.planner import Counts
from assay.reports.gating.policy import policy
from assay.reports.statistics import multiplicity, paired, proportions

FIRST = multiplicity.spent(0.05, 1)
POLICY = """
[[slice]]
name = "urgent"
where = "TRUE"
critical = true
[gate]
[[gate.require]]
slice = "{}"
metric = "accuracy"
{}
"""


def asked(slice_: str, bound: str):
    return policy(parse_text(POLICY.format(slice_, bound), "assay.toml"), None)


@given(st.integers(50, 99), st.integers(1, 4))
def test_least_rows_are_the_least(percent: int, attempt: int) -> None:
    floor, alpha = percent / 100, multiplicity.spent(0.05, attempt)
    n = needed.least_rows(floor, alpha)
    assert floor**n <= alpha < floor ** (n - 1)


@pytest.mark.parametrize(("n", "floor"), [(50, 0.9), (200, 0.9), (100, 0.8), (400, 0.95)])
def test_from_the_truth_it_names_a_model_passes_four_times_in_five(n: int, floor: float) -> None:
    truth = needed.truth_for(n, floor, FIRST)
    right = [x for x in range(n + 1) if proportions.p_at_least(x, n, floor) <= FIRST]
    assert binom.sf(min(right) - 1, n, truth) == pytest.approx(0.8, abs=1e-6)
    assert needed.truth_for(20, 0.9, FIRST) is None


def test_rows_at_the_observed_rate() -> None:
    rows = needed.at_rate(0.95, 0.9, FIRST)
    assert proportions.p_at_least(int(0.95 * rows), rows, 0.9) <= FIRST
    assert needed.at_rate(0.9, 0.9, FIRST) is None
    assert needed.at_rate(0.89, 0.9, FIRST) is None


def test_paired_rows_for_equal_models() -> None:
    n = needed.least_rows_paired(0.02, FIRST)
    assert paired.p_not_worse(0, 0, n, 0.02) <= FIRST < paired.p_not_worse(0, 0, n - 1, 0.02)
    assert needed.least_rows_paired(0.02, FIRST, 0.1) > 3 * n
    assert needed.least_rows_paired(0.0, FIRST) is None


def test_impossible_policies_are_named_with_what_is_missing() -> None:
    counts = Counts(400, {"urgent": 20}, {"refund": 100}, frozenset({"urgent"}))
    (words,) = planner.impossible(asked("critical", "at_least = 0.90"), counts)
    assert "urgent: 20 distinct test rows" in words
    assert "14 more must be labelled" in words
    assert planner.impossible(asked("overall", "at_least = 0.90"), counts) == []
    assert planner.impossible(asked("refund", "at_least = 0.90"), counts) == []
    assert "cannot be measured" in planner.impossible(asked("fraud", "at_least = 0.90"), counts)[0]
    assert planner.impossible(asked("every slice", 'at_least = 0.90\nunknown = "warn"'), counts) != []  # critical
    assert "asks for 500" in planner.impossible(asked("overall", "at_least = 0.5\nmin_rows = 500"), counts)[0]


def test_a_margin_is_possible_only_as_far_as_the_baseline_errs() -> None:
    told = asked("urgent", "no_worse_than_baseline_by = 0.02")
    free = Counts(400, {"urgent": 40}, {}, frozenset())
    assert planner.impossible(told, free) == []
    perfect = Counts(400, {"urgent": 40}, {}, frozenset(), {("accuracy", "urgent"): 0})
    assert "needs 173 rows" in planner.impossible(told, perfect)[0]


def test_growing_test_sets_need_more_rows_from_the_start() -> None:
    text = POLICY.format("urgent", "at_least = 0.90").replace("[gate]", "[gate]\nsequential = true")
    told = policy(parse_text(text, "assay.toml"), None)
    (plan,) = planner.plans(told, Counts(400, {"urgent": 40}, {}))
    assert plan.rows_least > 34
    assert not plan.possible
