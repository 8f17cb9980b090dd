from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from rows import dataset, frame

from assay.audit.errors import DataError
from assay.train import trial
from assay.train.rungs import majority, tfidf


def test_few_rows_are_cross_validated_and_each_is_answered_once():
    made = trial.make(dataset(frame(120)))
    assert len(made.parts) == 5
    assert sorted(np.concatenate([answer for _, answer in made.parts])) == list(range(len(made.asked)))
    for learn, answer in made.parts:
        assert not set(made.train.rows[learn]) & set(made.asked.rows[answer])
    told = made.predict(lambda train, asked, _learn, _answer: tfidf.predict(train, asked))
    assert (told == made.asked.y).mean() > 0.85


def test_copies_neither_measure_twice_nor_stand_on_both_sides():
    rows = frame(100)
    both = pl.concat([rows, rows.with_columns(pl.col("text").str.to_uppercase())])
    made = trial.make(dataset(both))
    assert len(made.asked) == 100
    assert made.left_out == 100
    for learn, answer in made.parts:
        seen = {made.train.texts[0][i].lower() for i in learn}
        assert not seen & {made.asked.texts[0][i].lower() for i in answer}


def test_a_validation_split_measures_but_not_its_rows_that_leak():
    held = frame(150, seed=1)
    train = pl.concat([frame(90), held.head(20)])
    made = trial.make(dataset(train, validation=held))
    assert made.how == "the validation rows"
    assert (len(made.asked), made.left_out, len(made.parts)) == (130, 20, 1)
    assert made.asked.rows.min() == 20


def test_validation_rows_of_a_training_group_do_not_measure():
    train = frame(90, group=[f"c{n}" for n in range(90)])
    held = frame(150, seed=1, group=[f"c{n + 60}" for n in range(150)])  # 30 customers stand on both sides
    made = trial.make(dataset(train, validation=held))
    assert (len(made.asked), made.left_out) == (120, 30)
    assert made.asked.rows.min() == 30


def test_a_small_validation_split_is_not_enough():
    assert len(trial.make(dataset(frame(90), validation=frame(30, seed=1))).parts) == 5


def test_many_rows_are_measured_by_one_part_of_them(monkeypatch):
    monkeypatch.setattr(trial, "MANY", 200)
    made = trial.make(dataset(frame(300)))
    ((learn, answer),) = made.parts
    assert len(answer) == pytest.approx(60, abs=10)
    assert len(learn) + len(answer) + made.left_out == 300


def test_of_very_many_rows_some_are_looked_at(monkeypatch):
    monkeypatch.setattr(trial, "MOST_ROWS", 80)
    made = trial.make(dataset(frame(300)))
    assert (len(made.train), made.sampled_from) == (80, 300)


def test_test_rows_change_nothing():
    alone, beside = (trial.make(dataset(frame(120), **more)) for more in ({}, {"test": frame(60, seed=4)}))
    assert all((a[0] == b[0]).all() and (a[1] == b[1]).all() for a, b in zip(alone.parts, beside.parts, strict=True))


def test_one_class_is_refused():
    with pytest.raises(DataError, match="one class only"):
        trial.make(dataset(frame(30).with_columns(label=pl.lit("x"))))


def test_rows_with_several_labels():
    rows = frame(120).with_columns(label=pl.Series([("a;b", "b", "a;c", "c;b")[n % 4] for n in range(120)]))
    made = trial.make(dataset(rows))
    told = made.predict(lambda train, asked, _learn, _answer: majority.predict(train, asked))
    assert told.shape == (len(made.asked), 3)
