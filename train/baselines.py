"""The cheaper models that a fine-tuned one must beat, and the comparison with the best of them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.train.scores import scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.train.examples import Examples
    from assay.train.fitting import Told
    from assay.train.linear import Linear

SCHEMA_VERSION = 1
LEVEL = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Rung:
    """One model of the ladder on the validation rows."""

    name: str
    right: NDArray[np.bool_]
    """(n,) whether each row's prediction is right."""
    macro_f1: float
    seconds: float

    def document(self) -> dict[str, Any]:
        """With the exact interval of its accuracy."""
        return {
            "name": self.name,
            "accuracy": proportion(int(self.right.sum()), len(self.right)),
            "macro_f1": {"n": len(self.right), "value": round(self.macro_f1, 6)},
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Baselines:
    """The rungs below the method asked for, cheapest first."""

    rungs: tuple[Rung, ...]

    @property
    def best(self) -> Rung | None:
        """The most accurate; of equals the cheapest."""
        return max(self.rungs, key=lambda r: (int(r.right.sum()), -self.rungs.index(r)), default=None)


def climb(  # noqa: PLR0913 - vectors of two sets and what was fitted on one
    train: Examples,
    held: Examples,
    vectors: NDArray[np.float32] | None,
    others: NDArray[np.float32] | None,
    linear: Linear | None,
    *,
    seed: int,
    told: Told,
    head_seconds: float = 0.0,
) -> Baselines:
    """Measure the cheaper rungs on the validation rows."""
    del seed
    told.progress("baselines", 0, 0)
    found = [majority(train, held)]
    if linear is not None and others is not None and vectors is not None:
        values = linear.logits(others)
        measured = scores(held.y, values, multilabel=held.multilabel)
        found.append(Rung("linear head on frozen embeddings", right_of(held.y, values), measured["macro_f1"], head_seconds))
    return Baselines(tuple(found))


def majority(train: Examples, held: Examples) -> Rung:
    """Always the most frequent label (or the most frequent labels' set, where a row may have several)."""
    started = time.perf_counter()
    values = np.zeros((len(held), len(train.labels)), np.float32)
    if train.multilabel:
        values[:] = np.where(train.y.mean(axis=0) > 0.5, 1.0, -1.0)  # noqa: PLR2004 - more often than not
    else:
        values[:, int(np.bincount(train.y, minlength=len(train.labels)).argmax())] = 1.0
    measured = scores(held.y, values, multilabel=held.multilabel)
    return Rung("majority", right_of(held.y, values), measured["macro_f1"], time.perf_counter() - started)


def right_of(truth: NDArray[Any], logits: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Whether each row is right: its label, or its whole set of labels."""
    if truth.ndim > 1:
        return np.asarray(((logits > 0) == (truth > 0)).all(axis=1))
    return np.asarray(logits.argmax(axis=1) == truth)


def proportion(right: int, n: int, level: float = LEVEL) -> dict[str, Any]:
    """A share with its exact (Clopper-Pearson) interval; nothing of nothing is None."""
    if not n:
        return {"n": 0, "value": None, "low": None, "high": None}
    from scipy.stats import beta  # noqa: PLC0415 - heavy

    low = 0.0 if right == 0 else float(beta.ppf(level / 2, right, n - right + 1))
    high = 1.0 if right == n else float(beta.ppf(1 - level / 2, right + 1, n - right))
    return {"n": n, "value": round(right / n, 6), "low": round(low, 6), "high": round(high, 6)}


def paired(ours: NDArray[np.bool_], theirs: NDArray[np.bool_]) -> dict[str, Any]:
    """McNemar's exact test of two models on the same rows: rows that one has right and the other wrong."""
    from scipy.stats import binomtest  # noqa: PLC0415 - heavy

    gained, lost = int((ours & ~theirs).sum()), int((~ours & theirs).sum())
    p = float(binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0
    n = len(ours)
    return {"n": n, "gained": gained, "lost": lost, "difference": round((gained - lost) / n, 6) if n else None, "p_value": round(p, 6)}


def document(baselines: Baselines | None, ours: Rung | None, split: str, reason: str | None = None) -> dict[str, Any]:
    """``baselines.json``: every rung, and how ours compares with the best cheaper one."""
    rungs = list(baselines.rungs) if baselines else []
    best = baselines.best if baselines else None
    told: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "measured_on": split if rungs or ours else None,
        "skipped": reason,
        "rungs": [r.document() for r in [*rungs, *([ours] if ours else [])]],
        "best_cheaper": best.name if best else None,
        "comparison": None,
    }
    if best is not None and ours is not None:
        test = paired(ours.right, best.right)
        told["comparison"] = {"model": ours.name, "baseline": best.name, "test": "McNemar, exact", **test, "verdict": verdict(test)}
    return told


def verdict(test: dict[str, Any]) -> str:
    """``better``, ``worse``, or ``no evidence of a difference``."""
    if test["p_value"] >= LEVEL:
        return "no evidence of a difference"
    return "better" if test["gained"] > test["lost"] else "worse"
