"""How high accuracy can get while some of the labels that measure it are wrong.

A perfect model is scored wrong on every wrongly labelled row, so a share of wrong labels is a loss that no model wins
back (Northcutt, Athalye and Mueller 2021, arXiv:2103.14749). The share itself cannot be read off
a model: what is told is a range and how it was got, never a bare rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.audit.labelling.overlap import exact_interval
from assay.audit.parsing import parse_json

if TYPE_CHECKING:
    from pathlib import Path

    from assay.train.evidence import Evidence

PRECISION = 0.79
"""Share of the labels told as wrong that were wrong, on sets whose truth is known."""
RATE = "noise-rate.json"
CURE = "assay audit --noise-audit 200 draws a list to read by hand: an interval 5 to 10 points wide"


@dataclass(frozen=True, slots=True)
class Ceiling:
    """Range of the share of wrong labels, and what it leaves."""

    low: float
    """Share of wrong labels, at least."""
    high: float
    how: str
    read_by_hand: bool

    @property
    def accuracy(self) -> tuple[float, float]:
        """What a perfect model would score, from and to."""
        return 1 - self.high, 1 - self.low

    def document(self) -> dict[str, Any]:
        """As JSON holds it."""
        low, high = self.accuracy
        return {
            "wrong_labels": {"low": round(self.low, 6), "high": round(self.high, 6)},
            "accuracy": {"low": round(low, 6), "high": round(high, 6)},
            "how": self.how,
            "read_by_hand": self.read_by_hand,
        }


def ceiling(evidence: Evidence, folder: Path | None) -> Ceiling | None:
    """The range: read by hand if somebody did, else from the audit's suspects; None if it looked for none.

    Args:
        evidence: of the audit.
        folder: the audit folder, where a rate read by hand would be.
    """
    if folder is not None and (known := _read(folder)):
        return known
    if evidence.suspects is None or not evidence.labelled:
        return None
    sure, doubtful = evidence.suspects
    n = evidence.labelled
    # Of two labels that disagree about one text, one at least is wrong.
    wrong = max(round(PRECISION * sure), evidence.conflicts // 2)
    low, high = exact_interval(wrong, n)[0], exact_interval(sure + doubtful, n)[1]
    how = (
        f"of {n:,} labelled rows the audit holds {sure:,} labels for wrong (where the truth is known, {PRECISION:.0%} "
        f"of such are) and {doubtful:,} for doubtful (all, at most); {evidence.conflicts:,} texts stand under two; "
        "bounds of 95 % intervals. Errors that follow a system hide among good labels, so the share may be higher: "
        f"only reading tells. {CURE}"
    )
    return Ceiling(low, max(high, low), how, read_by_hand=False)


def _read(folder: Path) -> Ceiling | None:
    try:
        told = parse_json((folder / RATE).read_text("utf-8"))
        low, high, read, wrong = float(told["low"]), float(told["high"]), int(told["read"]), int(told["wrong"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Ceiling(
        low, high, f"{read:,} labels read by hand, {wrong:,} of them wrong; 95 % interval", read_by_hand=True
    )
