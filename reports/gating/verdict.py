"""A verdict: the outcome, and every reason for it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Outcome = Literal["PASS", "FAIL", "UNKNOWN"]
VERDICT, JUNIT, MARKDOWN, HTML = "verdict.json", "verdict.junit.xml", "verdict.md", "report.html"
SCHEMA_VERSION = 1
DIGITS = 9
"""Decimals of figures in the verdict: beyond them libraries differ."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One bound on one slice, one limit of the audit, or one condition that any evaluation must meet."""

    rule: str
    outcome: Outcome
    message: str
    """A sentence for someone who knows the product, not the statistics."""
    slice: str | None = None
    metric: str | None = None
    n: int | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    threshold: float | None = None
    baseline: float | None = None
    """The baseline's figure, where one is compared with."""
    alpha: float | None = None
    """One-sided error that this reason may spend."""
    p_value: float | None = None
    """Of the claim made: of being good enough for PASS and UNKNOWN, of not being it, corrected by Holm, for FAIL."""
    rows_needed: int | None = None
    """Further rows that would decide at the observed rate; None where none would, or none are needed."""
    blocking: bool = True
    """Whether anything but PASS stops the promotion."""
    waiver: str | None = None
    """Who set it aside, until when and why; None if nobody did."""
    pardonable: bool = field(default=True)
    """False for evidence that cannot be trusted: no waiver mends that."""

    def facts(self) -> dict[str, Any]:
        """For ``verdict.json``."""
        out = asdict(self)
        out.pop("pardonable")
        first = ("rule", "slice", "metric", "n", "value", "low", "high", "threshold", "baseline", "outcome", "message")
        ordered = {key: out.pop(key) for key in first} | out
        return {k: round(v, DIGITS) if isinstance(v, float) else v for k, v in ordered.items()}

    @property
    def stops(self) -> bool:
        """Whether it keeps the model from being promoted."""
        return self.outcome != "PASS" and self.blocking and self.waiver is None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says, and on what grounds."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    attempt: int
    notes: tuple[str, ...]
    """What else must be known: the attempt first, then waivers that do not hold, what no model can meet."""
    document: dict[str, Any]
    """Everything else in ``verdict.json``: model, data, policy, comparison, waivers, record, versions."""

    def facts(self) -> dict[str, Any]:
        """``verdict.json``."""
        head: dict[str, Any] = {"schema_version": SCHEMA_VERSION, "outcome": self.outcome}
        body = {"reasons": [r.facts() for r in self.reasons], "attempt": self.attempt, "notes": list(self.notes)}
        return head | body | self.document


def outcome(reasons: tuple[Reason, ...]) -> Outcome:
    """FAIL if something is proven bad, UNKNOWN if something is not proven good or there is nothing, else PASS."""
    stopping = {r.outcome for r in reasons if r.stops}
    if "FAIL" in stopping:
        return "FAIL"
    proven = any(r.outcome == "PASS" or r.waiver for r in reasons)
    return "UNKNOWN" if stopping or not proven else "PASS"
