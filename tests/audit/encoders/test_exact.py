"""The exact encoder: as faithful as float32, and the same bytes whatever computes it."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.audit.encoders import batches, folder, kernels, minilm
from assay.audit.encoders.bert import Bert
from assay.audit.encoders.exact import Exact, _bound, _chunks, _Dense
from assay.audit.encoders.protocol import STEP, unit

TEXTS = ["Where is my parcel?", "my card is lost", "the cat sat on the mat " * 5, "a", "the dogs sitting on the mats"]
LIMIT = 2**24


def plain(where, texts):
    tokens = batches.tokenize(texts, where.tokenizer, where.max_tokens)
    return unit(batches.run(tokens, int(where.config["hidden_size"]), Bert.load(where).forward))


def cosines(a, b):
    return (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def test_vectors_of_a_small_model(tiny):
    where = folder.open_folder(tiny)
    assert cosines(minilm.Sentence(where).encode(TEXTS), plain(where, TEXTS)).min() > 0.9998


def test_first_token_pooling(tiny):
    where = folder.open_folder(tiny)
    bert = Bert.load(where)
    tokens = batches.tokenize(TEXTS, where.tokenizer, where.max_tokens)
    seen = []
    for ids in tokens:
        inputs = {}
        bert.forward(ids[None, :], np.ones((1, ids.size), np.float32), inputs.__setitem__)
        seen.append(ids.size)
    first, mean = Exact(bert, first=True).run(tokens), Exact(bert).run(tokens)
    assert not np.allclose(unit(first), unit(mean), atol=0.05)
    assert np.array_equal(Exact(bert, first=True).run(tokens[::-1]), first[::-1])


def test_vectors_of_the_embedded_encoder(minilm, shared_data):
    import polars as pl

    from assay.audit.encoders.minilm import Sentence

    texts = pl.read_csv(shared_data / "banking77" / "train.csv")["text"].sample(60, seed=0).to_list()
    found = cosines(Sentence(minilm).encode(texts), plain(minilm, texts))
    assert found.mean() > 0.9999
    assert found.min() > 0.9999


@pytest.mark.parametrize("spread", [0.01, 1, 100])
@pytest.mark.parametrize("channels", [64, 384, 1536])
def test_no_partial_sum_leaves_the_integers_of_float32(channels, spread):
    random = np.random.default_rng(channels)
    weight = random.standard_normal((40, channels)) * random.lognormal(0, 1, (1, channels))
    dense = _Dense.of(_Weights(weight), "layer")
    x = (spread * random.standard_t(1.5, (30, channels))).astype(np.float32)  # heavy tails: a few channels lead
    chunks = _chunks(channels)
    rows = x.reshape(len(x) * chunks, -1)
    whole, scale = np.empty_like(rows), np.empty(len(rows), np.float32)
    kernels.quantize_rows(rows, 0, len(rows), _bound(rows.shape[1]), whole, scale)
    assert np.array_equal(whole, np.rint(whole))
    for c, matrix in enumerate(dense.weights):
        assert np.array_equal(matrix, np.rint(matrix))
        # Sums of magnitudes bound every partial sum in every order.
        assert (np.abs(whole.reshape(len(x), chunks, -1)[:, c].astype(np.float64)) @ np.abs(matrix)).max() < LIMIT
    true = x.astype(np.float64) @ weight.T
    scale_of = np.linalg.norm(x, axis=1)[:, None] * np.linalg.norm(weight, axis=1)[None, :]
    assert (np.abs(dense(x) - true) / scale_of).max() < 1e-3


class _Weights:
    def __init__(self, weight):
        self.weights = {"layer.weight": weight.astype(np.float32), "layer.bias": np.zeros(len(weight), np.float32)}


def test_a_row_of_zeros_stays_one():
    dense = _Dense.of(_Weights(np.ones((3, 8))), "layer")
    assert not dense(np.zeros((2, 8), np.float32)).any()


@settings(max_examples=200, deadline=None)
@given(st.floats(-30, 30))
def test_gelu(value):
    x = np.full((1, 8), value, np.float32)
    expected = float(x[0, 0]) * 0.5 * (1 + math.erf(float(x[0, 0]) / math.sqrt(2)))
    kernels.gelu(x, 0, 1)
    assert x[0, 0] == pytest.approx(expected, abs=4e-6)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 300), st.integers(0, 1000))
def test_dot_products_of_unit_vectors_are_exact_in_any_order(dims, seed):
    random = np.random.default_rng(seed)
    a, b = unit(random.standard_normal((2, dims)) * random.lognormal(0, 2, (2, dims)))
    steps = [int(x / STEP) * int(y / STEP) for x, y in zip(a.tolist(), b.tolist(), strict=True)]
    expected = sum(steps) * STEP**2
    order = random.permutation(dims)
    assert float(a @ b) == expected
    assert float(np.sum((a * b)[order], dtype=np.float32)) == expected
    assert abs(expected) <= 1.01
