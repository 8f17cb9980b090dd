"""The ladder: models from cheap to dear, each measured on the same rows, so that a dear one must earn its price."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.train.paired import compare, fewest_to_tell
from assay.train.rungs import frozen, majority, nearest, tfidf
from assay.train.scores import scores

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from assay.train.examples import Examples
    from assay.train.fitting import Told
    from assay.train.linear import Linear

    Predictions = NDArray[np.int64]

SCHEMA_VERSION = 1
LEVEL = 0.05
MOST_ROWS = 50_000
"""Training rows that the cheap rungs learn from; of more, so many are drawn."""
MAJORITY, TFIDF, NEAREST = "majority", "TF-IDF + linear SVM", "5 nearest neighbours"
FROZEN = "linear head on frozen embeddings"


@dataclass(frozen=True, slots=True, eq=False)
class Rung:
    """One model on the rows that measure."""

    name: str
    right: NDArray[np.bool_]
    """(n,) whether each row's prediction is right: its label, or its whole set of labels."""
    macro_f1: float
    seconds: float
    predictions: NDArray[np.int64] | None = None
    """Codes (n,), or 0/1 (n, classes)."""
    rows: int | None = None
    """Training rows that it learned from, where those were not all."""

    def document(self) -> dict[str, Any]:
        """With the exact interval of its accuracy."""
        drawn = {} if self.rows is None else {"training_rows": self.rows}
        return {
            "name": self.name,
            "accuracy": proportion(int(self.right.sum()), len(self.right)),
            "macro_f1": {"n": len(self.right), "value": round(self.macro_f1, 6) if len(self.right) else None},
            "seconds": round(self.seconds, 3),
            **drawn,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Ladder:
    """Rungs, cheapest first."""

    rungs: tuple[Rung, ...]

    @property
    def best(self) -> Rung | None:
        """The most accurate; of equals the cheapest."""
        return max(self.rungs, key=lambda r: (int(r.right.sum()), -self.rungs.index(r)), default=None)

    @property
    def worth(self) -> Rung | None:
        """The cheapest rung that no dearer one is shown to beat: from it on, climbing brought nothing."""
        for n, rung in enumerate(self.rungs):
            if not any(compare(dearer.right, rung.right).verdict == "better" for dearer in self.rungs[n + 1 :]):
                return rung
        return None

    @property
    def top(self) -> str | None:
        """Why nothing dearer can be shown to be better; None if something can."""
        best, needed = self.best, fewest_to_tell()
        if best is None or not len(best.right):
            return None
        errors = int((~best.right).sum())
        if errors >= needed:
            return None
        wrong = f"{errors} row{'s' * (errors != 1)} of {len(best.right):,} wrong" if errors else "no row wrong"
        return f"{best.name} has {wrong}: a better model could not be told from it on these rows (that takes {needed})"


def climb(  # noqa: PLR0913 - vectors of two sets and what was fitted on one
    train: Examples,
    held: Examples,
    vectors: NDArray[np.float32] | None,
    others: NDArray[np.float32] | None,
    linear: Linear | None = None,
    *,
    seed: int = 0,
    told: Told | None = None,
    embed_seconds: float = 0.0,
    head_seconds: float = 0.0,
) -> Ladder:
    """Measure the cheap rungs: majority, TF-IDF with a linear SVM, nearest neighbours, a linear head.

    Args:
        train: rows to learn from.
        held: rows that measure; they share nothing with the others.
        vectors: (rows, dims) unit vectors of the training rows; without them the ladder ends at TF-IDF.
        others: (n, dims) of the measuring rows.
        linear: a head that was fitted on ``vectors`` already.
        seed: of solvers and draws.
        told: whom to tell how far it is.
        embed_seconds: what the vectors took, told as part of the rungs that need them.
        head_seconds: what ``linear`` and its vectors took.
    """
    few, rows = sample(train, seed)
    part = None if len(few) == len(train) else len(few)
    tell = told.progress if told else (lambda *_: None)
    steps: list[tuple[str, float, int | None, Callable[[], Predictions]]] = [
        (MAJORITY, 0.0, None, lambda: majority.predict(train, held)),
        (TFIDF, 0.0, part, lambda: tfidf.predict(few, held, seed)),
    ]
    if vectors is not None and others is not None:
        near = vectors[rows]
        steps += [(NEAREST, embed_seconds, part, lambda: nearest.predict(few, near, others))]
        head = (lambda: frozen.answers(linear, others)) if linear else (lambda: frozen.predict(few, near, others, seed))
        steps += [(FROZEN, head_seconds or embed_seconds, None if linear else part, head)]
    rungs = []
    for n, (name, before, learned, work) in enumerate(steps):
        tell(f"baselines: {name}", n, len(steps))
        rungs.append(measured(name, held, work, before, learned))
    return Ladder(tuple(rungs))


def measured(
    name: str, held: Examples, work: Callable[[], Predictions], before: float = 0.0, rows: int | None = None
) -> Rung:
    """A rung by what it predicts, with the time that took."""
    started = time.perf_counter()
    told = work()
    return rung_of(name, held, told, time.perf_counter() - started + before, rows)


def rung_of(name: str, held: Examples, told: Predictions, seconds: float, rows: int | None = None) -> Rung:
    """A rung by its predictions: codes (n,), or 0/1 (n, classes)."""
    right = (told == held.y).all(axis=1) if held.multilabel else told == held.y
    signs = told * 2.0 - 1 if held.multilabel else np.eye(len(held.labels))[told]
    found = scores(held.y, np.asarray(signs, np.float32), multilabel=held.multilabel)
    return Rung(name, np.asarray(right), found["macro_f1"], seconds, told, rows)


def sample(train: Examples, seed: int) -> tuple[Examples, NDArray[np.int64]]:
    """At most ``MOST_ROWS`` rows, and which they are."""
    if len(train) <= MOST_ROWS:
        return train, np.arange(len(train))
    rows = np.sort(np.random.default_rng(seed).permutation(len(train))[:MOST_ROWS])
    return train.take(rows), rows


def right_of(truth: NDArray[Any], logits: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(n,) whether each row is right by logits (n, classes): its label, or its whole set of labels."""
    if truth.ndim > 1:
        return np.asarray(((logits > 0) == (truth > 0)).all(axis=1))
    return np.asarray(logits.argmax(axis=1) == truth)


def proportion(right: int, n: int, level: float = LEVEL) -> dict[str, Any]:
    """A share with its exact interval (Clopper and Pearson 1934); nothing of nothing is None."""
    if not n:
        return {"n": 0, "value": None, "low": None, "high": None}
    from scipy.stats import beta  # noqa: PLC0415 - heavy

    low = 0.0 if right == 0 else float(beta.ppf(level / 2, right, n - right + 1))
    high = 1.0 if right == n else float(beta.ppf(1 - level / 2, right + 1, n - right))
    return {"n": n, "value": round(right / n, 6), "low": round(low, 6), "high": round(high, 6)}


def document(ladder: Ladder | None, ours: Rung | None, split: str, reason: str | None = None) -> dict[str, Any]:
    """``baselines.json``: every rung against the best cheaper one, and ours against the best of them.

    Args:
        ladder: the cheap rungs; None if they were not measured.
        ours: the model that was asked for, on the same rows.
        split: what the rows are called.
        reason: why there is no ladder.
    """
    rungs = [*(ladder.rungs if ladder else ()), *([ours] if ours else ())]
    best = ladder.best if ladder else None
    against = None
    if best is not None and ours is not None:
        against = {"model": ours.name, "baseline": best.name, **compare(ours.right, best.right).document()}
    return {
        "schema_version": SCHEMA_VERSION,
        "measured_on": split if rungs else None,
        "skipped": reason,
        "rungs": [_with_gain(rung, rungs[:n]) for n, rung in enumerate(rungs)],
        "best_cheaper": best.name if best else None,
        "worth_its_price": worth.name if ladder and (worth := Ladder(tuple(rungs)).worth) else None,
        "nothing_to_gain": ladder.top if ladder else None,
        "comparison": against,
    }


def _with_gain(rung: Rung, cheaper: list[Rung]) -> dict[str, Any]:
    """A rung and how it compares with the best cheaper one."""
    best = Ladder(tuple(cheaper)).best
    told = None if best is None else {"baseline": best.name, **compare(rung.right, best.right).document()}
    return {**rung.document(), "against_best_cheaper": told}
