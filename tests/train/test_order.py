"""The order of rows: a permutation, by like length, that seed and epoch alone decide."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from assay.train.finetune.order import order

lengths = st.lists(st.integers(1, 60), max_size=300).map(lambda x: np.array(x, np.int64))


@given(lengths, st.integers(1, 40), st.integers(0, 9), st.integers(0, 5))
def test_every_row_comes_once_and_again_the_same(lengths, batch, seed, epoch):
    got = order(lengths, batch, seed, epoch)
    assert sorted(got.tolist()) == list(range(len(lengths)))
    assert np.array_equal(got, order(lengths, batch, seed, epoch))


def test_batches_hold_like_lengths_and_epochs_differ():
    lengths = np.random.default_rng(0).integers(4, 120, 2_000)
    got = order(lengths, 32, 0, 0)
    whole = got[: len(got) // 32 * 32].reshape(-1, 32)
    spread = np.ptp(lengths[whole], axis=1).mean()
    assert spread < 0.1 * np.ptp(lengths[np.arange(1984).reshape(-1, 32)], axis=1).mean()
    assert not np.array_equal(got, order(lengths, 32, 0, 1))
    assert not np.array_equal(got, order(lengths, 32, 1, 0))
    means = lengths[whole].mean(axis=1)
    assert abs(np.corrcoef(means, np.arange(len(means)))[0, 1]) < 0.4  # long batches do not all come first
