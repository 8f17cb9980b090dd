"""``assay audit --engine``: the same files as in memory, and errors with a cure."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from planted_texts import CONDITIONS, corpus, tabled

from assay.audit import features, slices
from assay.audit.config_tables import Slice
from assay.audit.errors import ConfigError
from assay.audit.reading import from_frames, read
from assay.audit.reading.spilled import spilling
from assay.audit.scale import comparison, embedding
from assay.audit.scale.request import Scale, parse_size
from assay.audit.slicing.request import Declared
from assay.reports.cli import main

RULES = ["--select", "DUP001,DUP002,DUP004,DUP005,LEK001,LEK002,LBL001,LBL004", "--fail-on", "never", "--quiet"]


def run(*arguments: str) -> object:
    """The exit code of a command."""
    with pytest.raises(SystemExit) as left:
        main(["audit", *arguments, *RULES])
    return left.value.code


def tables(where: Path) -> list[str]:
    """A train and a test file, as Parquet and as CSV."""
    text = corpus(2500)
    frame = pl.DataFrame({"n": range(len(text)), "text": text, "label": [f"c{i % 3}" for i in range(len(text))]})
    frame = frame.with_columns(pl.when(pl.col("n") % 50 != 7).then("text").alias("text"))
    train, test = where / "train.parquet", where / "test.csv"
    frame[:2000].write_parquet(train, row_group_size=300)
    frame[2000:].write_csv(test)
    return [str(train), "--test", str(test)]


def test_the_audit_is_the_same_byte_for_byte(tmp_path) -> None:
    data = tables(tmp_path)
    for engine in ("memory", "local"):
        assert run(*data, "--engine", engine, "--output", str(tmp_path / engine)) == 0
    assert pl.read_parquet(tmp_path / "local" / "findings.parquet")["code"].n_unique() >= 6
    for name in ("findings.parquet", "rows.parquet", "audit.json"):
        assert (tmp_path / "local" / name).read_bytes() == (tmp_path / "memory" / name).read_bytes(), name
    assert not (tmp_path / "local" / "stages").exists()


def test_rows_read_onto_the_disk_are_the_same(tmp_path) -> None:
    frame = pl.DataFrame(
        {
            "text": ["a", None, "ﬁ\u2028b", "long " * 20] * 3,
            "n": range(12),
            "nested": [[1], None, [], [2, 3]] * 3,
            "day": pl.Series(["2024-01-31"] * 12).str.to_date(),
            "kind": pl.Series(["x", "y", None, "x"] * 3, dtype=pl.Categorical),
        }
    )
    frame.write_parquet(tmp_path / "a.parquet", row_group_size=5)
    plain = read({"train": str(tmp_path / "a.parquet")}, text="text")
    with spilling(str(tmp_path / "rows")):
        mapped = read({"train": str(tmp_path / "a.parquet")}, text="text")
    assert mapped.frame.equals(plain.frame)
    assert mapped.frame.schema == plain.frame.schema
    assert mapped.splits == plain.splits
    assert not (tmp_path / "rows").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--memory", "3GB"], "go with an engine that spills; add --engine local"),
        (["--engine", "local", "--memory", "much"], "not a size of memory: 'much'; write it as 3GB or 800MB"),
        (["--engine", "local", "--memory", "1KB"], "too little to work in; give at least 64MB"),
        (["--engine", "local", "--memory", "64MB"], "give --memory 0.4GB"),
        (["--engine", "local", "--storage", "/proc/none"], "name another folder with --storage"),
    ],
)
def test_bounds_that_cannot_be_kept_are_errors(tmp_path, capsys, options: list[str], said: str) -> None:
    assert run(*tables(tmp_path), *options, "--output", str(tmp_path / "out")) == 2
    assert said in capsys.readouterr().err
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("text", "size"), [("3GB", 3 << 30), ("1.5g", 3 << 29), (" 512 MB ", 1 << 29), ("100000000", 10**8)]
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "GB", "3 PB", "-1GB", "1e9"])
def test_no_sizes(text: str) -> None:
    with pytest.raises(ConfigError, match="not a size of memory"):
        parse_size(text)


@pytest.mark.usefixtures("minilm")
@pytest.mark.parametrize("encoder", ["static", "minilm"])
def test_vectors_by_an_engine_are_the_same(tmp_path, monkeypatch, encoder: str) -> None:
    monkeypatch.setattr(embedding, "_LINE", 4096)  # several lines, as of long vectors
    text = ["a card was lost", "  ", "where is my parcel?", "A card was lost", "a card was lost", ""] * 3
    frame = pl.DataFrame({"text": [f"{t} {n // 6}" if t.strip() else t for n, t in enumerate(text)]})
    found = {}
    for engine in ("memory", "local"):
        data = from_frames({"train": frame}, text="text")
        data.memo[Scale] = Scale(engine, storage=str(tmp_path))
        features.configure(data, encoder, cache=False)
        found[engine] = features.embeddings(data)
    np.testing.assert_allclose(found["local"].vectors, found["memory"].vectors, atol=0 if encoder == "static" else 1e-5)
    assert found["local"].encoder == found["memory"].encoder
    assert not found["local"].vectors[1].any()
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("minilm")
def test_vectors_of_a_stopped_run_are_taken_up(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(comparison, "_PIECE", 100)
    monkeypatch.setattr(comparison, "_LEAST", 100)
    calls: list[int] = []
    real = embedding.encode

    def encode(chosen, texts, *, cache):
        calls.append(len(texts))
        if len(calls) == 4:
            raise KeyboardInterrupt
        return real(chosen, texts, cache=cache)

    monkeypatch.setattr(embedding, "encode", encode)

    def vectors():
        data = from_frames({"train": pl.DataFrame({"text": [f"text number {n}" for n in range(1000)]})}, text="text")
        data.memo[Scale] = Scale("local", storage=str(tmp_path))
        features.configure(data, "static", cache=False)
        return features.embeddings(data).vectors

    with pytest.raises(KeyboardInterrupt):
        vectors()
    begun = len(calls)
    assert np.abs(vectors()).max(axis=1).min() > 0
    assert len(calls) - begun < 10


@pytest.mark.parametrize("piece", [64, 100, 1 << 17])
def test_slices_by_an_engine_are_the_same(tmp_path, monkeypatch, piece: int) -> None:
    monkeypatch.setattr(comparison, "_PIECE", piece)
    monkeypatch.setattr(comparison, "_LEAST", 1)
    found = []
    for engine in ("memory", "local"):
        data = from_frames({"train": tabled(800), "test": tabled(333)}, text="text")
        data.memo[Scale] = Scale(engine, storage=str(tmp_path))
        slices.declare(data, Declared(tuple(Slice(name=n, where=w) for n, w in CONDITIONS.items())))
        found.append(slices.members(data))
    np.testing.assert_array_equal(found[0].counts, found[1].counts)
    assert (found[0].counts > 0).all()
    assert all(one.equals(other) for one, other in zip(found[0].masks, found[1].masks, strict=True))
    assert not list(tmp_path.iterdir())
