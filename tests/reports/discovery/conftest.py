"""Sets with planted failing slices."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from assay.audit.dataset import Part, Roles, assemble
from assay.reports.discovery import discover

BENCHMARKS = Path(__file__).resolve().parents[3] / "benchmarks"


@pytest.fixture(scope="session")
def failing_slices():
    """The generator of the benchmark."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import failing_slices as module
    finally:
        sys.path.remove(str(BENCHMARKS))
    return module


@pytest.fixture(scope="session")
def tickets(failing_slices):
    """Three thousand tickets with metadata."""
    return failing_slices.texts("tickets", 3_000, np.random.default_rng(5))


def dataset(frame, text=("text",), label="label", **roles):
    n = frame.height
    part = Part("test", frame, np.arange(n) + 2, np.zeros(n, np.int32), ("test.csv",))
    return assemble([part], Roles(text=text, label=label, **roles))


def failing(frame, mask, seed=0, rate=0.6, base=0.07):
    """(rows,) errors: many where the mask is true, few elsewhere."""
    chance = np.where(np.asarray(mask), rate, base)
    return np.random.default_rng(seed).random(frame.height) < chance


def find(frame, wrong, *, data=None, **options):
    labels = frame["label"].to_numpy().astype(str)
    said = np.where(wrong, "something else", labels)
    rows = np.arange(frame.height)
    return discover(data or dataset(frame), "test", rows, labels, said, ~wrong, **options)


def jaccard(rows, mask):
    found = set(np.asarray(rows).tolist())
    truth = set(np.flatnonzero(np.asarray(mask)).tolist())
    return len(found & truth) / max(len(found | truth), 1)


@pytest.fixture
def kit():
    """Helpers of this folder."""

    class Kit:
        make = staticmethod(dataset)
        failing = staticmethod(failing)
        find = staticmethod(find)
        jaccard = staticmethod(jaccard)

    return Kit


def frame_of(**columns):
    return pl.DataFrame(columns)
