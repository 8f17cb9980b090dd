import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.audit.labelling.noise_audit import EDGES, Stratum, draw, estimate, strata


def read(chance, wrong, rows):
    """What checking some rows would show."""
    every, mine = strata(chance), strata(chance[rows])
    return [
        Stratum(int((every == h).sum()), int((mine == h).sum()), int(wrong[rows][mine == h].sum()))
        for h in range(len(EDGES) + 1)
    ]


CHANCES = {
    "sharp": lambda rng: np.where(rng.random(4000) < 0.1, rng.beta(5, 2, 4000), rng.beta(0.3, 20, 4000)),
    "vague": lambda rng: rng.beta(1, 4, 4000),
    "clean": lambda rng: rng.beta(0.2, 60, 4000),
}
TRUTHS = {
    "as said": lambda p: p,
    "more": lambda p: np.clip(2 * p + 0.05, 0, 1),
    "less": lambda p: p / 3,
    "whatever is said": lambda p: np.full(p.size, 0.1),
    "hardly any": lambda p: np.full(p.size, 0.005),
}


@pytest.mark.parametrize(
    ("chance", "truth"),
    [
        ("sharp", "as said"),
        ("sharp", "hardly any"),
        ("vague", "more"),
        ("vague", "hardly any"),
        ("clean", "less"),
        ("clean", "whatever is said"),
    ],
)
def test_the_interval_covers_the_share(chance, truth, monkeypatch):
    monkeypatch.setattr("assay.audit.labelling.noise_audit._DRAWS", 4000)
    rng = np.random.default_rng(0)
    covered = []
    for seed in range(300):
        said = CHANCES[chance](rng)
        wrong = rng.random(said.size) < TRUTHS[truth](said)
        rate = estimate(read(said, wrong, draw(said, 200, seed)), seed=seed)
        covered.append(rate.low <= wrong.mean() <= rate.high)
    assert np.mean(covered) >= 0.94


def test_a_list_of_200_says_something():
    rng = np.random.default_rng(0)
    said = CHANCES["sharp"](rng)
    wrong = rng.random(said.size) < said
    rate = estimate(read(said, wrong, draw(said, 200)))
    assert rate.high - rate.low < 0.1
    assert (rate.rows, rate.read) == (4000, 200)


def test_reading_everything_leaves_no_doubt():
    rate = estimate([Stratum(30, 30, 3), Stratum(20, 20, 0)])
    assert rate.low == rate.value == rate.high == pytest.approx(0.06)


def test_a_stratum_not_read_may_hold_anything():
    rate = estimate([Stratum(50, 50, 0), Stratum(50, 0, 0)])
    assert rate.low == 0
    assert rate.high > 0.45


@given(st.lists(st.floats(0, 1), min_size=1, max_size=300), st.integers(20, 250))
def test_rows_are_drawn_once_and_as_many_as_wanted(chance, wanted):
    picked = draw(np.array(chance), wanted)
    assert picked.size == min(wanted, len(chance)) == np.unique(picked).size


def test_every_stratum_is_read():
    rng = np.random.default_rng(0)
    said = np.concatenate([np.full(5000, 0.001), rng.random(200)])
    picked = draw(said, 200)
    assert (np.bincount(strata(said[picked])) >= 15).all()
