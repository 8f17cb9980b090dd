"""``assay advise``: the table a careful engineer makes before spending an hour of a GPU, and what follows from it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit.encoders.request import Request
from assay.train import ceiling, costs, evidence, learning_curve, trial, vectors
from assay.train.facts import HOURS, Facts
from assay.train.ladder import FROZEN, MAJORITY, NEAREST, TFIDF, rung_of
from assay.train.learning_curve import Curve, nested_order, sizes_for
from assay.train.paired import compare
from assay.train.recommendation import recommend
from assay.train.rungs import frozen, majority, names, nearest, tfidf

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from assay.audit.config_tables import Train
    from assay.audit.dataset import Dataset
    from assay.train.examples import Examples
    from assay.train.ladder import Rung
    from assay.train.trial import Trial
    from assay.train.vectors import Vectors

SCHEMA_VERSION = 1
NAMES = "zero-shot by class names"
NAMELESS = 0.1
"""Share of class names without a word in them, over which names are not tried."""
RAREST = 10
"""Classes that are named as rarest."""
DRAWS = 3
"""Of each size of the learning curve, where one part of the rows measures."""


@dataclass(slots=True)
class Watch:
    """Who is told how far it is, and what took how long."""

    tell: Callable[[str], None] = lambda _: None
    seconds: dict[str, float] = field(default_factory=dict)

    def time(self, name: str, work: Callable[[], Any]) -> Any:
        """Do it, tell it, time it."""
        self.tell(name)
        started = time.perf_counter()
        done = work()
        self.seconds[name] = round(time.perf_counter() - started, 3)
        return done


def advise(  # noqa: PLR0913 - each is a choice of the user's
    data: Dataset,
    table: Train,
    audit: Path,
    *,
    explicit_model: bool = False,
    probe: bool = True,
    tell: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Measure what is cheap, estimate what is dear, and recommend: content of ``advice.json``.

    Nothing is chosen on test rows: they are not even scored.

    Args:
        data: the data set.
        table: the [train] table: model, seed, task_changes_often, cost_per_month, max_hours.
        audit: an audit folder; where it holds none of these data, the quick rules are run.
        explicit_model: whether the model was asked for just now: then no other stands in for it.
        probe: whether a few steps of fine-tuning are measured.
        tell: is told what is being done.

    Raises:
        MissingInputError: no training data, no text or no label column.
        DataError: nothing can be learned from them.
        ConfigError: the model asked for is not here.
    """
    watch = Watch(tell)
    request, note = vectors.request_for(table.model, explicit=explicit_model)
    run: Trial = watch.time("dividing", lambda: trial.make(data, table.seed))
    data.memo.setdefault(Request, _quick(request, len(data)))
    found = watch.time("audit", lambda: evidence.gather(data, audit, lambda code: tell(f"audit: {code}")))
    made: Vectors = watch.time("embedding", lambda: vectors.embed(data, run.frame, run.train.labels, request))
    rungs = measure(run, made, table.seed, watch)
    zero, why_no_zero = zero_shot(run, made, watch)
    curve = watch.time("learning curve", lambda: measure_curve(run, made, table.seed))
    rows = run.sampled_from or len(run.train)
    spent, why_not = watch.time("cost of fine-tuning", lambda: costs.estimate(table, run.train, rows, probe=probe))
    facts = Facts(
        rows=rows,
        classes=len(run.train.labels),
        per_class=_spread(run.train),
        majority=rungs[0],
        trained=tuple(rungs[1:]),
        zero_shot=zero,
        evidence=found,
        ceiling=ceiling.ceiling(found, audit if found.audited else None),
        curve=learning_curve.fit(curve, 2 * int(curve.sizes[-1]), table.seed),
        costs=spent,
        task_changes_often=bool(table.task_changes_often),
        cost_per_month=table.cost_per_month,
        max_hours=table.max_hours or HOURS,
        pairs=len(run.train.texts) > 1,
    )
    return {
        "schema_version": SCHEMA_VERSION,
        "recommendation": recommend(facts).document(),
        "data": _data(data, run),
        "measured_on": _measured_on(run),
        "encoder": {**made.encoder, "note": note or None},
        "table": _table(facts, why_no_zero),
        **_weighed(facts, curve, why_not, table.seed),
        "seconds": watch.seconds,
    }


def _quick(request: Request, rows: int) -> Request:
    """The encoder of the quick rules, which read all rows: static vectors where those are many."""
    if request.encoder == "minilm" and rows > trial.MOST_ROWS:
        return Request("static")
    return request if request.encoder == "minilm" else Request()


def _weighed(facts: Facts, curve: Curve, not_measured: str | None, seed: int) -> dict[str, Any]:
    """What the recommendation rests on besides the table."""
    told = ("task_changes_often", "cost_per_month", "max_hours")
    fitted = facts.curve
    return {
        "audit": facts.evidence.document(),
        "learning_curve": None if fitted is None else learning_curve.document(curve, fitted),
        "ceiling": None if facts.ceiling is None else facts.ceiling.document(),
        "costs": {"methods": [c.document() for c in facts.costs], "not_measured": not_measured},
        "facts": {**{name: getattr(facts, name) for name in told}, "seed": seed},
    }


