"""The benchmark's generator keeps its word, and its scores count what they say."""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

import numpy as np
import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from edits import COPIES, FORMAT
from generate import frames, generate
from maker import CONTAINERS, Settings
from score import Result, Truth, audit_result, compact, leaking, pairs, score

ROWS = 2_000


def fold(text):
    """The plainest folding that makes every formatting copy equal: written without the package's own."""
    kept = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(c for c in kept if unicodedata.category(c) != "Cf" and unicodedata.category(c)[0] not in "PS")
    return " ".join(kept.split())


def truth_of(rows):
    """A truth from (kind, cluster, of, family[, split]) by row; rows are named by their place."""
    split = [r[4] if len(r) > 4 else "train" for r in rows]
    frame = pl.DataFrame(
        {
            "split": split,
            "id": [f"r{i}" for i in range(len(rows))],
            "kind": [r[0] for r in rows],
            "cluster": [r[1] for r in rows],
            "of": [None if r[2] is None else f"r{r[2]}" for r in rows],
            "family": [r[3] for r in rows],
            "form": [r[1] if r[0] in (*FORMAT, "base") else 100 + i if r[1] >= 0 else -1 for i, r in enumerate(rows)],
            "words": [10] * len(rows),
        },
        schema_overrides={"of": pl.String},
    )
    return Truth.of_frame(frame.with_columns(pl.int_range(pl.len()).over("split").alias("row")))


@pytest.fixture(scope="module")
def corpus():
    splits, truth = frames(Settings(ROWS, seed=5))
    return splits["train"].join(truth.drop("split"), on="id", maintain_order="left"), Truth.of_frame(truth)


@pytest.fixture(scope="module")
def leaky():
    splits, truth = frames(Settings(ROWS, seed=5, leak=True))
    return pl.concat([splits["train"], splits["test"]]), Truth.of_frame(truth)


# --- generator


@pytest.mark.parametrize("settings", [Settings(ROWS, 3), Settings(ROWS, 3, "small", "template", leak=True)])
def test_same_seed_same_bytes(tmp_path, settings):
    for name in ("one", "two"):
        generate(tmp_path / name, settings)
    files = sorted(p.name for p in (tmp_path / "one").iterdir())
    assert files == (["test.csv", "train.csv"] if settings.leak else ["corpus.csv"]) + ["truth.json", "truth.parquet"]
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_another_seed_other_texts(corpus):
    other = frames(Settings(ROWS, seed=6))[0]["train"]
    assert not set(other["text"]) & set(corpus[0]["text"])


def test_csv_reads_back_as_written(tmp_path):
    settings = Settings(ROWS, seed=5)
    generate(tmp_path, settings)
    read = pl.read_csv(tmp_path / "corpus.csv", infer_schema=False)
    assert read.equals(frames(settings)[0]["train"])


def test_shares_are_as_promised(corpus):
    frame, truth = corpus
    assert frame.height == ROWS
    assert set(COPIES) | set(CONTAINERS) <= set(truth.kind)
    assert np.isin(truth.kind, COPIES).sum() == 0.17 * ROWS
    assert (truth.kind == "template").sum() == 0.06 * ROWS
    assert 40 < frame["words"].mean() < 60
    assert frame["words"].max() < 350
    sizes = np.bincount(truth.cluster[truth.cluster >= 0])
    assert sizes.min() == 2
    assert sizes.max() <= 6


def test_formatting_copies_fold_equal_and_no_other_rows_do(corpus):
    frame, truth = corpus
    folded = [fold(t) for t in frame["text"]]
    texts = frame["text"].to_list()
    for i in np.flatnonzero(np.isin(truth.kind, FORMAT)):
        assert folded[i] == folded[truth.of[i]]
        assert (texts[i] == texts[truth.of[i]]) == (truth.kind[i] == "exact")
    for i in np.flatnonzero(np.isin(truth.kind, sorted(set(COPIES) - set(FORMAT)))):
        assert folded[i] != folded[truth.of[i]]
    first = {}
    for i, text in enumerate(folded):
        other = first.setdefault(text, i)
        assert other == i or truth.cluster[i] == truth.cluster[other] >= 0


def test_copies_point_to_the_base_of_their_cluster(corpus):
    _, truth = corpus
    copies = np.isin(truth.kind, COPIES)
    assert (truth.kind[truth.of[copies]] == "base").all()
    assert (truth.cluster[copies] == truth.cluster[truth.of[copies]]).all()
    assert (truth.cluster[~copies & (truth.kind != "base")] == -1).all()


