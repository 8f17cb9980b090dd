"""The order of rows in training: batches of like length, shuffled, and the same after a resume.

transformers' ``LengthGroupedSampler`` draws from the global random numbers, whose state in the middle of a later epoch
cannot be had back: a resumed run would see other batches. Here the order follows from seed and epoch alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from torch.utils.data import Sampler

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

WINDOW = 50
"""Batches among which rows are sorted by length: enough to waste little padding, few enough to mix."""


class LikeLength(Sampler):  # type: ignore[misc]
    """Rows in the order in which they are batched."""

    def __init__(self, lengths: Sequence[int], batch: int, seed: int) -> None:
        """Remember lengths (tokens of each row), rows of a batch and the seed."""
        self.lengths, self.batch, self.seed, self.epoch = np.asarray(lengths), batch, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Say which pass comes next."""
        self.epoch = epoch

    def __len__(self) -> int:
        """How many rows."""
        return len(self.lengths)

    def __iter__(self) -> Iterator[int]:
        """Rows of one pass."""
        return iter(order(self.lengths, self.batch, self.seed, self.epoch).tolist())


def order(lengths: NDArray[np.int64], batch: int, seed: int, epoch: int) -> NDArray[np.int64]:
    """A permutation: rows are shuffled, sorted by length within windows of batches, and the batches shuffled.

    An incomplete batch comes last, for batches are cut from the order by their size.

    Args:
        lengths: tokens of each row (n,).
        batch: rows of a batch.
        seed: of the run.
        epoch: 0-based pass.
    """
    rng = np.random.default_rng((seed, epoch))
    rows = rng.permutation(len(lengths))
    out: list[NDArray[np.int64]] = []
    for start in range(0, len(rows), batch * WINDOW):
        window = rows[start : start + batch * WINDOW]
        window = window[np.argsort(lengths[window], kind="stable")]
        whole = len(window) // batch * batch
        cut = rng.integers(0, len(window) - whole + 1)  # the rest is not always the longest
        rest = np.concatenate([window[:cut], window[cut + whole :]])
        batches = window[cut : cut + whole].reshape(-1, batch)
        out += [*batches[rng.permutation(len(batches))], rest]
    rests = [o for o in out if len(o) < batch]
    return np.concatenate([*[o for o in out if len(o) == batch], *rests]) if len(rows) else rows
