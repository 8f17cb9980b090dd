"""Parquet tables cut or overwritten anywhere are refused by an exception, never by a panic."""

import contextlib
import io
import random

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from assay.audit.tables import read_table


@given(st.integers(0, 10_000))
def test_damage_ends_in_an_exception_or_a_frame(seed):
    rng, file = random.Random(seed), io.BytesIO()
    pl.DataFrame({"n": range(400), "t": [f"text {i % 17}" for i in range(400)]}).write_parquet(file, row_group_size=100)
    content = bytearray(file.getvalue())
    for _ in range(rng.randint(1, 4)):
        content[rng.randrange(len(content))] = rng.randrange(256)
    with contextlib.suppress(pl.exceptions.PolarsError, OSError, ValueError):
        assert isinstance(read_table(bytes(content)), pl.DataFrame)
