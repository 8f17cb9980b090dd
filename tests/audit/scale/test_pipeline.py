"""Stages on the local engine say the same as the engine in memory, byte for byte."""

from dataclasses import fields

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from planted_texts import corpus

from assay.audit.errors import ConfigError, OutputError
from assay.audit.lexical.engine import Similar, find_similar
from assay.audit.scale import files, local, pipeline, source, stages
from assay.audit.scale.local import Local
from assay.audit.scale.request import Scale

MEMORY = 1 << 30


class Stopped(Exception):  # noqa: N818 - no error
    """What stops a run here."""


def by_stages(text: pl.Series, folder, *, rows: int = 4096, room: int = 1 << 28, memory: int = MEMORY) -> Similar:
    scale = Scale("local", memory, str(folder))
    engine = Local(str(folder), 40 * pipeline.partitions_of_band(len(text), memory), room)
    return pipeline.find_similar(engine, source.column(text, rows), 0.84, scale, folder)


def assert_same(one: Similar, other: Similar) -> None:
    for each in fields(Similar):
        a, b = getattr(one, each.name), getattr(other, each.name)
        assert a.dtype == b.dtype, each.name
        np.testing.assert_array_equal(a, b, err_msg=each.name)


@pytest.mark.parametrize(("room", "rows"), [(1 << 28, 4096), (1 << 16, 3001)], ids=["in memory", "spilled"])
def test_same_as_in_memory(tmp_path, room: int, rows: int) -> None:
    text = corpus(20_000)
    found = find_similar(text, 0.84)
    assert found.left.size > 1000
    assert found.inner.size > 100
    assert (found.family >= 0).sum() > 500
    assert_same(by_stages(text, tmp_path, rows=rows, room=room), found)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(["", " ", "A b", "a  B!", "ﬁne cafe\u0301 1", "fine café 2", "one two three four"]), max_size=30
    ),
    st.integers(1, 7),
)
def test_any_few_texts(tmp_path_factory, texts: list[str], rows: int) -> None:
    text = pl.Series(texts * 2, dtype=pl.String)
    assert_same(by_stages(text, tmp_path_factory.mktemp("few"), rows=rows), find_similar(text, 0.84))


def test_words_are_looked_at_in_several_passes_where_memory_is_little(tmp_path) -> None:
    text = pl.concat([corpus(3000), pl.Series(["word " * 3000 + str(i) * 3 for i in range(2200)])])
    memory = pipeline.needed(len(text)) + (1 << 20)
    assert_same(by_stages(text, tmp_path, rows=512, memory=memory), find_similar(text, 0.84))


def test_too_little_memory_is_told_before_work_begins(tmp_path) -> None:
    with pytest.raises(ConfigError, match=r"3 rows cannot be compared in so little memory; give --memory 0\.4GB"):
        by_stages(pl.Series(["a", "b", "c"]), tmp_path, memory=1 << 26)
    assert not list(tmp_path.iterdir())


def test_a_stopped_run_is_taken_up(tmp_path, monkeypatch) -> None:
    text = corpus(4000)

    def stop(*_: object) -> None:
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "conclude", stop)
        with pytest.raises(Stopped):
            by_stages(text, tmp_path)
    unread = source.Source(len(text), range(1), stop, len(text))  # reading texts again would stop it
    engine = Local(str(tmp_path), 40)
    run = pipeline._Run(engine, unread, Scale("local", MEMORY), tmp_path, lambda _: None)
    facts = run.facts()
    np.testing.assert_array_equal(facts.rep, find_similar(text, 0.84).rep)
    assert_same(by_stages(text, tmp_path), find_similar(text, 0.84))


def test_a_half_finished_stage_goes_on_where_it_stopped(tmp_path) -> None:
    calls: list[int] = []
    broken = [5]

    def read(piece: int):
        calls.append(piece)
        if piece in broken:
            raise Stopped
        return source.texts([pl.Series([f"text {piece}"]).to_arrow()], piece)

    engine, texts = Local(str(tmp_path), 4), files.Partitions(range(8), read, stages.TEXTS)

    def persisted():
        return files.persisted(engine, texts, lambda table: table, stages.TEXTS, tmp_path / "texts").on(engine)

    with pytest.raises(Stopped):
        persisted()
    done = {int(path.stem) for path in (tmp_path / "texts").glob("*.arrow")}
    assert done >= {0, 1, 2}
    calls.clear()
    broken.clear()
    found = engine.collect(persisted())
    assert [table["text"][0].as_py() for table in found] == [f"text {n}" for n in range(8)]
    assert set(calls) == set(range(8)) - done


def test_a_full_disk_is_an_error_with_its_cure(tmp_path, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(local.ipc, "new_stream", full)
    with pytest.raises(OutputError, match=r"cannot spill to .*No space left on device.*--storage"):
        by_stages(corpus(2000), tmp_path, room=0)


def test_half_of_all_rows_one_text(tmp_path) -> None:
    text = pl.concat(
        [pl.Series(["the same words again and again, and once more"]).new_from_index(0, 60_000), corpus(2000)]
    )
    found = by_stages(text, tmp_path, rows=8192)
    assert_same(found, find_similar(text, 0.84))
    assert (found.rep == 0).sum() >= 60_000


def test_half_of_all_rows_one_template(tmp_path) -> None:
    rng = np.random.default_rng(1)
    slots = rng.integers(0, 1 << 40, (6000, 2)).tolist()
    rows = [
        f"Dear customer, your parcel {a:x} has left our house today and will reach you on day {b}." for a, b in slots
    ]
    text = pl.concat([pl.Series(rows), corpus(2000)])
    found = by_stages(text, tmp_path, rows=1024)
    assert_same(found, find_similar(text, 0.84))
    assert (found.family == 0).sum() >= 5900