def test_word_edits_are_few_and_spare_numbers(corpus):
    frame, truth = corpus
    texts = frame["text"].to_list()
    for kind, share in (("edit1", 0.01), ("edit10", 0.1), ("short", 0)):
        for i in np.flatnonzero(truth.kind == kind):
            base, copy = texts[truth.of[i]].split(), texts[i].split()
            allowed = max(1, round(share * len(base)))
            assert len(set(copy) ^ set(base)) <= 3 * allowed + 2  # a deleted stop moves to the word before
            digits = [[w.strip(',.?!"') for w in text if any(c.isdigit() for c in w)] for text in (base, copy)]
            assert digits[0] == digits[1]


def test_reordered_copies_have_the_same_words(corpus):
    frame, truth = corpus
    texts = frame["text"].to_list()
    for i in np.flatnonzero(truth.kind == "reorder"):
        assert sorted(texts[i].split()) == sorted(texts[truth.of[i]].split())
        assert texts[i] != texts[truth.of[i]]


def test_containers_hold_their_base_whole(corpus):
    frame, truth = corpus
    texts = frame["text"].to_list()
    for i in np.flatnonzero(truth.container):
        plain = " ".join(texts[i].replace("\n> ", " ").replace("> ", "").split())
        assert " ".join(texts[truth.of[i]].split()) in plain


def test_families_differ_in_every_row(corpus):
    frame, truth = corpus
    family = frame.filter(pl.Series(truth.kind == "template"))
    assert family["text"].str.to_lowercase().n_unique() == family.height
    assert family["family"].value_counts()["count"].max() <= 500


