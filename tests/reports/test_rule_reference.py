from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from assay.audit.rules import all_rules
from assay.reports import measured, rule_reference

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
    assert "| [ZZZ001](#zzz001-same-text) | same-text | error | not measured | Find the same text twice. |" in text


def test_every_rule_has_figures_or_says_that_it_was_not_measured():
    for rule in all_rules():
        if rule.check.__module__.startswith("assay."):
            text = " ".join(rule_reference.explain(rule.code).split())
            assert re.search(r"Measured: Precision(: not measured| \d\.\d\d \(95% CI)", text), rule.code
            assert re.search(r"Recall(: not measured| on planted defects: \d)", text), rule.code


def test_figures_in_words(monkeypatch):
    document = {
        "judged_by": "the authors",
        "rules": {
            "LEK001": {
                "precision": {
                    "judged": 20, "true": 16, "false": 1, "arguable": 3,
                    "strict": {"value": 0.8, "low": 0.5634, "high": 0.9427},
                    "lenient": {"value": 0.95, "low": 0.7513, "high": 0.9987},
                    "by_severity": {
                        "error": {"judged": 12, "strict": {"value": 0.9167}},
                        "note": {"judged": 8, "strict": {"value": 0.625}},
                    },
                    "kinds": {"intents": 15, "mails": 5},
                    "second_reading": {"read_twice": 10, "agreed": 9, "kappa": 0.6},
                },
                "recall": [{"planted": "copies with other case", "n": 50, "found": 44, "data": "snips"}],
            },
            "LEK002": {"precision": None, "recall": None},
        },
    }  # fmt: skip
    monkeypatch.setattr(measured, "_document", lambda: document)
    known = measured.measured("LEK001")
    assert " ".join(known.sentences()) == (
        "Precision 0.80 (95% CI 0.56 to 0.94): 16 of 20 findings read by the authors are correct and useful; 0.95 if "
        "the 3 arguable ones count as well; errors 0.92 (n = 12), notes 0.62 (n = 8). Read on intents (15), mails (5);"
        " a second reading agreed on 9 of 10. Recall on planted defects: 44 of 50 copies with other case (snips)."
    )
    assert (known.short, known.level) == ("0.80 (n = 20)", "medium")
    for code in ("LEK002", "LEK003"):
        unknown = measured.measured(code)
        assert unknown.sentences() == ["Precision: not measured.", "Recall: not measured."]
        assert (unknown.short, unknown.level) == ("not measured", None)
        assert unknown.facts() == {"precision": None, "recall": None}


@pytest.mark.parametrize(
    ("judged", "value", "level"),
    [(9, 1.0, None), (10, 0.95, "very-high"), (10, 0.9, "high"), (10, 0.7, "medium"), (10, 0.69, "low")],
)
def test_precision_as_a_level_of_sarif(judged, value, level):
    assert measured.Measured({"judged": judged, "strict": {"value": value}}).level == level


def test_sarif_rules_carry_their_precision(hostile, monkeypatch):
    from assay.reports.render import sarif

    known = {"ZZZ001": measured.Measured({"judged": 10, "strict": {"value": 0.9}})}
    monkeypatch.setattr(measured.Measured, "sentences", lambda _: ["Precision 0.90."])
    monkeypatch.setattr(sarif, "measured", lambda code: known.get(code, measured.Measured()))
    rules = {r["id"]: r for r in json.loads(sarif.render(hostile))["runs"][0]["tool"]["driver"]["rules"]}
    assert rules["ZZZ001"]["properties"] == {"tags": ["data-quality"], "precision": "high"}
    assert rules["ZZZ001"]["help"]["text"].endswith("Measured: Precision 0.90.")
    assert "precision" not in rules["ZZZ002"]["properties"]
