"""Stages on Dask and Spark clusters of this machine say the same as the engine in memory."""

import os
import signal
from dataclasses import fields

import numpy as np
import polars as pl
import pytest
from planted_texts import CONDITIONS, corpus, tabled

from assay.audit import features, slices
from assay.audit.config_tables import Slice
from assay.audit.lexical.conclusion import Similar
from assay.audit.lexical.engine import find_similar
from assay.audit.reading import from_frames
from assay.audit.scale import pipeline, source
from assay.audit.scale.engine import open_engine
from assay.audit.scale.request import Scale, missing
from assay.audit.slicing.request import Declared

ROWS = 20_000


def by(name: str, where, meanwhile=lambda _engine, _step: None) -> Similar:
    if problem := missing(name):
        pytest.skip(f"{name}: {problem}")
    text = corpus(ROWS)
    scale = Scale(name, 2 << 30, str(where))
    engine = open_engine(scale, str(where), 8, 0)
    try:
        texts = source.staged(text, where / "texts", 5000)
        return pipeline.find_similar(engine, texts, 0.84, scale, where, lambda step: meanwhile(engine, step))
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


def test_a_stopped_run_on_a_cluster_is_taken_up(tmp_path) -> None:
    def stop(_engine, step: str) -> None:
        if step == "marking":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        by("dask", tmp_path, stop)
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "words").iterdir()}
    assert len(kept) == ROWS // 5000
    assert_same(by("dask", tmp_path))
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "words").iterdir()} == kept


@pytest.mark.usefixtures("minilm")
def test_texts_are_encoded_on_a_cluster(tmp_path) -> None:
    if problem := missing("dask"):
        pytest.skip(f"dask: {problem}")
    frame = pl.DataFrame({"text": corpus(2000)})
    found = []
    for engine in ("memory", "dask"):
        data = from_frames({"train": frame}, text="text")
        data.memo[Scale] = Scale(engine, storage=str(tmp_path))
        features.configure(data, "static")
        found.append(features.embeddings(data).vectors)
    np.testing.assert_array_equal(*found)


def test_slices_are_counted_on_a_cluster(tmp_path) -> None:
    if problem := missing("dask"):
        pytest.skip(f"dask: {problem}")
    found = []
    for engine in ("memory", "dask"):
        data = from_frames({"train": tabled(1000)}, text="text")
        data.memo[Scale] = Scale(engine, storage=str(tmp_path))
        slices.declare(data, Declared(tuple(Slice(name=n, where=w) for n, w in CONDITIONS.items())))
        found.append(slices.members(data).masks)
    assert all(one.equals(other) for one, other in zip(*found, strict=True))