@pytest.mark.parametrize("skew", ["template", "identical"])
def test_skew_is_half_of_all_rows(skew):
    splits, truth = frames(Settings(ROWS, skew=skew))
    skewed = splits["train"].filter(truth["kind"] == "skew")
    assert skewed.height == ROWS // 2
    assert skewed["text"].n_unique() == (1 if skew == "identical" else ROWS // 2)


def test_leaks_are_true(leaky):
    frame, truth = leaky
    folded = [fold(t) for t in frame["text"]]
    kinds = leaking(truth)
    train = {folded[i] for i in np.flatnonzero(~truth.test)}
    for i in np.flatnonzero(truth.test):
        assert (kinds[i] == "exact") == (folded[i] in train)
    assert not kinds[~truth.test].any()
    assert {"exact", "near", "contained", ""} == set(kinds[truth.test])
    lookalikes = np.isin(truth.kind, ("template", "disclaimer", "half"))
    assert not kinds[lookalikes].any()
    assert (lookalikes & truth.test).any()
    assert (lookalikes & ~truth.test).any()


# --- scores

SMALL = [
    ("base", 0, None, -1),
    ("exact", 0, 0, -1),
    ("edit5", 0, 0, -1),
    ("base", 1, None, -1),
    ("typo", 1, 3, -1),
    ("single", -1, None, -1),
    ("quote", -1, 5, -1),
    ("signature", -1, 5, -1),
    ("template", -1, None, 0),
    ("template", -1, None, 0),
    ("template", -1, None, 0),
    ("half", -1, 5, -1),
]


def scores(groups, **more):
    return score(truth_of(SMALL), Result(np.asarray(groups), **more))


def test_perfect_groups_score_one():
    got = scores([0, 0, 0, 1, 1, -1, -1, -1, -1, -1, -1, -1])
    assert got["pairs"]["f1"] == got["clusters"]["f1"] == 1
    assert got["pairs"]["true"] == 4
    assert got["recall_by_kind"] == {"exact": 1, "edit5": 1, "typo": 1}
    assert got["families"]["families_merged"] == 0


def test_nothing_found_has_no_precision():
    got = scores([-1] * 12)
    assert got["pairs"]["precision"] is None
    assert got["pairs"]["recall"] == got["pairs"]["f1"] == 0
    assert got["largest_group"] == 0


def test_numbers_of_their_own_mean_alone():
    assert scores(range(12)) == scores([-1] * 12)
    assert compact(np.array([7, 7, 3, -2, -2])).tolist() == [2, 2, -1, -1, -1]


def test_part_of_a_cluster_counts_in_pairs_but_not_in_clusters():
    got = scores([0, 0, -1, 1, 1, -1, -1, -1, -1, -1, -1, -1])
    assert got["pairs"]["precision"] == 1
    assert got["pairs"]["recall"] == 2 / 4
    assert got["clusters"]["recall"] == got["clusters"]["precision"] == 1 / 2
    assert got["recall_by_kind"]["edit5"] == 0


def test_joined_clusters_cost_precision():
    got = scores([0, 0, 0, 0, 0, -1, -1, -1, -1, -1, -1, -1])
    assert got["pairs"]["precision"] == 4 / 10
    assert got["pairs"]["recall"] == 1
    assert got["families"]["wrong_pairs_other"] == 6
    assert got["clusters"]["f1"] == 0


def test_merged_families_and_halves_are_told_apart():
    got = scores([0, 0, 0, 1, 1, 2, -1, -1, 3, 3, 3, 2])
    assert got["families"] == {
        "families": 1,
        "families_merged": 1,
        "wrong_pairs_in_families": 3,
        "wrong_pairs_half_edited": 1,
        "wrong_pairs_other": 0,
    }
    assert got["pairs"]["precision"] == 4 / 8
    assert got["pairs"]["precision_without_families"] == 4 / 5


def test_containers_with_their_base_are_neither_right_nor_wrong():
    got = scores([0, 0, 0, 1, 1, 2, 2, 2, -1, -1, -1, -1])
    assert got["pairs"]["precision"] == got["clusters"]["precision"] == 1
    assert got["containment"]["quote"] == {"named": None, "joined": 1}


def test_a_container_with_a_stranger_is_wrong():
    got = scores([0, 0, 0, 1, 1, 2, 2, -1, 2, -1, -1, -1])
    assert got["pairs"]["precision"] == 4 / 6
    assert got["clusters"]["precision"] == 2 / 3


def test_named_containment():
    named = np.array([[6, 5], [5, 6], [9, 8], [1, 0], [6, 7]])
    got = scores([-1] * 12, contained=named)["containment"]
    assert got["quote"] == {"named": 1, "joined": 1}
    assert got["signature"] == {"named": 0, "joined": 0}
    assert (
        got["precision"] == 1 / 2
    )  # a pair counts once; near-duplicates and two containers of one base are left aside
    assert got["wrong"] == 1


def test_pairs_of_a_giant_group_need_no_list():
    assert pairs(np.zeros(3_000_000, np.int64)) == 3_000_000 * 2_999_999 // 2


LEAKS = [
    ("base", 0, None, -1, "train"),
    ("single", -1, None, -1, "train"),
    ("template", -1, None, 0, "train"),
    ("quote", -1, 9, -1, "train"),
    ("base", 1, None, -1, "test"),
    ("case", 0, 0, -1, "test"),
    ("typo", 0, 0, -1, "test"),
    ("signature", -1, 1, -1, "test"),
    ("template", -1, None, 0, "test"),
    ("single", -1, None, -1, "test"),
    ("exact", 1, 4, -1, "test"),
]


def test_leaks_by_group():
    truth = truth_of(LEAKS)
    assert leaking(truth).tolist() == [""] * 5 + ["exact", "near", "contained", "", "contained", ""]
    got = score(truth, Result(np.array([0, 1, 2, 3, 4, 0, 0, 1, 2, 5, 4])))["leaks"]
    assert got["recall_by_kind"] == {"exact": 1, "near": 1, "contained": 0.5}
    assert got["precision"] == 3 / 4
    assert got["wrong_by_kind"] == {"template": 1}


def test_leaks_by_code():
    named = {"LEK001": np.array([5, 6]), "LEK002": np.array([7, 9, 8])}
    got = score(truth_of(LEAKS), Result(np.full(11, -1), leaks=named))["leaks"]
    assert got["LEK001"]["precision"] == 0.5
    assert got["LEK001"]["recall"] == 1
    assert got["LEK002"] == {"precision": 2 / 3, "recall": 2 / 3}
    assert got["recall"] == 1
    assert got["precision"] == 4 / 5


def test_audit_folder_is_read_by_place(tmp_path):
    truth = truth_of(LEAKS)
    rows = truth.frame.select("split", "row").with_columns(
        duplicate_group=pl.Series([7, None, None, None, *[None] * 7])
    )
    rows.sample(fraction=1, shuffle=True, seed=1).write_parquet(tmp_path / "rows.parquet")
    pl.DataFrame(
        {
            "code": ["LEK001", "LEK002", "DUP004", "LEK001"],
            "split": ["test", "test", "test", "train"],
            "row": [1, 3, 5, 0],
            "related_split": ["train", "train", "test", None],
            "related_row": [0, 1, 0, None],
        },
    ).write_parquet(tmp_path / "findings.parquet")
    got = audit_result(tmp_path, truth)
    assert got.groups.tolist() == [7, *[-1] * 10]
    assert got.contained.tolist() == [[9, 4]]
    assert {c: r.tolist() for c, r in got.leaks.items()} == {"LEK001": [5], "LEK002": [7]}
