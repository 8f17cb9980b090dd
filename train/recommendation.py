"""One recommendation out of five, from what was measured, with its reasons and what would change it. Pure.

First whether the data can carry a model at all, then the cheapest method that is enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.train import obstacles
from assay.train.facts import Facts, Recommendation
from assay.train.paired import compare
from assay.train.sentences import cost, more_rows, points, prompted, share, standing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.train.costs import Cost

CLEAN_OR_COLLECT = "do not train: clean or collect first"
ZERO_SHOT = "zero-shot or prompting is enough"
HEAD, LORA, FULL = "linear head", "LoRA", "full"
CHOICES = (CLEAN_OR_COLLECT, ZERO_SHOT, HEAD, LORA, FULL)

NEAR, NEAR_CHANGING, UNSURE = 0.02, 0.05, 0.03
"""Points by which zero-shot may be worse and still be enough (more where the task changes often), and of doubt."""
GOOD = 0.75
"""Accuracy below which zero-shot is not good enough, whatever the others do."""
SHARE_WON = 0.12
"""Share of a linear head's errors that fine-tuning from it ends: BANKING77 .9305 -> .940 and, ten rows a class, .859 ->
.870; an expectation, not a promise."""
WORTH, WORTH_CHANGING = 0.005, 0.02
"""Points of expected gain from which fine-tuning is worth its while; where the task changes often."""
COLLECT = "collect and label more rows, of the classes and slices named above first"
CLEAN = "`assay audit`, `assay review` and `assay clean`"


def recommend(facts: Facts) -> Recommendation:
    """Decide."""
    collect, clean = tuple(obstacles.collect(facts)), tuple(obstacles.clean(facts))
    if collect or clean:
        step = " and ".join(s for s, why in ((CLEAN, clean), (COLLECT, collect)) if why) + "; then `assay advise` again"
        change = tuple(_until(facts, collect=bool(collect), clean=bool(clean)))
        return Recommendation(CLEAN_OR_COLLECT, (*clean, *collect), change, step)
    return _zero_shot(facts) or _method(facts)


def _until(facts: Facts, *, collect: bool, clean: bool) -> Iterator[str]:
    if clean:
        yield "an audit without these findings: the same table is then measured on rows that can be trusted"
    if collect:
        yield f"20 rows or more of most classes, and {obstacles.FEWEST_MEASURED} or more different rows to measure on"
    yield from prompted(facts)


def _zero_shot(facts: Facts) -> Recommendation | None:
    """Enough, if it is hardly worse than the best model that learned, beyond doubt."""
    zero, best = facts.zero_shot, facts.best
    if zero is None or zero.right.mean() < GOOD:
        return None
    margin = NEAR_CHANGING if facts.task_changes_often else NEAR
    told = compare(zero.right, best.right)
    if told.difference is None or told.low is None or told.difference < -margin or told.low < -margin - UNSURE:
        return None
    said = f"the names of the classes alone get {share(zero)} right, the best model that learned ({best.name})"
    reasons = [f"{said} {share(best)}: {points(told.difference)} points ({points(told.low)} to {points(told.high)})"]
    if facts.task_changes_often:
        reasons.append("the task changes often: a new class is a new name, and nothing is trained again")
    change = (
        f"an accuracy needed that is over {share(zero)}: then `assay train --method head` is the next step",
        "new classes whose names say less than these",
        *prompted(facts),
    )
    step = "use the names (or a prompt), and keep these rows as the test set: `assay evaluate --predictions`"
    return Recommendation(ZERO_SHOT, tuple(reasons), change, step, zero.name)


def _method(facts: Facts) -> Recommendation:
    """Linear head, LoRA or full: by what fine-tuning can be expected to win, and what it costs here."""
    errors = 1 - float(facts.best.right.mean())
    wrong = facts.ceiling.low if facts.ceiling else 0.0
    gain = min(SHARE_WON * errors, max(errors - wrong, 0.0))
    worth = WORTH_CHANGING if facts.task_changes_often else WORTH
    reasons = [standing(facts)]
    if gain < worth:
        anew = "; the task changes often, and a head is fitted anew in seconds" if facts.task_changes_often else ""
        reasons.append(
            f"fine-tuning would win about {gain * 100:.1f} points (an eighth of the errors is usual), less than the "
            f"{worth * 100:g} that make it worth while{anew}"
        )
        return _head(facts, reasons)
    if facts.pairs and compare(facts.best.right, facts.majority.right).verdict != "better":
        reasons.append(
            "no cheap model learned anything, but rows are pairs of texts, and those hardly see how the two relate: "
            "whether a fine-tuned one does, only a run tells"
        )
        return _tuned(facts, reasons)
    head = facts.trained[-1]
    if compare(facts.best.right, head.right).verdict == "better":
        reasons.append(
            f"the encoder starts behind: {head.name} has {share(head)}, and fine-tuning must first catch up with "
            f"{facts.best.name}"
        )
    reasons.append(
        f"fine-tuning is expected to win about {gain * 100:.1f} points (an eighth of the best cheap model's errors is "
        "usual; not measured here)"
    )
    return _tuned(facts, reasons)


def _tuned(facts: Facts, reasons: list[str]) -> Recommendation:
    """Full where it fits, LoRA where that does not or the task changes often, the head where neither fits."""
    full, lora = facts.cost("full"), facts.cost("lora")
    if full and not facts.task_changes_often and _fits(full, facts):
        return _trained(facts, FULL, [*reasons, f"full fine-tuning fits: {cost(full)}"])
    if lora and _fits(lora, facts):
        if facts.task_changes_often:
            why = "the task changes often: an adapter is small to keep and quick to replace"
        else:
            why = f"full fine-tuning does not fit: {cost(full)}" if full else "full fine-tuning cannot be reckoned"
        return _trained(facts, LORA, [*reasons, why, f"LoRA fits: {cost(lora)}"])
    if facts.costs:
        dear = "; ".join(f"{c.method} {cost(c)}" for c in facts.costs)
        reasons.append(f"fine-tuning takes too long or too much memory on this machine: {dear}")
    else:
        reasons.append("what fine-tuning costs here is not known: the pretrained model is not at hand")
    return _head(facts, reasons)


def _fits(told: Cost, facts: Facts) -> bool:
    return told.fits and told.seconds is not None and told.seconds <= facts.max_hours * 3600


def _head(facts: Facts, reasons: list[str]) -> Recommendation:
    model, full = facts.cheapest_as_good, facts.cost("full")
    tried = (
        [f"a try of full fine-tuning ({cost(full)}): `assay train --method full` compares it with the head"]
        if full
        else []
    )
    step = "`assay train --method head`"
    if model.name.startswith("TF-IDF"):
        step += f" (or no pretrained model at all: {model.name} is not shown to be worse)"
    return Recommendation(HEAD, tuple(reasons), (*more_rows(facts), *tried, *prompted(facts)), step, model.name)


def _trained(facts: Facts, choice: str, reasons: list[str]) -> Recommendation:
    change = [f"no proof that it beats {facts.best.name}: `assay train` compares them on the same rows; then keep that"]
    if choice == FULL:
        change.append("a task that changes often, or many tasks on one base model: then LoRA (--task-changes-often)")
    change += [*more_rows(facts), *prompted(facts)]
    step = f"`assay train --method {choice.lower()}`"
    return Recommendation(choice, tuple(reasons), tuple(change), step, facts.best.name)
