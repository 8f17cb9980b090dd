from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scored_sets import make_scored

from assay.reports.evaluation.parts import Part
from assay.reports.evaluation.slices import score_slices


def part(name, rows, size, *, critical=False):
    mask = np.zeros(size, bool)
    mask[rows] = True
    return Part(name, "declared", "told", critical, pl.Series(mask))


@pytest.fixture
def scored():
    #                    0  1  2  3  4  5  6  7  8  9
    return make_scored([0, 0, 0, 0, 1, 1, 1, 2, 2, 2], [0, 0, 1, 1, 1, 1, 0, 2, 2, 0])


def by_name(scored, *parts):
    return {s.name: s for s in score_slices(scored, parts, 0.95)}


def test_recall_of_a_slice_is_the_share_of_its_rows_whose_class_was_predicted(scored):
    found = by_name(scored, part("some", [0, 2, 3], 10))["some"].figures
    assert (found["recall"].n, found["recall"].value) == (3, pytest.approx(1 / 3))
    assert found["accuracy"] == found["recall"]


def test_precision_of_whole_classes_counts_rows_taken_for_them(scored):
    found = by_name(scored, part("class 0", [0, 1, 2, 3], 10))["class 0"].figures
    assert (found["precision"].n, found["precision"].value) == (4, pytest.approx(0.5))  # rows 0, 1, 6, 9
    assert found["f1"].value == pytest.approx(0.5)
    assert "macro_f1" not in found


def test_a_slice_through_a_class_has_no_precision(scored):
    assert set(by_name(scored, part("some", [0, 2], 10))["some"].figures) == {"accuracy", "recall"}
    assert "precision" not in by_name(scored, part("mixed", [0, 4, 7], 10))["mixed"].figures


def test_the_whole_set_is_averaged_over_classes(scored):
    assert set(by_name(scored, part("all", range(10), 10))["all"].figures) == {"accuracy", "recall", "macro_f1"}


def test_worst_come_first_and_empty_ones_last(scored):
    told = [part("good", [0, 1], 10), part("none", [], 10), part("bad", [2, 3, 6], 10), part("half", [0, 2], 10)]
    assert [s.name for s in score_slices(scored, told, 0.95)] == ["bad", "half", "good", "none"]


def test_a_slice_without_rows_has_no_value(scored):
    empty = by_name(scored, part("none", [], 10))["none"]
    assert {f.value for f in empty.figures.values()} == {None}
    assert {f.n for f in empty.figures.values()} == {0}


def test_members_without_a_label_are_no_members(scored):
    import dataclasses

    kept = dataclasses.replace(
        make_scored([0, 1], [0, 0]), split=dataclasses.replace(scored.split, stop=4), index=np.array([1, 3])
    )
    assert by_name(kept, part("some", [0, 1, 2], 4))["some"].accuracy.n == 1
