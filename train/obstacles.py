"""Why not to train yet: too few rows, or rows that would teach and measure the wrong thing. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.train.paired import compare
from assay.train.sentences import share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.train.facts import Facts

FEWEST_MEASURED = 50
"""Rows that measure, below which no figure means anything: 45 right of 50 leave .78 to .97."""
FEWEST_PER_CLASS = 8
"""Rows of the middle class, below which more rows help more than any method."""
EXACT_LEAKS, ANY_LEAKS = 0.05, 0.5
"""Shares of held-out rows with a copy, or with a near one, in the training data, from which scores mean little."""
WRONG, COPIES = 0.10, 0.5
"""Shares of labels that are wrong at least, and of repeated rows, from which cleaning comes first."""
MISSPELT = 0.1
"""Share of the class names that look like misspelt ones, from which cleaning comes first."""
PAIRS_TOLD = 200
"""Rows from which on pairs of texts are tried: cheap models read each of a pair by itself, and may see nothing."""
NAMED = 3
"""Slices that are named."""


def collect(facts: Facts) -> Iterator[str]:
    """Reasons to collect rows first."""
    n, (low, middle, _) = len(facts.best.right), facts.per_class
    if n < FEWEST_MEASURED:
        yield f"only {n:,} different rows measure, and below {FEWEST_MEASURED} no figure is worth much"
    if middle < FEWEST_PER_CLASS:
        yield (
            f"half of the {facts.classes} classes have {middle} rows or fewer (the smallest {low}): more rows help "
            "more than any method"
        )
    if n and not (facts.pairs and facts.rows >= PAIRS_TOLD):
        yield from _nothing_learned(facts)
    slices = facts.evidence.missing_slices
    if slices:
        more = f"; and {len(slices) - NAMED} more" if len(slices) > NAMED else ""
        yield f"critical slices lack rows: {'; '.join(slices[:NAMED])}{more}"


def _nothing_learned(facts: Facts) -> Iterator[str]:
    best = facts.best
    told = compare(best.right, facts.majority.right)
    if told.verdict != "better":
        yield (
            f"nothing that learns is shown to beat always saying the commonest label ({best.name} {share(best)} "
            f"against {share(facts.majority)}, p = {told.p_value:.3f}): "
            "the texts do not tell the labels, or rows are too few"
        )


def clean(facts: Facts) -> Iterator[str]:
    """Reasons to clean first."""
    told = facts.evidence
    for split, leaks in told.leaks.items():
        rows = leaks["rows"]
        if rows and (leaks["exact"] >= EXACT_LEAKS * rows or leaks["any"] >= ANY_LEAKS * rows):
            yield (
                f"{leaks['any']:,} of {rows:,} {split} rows leak, {leaks['exact']:,} of them with an exact copy in "
                "the training data: a score on them would be of memory, not of skill"
            )
    if facts.ceiling and facts.ceiling.low >= WRONG:
        low, high = facts.ceiling.low, facts.ceiling.high
        yield f"{low:.0%} to {high:.0%} of the labels are wrong: that costs more than any method wins"
    if told.misspelt and told.misspelt >= MISSPELT * facts.classes:
        yield (
            f"{told.misspelt} of {facts.classes} class names look like misspelt ones ({told.variants:,} rows): the "
            "same class would be learned as several"
        )
    if told.copies >= COPIES * max(facts.rows, 1):
        yield f"{told.copies:,} of {facts.rows:,} training rows repeat earlier ones"
