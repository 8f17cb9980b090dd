"""A verdict: the outcome, and every reason for it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from assay.audit.errors import DataError
from assay.audit.parsing import parse_json
from assay.audit.shown import Shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

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
class Verdict(Shown):
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

    def to_polars(self) -> pl.DataFrame:
        """The reasons, a line each, in the policy's order."""
        import polars as pl  # noqa: PLC0415 - heavy

        text = ("rule", "slice", "metric", "outcome", "message", "waiver")
        numbers = ("value", "low", "high", "threshold", "baseline", "alpha", "p_value")
        schema = {**dict.fromkeys(text, pl.String), **dict.fromkeys(numbers, pl.Float64)}
        schema |= {"n": pl.Int64, "rows_needed": pl.Int64, "blocking": pl.Boolean}
        told = [reason.facts() for reason in self.reasons]
        keys = told[0] if told else Reason("", "PASS", "").facts()
        columns = {key: pl.Series(key, [one[key] for one in told], dtype=schema[key]) for key in keys}
        return pl.DataFrame(columns)

    @classmethod
    def load(cls, folder: str | Path) -> Verdict:
        """Read the folder that ``assay gate`` wrote.

        Raises:
            DataError: there is no verdict in it, or none of ours.
        """
        path = Path(folder, VERDICT)
        try:
            return cls.of(parse_json(path.read_bytes()))
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            problem = f"no verdict can be read: {type(error).__name__} {error}"
            raise DataError(problem, path=str(path), cure="Give a folder that `assay gate` wrote") from error

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Verdict:
        """The verdict that a ``verdict.json`` tells.

        Raises:
            KeyError, TypeError: it tells none.
        """
        rest = dict(document)
        del rest["schema_version"]
        reasons = tuple(_reason(told) for told in rest.pop("reasons"))
        return cls(rest.pop("outcome"), reasons, rest.pop("attempt"), tuple(rest.pop("notes")), rest)


def _reason(told: Mapping[str, Any]) -> Reason:
    return Reason(**{key: value for key, value in told.items() if key in Reason.__dataclass_fields__})


def outcome(reasons: tuple[Reason, ...]) -> Outcome:
    """FAIL if something is proven bad, UNKNOWN if something is not proven good or there is nothing, else PASS."""
    stopping = {r.outcome for r in reasons if r.stops}
    if "FAIL" in stopping:
        return "FAIL"
    proven = any(r.outcome == "PASS" or r.waiver for r in reasons)
    return "UNKNOWN" if stopping or not proven else "PASS"
