"""An audit's rule as it stands in Data Docs: an expectation that was checked elsewhere."""

from __future__ import annotations

from typing import Any, ClassVar

from assay.audit.errors import ConfigError
from assay.audit.gx.base import AssayExpectation, Found


class ExpectNoAssayFindings(AssayExpectation):
    """Expect that a rule of Assay finds nothing; it is checked by `assay audit`, and only shown here.

    Args:
        code: the rule's code.
        name: its name.
        summary: what it finds, in a sentence.
    """

    code: str
    name: str = ""
    summary: str = ""
    success_keys: ClassVar[tuple[str, ...]] = ("code", "name", "summary")
    told: ClassVar[str] = "{code} {name} must have no findings. {summary}"

    def look(self, frame: Any) -> Found:
        """Refuse: the audit saw all splits, a batch is one of them."""
        del frame
        raise ConfigError(f"{self.code} is checked by `assay audit`; use its own expectation in a checkpoint")
