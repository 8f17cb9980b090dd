"""Stages on Dask and Spark clusters of this machine say the same as the engine in memory."""

import os
import signal
from dataclasses import fields

import numpy as np
import pytest
from planted_texts import corpus

from assay.audit.lexical.conclusion import Similar
from assay.audit.lexical.engine import find_similar
from assay.audit.scale import pipeline, source
from assay.audit.scale.engine import open_engine
from assay.audit.scale.request import Scale, missing

ROWS = 20_000


def by(name: str, folder, meanwhile=lambda _engine, _step: None) -> Similar:
    if problem := missing(name):
        pytest.skip(f"{name}: {problem}")
    text = corpus(ROWS)
    scale = Scale(name, 2 << 30, str(folder))
    engine = open_engine(scale, str(folder), 8, 0)
    try:
        texts = source.staged(text, folder / "texts", 5000)
        return pipeline.find_similar(engine, texts, 0.84, scale, folder, lambda step: meanwhile(engine, step))
    finally:
        engine.close()


def assert_same(found: Similar) -> None:
    truth = find_similar(corpus(ROWS), 0.84)
    for each in fields(Similar):
        np.testing.assert_array_equal(getattr(found, each.name), getattr(truth, each.name), err_msg=each.name)


def test_dask_finds_the_same_though_a_worker_dies(tmp_path) -> None:
    killed = []

    def kill(engine, step: str) -> None:
        if step == "marking":
            worker = next(iter(engine.cluster.workers.values()))
            killed.append(worker.pid)
            os.kill(worker.pid, signal.SIGKILL)

    assert_same(by("dask", tmp_path, kill))
    assert killed


def test_spark_finds_the_same(tmp_path) -> None:
    assert_same(by("spark", tmp_path))
