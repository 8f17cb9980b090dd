"""One recommendation out of five, from what was measured, with its reasons and what would change it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.train.paired import compare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.train.ceiling import Ceiling
    from assay.train.costs import Cost
    from assay.train.evidence import Evidence
    from assay.train.ladder import Rung
    from assay.train.learning_curve import Fitted

CLEAN_OR_COLLECT = "do not train: clean or collect first"
ZERO_SHOT = "zero-shot or prompting is enough"
HEAD, LORA, FULL = "linear head", "LoRA", "full"

FEWEST_MEASURED = 50
"""Rows that measure, below which no figure means anything."""
FEWEST_PER_CLASS = 8
"""Rows of the middle class below which more rows help more than any method."""
EXACT_LEAKS, ANY_LEAKS = 0.05, 0.5
"""Shares of held-out rows with a copy, or with a near one, in the training data, from which scores mean little."""
WRONG, COPIES, MISSPELT = 0.10, 0.5, 0.01
"""Shares of labels that are wrong at least, of repeated rows, and of misspelt labels, from which cleaning comes first."""
NEAR, NEAR_CHANGING, UNSURE = 0.02, 0.05, 0.03
"""Points by which zero-shot may be worse and still be enough (more where the task changes often), and of doubt."""
GOOD = 0.75
"""Accuracy below which zero-shot is not good enough, whatever the others do."""
SHARE_WON = 0.12
"""Share of a linear head's errors that fine-tuning from it ends: BANKING77 .9305 -> .940 and, ten rows a class, .859 ->
.870; an expectation, not a promise."""
WORTH, WORTH_CHANGING = 0.005, 0.02
"""Points of expected gain from which fine-tuning is worth its while; where the task changes often."""
HOURS = 3.0
"""Of training on this machine, at most, unless [train] max_hours says otherwise."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the recommendation rests on."""

    rows: int
    classes: int
    per_class: tuple[int, int, int]
    """Training rows of the smallest, the middle and the largest class."""
    majority: Rung
    trained: tuple[Rung, ...]
    """Rungs that learn, cheapest first."""
    zero_shot: Rung | None
    evidence: Evidence
    ceiling: Ceiling | None
    curve: Fitted | None
    costs: tuple[Cost, ...]
    task_changes_often: bool = False
    cost_per_month: float | None = None
    max_hours: float = HOURS

    @property
    def best(self) -> Rung:
        """The most accurate rung that learns; of equals the cheapest."""
        return max(self.trained, key=lambda r: (int(r.right.sum()), -self.trained.index(r)))

    @property
    def cheapest_as_good(self) -> Rung:
        """The cheapest rung that learns and that no other is shown to beat."""
        beaten = {r.name for r in self.trained for other in self.trained if compare(other.right, r.right).verdict == "better"}
        return next((r for r in self.trained if r.name not in beaten), self.best)

    def cost(self, method: str) -> Cost | None:
        """Cost of a method, if it is known."""
        return next((c for c in self.costs if c.method == method), None)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What to do."""

    choice: str
    """One of the five."""
    reasons: tuple[str, ...]
    would_change: tuple[str, ...]
    next_step: str
    """A command, or what to do by hand."""
    model: str | None = None
    """The rung that it speaks of, if there is one."""

    def document(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "choice": self.choice,
            "model": self.model,
            "reasons": list(self.reasons),
            "what_would_change_it": list(self.would_change),
            "next_step": self.next_step,
        }


def recommend(facts: Facts) -> Recommendation:
    """Decide: first whether the data can carry a model, then the cheapest method that is enough."""
    for what, reasons, step in (("collect", tuple(_collect(facts)), COLLECT), ("clean", tuple(_clean(facts)), CLEAN)):
        if reasons:
            return Recommendation(CLEAN_OR_COLLECT, reasons, tuple(_until(facts, what)), step)
    if (enough := _zero_shot(facts)) is not None:
        return enough
    return _method(facts)


COLLECT = "collect and label rows of the classes and slices named above, then `assay advise` again"
CLEAN = "`assay audit`, `assay review` and `assay clean`, then `assay advise` again"


def _collect(facts: Facts) -> Iterator[str]:
    n, best = len(facts.best.right), facts.best
    low, middle, _ = facts.per_class
    if n < FEWEST_MEASURED:
        yield f"only {n:,} different rows measure: no figure below is worth much ({FEWEST_MEASURED} at least)"
    if middle < FEWEST_PER_CLASS:
        yield f"half of the {facts.classes} classes have {middle} rows or fewer (the smallest {low}): more rows help more than any method"
    against = compare(best.right, facts.majority.right)
    if against.verdict != "better" and n:
        yield (
            f"nothing that learns is shown to beat always saying the commonest label: {best.name} "
            f"{_share(best)} against {_share(facts.majority)} (p = {against.p_value:.3f}): the texts do not tell the labels, or rows are too few"
        )
    if facts.evidence.missing_slices:
        listed = "; ".join(facts.evidence.missing_slices[:3])
        more = len(facts.evidence.missing_slices) - 3
        yield f"critical slices lack rows: {listed}" + (f"; and {more} more" if more > 0 else "")


def _clean(facts: Facts) -> Iterator[str]:
    told = facts.evidence
    for split, leaks in told.leaks.items():
        rows = leaks["rows"]
        if rows and (leaks["exact"] >= EXACT_LEAKS * rows or leaks["any"] >= ANY_LEAKS * rows):
            yield (
                f"{leaks['any']:,} of {rows:,} {split} rows leak, {leaks['exact']:,} of them with an exact copy in the training data: "
                "any score on them would be of memory, not of skill"
            )
    if facts.ceiling and facts.ceiling.low >= WRONG:
        low, high = facts.ceiling.low, facts.ceiling.high
        yield f"{low:.0%} to {high:.0%} of the labels are wrong: that costs more than any method wins"
    if told.variants >= MISSPELT * max(told.labelled, 1):
        yield f"{told.variants:,} rows have a label that looks misspelt: the same class is learned as several"
    if told.copies >= COPIES * max(facts.rows, 1):
        yield f"{told.copies:,} of {facts.rows:,} training rows repeat earlier ones"


def _until(facts: Facts, what: str) -> Iterator[str]:
    if what == "collect":
        yield f"{max(FEWEST_PER_CLASS, 20)} or more rows of most classes, and {FEWEST_MEASURED} or more different rows to measure on"
    else:
        yield "an audit without these findings: the same table is then measured on rows that can be trusted"
    yield from _prompted(facts)


def _zero_shot(facts: Facts) -> Recommendation | None:
    zero, best = facts.zero_shot, facts.best
    if zero is None or zero.right.mean() < GOOD:
        return None
    margin = NEAR_CHANGING if facts.task_changes_often else NEAR
    told = compare(zero.right, best.right)
    if told.difference is None or told.low is None or told.difference < -margin or told.low < -margin - UNSURE:
        return None
    reasons = [
        f"the names of the classes alone get {_share(zero)} right, the best model that learned from rows ({best.name}) "
        f"{_share(best)}: a difference of {told.difference * 100:+.1f} points ({told.low * 100:+.1f} to {(told.high or 0) * 100:+.1f})",
    ]
    if facts.task_changes_often:
        reasons.append("the task changes often: a new class is a new name, and nothing is trained again")
    change = (
        f"an accuracy needed that is over {zero.right.mean():.3f}: then `assay train --method head` is the next step",
        "new classes whose names say less than these",
        *_prompted(facts),
    )
    return Recommendation(ZERO_SHOT, tuple(reasons), change, "use the names (or a prompt), and keep these rows as the test set: `assay evaluate --predictions`", zero.name)


def _method(facts: Facts) -> Recommendation:
    """Linear head, LoRA or full."""
    best, full, lora = facts.best, facts.cost("full"), facts.cost("lora")
    errors = 1 - float(best.right.mean())
    gain = SHARE_WON * errors
    worth = WORTH_CHANGING if facts.task_changes_often else WORTH
    reasons = [_ladder_words(facts)]
    wrong = facts.ceiling.low if facts.ceiling else 0.0
    left = max(errors - wrong, 0.0)
    gain = min(gain, left)
    if gain < worth:
        reasons.append(
            f"fine-tuning would win about {gain * 100:.1f} points here (an eighth of the errors is usual), less than the {worth * 100:g} that make it worth while"
            + ("; the task changes often, and a head is fitted anew in seconds" if facts.task_changes_often else "")
        )
        return _head(facts, reasons)
    reasons.append(f"about {gain * 100:.1f} points are to be won by fine-tuning from the linear head (an eighth of its errors is usual; an expectation, not a measurement)")
    if full is None and lora is None:
        reasons.append("what fine-tuning costs here is not known: no pretrained model is at hand")
        return _head(facts, reasons)
    hours = facts.max_hours * 3600
    if not facts.task_changes_often and full and _possible(full, hours):
        reasons.append(f"full fine-tuning fits: {_cost(full)}")
        return _trained(facts, FULL, reasons, full)
    if lora and _possible(lora, hours):
        why = "the task changes often: an adapter is small to keep and quick to replace" if facts.task_changes_often else f"full fine-tuning does not fit ({_cost(full) if full else 'unknown'})"
        reasons += [why, f"LoRA fits: {_cost(lora)}"]
        return _trained(facts, LORA, reasons, lora)
    reasons.append("fine-tuning would take too long or too much memory on this machine: " + "; ".join(f"{c.method} {_cost(c)}" for c in facts.costs))
    return _head(facts, reasons)


def _head(facts: Facts, reasons: list[str]) -> Recommendation:
    model = facts.cheapest_as_good
    change = [*_more_rows(facts)]
    for cost in facts.costs:
        if cost.method == "full":
            change.append(f"a test of full fine-tuning ({_cost(cost)}): `assay train --method full` compares it with the head on the same rows")
    change += _prompted(facts)
    step = "`assay train --method head`"
    if model.name.startswith("TF-IDF"):
        step += f" (or no pretrained model at all: {model.name} is not shown to be worse)"
    return Recommendation(HEAD, tuple(reasons), tuple(change), step, model.name)


def _trained(facts: Facts, choice: str, reasons: list[str], cost: Cost) -> Recommendation:
    method = choice.lower()
    change = [
        "if it is not shown to be better than the linear head (`assay train` compares them on the same rows), keep the head",
        *_more_rows(facts),
        *_prompted(facts),
    ]
    if choice == FULL:
        change.insert(1, "a task that changes often, or many tasks on one base model: then LoRA (--task-changes-often)")
    del cost
    return Recommendation(choice, tuple(reasons), tuple(change), f"`assay train --method {method}`", facts.best.name)


def _ladder_words(facts: Facts) -> str:
    best, cheap = facts.best, facts.cheapest_as_good
    zero = f", class names alone {_share(facts.zero_shot)}" if facts.zero_shot else ""
    if cheap is best or cheap.name == best.name:
        return f"{best.name} is the best cheap model: {_share(best)}, always the commonest label {_share(facts.majority)}{zero}"
    told = compare(best.right, cheap.right)
    return (
        f"{best.name} has {_share(best)}, and {cheap.name} with {_share(cheap)} is not shown to be worse "
        f"(p = {told.p_value:.2f}); always the commonest label {_share(facts.majority)}{zero}"
    )


def _more_rows(facts: Facts) -> Iterator[str]:
    if facts.curve is None:
        return
    told = facts.curve.forecast
    if told is None:
        yield f"more rows: not enough evidence what they would bring ({facts.curve.why_not})"
    else:
        yield (
            f"twice the rows ({told.rows:,}): accuracy {told.value:.3f} ({told.low:.3f} to {told.high:.3f}), "
            f"{told.gain * 100:+.1f} points ({told.gain_low * 100:+.1f} to {told.gain_high * 100:+.1f}) for the linear head"
        )


def _prompted(facts: Facts) -> Iterator[str]:
    high = _upper(facts.best)
    paid = "" if facts.cost_per_month is None else f" (at {facts.cost_per_month:,g} a month it costs {12 * facts.cost_per_month:,g} a year)"
    if high is not None:
        yield f"a prompted model{paid} that gets {high:.3f} or more of these rows right: score its answers with `assay evaluate --predictions`"


def _possible(cost: Cost, seconds: float) -> bool:
    return cost.fits and cost.seconds is not None and cost.seconds <= seconds


def _cost(cost: Cost) -> str:
    words = [] if cost.seconds is None else [f"about {duration(cost.seconds)}"]
    if cost.peak_memory_bytes:
        words.append(f"{cost.peak_memory_bytes / 2**30:.1f} GB of memory")
    if cost.saved_bytes:
        words.append(f"{cost.saved_bytes / 1e6:,.1f} MB to keep")
    return ", ".join(words) + ("" if cost.measured else " (by order of magnitude)")


def duration(seconds: float) -> str:
    """``45 s``, ``12 min``, ``3.5 h``."""
    if seconds < 120:  # noqa: PLR2004 - two minutes
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 2 * 3600 else f"{seconds / 3600:.1f} h"


def _share(rung: Rung) -> str:
    return f"{rung.right.mean():.3f}" if len(rung.right) else "nothing"


def _upper(rung: Rung) -> float | None:
    from assay.train.ladder import proportion  # noqa: PLC0415 - dearer to load

    high = proportion(int(rung.right.sum()), len(rung.right))["high"]
    return None if high is None else float(high)
