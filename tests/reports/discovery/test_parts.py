"""Words, statements, pairs, related words, many claims: each against a plain way of doing the same."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.audit.encoders.grams import count_grams
from assay.audit.slicing.conditions import parse
from assay.reports.discovery.candidate import Context
from assay.reports.discovery.evidence import holm, likelihood_ratio
from assay.reports.discovery.ladders import bounds
from assay.reports.discovery.pairs import number_of_pairs, scan
from assay.reports.discovery.predicates import Statement, distinct, gather
from assay.reports.discovery.statements import least_rows
from assay.reports.discovery.strata import Strata
from assay.reports.discovery.texts import gram_columns, holds, length_columns, shape_columns
from assay.reports.discovery.topics import Topics
from assay.reports.discovery.words import read_grams
from assay.reports.statistics.multiplicity import holm as plain_holm

TEXTS = st.lists(st.text(st.sampled_from("ab cé 我了. '\n"), max_size=14), min_size=1, max_size=30)


@given(TEXTS, st.integers(1, 4))
def test_grams_are_those_of_the_audit(texts, least):
    series = pl.Series(texts)
    grams = read_grams(series, least, 20)
    counts, names = count_grams(series)
    wanted = {}
    for k, name in enumerate(names.to_list()):
        rows = np.flatnonzero(counts[:, [k]].toarray().ravel()).tolist()
        if least <= len(rows) <= 20:
            wanted[name] = rows
    got = {n: grams.rows[grams.start[k] : grams.start[k + 1]].tolist() for k, n in enumerate(grams.names)}
    assert got == wanted
    assert all(" " not in name for name in grams.names[: grams.words])
    assert all(" " in name for name in grams.names[grams.words :])


WORDY = [
    "My card, the blue one",
    "my CARD was lost",
    "cards!",
    "discard it",
    "card\nreader",
    "the card-reader",
    "",
    "?",
]


@pytest.mark.parametrize("gram", ["card", "my card", "the", "card reader"])
def test_a_word_as_a_condition_is_the_word(gram):
    column = pl.DataFrame({"t": WORDY})
    rows = {s.value: r.tolist() for s, r in gram_columns(column["t"], 1, 99)}[gram]
    mask = column.select(parse(holds(["t"], [gram])).alias("x"))["x"]
    assert mask.arg_true().to_list() == rows


@pytest.mark.parametrize("several", [False, True])
def test_lengths_and_shapes_as_conditions(several):
    rng = np.random.default_rng(0)
    texts = [
        "  ".join(["wörd", "X", "12", "?"][int(k)] for k in rng.integers(0, 4, int(m))) for m in rng.geometric(0.1, 400)
    ]
    frame = pl.DataFrame({"a b": [None if k % 40 == 0 else t for k, t in enumerate(texts)]})
    known = frame["a b"].fill_null("")
    family = iter(range(1, 99)).__next__
    columns = [*length_columns("a b", frame["a b"], 0, several=several), *shape_columns(["a b"], known, family)]
    assert len(columns) > 30
    for statement, rows in columns:
        mask = frame.select(parse(statement.value).fill_null(value=False).alias("x"))["x"]
        assert mask.arg_true().to_list() == rows.tolist(), statement.name


@given(st.lists(st.integers(-5, 90) | st.floats(-3, 90), min_size=1, max_size=40))
def test_bounds_part_the_values(values):
    numbers = np.array(values)
    for bound, low, _ in bounds(numbers):
        inside = numbers <= bound if low else numbers >= bound
        assert inside.any()
        edge = numbers[inside].max() if low else numbers[inside].min()
        # No more than the largest tail, ties with its edge beside.
        assert inside.sum() - (numbers == edge).sum() <= 0.35 * numbers.size


def test_bounds_are_short():
    numbers = np.sort(np.random.default_rng(0).random(1_000))
    told = [bound for bound, _, _ in bounds(numbers)]
    assert np.median([len(repr(bound)) for bound in told]) <= 7


def random_predicates(seed, rows=500, number=30):
    rng = np.random.default_rng(seed)
    columns = []
    for k in range(number):
        share = 0.3 if k in {7, 9} else rng.uniform(0.03, 0.3)
        own = np.flatnonzero(rng.random(rows) < share).astype(np.int32)
        columns.append((Statement(f"s{k}", "word", f"w{k}", k // 3 if k < 6 else -1), own))
    return gather(columns, rows), rng


@pytest.mark.parametrize("seed", range(3))
def test_pairs_against_all_pairs(seed):
    predicates, rng = random_predicates(seed)
    bad = np.intersect1d(predicates.of(7), predicates.of(9))
    wrong = rng.random(500) < 0.05
    wrong[bad] |= rng.random(bad.size) < 0.8
    strata = Strata(rng.integers(0, 4, 500), wrong, np.ones(500, bool))
    found = scan(predicates, strata, 5)
    told = dict(zip(zip(found.first.tolist(), found.second.tolist(), strict=True), found.errors.tolist(), strict=True))
    assert told[7, 9] == wrong[bad].sum()
    for (i, j), errors in told.items():
        rows = np.intersect1d(predicates.of(i), predicates.of(j))
        assert errors == wrong[rows].sum()
        assert i // 3 != j // 3 or i >= 6


@given(st.integers(0, 30), st.integers(2, 12))
def test_pairs_are_never_undercounted(seed, least):
    predicates, _ = random_predicates(seed, rows=200, number=14)
    held = [set(predicates.of(k).tolist()) for k in range(14)]
    pairs = sum(len(a & b) >= least for a, b in combinations(held, 2))
    assert number_of_pairs(predicates, least) >= pairs


def test_the_same_rows_make_one_statement():
    rows = np.array([1, 5, 9], np.int32)
    told = [(Statement(n, "word", n, -1), r) for n, r in (("a", rows), ("b", rows + 1), ("c", rows))]
    assert [s.name for s in distinct(gather(told, 12)).statements] == ["a", "b"]


def test_counts_within_a_mask_and_by_class():
    predicates, rng = random_predicates(4)
    of = rng.integers(-1, 5, 500)
    for share in (0.1, 0.9, 1.0):
        mask = rng.random(500) < share
        wanted = [int(mask[predicates.of(k)].sum()) for k in range(len(predicates))]
        assert predicates.counts(mask).tolist() == wanted
    ((low, counts),) = predicates.by_class(of, 5)
    assert low == 0
    for k in range(len(predicates)):
        own = of[predicates.of(k)]
        assert counts[k].tolist() == np.bincount(own[own >= 0], minlength=5).tolist()


@given(st.integers(1, 80), st.floats(0.01, 0.9), st.data())
def test_the_likelihood_ratio_bounds_the_tail(n, share, data):
    from scipy.stats import binom

    errors = data.draw(st.integers(0, n))
    bound = -float(likelihood_ratio(errors, n, share * n))
    assert binom.logsf(errors - 1, n, share) <= bound + 1e-9
    if bound:
        assert binom.logsf(errors - 1, n, share) >= bound - np.log(8 * n) / 2


@given(st.lists(st.floats(1e-9, 1), min_size=1, max_size=12))
def test_holm_with_equal_weights_is_plain_holm(p_values):
    got = holm(np.log(p_values), np.full(len(p_values), 1 / len(p_values)))
    assert got == pytest.approx(plain_holm(p_values))


def test_holm_counts_claims_that_were_never_looked_at():
    assert holm(np.log([1e-4]), np.array([1e-3]))[0] == pytest.approx(0.1)


def test_related_words_meet_or_keep_like_company():
    rng = np.random.default_rng(0)
    fruit, tools = ["apple", "pear", "plum", "grape"], ["hammer", "saw", "drill", "pliers"]
    filler = [f"w{chr(97 + k)}" for k in range(26)]
    texts = []
    for _ in range(1_500):
        noun, near = (fruit, "ripe juicy tree") if rng.random() < 0.5 else (tools, "steel heavy box")
        own = [str(rng.choice(noun)), str(rng.choice(near.split())), *rng.choice(filler, 4).tolist()]
        texts.append(" ".join(own))
    predicates = gather(gram_columns(pl.Series(texts), least_rows(1_500), 1_200), 1_500)
    context = Context(predicates, Strata(np.zeros(1_500, int), np.zeros(1_500, bool), np.ones(1_500, bool)), 10, -3.0)
    at = {s.value: k for k, s in enumerate(predicates.statements)}
    related = {predicates.statements[k].value for k in Topics(context).related((at["apple"],))}
    assert {"pear", "plum", "grape"} <= related
    assert not {"saw", "drill", "pliers", "hammer"} & related


def test_least_rows_grow_slowly():
    assert [least_rows(n) for n in (100, 5_000, 10_000, 100_000, 1_000_000)] == [10, 10, 20, 20, 100]


def test_names_hold_no_pattern_signs():
    """Words go into patterns as they are: they consist of letters, digits and underscores."""
    names = read_grams(pl.Series(["a.b (c) [d] $e ^f |g *h +i ?j {k} \\l"] * 3), 1, 9).names
    assert all(re.fullmatch(r"\w+( \w+)?", name) for name in names)
