"""Trained weights mixed with those of the start."""

import numpy as np
import pytest

from assay import train


@pytest.mark.parametrize("method", ["full", "lora"])
def test_a_share_of_nothing_is_the_linear_probe(data, settings, tmp_path, method):
    head = train.fit(data, {**settings, "method": "head"}, output=tmp_path / "head", ladder=False)
    table = {**settings, "method": method, "mix": 0.0}
    run = train.fit(data, table, output=tmp_path / "run", small_run=False, ladder=False)
    texts = ["refund the money", "the parcel is late"]
    assert np.allclose(run.logits(texts), head.logits(texts), atol=1e-4)
    assert run.manifest["training"]["mix"] == 0


@pytest.mark.parametrize("method", ["full", "lora"])
def test_a_mixture_lies_between(data, settings, tmp_path, method):
    texts = ["refund the money", "the parcel is late", "my password again"]
    told = {}
    for share in (0.0, 0.5, 1.0):
        table = {**settings, "method": method, "mix": share}
        run = train.fit(data, table, output=tmp_path / str(share), small_run=False, ladder=False)
        told[share] = run.logits(texts)
    whole = np.abs(told[1.0] - told[0.0]).max()
    assert whole > 1e-3
    assert np.abs(told[0.5] - told[0.0]).max() < whole
    assert np.abs(told[0.5] - (told[0.0] + told[1.0]) / 2).max() < 0.25 * whole


def test_validation_chooses_the_start_share_where_training_spoils(data, settings, tmp_path):
    table = {**settings, "method": "full", "epochs": 1.0, "learning_rate": 3e-3, "head_learning_rate": 1e-9}
    run = train.fit(data, {**table, "patience": 0}, output=tmp_path / "run", small_run=False, ladder=False)
    again = train.fit(data, {**table, "mix": 1.0}, output=tmp_path / "plain", small_run=False, ladder=False)
    mixed, plain = (r.manifest["metrics"]["validation"]["macro_f1"]["value"] for r in (run, again))
    assert mixed >= plain
    assert run.manifest["training"]["mix"] in {1.0, 0.75, 0.5}
