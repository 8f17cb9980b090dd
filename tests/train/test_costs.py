from __future__ import annotations

import numpy as np
import pytest
from rows import texts

from assay.audit.config_tables import Train
from assay.train import costs
from assay.train.costs import estimate
from assay.train.examples import Examples


def rows(count: int) -> Examples:
    words, labels = texts(count)
    known = tuple(sorted(set(labels)))
    return Examples((tuple(words),), np.array([known.index(x) for x in labels]), known, np.arange(count))


@pytest.fixture
def table(model_folder) -> Train:
    return Train(model=str(model_folder), batch_size=8, threads=1, learning_rate=1e-3)


def test_a_few_steps_are_measured_in_a_process_of_their_own(table):
    told, why = estimate(table, rows(60), 6_000)
    assert why is None
    lora, full = told
    assert (lora.method, full.method) == ("lora", "full")
    for one in told:
        assert one.measured
        assert one.seconds == pytest.approx(one.seconds_per_step * one.steps, rel=0.06)  # both are rounded
        assert 50e6 < one.peak_memory_bytes < 8e9
        assert "measured here" in one.how
    assert full.steps == 750 * 3
    assert 0 < lora.saved_bytes < full.saved_bytes


def test_without_a_probe_figures_are_reckoned_and_say_so(table):
    told, why = estimate(table, rows(60), 6_000, probe=False)
    assert why == "no probe was asked for"
    assert not any(one.measured for one in told)
    assert all("not measured" in one.how for one in told)


def test_twice_the_rows_take_twice_the_time(table):
    (_, once), (_, twice) = (estimate(table, rows(60), n, probe=False)[0] for n in (400_000, 800_000))
    assert twice.seconds == pytest.approx(2 * once.seconds, rel=0.01)


def test_a_probe_that_breaks_is_told_and_reckoned(table, monkeypatch):
    monkeypatch.setattr(costs.sys, "executable", "/bin/false")
    told, why = estimate(table, rows(60), 600)
    assert "the probe of full failed" in why
    assert not any(one.measured for one in told)


def test_without_the_model_nothing_is_claimed(tmp_path):
    told, why = estimate(Train(model=str(tmp_path / "none")), rows(30), 30)
    assert told == ()
    assert "no such folder" in why
