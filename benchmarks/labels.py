"""Wrong labels: LBL002 beside cleanlab, on real sets with known truth and on injected noise of four kinds.

``labels.py [--rows N] [--seeds N] [--only SET,...] [--no-peer]`` writes results/labels.json; ``labels_table.py`` puts
it into README.md. The data sets lie beside the repository (``../shared/data``); those that are not there are left out.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl
from label_noise import KINDS
from setup_peers import python, ready

from assay.audit import features
from assay.audit.dataset import Part, Roles, assemble
from assay.audit.suspicion import REVIEW, SURE, suspicion

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "shared" / "data"
REAL = {
    "vader_amazon": (["data.csv"], "label", "label_gold"),
    "trec_rules": (["data.csv"], "label", "true_label"),
    "banking77_label_errors": (["train_with_corrections.csv"], "label", "corrected_label"),
}
CLEAN = {
    "banking77": (["train.csv", "test.csv"], "label", "label"),
    "clinc150": (["train.csv", "val.csv", "test.csv"], "label", "label"),
    "snips": (["train.csv", "test.csv"], "label", "label"),
    "sms_spam": (["data.csv"], "label", "label"),
}
RATES = (0.1, 0.2, 0.05)


def load(name, spec, rows, seed):
    """Texts, given labels and true ones (null: unknown) of a set; a random part in random order if it is large."""
    files, label, truth = spec
    frames = [pl.read_csv(DATA / name / f, infer_schema=False, empty_string_is_null=False) for f in files]
    frame = pl.concat(frames, how="diagonal").select(
        pl.col("text").fill_null(""), pl.col(label).alias("label"), pl.col(truth).alias("truth")
    )
    frame = frame.filter(pl.col("label").fill_null("") != "")
    # In random order: published sets are sorted by class, and no annotator's batch is.
    order = np.random.default_rng(seed).permutation(frame.height)[: rows or None]
    return frame[order]


def dataset(texts, labels, memo=None):
    """A data set in memory; ``memo`` holds what was computed from the same texts."""
    frame = pl.DataFrame({"text": texts, "label": labels})
    rows = np.arange(frame.height, dtype=np.int64)
    data = assemble([Part("train", frame, rows + 2, np.zeros(frame.height, np.int32), ())], Roles(("text",), "label"))
    data.memo.update(memo or {})
    return data


def views(texts):
    """What depends on the texts alone, and the seconds of each part."""
    data = dataset(texts, texts)
    seconds = {}
    for name, make in (
        ("copies", features.alike),
        ("embeddings", features.embeddings),
        ("lsa", features.lsa),
        ("counts", features.counts),
    ):
        started = time.perf_counter()
        make(data)
        seconds[name] = round(time.perf_counter() - started, 2)
    return dict(data.memo), features.embeddings(data), seconds


def average_precision(wrong, score):
    """Mean precision at each wrong row, ranked by score; equal scores share a place (as scikit-learn has it)."""
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(wrong[order])
    last = np.flatnonzero(np.diff(score[order], append=np.inf))
    recall = hits[last] / max(1, wrong.sum())
    return float((np.diff(recall, prepend=0) * hits[last] / (last + 1)).sum())


def figures(wrong, judged, score, flagged, sure=None):
    """AP, P@k and F1 of a ranking and its flagged rows, over the rows whose truth is known."""
    wrong, score, flagged = wrong[judged], score[judged], flagged[judged]
    top = np.argsort(-score, kind="stable")
    out = {
        "ap": average_precision(wrong, score),
        "p_at_50": float(wrong[top[:50]].mean()),
        "p_at_k": float(wrong[top[: int(wrong.sum())]].mean()),
        "f1": float(2 * (wrong & flagged).sum() / max(1, wrong.sum() + flagged.sum())),
        "flagged": int(flagged.sum()),
    }
    if sure is not None:
        sure = sure[judged]
        out |= {"sure": int(sure.sum()), "sure_precision": float(wrong[sure].mean()) if sure.any() else None}
    return {k: round(v, 4) if isinstance(v, float) else v for k, v in out.items()}


def assay(texts, labels, memo, wrong, judged):
    """Our figures of one task."""
    data = dataset(texts, labels, memo)
    started = time.perf_counter()
    known = suspicion(data)
    seconds = time.perf_counter() - started
    ranking = known.ranking(SURE, REVIEW)
    unit = known.units.of
    out = figures(wrong, judged, known.odds, known.doubtful(REVIEW), ranking.certain[unit])
    shown = (ranking.certain | ranking.doubtful)[unit] & judged
    out["shown"], out["shown_precision"] = (
        int(shown.sum()),
        round(float(wrong[shown].mean()), 4) if shown.any() else None,
    )
    return out | {"seconds": round(seconds, 2), "along": known.pattern.along if known.pattern else None}


def cleanlab(texts, labels, vectors, wrong, judged):
    """Figures of cleanlab for one task, by set-up."""
    with tempfile.TemporaryDirectory() as folder:
        task, out = Path(folder) / "task.npz", Path(folder) / "out.npz"
        codes = np.unique(labels, return_inverse=True)[1]
        np.savez(task, vectors=vectors, labels=codes, texts=np.array(texts, dtype=str))
        subprocess.run([python("cleanlab"), HERE / "peers" / "cleanlab_labels.py", task, out], check=True)
        found = dict(np.load(out))
    result = {}
    for key, value in found.items():
        model, what = key.split("|")
        if what not in {"seconds", "flagged"}:
            result[f"{model}, {what}"] = figures(wrong, judged, value, found[f"{model}|flagged"]) | {
                "seconds": round(float(found[f"{model}|seconds"]), 2)
            }
    return result


def tasks(rows, seeds, only):
    """Every task: set, kind, rate, seed, texts, given labels, wrong, rows with known truth, memo, vectors, seconds."""
    for name, spec in REAL.items():
        if (only and name not in only) or not (DATA / name).is_dir():
            continue
        frame = load(name, spec, 0 if name != "banking77_label_errors" else rows, 0)
        memo, embedded, seconds = views(frame["text"])
        judged = (frame["truth"].fill_null("") != "").to_numpy()
        wrong = judged & (frame["label"] != frame["truth"]).to_numpy()
        yield name, "real", None, 0, frame["text"], frame["label"], wrong, judged, memo, embedded, seconds
    for name, spec in CLEAN.items():
        if (only and name not in only) or not (DATA / name).is_dir():
            continue
        frame = load(name, spec, rows, 1)
        memo, embedded, seconds = views(frame["text"])
        names, codes = np.unique(frame["label"].to_numpy(), return_inverse=True)
        every = np.ones(codes.size, bool)
        for kind, inject in KINDS.items():
            for seed in range(seeds):
                rate = RATES[seed % len(RATES)] * (0.3 if name == "sms_spam" else 1)
                noisy = inject(codes, names.size, rate, seed, vectors=embedded.vectors, texts=frame["text"].to_list())
                labels = pl.Series(names[noisy])
                yield name, kind, rate, seed, frame["text"], labels, noisy != codes, every, memo, embedded, seconds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--only", default="")
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "labels.json")
    given = parser.parse_args()
    peer = not given.no_peer and ready("cleanlab")
    results = []
    only = set(filter(None, given.only.split(",")))
    for name, kind, rate, seed, texts, labels, wrong, judged, memo, embedded, seconds in tasks(
        given.rows, given.seeds, only
    ):
        line = {"set": name, "kind": kind, "rate": rate, "seed": seed, "rows": len(texts), "wrong": int(wrong.sum())}
        line |= {"classes": labels.n_unique(), "encoder": embedded.encoder.name, "view_seconds": seconds}
        line["assay"] = assay(texts, labels, memo, wrong, judged)
        if peer:
            line["cleanlab"] = cleanlab(texts, labels, embedded.vectors, wrong, judged)
        results.append(line)
        theirs = line["cleanlab"]["MiniLM + LR, self_confidence"]["ap"] if peer else "-"
        print(name, kind, seed, "AP", line["assay"]["ap"], "tutorial", theirs, line["assay"], flush=True)
        given.output.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
