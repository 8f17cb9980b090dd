from __future__ import annotations

from pathlib import Path

from assay.audit.rules import all_rules
from assay.reports import rule_reference

REFERENCE = Path(__file__).parents[2] / "docs" / "rules.md"


def test_the_reference_is_in_step_with_the_rules():
    # Registered beside the real ones by other tests: not in the reference.
    rules = [r for r in all_rules() if r.check.__module__.startswith("assay.")]
    words = "run `python -m assay.reports.rule_reference > docs/rules.md`"
    assert REFERENCE.read_text("utf-8") == rule_reference.markdown(rules), words


def test_the_reference_holds_options_and_sections(registry):
    text = rule_reference.markdown(all_rules())
    assert "| `similarity` | a number | `0.8` |" in text
    assert "**Why:** it is learned" in text
    assert "| [ZZZ001](#zzz001-same-text) | same-text | error | Find the same text twice. |" in text
