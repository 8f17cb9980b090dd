"""Rows for tests of the cheap models: what they hold is known."""

from __future__ import annotations

import numpy as np
import polars as pl

from assay.audit import from_frames
from assay.audit.dataset import Dataset
from assay.train.examples import Examples

WORDS = {
    "refund": "money back refund charge twice paid bill",
    "login": "password account sign locked code email",
    "parcel": "delivery parcel late courier street box",
}
FILL = [
    "please",
    "help",
    "today",
    "my",
    "the",
    "was",
    "with",
    "again",
    "urgent",
    "thanks",
    "hello",
    "when",
    "why",
    "really",
]


def texts(count: int, seed: int = 0, labels: tuple[str, ...] = tuple(WORDS)) -> tuple[list[str], list[str]]:
    """Texts of two words that tell the label among ten that do not; no two are near-copies."""
    rng = np.random.default_rng(seed)
    told, names = [], []
    for n in range(count):
        label = labels[n % len(labels)]
        words = [
            *rng.choice(WORDS[label].split(), 2),
            *rng.choice(FILL, 4),
            *(f"w{k}" for k in rng.integers(10_000, size=6)),
        ]
        told.append(" ".join(rng.permutation(words)))
        names.append(label)
    return told, names


def frame(count: int, seed: int = 0, **more: list) -> pl.DataFrame:
    """Columns text and label, and others."""
    told, names = texts(count, seed)
    return pl.DataFrame({"text": told, "label": names, **more})


def dataset(train: pl.DataFrame, **others: pl.DataFrame) -> Dataset:
    """A data set with columns text and label."""
    group = "group" if "group" in train.columns else None
    return from_frames({"train": train, **others}, text="text", label="label", group=group)


def points(y: np.ndarray, dims: int = 32, spread: float = 0.5, seed: int = 0) -> np.ndarray:
    """Unit vectors around a centre for each class."""
    centres = np.random.default_rng(99).normal(size=(int(y.max()) + 1, dims))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    out = centres[y] + spread * np.random.default_rng(seed).normal(size=(len(y), dims)) / np.sqrt(dims)
    return (out / np.linalg.norm(out, axis=1, keepdims=True)).astype(np.float32)


def examples(y: np.ndarray, labels: tuple[str, ...] | None = None) -> Examples:
    """Rows with given codes (or 0/1 sets) and no more to say than their number."""
    names = labels or tuple(f"class {c}" for c in range(y.shape[1] if y.ndim > 1 else int(y.max()) + 1))
    return Examples((tuple(f"row {n}" for n in range(len(y))),), y.astype(np.int64), names, np.arange(len(y)))
