"""A run made again is equal, and what differs is told."""

import json
import shutil

import pytest
from tiny_models import rows, write_csv

from assay import audit, train
from assay.audit.errors import ConfigError, DataError
from assay.train.reproduce import reproduce


@pytest.fixture
def made(tmp_path, model_folder, settings):
    """A run beside its data and its base model, all of which a test may spoil."""
    shutil.copytree(model_folder, tmp_path / "base")
    files = {"train": str(write_csv(tmp_path / "train.csv", rows(60, 1)))}
    files["test"] = str(write_csv(tmp_path / "test.csv", rows(20, 2)))
    data = audit.read(files, text="text", label="label")
    table = {**settings, "model": str(tmp_path / "base"), "method": "lora", "epochs": 1.0}
    return train.fit(data, table, output=tmp_path / "run", small_run=False, ladder=False)


def test_a_run_made_again_is_equal(made):
    told = reproduce(made.path)
    assert told.equal
    assert told.second.path.name == "run-reproduced"
    assert told.first.fingerprint == told.second.fingerprint


def test_everything_may_move_together(made, tmp_path):
    elsewhere = tmp_path.with_name(tmp_path.name + "-moved")
    tmp_path.rename(elsewhere)
    assert reproduce(elsewhere / "run").equal


def test_another_setting_makes_another_model_and_is_told(made):
    path = made.path / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["hyperparameters"]["learning_rate"] *= 1.5
    path.write_text(json.dumps(manifest))
    told = reproduce(made.path)
    assert not told.equal
    assert not told.same_weights


def test_changed_data_cannot_be_trained_on_again(made, tmp_path):
    (tmp_path / "train.csv").write_text((tmp_path / "train.csv").read_text() + '"one more","refund"\n')
    with pytest.raises(DataError, match="train data changed"):
        reproduce(made.path)
    (tmp_path / "train.csv").unlink()
    with pytest.raises(DataError, match="gone"):
        reproduce(made.path)


def test_a_missing_base_model_is_told(made, tmp_path):
    shutil.rmtree(tmp_path / "base")
    with pytest.raises(ConfigError, match="base model"):
        reproduce(made.path)


def test_data_in_memory_cannot_be_found_again(settings, tmp_path):
    import polars as pl

    texts, labels = zip(*rows(40, 1), strict=True)
    data = audit.from_frames(pl.DataFrame({"text": texts, "label": labels}), text="text", label="label")
    run = train.fit(data, {**settings, "method": "head"}, output=tmp_path / "run")
    with pytest.raises(DataError, match="memory"):
        reproduce(run.path)
