from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from rows import dataset, frame

from assay.audit.errors import DataError, MissingInputError
from assay.train.examples import examples, refuse_unlearnable, with_validation
from assay.train.parting import folds, together


def test_codes_follow_sorted_labels_and_rows_without_one_are_counted():
    data = dataset(pl.DataFrame({"text": ["a", "b", "c", "d"], "label": ["z", None, "k", "  "]}))
    told = examples(data, "train")
    assert told.labels == ("k", "z")
    assert told.y.tolist() == [1, 0]
    assert told.rows.tolist() == [0, 2]
    assert told.texts == (("a", "c"),)
    assert told.unlabelled == 2


def test_labels_unknown_to_training_are_left_out_and_named():
    data = dataset(
        pl.DataFrame({"text": ["a", "b"], "label": ["x", "y"]}),
        test=pl.DataFrame({"text": ["c", "d", "e"], "label": ["x", "new", "newer"]}),
    )
    told = examples(data, "test", examples(data, "train").labels)
    assert (told.unknown, told.unseen, told.rows.tolist()) == (2, ("new", "newer"), [0])


def test_rows_with_several_labels_become_zeros_and_ones():
    cells = ["a;b", "b;c", "a", "c;a", "b", "a;b;c", "b;a", "c", "a;c", "c;b"]
    told = examples(dataset(pl.DataFrame({"text": [f"t{n}" for n in range(10)], "label": cells})), "train")
    assert told.multilabel
    assert told.labels == ("a", "b", "c")
    assert told.y[:4].tolist() == [[1, 1, 0], [0, 1, 1], [1, 0, 0], [1, 0, 1]]
    assert told.counts.tolist() == [6, 6, 6]


def test_a_class_with_a_semicolon_in_its_name_stays_one_class():
    cells = ["food; drink", "health", "food; drink", "health"] * 5
    told = examples(dataset(pl.DataFrame({"text": [f"t{n}" for n in range(20)], "label": cells})), "train")
    assert not told.multilabel
    assert told.labels == ("food; drink", "health")


def test_pairs_of_texts_are_two_columns():
    from assay.audit import from_frames

    data = from_frames(
        pl.DataFrame({"p": ["a", "b"], "h": ["c", None], "label": ["x", "y"]}), text=["p", "h"], label="label"
    )
    assert examples(data, "train").texts == (("a", "b"), ("c", ""))


def test_a_missing_split_says_how_to_give_one():
    with pytest.raises(MissingInputError, match="--validation FILE"):
        examples(dataset(frame(6)), "validation")


@pytest.mark.parametrize(("labels", "words"), [([None, None], "no labelled"), (["a", "a"], "one class only")])
def test_what_cannot_be_learned_is_refused(labels, words):
    data = dataset(pl.DataFrame({"text": ["t", "u"], "label": pl.Series(labels, dtype=pl.String)}))
    with pytest.raises(DataError, match=words):
        refuse_unlearnable(examples(data, "train"))


def leaky(count: int = 300) -> pl.DataFrame:
    """Every third row copies the one before in capitals, so a class is gone; customers write several."""
    told = frame(count)
    words = told["text"].to_list()
    for n in range(2, count, 3):
        words[n] = words[n - 1].upper()
    labels = told["label"].to_list()
    for n in range(2, count, 3):
        labels[n] = labels[n - 1]
    return pl.DataFrame({"text": words, "label": labels, "group": [f"customer {n // 5}" for n in range(count)]})


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_validation_set_made_here_shares_nothing_with_training(seed):
    data = dataset(leaky())
    train, held, made = with_validation(data, seed, 0.2)
    assert made
    assert held is not None
    assert sorted([*train.rows, *held.rows]) == list(range(300))
    assert 0.12 <= len(held) / 300 <= 0.28
    folded = {text.lower() for text in train.texts[0]} & {text.lower() for text in held.texts[0]}
    assert not folded
    customers = data.column("group")
    assert not set(customers.gather(train.rows)) & set(customers.gather(held.rows))


def test_another_seed_draws_another_validation_set_and_the_same_seed_the_same():
    data = dataset(frame(200))
    drawn = [with_validation(data, seed)[1].rows.tolist() for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_classes_have_their_share_of_the_validation_rows():
    _, held, _ = with_validation(dataset(frame(600)), 0, 0.1)
    assert held.counts.min() >= 15
    assert held.counts.max() <= 25


def test_a_given_validation_split_is_used():
    train, held, made = with_validation(dataset(frame(30), validation=frame(12, seed=1)), 0)
    assert (len(train), len(held), made) == (30, 12, False)


def test_few_rows_are_not_held_out():
    assert with_validation(dataset(frame(9)), 0)[1:] == (None, False)


def test_folds_keep_together_what_belongs_together_and_spread_classes():
    data = dataset(leaky())
    train = examples(data, "train")
    fold = folds(data, train, 5, 0)
    units = together(data, train)
    assert all(len(set(fold[units == u])) == 1 for u in np.unique(units))
    assert set(fold) == set(range(5))
    counts = np.array([[((fold == f) & (train.y == c)).sum() for c in range(3)] for f in range(5)])
    assert counts[:, :2].min() >= 12
    assert counts[:, 2].max() == 0


def test_a_group_named_unknown_ties_nothing():
    data = dataset(frame(60, group=["unknown"] * 60))
    train, held, _ = with_validation(data, 0, 0.2)
    assert held is not None
    assert len(train) > 30
