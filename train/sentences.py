"""Figures as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.train.paired import compare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.train.costs import Cost
    from assay.train.facts import Facts
    from assay.train.ladder import Rung


def share(rung: Rung) -> str:
    """Accuracy of a rung: ``0.931``."""
    return f"{rung.right.mean():.3f}" if len(rung.right) else "nothing"


def points(value: float | None) -> str:
    """A difference of shares in points: ``+1.2``."""
    return "?" if value is None else f"{value * 100:+.1f}"


def duration(seconds: float) -> str:
    """``45 s``, ``12 min``, ``3.5 h``."""
    if seconds < 120:  # noqa: PLR2004 - two minutes
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 2 * 3600 else f"{seconds / 3600:.1f} h"


def cost(told: Cost) -> str:
    """``about 3 min, 1.1 GB of memory, 90.9 MB to keep``."""
    words = [] if told.seconds is None else [f"about {duration(told.seconds)}"]
    if told.peak_memory_bytes:
        words.append(f"{told.peak_memory_bytes / 2**30:.1f} GB of memory")
    if told.saved_bytes:
        words.append(f"{told.saved_bytes / 1e6:,.1f} MB to keep")
    return ", ".join(words) + ("" if told.measured else ", by order of magnitude")


def standing(facts: Facts) -> str:
    """How the cheap models stand to each other."""
    best, cheap = facts.best, facts.cheapest_as_good
    zero = f", class names alone {share(facts.zero_shot)}" if facts.zero_shot else ""
    rest = f"; always the commonest label {share(facts.majority)}{zero}"
    if cheap is best:
        return f"{best.name} is the best cheap model, {share(best)}{rest}"
    told = compare(best.right, cheap.right)
    return (
        f"{best.name} has {share(best)}, and {cheap.name} with {share(cheap)} is not shown to be worse "
        f"(p = {told.p_value:.2f}){rest}"
    )


def more_rows(facts: Facts) -> Iterator[str]:
    """What twice the rows would bring."""
    if facts.curve is None:
        return
    told = facts.curve.forecast
    if told is None:
        yield f"more rows: not enough evidence of what they would bring ({facts.curve.why_not})"
        return
    yield (
        f"twice the rows ({told.rows:,}): the linear head's accuracy becomes {told.value:.3f} ({told.low:.3f} to "
        f"{told.high:.3f}), {points(told.gain)} points ({points(told.gain_low)} to {points(told.gain_high)})"
    )


def prompted(facts: Facts) -> Iterator[str]:
    """When a prompted model would do."""
    from assay.train.ladder import proportion  # noqa: PLC0415 - dearer to load

    high = proportion(int(facts.best.right.sum()), len(facts.best.right))["high"]
    paid = ""
    if facts.cost_per_month is not None:
        paid = f" (at {facts.cost_per_month:,g} a month it costs {12 * facts.cost_per_month:,g} a year)"
    if high is not None:
        yield (
            f"a prompted model{paid} that gets {high:.3f} or more of these rows right: score its answers with "
            "`assay evaluate --predictions`"
        )
