"""`assay train` and `assay reproduce` as a user meets them."""

import json
import sys
from pathlib import Path

import pytest

from assay.reports.cli import main

sys.path.append(str(Path(__file__).resolve().parents[1] / "train"))


def call(*arguments):
    with pytest.raises(SystemExit) as ended:
        main([str(a) for a in arguments])
    return ended.value.code


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    import tiny_models as tiny

    where = tmp_path_factory.mktemp("user")
    tiny.write_csv(where / "train.csv", tiny.rows(96, 1))
    tiny.write_csv(where / "test.csv", tiny.rows(30, 3))
    tiny.tiny_model(where / "base")
    (where / "assay.toml").write_text(
        '[data]\ntrain = "train.csv"\ntest = "test.csv"\ntext = "text"\nlabel = "label"\n'
        '[audit]\nselect = ["LEK001", "LBL001"]\n'
        '[train]\nmodel = "base"\nmethod = "lora"\nepochs = 1\nbatch_size = 8\nthreads = 1\nlearning_rate = 1e-3\n'
    )
    return where


def test_without_an_audit_it_does_not_start(folder, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert call("train", "--config", folder / "assay.toml") == 1
    said = capsys.readouterr()
    assert "no audit" in said.err
    assert "--force" in said.err
    assert not said.out
    assert not (tmp_path / "assay-out" / "train").exists()


def test_audit_train_reproduce(folder, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    config = ("--config", folder / "assay.toml")
    assert call("audit", *config, "-q") == 0
    assert call("train", *config, "--format", "json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["method"] == "lora"
    assert told["metrics"]["test"]["accuracy"]["n"] == 30
    assert not told["forced"]
    run = tmp_path / "assay-out" / "train"
    names = {p.name for p in run.iterdir()}
    assert names >= {"manifest.json", "adapter", "checkpoints", "metrics.jsonl", "baselines.json", "README.md"}
    assert call("reproduce", "assay-out/train", "-q") == 0
    assert call("train", *config, "--resume", "-q") == 0
    assert call("train", *config, "--seed", "1", "--resume") == 2
    assert "hyperparameters.seed was 0 and is 1" in capsys.readouterr().err


def test_what_cannot_run_says_why(folder, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    config = ("--config", folder / "assay.toml")
    assert call("train", *config, "--model", "distilbert/distilbert-base-uncased") == 2
    assert "not on this machine" in capsys.readouterr().err
    assert call("train", *config, "--text", "nope", "--force") == 2
    assert "nope" in capsys.readouterr().err
    assert call("train") == 2
    assert "no training data" in capsys.readouterr().err
    assert call("reproduce", tmp_path / "nothing") == 2
    assert "no such run folder" in capsys.readouterr().err


def test_hub_ids_are_a_valid_configuration(tmp_path):
    from assay.audit import config

    path = tmp_path / "assay.toml"
    path.write_text('[data]\ntrain = "imdb"\n[train]\nmodel = "BAAI/bge-small-en-v1.5"\nmethod = "lora"\n')
    told = config.load(path)
    assert told.data.train == ("imdb",)
    assert told.train.model == "BAAI/bge-small-en-v1.5"
