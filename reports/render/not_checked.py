"""What an evaluation or a verdict did not look at, each with its cure: what is not shown is not passed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.reports.render.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from assay.reports.gating.verdict import Verdict

Cure = tuple[str, str]
NAMED = 8
"""Slices that are named."""


def of_evaluation(document: Mapping[str, Any]) -> list[Cure]:
    """What is missing in ``evaluation.json``, and what to do about it."""
    return [*_of_set(document), *_of_order(document)]


def _of_set(document: Mapping[str, Any]) -> Iterator[Cure]:
    if n := document.get("unlabelled", 0):
        yield f"{plural(n, 'row')} of {document['split']} without a label", "label them, or take them out"
    bare = [s["name"] for s in document["slices"] if s["metric"] == "accuracy" and not s["n"]]
    if bare:
        more = f" and {len(bare) - NAMED} more" if len(bare) > NAMED else ""
        yield f"slices without a row: {', '.join(bare[:NAMED])}{more}", "collect rows like these, or mend the condition"
    if document["multilabel"]:
        yield "calibration and the confusion matrix", "none: rows have several labels, which have no single probability"
    elif not document["calibration"]:
        yield (
            "whether confidences mean what they say",
            "give predictions with a column `confidence` or columns `prob_CLASS`, within 0..1",
        )
    suspects = document.get("without_suspects")
    if suspects and suspects["not_checked"]:
        yield f"rules that the audit skipped: {', '.join(suspects['not_checked'])}", "see the audit's own page"


def _of_order(document: Mapping[str, Any]) -> Iterator[Cure]:
    if not document["audit"]:
        yield (
            "near-duplicates, leaked rows and wrong labels among the evaluated rows",
            "run `assay audit` on these files and name its folder with --audit",
        )
    if not document["discovery"]["asked"]:
        yield "failing slices that nobody declared", "leave out --no-discover"
    if document.get("perturbations") is None:
        run = document["model"]["kind"] == "run"
        cure = "add --perturb" if run else "needs a model to ask: evaluate a RUN_DIR with --perturb"
        yield "how predictions change with typos, capitals and other small edits", cure
    cases = document["failures"]
    if cases and not any(c.get("nearest_training_rows") for c in cases):
        yield "which training rows the errors are like", "name the training data with --train"
    if not document["config"].get("slices"):
        yield (
            "slices of your own: those shown are proposed",
            "declare what must not fail as [[slice]] in assay.toml, with critical = true",
        )


def of_verdict(verdict: Verdict) -> list[Cure]:
    """What no requirement of the policy looked at, and what it could not decide."""
    return [*_undecided(verdict), *_unasked(verdict.document, {r.slice for r in verdict.reasons})]


def _undecided(verdict: Verdict) -> Iterator[Cure]:
    for reason in verdict.reasons:
        if reason.outcome == "UNKNOWN" and reason.rows_needed:
            yield (
                f"{reason.slice or reason.rule}: {(reason.metric or 'the figure').replace('_', ' ')} is not decided",
                f"about {plural(reason.rows_needed, 'more row')} like these, labelled, would decide it",
            )


def _unasked(document: Mapping[str, Any], judged: set[str | None]) -> Iterator[Cure]:
    policy = document.get("policy") or {}
    bare = [s["name"] for s in policy.get("slices", ()) if s.get("critical") and s["name"] not in judged]
    if bare:
        more = f" and {len(bare) - NAMED} more" if len(bare) > NAMED else ""
        yield (
            f"critical slices without a requirement: {', '.join(bare[:NAMED])}{more}",
            ('add a [[gate.require]] with slice = "critical"'),
        )
    if not document.get("comparison"):
        yield "whether it is worse than the model in use", "name that model's evaluation with --baseline"
    if not policy.get("max_audit_findings"):
        yield "the audit of the data: it is no condition of this policy", "set [gate.max_audit_findings] in assay.toml"
