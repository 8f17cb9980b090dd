"""Static token vectors: what they keep of the sentence encoder, and what they may not see."""

import numpy as np
import pytest

from assay.audit.encoders import folder, minilm, static


@pytest.fixture
def encoder(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("ASSAY_CACHE", str(tmp_path / "cache"))
    return static.Static(minilm.Sentence(folder.open_folder(tiny)), "tokens of tiny")


def test_capitals_and_order_change_nothing(encoder):
    a, b, c = encoder.encode(["Where is my parcel", "WHERE IS MY PARCEL", "parcel my is where"])
    assert np.array_equal(a, b)
    assert np.allclose(a, c, atol=1e-6)


def test_texts_with_the_same_words_are_nearer(encoder):
    query, same, other = encoder.encode(["my card is lost", "lost card", "the cat sat on the mat"])
    assert query @ same > query @ other


def test_a_text_without_a_known_token_has_no_vector(encoder):
    assert not encoder.encode([""]).any()


def test_token_vectors_are_distilled_once(encoder, tiny, monkeypatch):
    first = encoder.encode(["my card is lost"])
    monkeypatch.setattr(static, "distil", lambda *_: pytest.fail("distilled again"))
    again = static.Static(minilm.Sentence(folder.open_folder(tiny)), "tokens of tiny").encode(["my card is lost"])
    assert np.array_equal(first, again)


def test_special_and_unused_tokens_weigh_nothing(tiny):
    table = static.distil(minilm.Sentence(folder.open_folder(tiny)))
    assert not table[:5].any()
    assert np.abs(table[5:]).sum(axis=1).min() > 0


def test_rare_tokens_weigh_more():
    weight = static.smooth_inverse_frequency(1000)
    assert (np.diff(weight) > 0).all()


def test_principal_components_keep_products():
    vectors = np.random.default_rng(0).standard_normal((50, 8)).astype(np.float32)
    vectors -= vectors.mean(axis=0)
    reduced = static.principal(vectors, 8)
    assert np.allclose(reduced @ reduced.T, vectors @ vectors.T, atol=1e-4)
    assert (np.diff((reduced**2).sum(axis=0)) <= 1e-4).all()
