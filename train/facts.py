"""What a recommendation rests on, and what it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.train.paired import compare

if TYPE_CHECKING:
    from assay.train.ceiling import Ceiling
    from assay.train.costs import Cost
    from assay.train.evidence import Evidence
    from assay.train.ladder import Rung
    from assay.train.learning_curve import Fitted

HOURS = 3.0
"""Of training on this machine, at most, unless [train] max_hours says otherwise."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that was measured or told."""

    rows: int
    """Labelled training rows."""
    classes: int
    per_class: tuple[int, int, int]
    """Training rows of the smallest, the middle and the largest class."""
    majority: Rung
    trained: tuple[Rung, ...]
    """Rungs that learn, cheapest first; at least one."""
    zero_shot: Rung | None
    evidence: Evidence
    ceiling: Ceiling | None
    curve: Fitted | None
    costs: tuple[Cost, ...]
    task_changes_often: bool = False
    cost_per_month: float | None = None
    """Of the prompted service in question, in any currency."""
    max_hours: float = HOURS
    pairs: bool = False
    """Whether a row is a pair of texts."""

    @property
    def best(self) -> Rung:
        """The most accurate rung that learns; of equals the cheapest."""
        return max(self.trained, key=lambda r: (int(r.right.sum()), -self.trained.index(r)))

    @property
    def cheapest_as_good(self) -> Rung:
        """The cheapest rung that learns and that the best is not shown to beat."""
        best = self.best
        return next(r for r in self.trained if r is best or compare(best.right, r.right).verdict != "better")

    def cost(self, method: str) -> Cost | None:
        """Cost of a method, if it is known."""
        return next((c for c in self.costs if c.method == method), None)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What to do."""

    choice: str
    """One of the five in ``recommendation``."""
    reasons: tuple[str, ...]
    would_change: tuple[str, ...]
    next_step: str
    """A command, or what to do by hand."""
    model: str | None = None
    """The measured model that it rests on, if there is one."""

    def document(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "choice": self.choice,
            "model": self.model,
            "reasons": list(self.reasons),
            "what_would_change_it": list(self.would_change),
            "next_step": self.next_step,
        }
