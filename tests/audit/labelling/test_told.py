import numpy as np
import polars as pl
import pytest

from assay.audit.errors import DataError
from assay.audit.labelling.told import read_probabilities

IDS = pl.Series("id", ["x", "y", "z"])


def written(tmp_path, frame, kind="csv"):
    path = tmp_path / f"p.{kind}"
    {"csv": frame.write_csv, "jsonl": frame.write_ndjson, "parquet": frame.write_parquet}[kind](path)
    return path


GOOD = pl.DataFrame({"b": [0.1, 0.2, 1.0], "a": [0.9, 0.8, 0.0]})


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_read_in_row_order(tmp_path, kind):
    found = read_probabilities(written(tmp_path, GOOD, kind), ["a", "b"], [3], None)
    np.testing.assert_allclose(found, [[0.9, 0.1], [0.8, 0.2], [0.0, 1.0]], atol=1e-6)


def test_joined_by_id_in_any_order_for_some_rows(tmp_path):
    frame = GOOD[:2].with_columns(id=pl.Series(["z", "x"]))
    found = read_probabilities(written(tmp_path, frame), ["a", "b"], [3], IDS)
    np.testing.assert_allclose(found, [[0.8, 0.2], [0, 0], [0.9, 0.1]], atol=1e-6)


def test_the_first_split_alone(tmp_path):
    found = read_probabilities(written(tmp_path, GOOD), ["a", "b"], [3, 2], None)
    assert found.shape == (5, 2)
    assert not found[3:].any()


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (GOOD[:2], "2 lines of probabilities for 3 rows"),
        (GOOD.drop("b"), "no column for 'b'"),
        (GOOD.with_columns(c=pl.lit(0.0)), "the data have no label 'c'"),
        (GOOD.with_columns(a=pl.Series([0.9, None, 0.0])), "row 2 is no number"),
        (GOOD.with_columns(a=pl.Series(["0.9", "high", "0"])), "row 2 is no number"),
        (GOOD.with_columns(a=pl.Series([0.9, float("nan"), 0.0])), "row 2 is no number"),
        (GOOD.with_columns(a=pl.Series([0.9, 0.8, -0.5])), "row 3 is below 0"),
        (GOOD.with_columns(a=pl.Series([5.0, 0.8, 0.0])), "row 1 is over 1"),
        (GOOD.with_columns(a=pl.Series([0.2, 0.8, 0.0])), "row 1 sum to 0.300, not 1"),
        (GOOD.with_columns(id=pl.Series(["x", "x", "z"])), "id 'x' is missing or stands twice"),
        (GOOD.with_columns(id=pl.Series(["x", "q", "z"])), "no row with id 'q'"),
    ],
)
def test_what_does_not_fit_is_told(tmp_path, frame, words):
    with pytest.raises(DataError, match=words):
        read_probabilities(written(tmp_path, frame), ["a", "b"], [3], IDS)


def test_ids_that_repeat_in_the_data(tmp_path):
    frame = GOOD.with_columns(id=pl.Series(["x", "y", "z"]))
    with pytest.raises(DataError, match="stands on several rows"):
        read_probabilities(written(tmp_path, frame), ["a", "b"], [3], pl.Series("id", ["x", "x", "y"]))


@pytest.mark.parametrize("name", ["missing.csv", "p.xlsx"])
def test_no_such_file(tmp_path, name):
    with pytest.raises(DataError, match="cannot read probabilities"):
        read_probabilities(tmp_path / name, ["a", "b"], [3], None)
