"""What a check tells: a hit, and a finding, which is a hit under the rule that made it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal


class Severity(StrEnum):
    """How bad, in SARIF's words."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Fix:
    """What could be done about a hit; a rule never does it."""

    action: Literal["drop", "relabel", "move"]
    rows: tuple[int, ...]
    safe: bool = False
    """True only if nothing is lost that cannot be recovered from the rows kept."""
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """What a check yields; rows are indices into the data set's frame.

    ``rows`` is never empty and its first row is the one to look at. ``related`` and ``scores`` are
    empty or run parallel to ``rows``.
    """

    rows: tuple[int, ...]
    message: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """JSON-able facts that let a person check the hit at a glance."""
    fix: Fix | None = None
    related: tuple[int, ...] = ()
    """For each row the row it was compared with; -1 for none."""
    scores: tuple[float, ...] = ()
    """For each row how strong the evidence is, 0..1; nan for none."""
    group: int | None = None
    """Cluster the rows belong to."""
    suggested: str | None = None
    """Label that the rows should probably carry."""
    subject: str = ""
    """What the hit is about when that is not its rows (a class, a label): then it alone is the identity."""
    severity: Severity | None = None
    """Milder than the rule's, for a hit that the rule is less sure of; the configured severity is its ceiling."""

    def __post_init__(self) -> None:
        """Refuse a hit without a place, or with columns that do not match its rows."""
        size = len(self.rows)
        if not size or len(self.related) not in {0, size} or len(self.scores) not in {0, size}:
            raise ValueError(f"a hit needs rows, and related and scores parallel to them: {self!r:.300}")


@dataclass(frozen=True, slots=True)
class Finding:
    """A hit under the rule that made it and the severity the configuration gave it."""

    code: str
    severity: Severity
    hit: Hit
    fingerprint: str
    """Identity across runs: rule and content of the rows with their split, never their places."""


def mildest(severity: Severity, other: Severity | None) -> Severity:
    """The milder of two severities; the first where there is no second."""
    return max(severity, other or severity, key=lambda s: s.rank)


def evidence_json(evidence: Mapping[str, Any]) -> str:
    """Evidence as JSON text; NaN and infinities become null."""
    if not evidence:
        return "{}"
    from pydantic_core import PydanticSerializationError, to_json  # noqa: PLC0415 - rules are told without it

    try:
        return to_json(dict(evidence), inf_nan_mode="null", fallback=plain).decode()
    except (PydanticSerializationError, UnicodeError):  # lone surrogates
        return as_json(evidence, indent=None).rstrip("\n")


def plain(value: Any) -> Any:
    """What JSON can say of a value it does not know: NumPy's numbers and arrays as they are, others as text."""
    return value.tolist() if type(value).__module__ == "numpy" else str(value)


def _finite(value: Any) -> Any:
    """The value with null in place of NaN and infinities, which JSON does not know."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(k): _finite(v) for k, v in value.items()}
    return [_finite(v) for v in value] if isinstance(value, (list, tuple)) else value


def clean(text: str) -> str:
    """Text that any UTF-8 file can hold: lone surrogates (odd file names) are escaped."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def as_json(value: Any, indent: int | None = 2) -> str:
    """JSON with sorted keys and a final line break; lone surrogates stay escapes, NaN and infinities become null."""
    text = json.dumps(_finite(value), ensure_ascii=False, sort_keys=True, indent=indent, default=plain)
    return clean(text) + "\n"
