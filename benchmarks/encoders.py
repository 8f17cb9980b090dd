"""Encoders and neighbour search: speed, memory, start and faithfulness, each in a process of its own.

    python benchmarks/encoders.py TEXTS.csv      # texts and labels of a CSV file with columns text and label
    python benchmarks/encoders.py TEXTS.csv --only minilm-int8
    python benchmarks/encoders.py --neighbours   # search among clustered random vectors

Results go to results/encoders.json. Use an idle machine; ``per_cpu_second`` bears a busy one.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from assay.audit.encoders import batches, folder, machine, minilm, static
from assay.audit.encoders.bert import Bert
from assay.audit.encoders.grams import count_grams
from assay.audit.encoders.lsa import reduce, tfidf
from assay.audit.encoders.protocol import unit
from assay.audit.neighbours.search import nearest

RESULTS = Path(__file__).parent / "results" / "encoders.json"
NEIGHBOURS, CHECKED = 15, 300
SEARCHES = {"exact-20k": (20_000, 384), "exact-100k": (100_000, 384), "cells-300k": (300_000, 256)}


class Compiled:
    """The embedded encoder in one precision of OpenVINO."""

    def __init__(self, how: str) -> None:
        """Build the graph."""
        from assay.audit.encoders.openvino_graph import Compiled as Graph  # noqa: PLC0415 - one process, one encoder

        where = folder.open_minilm()
        bert = Bert.load(where)
        largest = minilm.Sentence(where)._largest(bert) if how == "int8" else None  # noqa: SLF001
        self.where, self.forward = where, Graph(bert, how, largest)

    def encode(self, texts: list[str]) -> np.ndarray:
        """Vectors (texts, dims)."""
        tokens = batches.tokenize(texts, self.where.tokenizer, self.where.max_tokens)
        return unit(batches.run(tokens, int(self.where.config["hidden_size"]), self.forward))


class Plain(Compiled):
    """The reference: numpy, float32."""

    def __init__(self) -> None:
        """Read the weights."""
        self.where = folder.open_minilm()
        self.forward = Bert.load(self.where).forward


class Set:
    """Latent semantic analysis of the set itself."""

    def encode(self, texts: list[str]) -> np.ndarray:
        """Vectors (texts, dims)."""
        return reduce(tfidf(count_grams(pl.Series(texts))[0]), 256)


class WordLlama:
    """A peer: static vectors from LLaMA's token table (Meta's licence; its wheel looks in the wrong folder)."""

    def __init__(self) -> None:
        """Load from the package's own folder."""
        import wordllama  # noqa: PLC0415 - a peer that may be missing

        self.model = wordllama.WordLlama.load(cache_dir=Path(wordllama.__file__).parent, disable_download=True)

    def encode(self, texts: list[str]) -> np.ndarray:
        """Vectors (texts, dims)."""
        return self.model.embed([t.lower() for t in texts], norm=True).astype(np.float32)


def torch_encoder() -> Any:
    from assay.audit.encoders.torch_model import Torch  # noqa: PLC0415 - as above

    return Torch(folder.open_minilm(), fast=True)


MAKERS = {
    "minilm-exact": lambda: minilm.Sentence(folder.open_minilm()),
    "minilm-numpy": Plain,
    "minilm-fp32": lambda: Compiled("fp32"),
    "minilm-int8": lambda: Compiled("int8"),
    "minilm-bf16": lambda: Compiled("bf16"),
    "minilm-torch": torch_encoder,
    "static": lambda: static.Static(minilm.Sentence(folder.open_minilm()), "benchmark"),
    "lsa": Set,
    "wordllama": WordLlama,
}


def one(name: str, file: Path, rows: int) -> dict[str, Any]:
    """All figures of one encoder."""
    frame = pl.read_csv(file, infer_schema=False).unique("text", maintain_order=True)
    frame = frame.sample(min(rows, frame.height), seed=0)
    texts, labels = frame["text"].to_list(), frame["label"].rank("dense").to_numpy() - 1
    started = time.perf_counter()
    encoder = MAKERS[name]()
    encoder.encode(texts[:1] if name != "lsa" else texts[:50])
    ready = time.perf_counter() - started
    wall, cpu = time.perf_counter(), time.process_time()
    vectors = encoder.encode(texts)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {
        "texts": len(texts),
        "start_s": round(ready, 2),
        "texts_per_second": round(len(texts) / wall),
        "per_cpu_second": round(len(texts) / cpu),
        "peak_mb": round(peak),
        "knn_accuracy": round(accuracy(vectors, labels.astype(np.int64)), 4),
    }
    return found | faithfulness(name, vectors, texts)


def accuracy(vectors: np.ndarray, labels: np.ndarray) -> float:
    """Share of rows whose neighbours' most frequent label is their own."""
    votes = labels[nearest(vectors, NEIGHBOURS).index]
    return float(np.mean([np.bincount(v).argmax() == own for v, own in zip(votes, labels, strict=True)]))


def faithfulness(name: str, vectors: np.ndarray, texts: list[str]) -> dict[str, float]:
    """Cosine to the plain forward pass."""
    if not name.startswith("minilm") or name == "minilm-numpy":
        return {}
    some = np.random.default_rng(0).choice(len(texts), CHECKED, replace=False)
    cosine = (Plain().encode([texts[i] for i in some]) * vectors[some]).sum(axis=1)
    return {
        "cosine_mean": round(float(cosine.mean()), 6),
        "cosine_1_percent": round(float(np.quantile(cosine, 0.01)), 6),
        "cosine_min": round(float(cosine.min()), 6),
    }


def search(name: str) -> dict[str, Any]:
    """Neighbour search in clustered vectors."""
    rows, dims = SEARCHES[name]
    random = np.random.default_rng(0)
    centres = random.standard_normal((rows // 150, dims), np.float32)
    vectors = centres[random.integers(0, len(centres), rows)] + 0.8 * random.standard_normal((rows, dims), np.float32)
    vectors = unit(vectors)
    nearest(vectors[:3000], NEIGHBOURS)
    wall, cpu = time.perf_counter(), time.process_time()
    found = nearest(vectors, NEIGHBOURS)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "rows": rows,
        "dims": dims,
        "seconds": round(wall, 1),
        "cpu_seconds": round(cpu, 1),
        "peak_mb": round(peak),
        "recall": round(found.recall, 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--only")
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--neighbours", action="store_true")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    names = [given.only] if given.only else list(SEARCHES if given.neighbours else MAKERS)
    names = [n for n in names if n != "minilm-bf16" or machine.has_bf16()]  # emulated elsewhere: of no use
    if given.here:
        print(json.dumps(search(given.only) if given.only in SEARCHES else one(given.only, given.file, given.rows)))
        return
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    known["machine"] = {"threads": machine.threads(), "bf16": machine.has_bf16(), "int8": machine.has_int8()}
    for name in names:
        files = [str(given.file)] if given.file else []
        command = [sys.executable, __file__, *files, "--only", name, "--rows", str(given.rows), "--here"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{name}: left out: {done.stderr.strip().splitlines()[-1][:200]}", flush=True)
            continue
        known[name] = json.loads(done.stdout.splitlines()[-1])
        print(name, json.dumps(known[name]), flush=True)
        RESULTS.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
