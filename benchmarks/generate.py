"""Corpora with planted duplicates, contained texts, template families, look-alikes and leaks, and the truth of them.

A seed and the settings fix every byte. No outside text is used: see ``words.py`` for the language.

Written to the folder: ``corpus.csv`` (id, text, label), or with ``--leak`` ``train.csv`` and ``test.csv``;
``truth.parquet``, one line a row; ``truth.json``, the settings and counts.

Columns of the truth: ``split, row, id, kind, cluster, form, of, family, words``. ``split`` is train without
``--leak``, ``cluster`` joins a base and its copies (-1: alone), ``form`` those of them that differ in form only,
``of`` is the ``id`` of the row that this one was made from, ``family`` joins the rows of one template or under one
disclaimer, ``kind`` is one of

- ``base`` or ``single``: a text of its own, with or without copies;
- a kind of ``COPIES``: a duplicate of its base;
- a kind of ``CONTAINERS``: holds its base whole, and is no duplicate of it (scoring leaves such pairs aside);
- ``template``, ``disclaimer``, ``half``, ``skew``: look-alikes that are no duplicates of each other
  (``skew`` rows of ``--skew identical`` are one cluster).
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

import numpy as np
import polars as pl
from edits import bare
from maker import CONTAINERS, Corpus, Maker, Settings


def split_rows(settings: Settings, corpus: Corpus) -> np.ndarray:
    """Which rows stand in test: some clusters and containers straddle the splits, the others do not.

    A tenth of the clusters has one copy in test and the rest in train, a tenth stands in test as a whole. Of the
    containers a fifth stands in test with its base in train, a tenth the other way round, a tenth whole in test.
    All other rows, look-alikes with them, fall as chance has it.
    """
    rng = np.random.default_rng([settings.seed, 3])
    test = rng.random(len(corpus.text)) < settings.test
    fate = rng.random(max(corpus.cluster) + 2)
    leaked: set[int] = set()
    of_fate = rng.random(len(corpus.text))
    held = [of for kind, of in zip(corpus.kind, corpus.of, strict=True) if kind in CONTAINERS]
    for i, (kind, cluster, of) in enumerate(zip(corpus.kind, corpus.cluster, corpus.of, strict=True)):
        if cluster >= 0 and kind != "skew":
            test[i] = fate[cluster] < 0.1
            if 0.1 <= fate[cluster] < 0.2 and of >= 0 and cluster not in leaked:
                leaked.add(cluster)
                test[i] = True
        elif kind in CONTAINERS:
            test[i] = of_fate[of] < 0.3
    for base in held:
        test[base] = 0.2 <= of_fate[base] < 0.4
    return test


def _forms(corpus):
    """Numbers for the rows of clusters, equal where the texts differ in case, space, punctuation and Unicode only."""
    fold = lru_cache(maxsize=8)(bare)  # half of all rows may be one text
    numbers: dict[tuple[int, str], int] = {}
    out = np.full(len(corpus.text), -1, np.int64)
    for i, cluster in enumerate(corpus.cluster):
        if cluster >= 0:
            out[i] = numbers.setdefault((cluster, fold(corpus.text[i])), len(numbers))
    return out


def frames(settings: Settings) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """The corpus as one frame a split (id, text, label), and its truth."""
    corpus = Maker(settings).make()
    size = len(corpus.text)
    order = np.random.default_rng([settings.seed, 4]).permutation(size)
    place = np.empty(size, np.int64)
    place[order] = np.arange(size)
    of = np.asarray(corpus.of)
    test = split_rows(settings, corpus)[order] if settings.leak else np.zeros(size, bool)
    names = np.where(test, "test", "train")
    whole = pl.DataFrame(
        {
            "split": names,
            "id": [f"r{i:07d}" for i in range(size)],
            "text": [corpus.text[i] for i in order.tolist()],
            "label": [f"class {corpus.label[i]:02d}" for i in order.tolist()],
            "kind": [corpus.kind[i] for i in order.tolist()],
            "cluster": np.asarray(corpus.cluster)[order],
            "form": _forms(corpus)[order],
            "of": np.where(of >= 0, place[np.maximum(of, 0)], -1)[order],
            "family": np.asarray(corpus.family)[order],
        },
    )
    whole = whole.with_columns(
        pl.when(pl.col("of") >= 0).then(pl.format("r{}", pl.col("of").cast(pl.String).str.zfill(7))).alias("of"),
        pl.int_range(pl.len()).over("split").alias("row"),
        pl.col("text").str.count_matches(r"\S+").alias("words"),
    )
    truth = whole.select("split", "row", "id", "kind", "cluster", "form", "of", "family", "words")
    splits = whole.select("split", "id", "text", "label").partition_by("split", as_dict=True, include_key=False)
    return {str(key[0]): frame for key, frame in splits.items()}, truth


def generate(folder: Path, settings: Settings) -> pl.DataFrame:
    """Write a corpus with its truth to a folder, and return the truth."""
    folder.mkdir(parents=True, exist_ok=True)
    splits, truth = frames(settings)
    for name, frame in splits.items():
        with (folder / f"{name if settings.leak else 'corpus'}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(frame.columns)
            writer.writerows(frame.iter_rows())
    truth.write_parquet(folder / "truth.parquet")
    counts = {
        "settings": asdict(settings),
        "rows": {n: f.height for n, f in splits.items()},
        "kinds": dict(sorted(Counter(truth["kind"].to_list()).items())),
    }
    (folder / "truth.json").write_text(json.dumps(counts, indent=1) + "\n", encoding="utf-8")
    return truth


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folder", type=Path, help="folder to write to")
    parser.add_argument("--rows", type=int, default=10_000, help="rows in all (default: 10000)")
    parser.add_argument("--seed", type=int, default=0, help="seed of everything (default: 0)")
    parser.add_argument("--vocabulary", choices=["large", "small"], default="large", help="30,000 words, or 400")
    parser.add_argument(
        "--skew", choices=["none", "template", "identical"], default="none", help="what half of all rows are"
    )
    parser.add_argument("--leak", action="store_true", help="write train.csv and test.csv with known leaks")
    options = parser.parse_args()
    chosen = Settings(options.rows, options.seed, options.vocabulary, options.skew, options.leak)
    truth = generate(options.folder, chosen)
    print(f"{truth.height} rows, {truth['words'].mean():.1f} words a row")
    print("  ".join(f"{kind} {count}" for kind, count in sorted(Counter(truth["kind"].to_list()).items())))


if __name__ == "__main__":
    main()
