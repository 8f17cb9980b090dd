"""The small run leaves no trace, and stops what would fail."""

import numpy as np
import pytest

from assay import train
from assay.audit.errors import DataError
from assay.train.fitting import Told
from assay.train.small_run import SmallRunError, sample


def test_it_leaves_no_trace(data, settings, tmp_path):
    table = {**settings, "method": "lora", "epochs": 1.0}
    with_it = train.fit(data, table, output=tmp_path / "a", small_run=True, ladder=False)
    without = train.fit(data, table, output=tmp_path / "b", small_run=False, ladder=False)
    assert with_it.fingerprint == without.fingerprint
    seen = with_it.manifest["small_run"]
    assert seen["planned_steps"] == 12
    assert seen["measured"]["seconds_per_step"] > 0
    assert seen["cut_share"] == 0


def test_a_loss_that_rises_stops_the_run(data, settings, tmp_path):
    table = {**settings, "method": "full", "learning_rate": 30.0, "head_learning_rate": 30.0}
    with pytest.raises(SmallRunError, match="learning_rate"):
        train.fit(data, table, output=tmp_path / "run", ladder=False)
    with pytest.raises(DataError, match="not finished"):
        train.load_run(tmp_path / "run")


def test_a_run_that_would_take_too_long_is_not_started(data, settings, tmp_path):
    table = {**settings, "method": "full", "epochs": 1e6, "max_hours": 0.01}
    with pytest.raises(SmallRunError, match="hours"):
        train.fit(data, table, output=tmp_path / "run", ladder=False)


def test_texts_that_are_cut_are_told(data, settings, tmp_path):
    said = []
    table = {**settings, "method": "full", "epochs": 1.0, "max_length": 4}
    train.fit(data, table, output=tmp_path / "run", ladder=False, told=Told(say=said.append))
    assert any("longer than 4 tokens" in s for s in said)


def test_the_sample_holds_short_and_long_texts():
    lengths = np.arange(1_000)[::-1].copy()
    batches = sample(lengths, 10)
    assert [len(b) for b in batches] == [10, 10, 10, 10]
    assert lengths[batches[0]].max() < 10
    assert lengths[batches[-1]].min() >= 990
    assert len(sample(np.arange(5), 10)[0]) == 5
