from __future__ import annotations

import numpy as np
import pytest
from scored_sets import make_scored

from assay.audit.errors import ConfigError, DataError
from assay.reports.evaluation.costs import Price, matrix, mean_cost, read_prices

LABELS = ("billing", "other", "refund")


def test_a_pair_wins_over_a_star():
    prices = [Price("*", "*", 1.0), Price("refund", "*", 5.0), Price("refund", "billing", 20.0)]
    table = matrix(prices, LABELS)
    assert table.tolist() == [[0, 1, 1], [1, 0, 1], [20, 5, 0]]
    assert matrix(prices[::-1], LABELS).tolist() == table.tolist()


def test_pairs_that_nobody_named_cost_nothing():
    assert matrix([Price("refund", "billing", 3.0)], LABELS).sum() == 3.0


def test_an_unknown_class_is_refused_with_the_nearest():
    with pytest.raises(ConfigError, match=r"refnd.*did you mean 'refund'"):
        matrix([Price("refnd", "billing", 3.0)], LABELS)


def test_prices_come_from_lists_and_from_squares(tmp_path):
    (tmp_path / "list.csv").write_text("label,predicted,cost\nrefund,billing,20\nbilling,refund,1.5\n")
    square = "true,billing,other,refund\nbilling,0,0,1.5\nother,0,0,0\nrefund,20,0,0\n"
    (tmp_path / "square.csv").write_text(square)
    one, two = (matrix(read_prices(str(tmp_path / f)), LABELS) for f in ("list.csv", "square.csv"))
    assert one.tolist() == two.tolist()


def test_a_cost_that_is_no_number_names_its_line(tmp_path):
    (tmp_path / "c.csv").write_text("label,predicted,cost\na,b,1\nb,a,dear\n")
    with pytest.raises(DataError, match=r"c\.csv:3: column cost: the cost 'dear'"):
        read_prices(str(tmp_path / "c.csv"))


def test_the_mean_is_what_was_paid_and_its_interval_covers_the_truth():
    rng = np.random.default_rng(4)
    costs = np.array([[0.0, 1.0], [10.0, 0.0]])
    chances = np.array([0.6, 0.05, 0.03, 0.32])
    truth = float(chances @ costs.ravel())
    covered = 0
    for _ in range(200):
        cells = rng.choice(4, 100, p=chances)
        scored = make_scored(cells // 2, cells % 2)
        found = mean_cost(scored, costs, 0.95)
        assert found.value == pytest.approx(costs[scored.truth, scored.predicted].mean())
        covered += found.low <= truth <= found.high
    assert covered / 200 >= 0.91


def test_few_rows_without_an_error_do_not_prove_that_errors_are_free():
    found = mean_cost(make_scored([0, 1] * 5, [0, 1] * 5), np.array([[0.0, 1.0], [10.0, 0.0]]), 0.95)
    assert found.value == 0.0
    assert found.high > 0.5


def test_copies_do_not_narrow_the_interval():
    truth, predicted = [0, 1, 1, 0] * 5, [0, 1, 0, 0] * 5
    costs = np.array([[0.0, 1.0], [10.0, 0.0]])
    once = mean_cost(make_scored(truth, predicted), costs, 0.95)
    twice = mean_cost(make_scored(truth * 2, predicted * 2, clusters=list(range(20)) * 2), costs, 0.95)
    assert (once.n, once.value, once.low, once.high) == (twice.n, twice.value, twice.low, twice.high)
