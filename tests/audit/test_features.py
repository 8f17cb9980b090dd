"""Vectors, neighbours and counts of a data set."""

import subprocess
import sys

import numpy as np
import polars as pl
import pytest

from assay.audit import features
from assay.audit.dataset import Part, Roles, assemble
from assay.audit.encoders import choice, folder
from assay.audit.errors import ConfigError, MissingInputError

TEXTS = ["where is my parcel", "where is my parcel", "  ", "my card was stolen", "where is my package", None]


def made(texts=TEXTS, roles=None):
    rows = len(texts)
    frame = pl.DataFrame({"text": pl.Series(texts, dtype=pl.String)})
    part = Part("train", frame, np.arange(rows, dtype=np.int64), np.zeros(rows, np.int32), ("train.csv",))
    return assemble([part], roles or Roles(text=("text",)))


@pytest.fixture
def data(monkeypatch, tmp_path):
    monkeypatch.setenv("ASSAY_CACHE", str(tmp_path))
    data = made()
    features.configure(data, "lsa")
    return data


class Length:
    """An encoder for tests: (length, 1), and which texts it was asked for."""

    def __init__(self):
        self.seen = []

    def encode(self, texts):
        self.seen += texts
        return np.array([[len(t), 1] for t in texts], np.float32)


@pytest.fixture
def own(monkeypatch, tmp_path):
    from assay.audit.encoders.protocol import Identity

    monkeypatch.setenv("ASSAY_CACHE", str(tmp_path))
    encoder = Length()
    identity = Identity("own", "sentence", "0" * 64, 2, "numpy", "everything but length")
    chosen = choice.Chosen(identity, encoder, "own")
    monkeypatch.setattr(features, "choose", lambda *_: chosen)
    return encoder


def test_every_row_gets_the_vector_of_its_text(own):
    found = features.embeddings(made())
    assert found.vectors[:, 0].tolist() == [18, 18, 0, 18, 19, 0]


def test_equal_texts_are_encoded_once_and_empty_ones_never(own):
    features.embeddings(made())
    assert own.seen == ["my card was stolen", "where is my package", "where is my parcel"]


def test_a_second_audit_encodes_only_what_is_new(own):
    features.embeddings(made())
    own.seen.clear()
    features.embeddings(made([*TEXTS, "something new"]))
    assert own.seen == ["something new"]


def test_without_a_cache_all_is_encoded_again(own, tmp_path):
    for _ in range(2):
        data = made()
        features.configure(data, cache=False)
        features.embeddings(data)
    assert len(own.seen) == 6
    assert not list(tmp_path.iterdir())


def test_the_encoder_becomes_a_fact(own):
    data = made()
    assert ("fact", "encoder") not in data.memo
    features.embeddings(data)
    facts = data.memo["fact", "encoder"]
    assert set(facts) == {"name", "kind", "sha256", "dims", "backend", "blind"}
    assert facts["name"] == "own"


def test_the_set_itself_is_a_model(data):
    found = features.embeddings(data)
    assert found.encoder.kind == "lsa"
    assert np.allclose(np.linalg.norm(found.vectors, axis=1), [1, 1, 0, 1, 1, 0], atol=1e-3)
    assert found.vectors[0] @ found.vectors[4] > found.vectors[0] @ found.vectors[3]


def test_neighbours_leave_out_the_row_itself_and_rows_without_a_text(data):
    found = features.neighbours(data, 2)
    assert found.index[0].tolist() == [1, 4]
    assert found.index[2].tolist() == [-1, -1]


def test_counts_and_their_names(data):
    names, matrix = features.grams(data).to_list(), features.counts(data)
    assert matrix.shape == (6, len(names))
    assert matrix[0, names.index("my parcel")] == 1


def test_without_a_text_column_a_rule_is_skipped():
    for ask in (features.embeddings, features.lsa, features.counts):
        with pytest.raises(MissingInputError):
            ask(made(roles=Roles()))


def test_an_unknown_encoder_is_refused_at_once(monkeypatch):
    monkeypatch.setattr(folder, "find_minilm", lambda: None)
    with pytest.raises(ConfigError):
        features.configure(made(), "minilm")


def test_nothing_heavy_is_loaded_before_it_is_needed():
    heavy = ("scipy", "sklearn", "openvino", "tokenizers", "torch", "numba", "safetensors")
    code = f"import sys, assay.audit.features; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.usefixtures("minilm")
def test_the_embedded_encoder_finds_paraphrases(monkeypatch, tmp_path):
    monkeypatch.setenv("ASSAY_CACHE", str(tmp_path))
    data = made(["Where is my parcel?", "When will the package arrive?", "I want to close my account."])
    features.configure(data, "minilm")
    found = features.neighbours(data, 1)
    assert found.index[0, 0] == 1
    assert data.memo["fact", "encoder"]["sha256"] == folder.MINILM["model.safetensors"]
