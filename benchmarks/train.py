"""Fine-tuning methods side by side on BANKING77: accuracy and CPU minutes, in full and with ten rows a class.

python benchmarks/train.py ../shared/data/banking77 --data full --methods head,full,lora --epochs 3
python benchmarks/train.py ../shared/data/banking77 --data ten --methods head,full --seeds 3
python benchmarks/train.py ../shared/data/banking77 --overhead 60     # Trainer beside a plain loop, same batches

Results are kept as JSON in benchmarks/results/train.json, an entry for each data, method and number of epochs. Every
run is a process of its own: times and peaks are its own.
"""

# ruff: noqa: PLC0415 - the parent process starts others and loads no torch

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "train.json"
ROWS = 10


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", choices=["full", "ten"], default="full")
    parser.add_argument("--methods", default="head,full,lora")
    parser.add_argument("--epochs", type=float)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--model", default="sentence-transformers/all-MiniLM-L6-v2")
    parser.add_argument("--every-row", action="store_true", help="hold nothing out: no early stopping, no ladder")
    parser.add_argument("--overhead", type=int, default=0, metavar="STEPS")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        return one(json.loads(given.one))
    if given.overhead:
        return overhead(given)
    for method in given.methods.split(","):
        runs = [measured(given, method, seed) for seed in range(given.seeds)]
        entry = summary(given, method, runs)
        keep(entry)
        print(json.dumps({k: v for k, v in entry.items() if k != "runs"}))
    return None


