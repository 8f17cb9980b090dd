"""What is asked of an evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from assay.audit.encoders.request import Request
    from assay.audit.slicing.request import Declared
    from assay.reports.evaluation.costs import Price


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be evaluated, and how."""

    run: str | None
    predictions: str | None
    column: str | None
    audit: str | None
    training: tuple[str, ...]
    training_is_told: bool
    """Whether the command line names it, so that a file that cannot be read is an error."""
    labels: tuple[str, ...]
    prices: tuple[Price, ...]
    confidence: float
    declared: Declared
    request: Request
    discover: bool
    confirm: bool
    perturb: bool
    fallback: Path
    """Where the ledger of attempts goes if it cannot stand beside the data."""