def measure(run: Trial, made: Vectors, seed: int, watch: Watch) -> list[Rung]:
    """The cheap rungs on the trial's rows, cheapest first."""
    models: list[tuple[str, Callable[..., Any]]] = [
        (MAJORITY, lambda train, asked, _learn, _answer: majority.predict(train, asked)),
        (TFIDF, lambda train, asked, _learn, _answer: tfidf.predict(train, asked, seed)),
        (NEAREST, lambda train, _asked, learn, answer: nearest.predict(train, made.train[learn], made.asked[answer])),
        (
            FROZEN,
            lambda train, _asked, learn, answer: frozen.predict(train, made.train[learn], made.asked[answer], seed),
        ),
    ]
    rungs = []
    for name, model in models:
        told = watch.time(name, partial(run.predict, model))
        before = made.seconds if name in {NEAREST, FROZEN} else 0.0
        rungs.append(rung_of(name, run.asked, told, watch.seconds[name] + before))
    return rungs


def zero_shot(run: Trial, made: Vectors, watch: Watch) -> tuple[Rung | None, str | None]:
    """The names of the classes alone; or why they are not tried."""
    if run.asked.multilabel:
        return None, "rows have several labels: names do not say how many"
    if made.names is None:
        return None, f"the encoder {made.encoder['name']} reads no words that the texts do not hold"
    nameless = names.unreadable(run.train.labels)
    if len(nameless) > NAMELESS * len(run.train.labels):
        listed = ", ".join(nameless[:3])
        return None, f"{len(nameless)} of {len(run.train.labels)} class names are no words ({listed})"
    read = made.names
    told = watch.time(NAMES, lambda: names.predict(made.asked, read))
    return rung_of(NAMES, run.asked, told, watch.seconds[NAMES] + made.seconds), None


def measure_curve(run: Trial, made: Vectors, seed: int) -> Curve:
    """Accuracy of the linear head by the number of rows it learned from, on the trial's rows.

    Smaller sets are drawn from larger ones, classes as evenly as in the whole.
    """
    whole = min(len(learn) for learn, _ in run.parts)
    sizes = sizes_for(whole, len(run.train.labels))
    draws = DRAWS if len(run.parts) == 1 else 1
    right = np.zeros((len(sizes), draws, len(run.asked)), bool)
    for part, (learn, answer) in enumerate(run.parts):
        for draw in range(draws):
            order = learn[nested_order(run.train.take(learn), seed + 1_000 * draw + part)]
            for s, size in enumerate(sizes.tolist()):
                if size == whole and draw:  # all rows are drawn in one way only
                    right[s, draw, answer] = right[s, 0, answer]
                    continue
                few = order if size == whole else order[:size]
                told = frozen.predict(run.train.take(few), made.train[few], made.asked[answer], seed)
                truth = run.asked.y[answer]
                right[s, draw, answer] = (told == truth).all(axis=1) if run.asked.multilabel else told == truth
    return Curve(sizes, right)


def _table(facts: Facts, why_no_zero: str | None) -> dict[str, Any]:
    """Every measured model, cheapest first, and how it does against the best."""
    best, zero = facts.best, facts.zero_shot
    lines = []
    for rung in [*([zero] if zero else []), facts.majority, *facts.trained]:
        against = None if rung is best else {"baseline": best.name, **compare(rung.right, best.right).document()}
        lines.append({**rung.document(), "against_best": against})
    return {"rows": lines, "best": best.name, "zero_shot_skipped": None if zero else why_no_zero}


def _spread(train: Examples) -> tuple[int, int, int]:
    counts = np.sort(train.counts)
    return int(counts[0]), int(counts[(len(counts) - 1) // 2]), int(counts[-1])


def _data(data: Dataset, run: Trial) -> dict[str, Any]:
    train = run.train
    order = np.lexsort((np.arange(len(train.labels)), train.counts))
    low, middle, high = _spread(train)
    lengths = np.sort([sum(len(column[i]) for column in train.texts) for i in range(len(train))])
    return {
        "splits": {s.name: {"rows": s.rows, "fingerprint": s.fingerprint} for s in data.splits},
        "roles": {"text": list(data.roles.text), "label": data.roles.label, "group": data.roles.group},
        "labelled_training_rows": run.sampled_from or len(train),
        "looked_at": len(train),
        "unlabelled_training_rows": train.unlabelled,
        "classes": len(train.labels),
        "several_labels_a_row": train.multilabel,
        "rows_per_class": {"smallest": low, "middle": middle, "largest": high},
        "rarest": [{"label": train.labels[c], "rows": int(train.counts[c])} for c in order[:RAREST].tolist()],
        "characters_per_text": {"middle": int(lengths[len(lengths) // 2]), "longest": int(lengths[-1])},
    }


def _measured_on(run: Trial) -> dict[str, Any]:
    asked = run.asked
    return {
        "how": run.how,
        "rows": len(asked),
        "copies_left_out": run.left_out,
        "learned_from": run.learned,
        "labels_unknown_to_training": list(asked.unseen),
        "rows_with_such_labels": asked.unknown,
    }