def measured(given, method, seed):
    """One run in a process of its own."""
    asked = {"folder": str(given.folder), "data": given.data, "method": method, "seed": seed, "epochs": given.epochs}
    asked |= {"model": given.model, "every_row": given.every_row}
    done = subprocess.run(
        [sys.executable, __file__, str(given.folder), "--one", json.dumps(asked)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def one(asked):
    from assay import audit, train

    data = read(audit, asked)
    table = {"method": asked["method"], "seed": asked["seed"], "model": asked["model"]}
    table |= {"epochs": asked["epochs"]} if asked["epochs"] else {}
    table |= {"validation_share": 0.0} if asked["every_row"] else {}
    with tempfile.TemporaryDirectory() as folder:
        started, before = time.perf_counter(), cpu()
        run = train.fit(data, table, output=Path(folder) / "run", ladder=False, small_run=False)
        sizes = sum(p.stat().st_size for p in run.model_folder.rglob("*") if p.is_file())
        manifest = run.manifest
        out = {
            "seed": asked["seed"],
            "test": manifest["metrics"]["test"],
            "wall_seconds": round(time.perf_counter() - started, 1),
            "cpu_seconds": round(cpu() - before, 1),
            "stages": manifest["times"]["stages"],
            "training": manifest["training"],
            "peak_memory": manifest["peak_memory"],
            "model_bytes": sizes,
            "hyperparameters": {k: v for k, v in manifest["hyperparameters"].items() if k != "why"},
            "hardware": {k: manifest["hardware"][k] for k in ("device", "cpu", "cores", "cpu_flags")},
        }
    print(json.dumps(out))


def read(audit, asked):
    """The data set; with ten rows a class drawn by the seed, the same for every method."""
    import polars as pl

    folder = Path(asked["folder"])
    whole = pl.read_csv(folder / "train.csv", infer_schema=False)
    if asked["data"] == "ten":
        rng, rows = random.Random(asked["seed"]), []
        labels = whole["label"].to_list()
        of = {}
        for row, label in enumerate(labels):
            of.setdefault(label, []).append(row)
        for label in sorted(of):
            rows += rng.sample(of[label], ROWS)
        whole = whole[sorted(rows)]
    test = pl.read_csv(folder / "test.csv", infer_schema=False)
    return audit.from_frames({"train": whole.drop("split"), "test": test.drop("split")}, text="text", label="label")


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def summary(given, method, runs):
    accuracies = [r["test"]["accuracy"]["value"] for r in runs]
    return {
        "data": given.data,
        "method": method,
        "epochs": runs[0]["hyperparameters"]["epochs"] if method != "head" else None,
        "every_row": given.every_row,
        "model": given.model,
        "accuracy": round(sum(accuracies) / len(accuracies), 5),
        "accuracies": accuracies,
        "cpu_minutes": round(sum(r["cpu_seconds"] for r in runs) / len(runs) / 60, 2),
        "wall_minutes": round(sum(r["wall_seconds"] for r in runs) / len(runs) / 60, 2),
        "runs": runs,
    }


def keep(entry):
    """Add an entry, in the place of an older one of the same kind."""
    kept = json.loads(RESULTS.read_text()) if RESULTS.is_file() else []
    kind = ("data", "method", "epochs", "every_row", "model")
    kept = [e for e in kept if any(e.get(k) != entry.get(k) for k in kind)] + [entry]
    RESULTS.write_text(json.dumps(kept, indent=1) + "\n")


def overhead(given):
    """Seconds a step of the Trainer and of a plain loop over the same batches."""
    import numpy as np

    from assay.train.finetune import infer

    infer.prepare()
    import torch
    from torch.utils.data import BatchSampler

    from assay import audit
    from assay.audit.config_tables import Train
    from assay.train.examples import examples
    from assay.train.finetune.network import Shape, build, pooling_of
    from assay.train.finetune.order import LikeLength
    from assay.train.finetune.tokens import collate, examples_of, open_tokens
    from assay.train.finetune.tune import Rows, tune
    from assay.train.finetune.tuner import groups
    from assay.train.plan import plan
    from assay.train.weights import resolve

    base = resolve(given.model)
    data = read(audit, {"folder": str(given.folder), "data": "full", "seed": 0})
    train = examples(data, "train")
    size = 32 * given.overhead
    train = train.take(np.arange(size))
    settled = plan(Train(method="full", epochs=1.0, batch_size=32), base, size, 77, own_validation=True)
    shape = Shape(train.labels, multilabel=False, pooling=pooling_of(base.config, standard=False))
    tokens = open_tokens(base.path, 128)
    rows = Rows(tokens.encode(train.texts), train.y)
    times = {"plain": [], "trainer": []}
    for _ in range(3):
        for name, those in times.items():
            network = build(base.path, shape, training=True)
            for parameter in network.body.embeddings.parameters():
                parameter.requires_grad = False
            started, before = time.perf_counter(), cpu()
            if name == "trainer":
                tune(network, rows, None, settled, pad=tokens.pad, folder=Path(tempfile.mkdtemp()), keeping=None)
            else:
                plain(torch, network, rows, settled, tokens, collate, examples_of, LikeLength, BatchSampler, groups)
            those.append((time.perf_counter() - started, cpu() - before))
    wall = {name: min(t[0] for t in those) / given.overhead for name, those in times.items()}
    used = {name: min(t[1] for t in those) / given.overhead for name, those in times.items()}
    entry = {"kind": "overhead", "steps": given.overhead, "wall_seconds_per_step": wall, "cpu_seconds_per_step": used}
    entry |= {
        "ratio_wall": round(wall["trainer"] / wall["plain"], 3),
        "ratio_cpu": round(used["trainer"] / used["plain"], 3),
    }
    entry |= {"threads": torch.get_num_threads(), "load": os.getloadavg()[0]}
    print(json.dumps(entry))
    kept = json.loads(RESULTS.read_text()) if RESULTS.is_file() else []
    RESULTS.write_text(json.dumps([*[e for e in kept if e.get("kind") != "overhead"], entry], indent=1) + "\n")


def plain(torch, network, rows, settled, tokens, collate, examples_of, order, batches, groups):  # noqa: PLR0913, PLR0917
    """What a careful engineer writes by hand: the same batches, optimizer, schedule and clipping."""
    optimizer = torch.optim.AdamW(groups(network, settled), fused=True)
    total = -(-len(rows) // 32)
    warm = max(1, round(total * settled.warmup))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: min((s + 1) / warm, max(0.0, (total - s) / max(1, total - warm)))
    )
    network.train()
    for some in batches(order([len(i) for i in rows.texts.ids], 32, 0), 32, drop_last=False):
        given = [{**row, "labels": int(rows.y[n])} for n, row in zip(some, examples_of(rows.texts, some), strict=True)]
        loss = network(**collate(given, tokens.pad))["loss"]
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for p in network.parameters() if p.requires_grad], 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)


if __name__ == "__main__":
    main()
