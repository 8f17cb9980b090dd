"""Texts compared at 100,000 to ten million rows by every engine, and what else must bear such sizes.

``python benchmarks/scale.py --rows 100000 1000000 --engines local dask spark`` measures each in a process of its
own and writes ``results/scale.json``; ``--parts components neighbours`` measures these. Corpora are made by
``generate.py`` and kept in ``work/scale``; beyond a million rows the same corpus stands there several times, each time
with its letters shifted, so that a text is like no text of another copy: the tenth million costs what the first did.

CPU seconds count this process and its children; the peak is that of the largest process. ``result`` digests all that
was found: equal digests are equal findings.
"""

# ruff: noqa: PLC0415 - each measurement is a process that loads what it measures
from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import fields
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

HERE = Path(__file__).parent
WORK, RESULTS = HERE / "work" / "scale", HERE / "results" / "scale.json"
BASE = 1_000_000
GROUP = 1 << 17


def cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def peak_mb() -> float:
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024


def corpus(rows: int, skew: str) -> list[str]:
    """Parquet files of a corpus, made if they are missing."""
    import polars as pl
    from generate import Settings, frames

    WORK.mkdir(parents=True, exist_ok=True)
    base = WORK / f"{min(rows, BASE)}-{skew}.parquet"
    if not base.exists():
        frame = frames(Settings(min(rows, BASE), 0, "large", skew, leak=False))[0]["train"]
        frame.write_parquet(base.with_suffix(".part"), row_group_size=GROUP)
        base.with_suffix(".part").replace(base)
    names = [str(base)]
    for n in range(1, rows // BASE if rows > BASE else 1):
        path = WORK / f"{BASE}-{skew}-{n}.parquet"
        if not path.exists():
            shifted(pl.read_parquet(base), n).write_parquet(path.with_suffix(".part"), row_group_size=GROUP)
            path.with_suffix(".part").replace(path)
        names.append(str(path))
    return names


def shifted(frame, n: int):
    """A corpus in another tongue: every ASCII letter moved by ``n`` in the alphabet."""
    import numpy as np
    import polars as pl
    import pyarrow as pa

    table = np.arange(256, dtype=np.uint8)
    for first in b"aA":
        table[first : first + 26] = first + (np.arange(26) + n) % 26
    array = frame["text"].rechunk().to_arrow()
    _, offsets, data = array.buffers()
    moved = pa.py_buffer(table[np.frombuffer(data, np.uint8)])
    text = pa.Array.from_buffers(pa.large_string(), len(array), [None, offsets, moved], offset=array.offset)
    return frame.with_columns(pl.Series("text", text))


def measured(engine: str, rows: int, skew: str, memory: str) -> dict:
    """One comparison, in this process."""
    from assay.audit import kernels
    from assay.audit.scale import pipeline, source
    from assay.audit.scale.engine import open_engine
    from assay.audit.scale.request import Scale, parse_size

    kernels.preload()  # linked before the clock runs; the pipeline imports all of them
    names = corpus(rows, skew)
    scale = Scale(engine, parse_size(memory), str(WORK / "stages"))
    folder = WORK / "stages" / f"{engine}-{rows}-{skew}"
    shutil.rmtree(folder, ignore_errors=True)
    split = pipeline.partitions_of_band(rows, scale.memory)
    steps: list[tuple[str, float, float, float]] = []
    began, used = time.perf_counter(), cpu()
    run = open_engine(scale, str(folder), 40 * split, max(1 << 24, (scale.memory - pipeline.needed(rows)) // 4))
    found = pipeline.find_similar(
        run, source.parquet(names, ["text"]), 0.84, scale, folder,
        lambda what: steps.append((what, time.perf_counter() - began, cpu() - used, peak_mb())),
    )  # fmt: skip
    moved = getattr(run, "moved", None)
    kept = {p.name: size(p) for p in sorted(folder.iterdir())}
    run.close()
    steps.append(("", time.perf_counter() - began, cpu() - used, peak_mb()))
    digest = sha256(b"".join(sha256(getattr(found, f.name).tobytes()).digest() for f in fields(found))).hexdigest()[:16]
    shutil.rmtree(folder, ignore_errors=True)
    return {
        "engine": engine, "rows": rows, "skew": skew, "memory": memory, "result": digest,
        "seconds": round(steps[-1][1], 2), "cpu_seconds": round(steps[-1][2], 2), "peak_mb": round(peak_mb()),
        "pairs": found.left.size, "stored_bytes": kept, "moved_bytes": moved,
        "steps": {
            a: {"seconds": round(t1 - t0, 2), "cpu_seconds": round(c1 - c0, 2), "peak_mb": round(peak)}
            for (a, t0, c0, _), (_, t1, c1, peak) in pairwise(steps)
        },
    }  # fmt: skip


def size(path: Path) -> int:
    return sum(p.stat().st_size for p in path.rglob("*") if p.is_file()) if path.is_dir() else path.stat().st_size


def in_memory(rows: int, skew: str) -> dict:
    """The engine that holds all in memory, for the digest to compare."""
    import polars as pl

    from assay.audit import kernels
    from assay.audit.lexical.engine import find_similar

    kernels.preload()
    text = pl.read_parquet(corpus(rows, skew), columns=["text"])["text"]
    began, used = time.perf_counter(), cpu()
    found = find_similar(text, 0.84)
    taken = time.perf_counter() - began, cpu() - used
    digest = sha256(b"".join(sha256(getattr(found, f.name).tobytes()).digest() for f in fields(found))).hexdigest()[:16]
    return {
        "engine": "memory", "rows": rows, "skew": skew, "result": digest, "pairs": found.left.size,
        "seconds": round(taken[0], 2), "cpu_seconds": round(taken[1], 2), "peak_mb": round(peak_mb()),
    }  # fmt: skip


def components(edges: int = 40_000_000) -> dict:
    """Connected components of random edges among half as many rows."""
    import numpy as np

    from assay.audit.lexical.clusters import components as unite

    rows = edges // 2
    random = np.random.default_rng(0)
    left, right = random.integers(0, rows, edges), random.integers(0, rows, edges)
    unite(10, left[:0], right[:0])
    began, used = time.perf_counter(), cpu()
    label = unite(rows, left, right)
    return {
        "part": "components", "edges": edges, "rows": rows, "components": int((label == np.arange(rows)).sum()),
        "seconds": round(time.perf_counter() - began, 2), "cpu_seconds": round(cpu() - used, 2),
    }  # fmt: skip


def neighbours(rows: int = 1_000_000, dims: int = 256, k: int = 10) -> dict:
    """Nearest neighbours among vectors around a few thousand centres, and the recall on a sample."""
    import numpy as np

    from assay.audit.encoders.protocol import unit
    from assay.audit.neighbours.search import nearest

    random = np.random.default_rng(0)
    centres = random.standard_normal((5000, dims), np.float32)
    vectors = unit(centres[random.integers(0, 5000, rows)] + random.standard_normal((rows, dims), np.float32))
    began, used = time.perf_counter(), cpu()
    found = nearest(vectors, k)
    return {
        "part": "neighbours", "rows": rows, "dims": dims, "k": k, "recall": round(found.recall, 4),
        "seconds": round(time.perf_counter() - began, 2), "cpu_seconds": round(cpu() - used, 2),
        "peak_mb": round(peak_mb()),
    }  # fmt: skip


def labelled(rows: int, classes: int = 20, wrong: float = 0.05) -> Path:
    """A labelled set of English words: half of a text's words are of its class, one label in twenty is another one."""
    import numpy as np
    import polars as pl

    from assay.audit.encoders import folder

    path = WORK / f"labels-{rows}.parquet"
    if path.exists():
        return path
    vocabulary = json.loads((folder.open_minilm().path / folder.TOKENIZER).read_text("utf-8"))["model"]["vocab"]
    words = np.array(sorted(w for w in vocabulary if w.isascii() and w.isalpha() and len(w) > 2))
    random = np.random.default_rng(0)
    random.shuffle(words)
    weight = 1 / (np.arange(words.size) + 20)
    common = np.cumsum(weight / weight.sum())
    own = 400
    label = random.integers(0, classes, rows)
    length = random.integers(8, 25, rows)
    ends = np.cumsum(length)
    of = np.repeat(label, length)
    topical = random.random(of.size) < 0.5
    topic = np.minimum((random.pareto(1.0, of.size) * 10).astype(np.int64), own - 1)
    word = np.where(topical, words.size - 1 - of * own - topic, np.searchsorted(common, random.random(of.size)))
    chosen, texts, start = words[np.minimum(word, words.size - 1)].tolist(), [], 0
    for end in ends.tolist():
        texts.append(" ".join(chosen[start:end]))
        start = end
    hit = random.random(rows) < wrong
    given = np.where(hit, (label + random.integers(1, classes, rows)) % classes, label)
    frame = pl.DataFrame({"text": texts, "label": [f"class {c}" for c in given.tolist()], "wrong": hit})
    WORK.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path.with_suffix(".part"), row_group_size=GROUP)
    path.with_suffix(".part").replace(path)
    return path


def labels(rows: int = 1_000_000) -> dict:
    """Wrong labels among a million texts of twenty classes, by static vectors: seconds from the file to the verdict."""
    import numpy as np
    import polars as pl

    from assay.audit import features, kernels, suspicion
    from assay.audit.reading import read

    kernels.preload()
    path = labelled(rows)
    began, used = time.perf_counter(), cpu()
    data = read({"train": str(path)}, text="text", label="label")
    features.configure(data, "static", cache=False)
    steps = []
    for name in ("alike", "embeddings", "counts"):
        getattr(features, name)(data)
        steps.append((name, round(time.perf_counter() - began, 1)))
    known = suspicion.suspicion(data)
    told = np.flatnonzero(known.chance >= known.certain(suspicion.SURE))
    wrong = np.flatnonzero(pl.read_parquet(path, columns=["wrong"])["wrong"].to_numpy())
    hits = np.isin(told, wrong).sum()
    return {
        "part": "labels", "rows": rows, "classes": 20, "encoder": "static", "told": told.size, "wrong": wrong.size,
        "precision": round(float(hits / max(1, told.size)), 4), "recall": round(float(hits / wrong.size), 4),
        "neighbour_recall": round(known.neighbours.recall, 4), "until": dict(steps),
        "seconds": round(time.perf_counter() - began, 2), "cpu_seconds": round(cpu() - used, 2),
        "peak_mb": round(peak_mb()),
    }  # fmt: skip


PARTS = {"components": components, "labels": labels, "neighbours": neighbours}


def child(name: str, *options: str) -> dict:
    """A measurement in a process of its own."""
    load = os.getloadavg()[0]
    run = subprocess.run(
        [sys.executable, __file__, "--child", name, *options], capture_output=True, text=True, check=False
    )
    if run.returncode:
        return {"engine": name, "options": options, "failed": run.stderr.strip().splitlines()[-1:]}  # told, not saved
    return {**json.loads(run.stdout.splitlines()[-1]), "load_at_start": round(load, 1)}


def save(found: list[dict]) -> None:
    """Put measurements into the results; older ones of the same are replaced."""
    old = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"schema_version": 1, "measured": []}
    mark = lambda m: (m.get("part"), m.get("engine"), m.get("rows"), m.get("skew"))  # noqa: E731
    new = {mark(m) for m in found}
    old["measured"] = [m for m in old["measured"] if mark(m) not in new] + found
    RESULTS.write_text(json.dumps(old, indent=1) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--rows", type=int, nargs="*", default=[])
    parser.add_argument("--engines", nargs="*", default=["memory", "local"])
    parser.add_argument("--skew", default="none", choices=["none", "template", "identical"])
    parser.add_argument("--memory", default="3GB")
    parser.add_argument("--parts", nargs="*", default=[], choices=sorted(PARTS))
    parser.add_argument("--child", nargs="*", help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.child:
        name, *options = told.child
        if name in PARTS:
            print(json.dumps(PARTS[name]()))
        elif name == "memory":
            print(json.dumps(in_memory(int(options[0]), options[1])))
        else:
            print(json.dumps(measured(name, int(options[0]), *options[1:])))
        return
    for rows in told.rows:
        corpus(rows, told.skew)
        for engine in told.engines:
            found = child(engine, str(rows), told.skew, *([told.memory] if engine != "memory" else []))
            print({k: v for k, v in found.items() if k not in {"steps", "stored_bytes"}}, flush=True)
            if "failed" not in found:
                save([found])
    for part in told.parts:
        found = child(part)
        print(found, flush=True)
        save([found])


if __name__ == "__main__":
    main()
