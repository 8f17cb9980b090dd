"""From evidence to a verdict; nothing here reads or writes a file."""

from __future__ import annotations

import platform
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from assay.audit.errors import ConfigError
from assay.audit.store import assay_version
from assay.reports import comparison
from assay.reports.gating import audits, crosscheck, examples, judge, pairs, planner, scopes, waivers
from assay.reports.gating.pairs import Pairs
from assay.reports.gating.verdict import Reason, Verdict, outcome
from assay.reports.statistics import clustered

if TYPE_CHECKING:
    from datetime import date

    from assay.audit.store import Stored
    from assay.reports.gating.evidence import Evidence
    from assay.reports.gating.policy import Policy

RULE = "evidence"
LIBRARIES = ("numpy", "polars", "scipy")


@dataclass(frozen=True, slots=True)
class Grounds:
    """Everything that a verdict depends on."""

    policy: Policy
    evidence: Evidence
    baseline: Evidence | None
    audit: Stored | None
    audit_folder: str
    no_audit: str
    """Why there is no audit, if there is none."""
    attempt: int
    conditions: tuple[Reason, ...]
    """What was found wrong outside of the evaluation: its data, its ledger."""
    today: date


def decide(grounds: Grounds) -> Verdict:
    """The verdict.

    Raises:
        ConfigError: nothing is proven bad, and the policy asks what no model can show on these rows.
    """
    policy, evidence = grounds.policy, grounds.evidence
    paired = pairs.pair(evidence, grounds.baseline) if grounds.baseline else None
    odd = [*evidence.problems, *crosscheck.disagreements(evidence)]
    reasons = [Reason(RULE, "UNKNOWN", f"evidence: {p}.", pardonable=False) for p in odd]
    reasons += list(grounds.conditions)
    reasons += judge.judge(policy, evidence, paired, grounds.attempt)
    reasons += audits.limits(policy, evidence, grounds.audit, grounds.no_audit)
    waived, told = waivers.apply(policy, tuple(reasons), grounds.today)
    judged = judge.waive(tuple(reasons), waived)
    hopeless = _hopeless(grounds, judged, paired)
    found = outcome(judged)
    if hopeless and found != "FAIL" and all(r.pardonable for r in judged):
        raise ConfigError(_refusal(hopeless))
    notes = [
        *waivers.notes(told),
        *_not_judged(evidence),
        *(f"no model can meet this with these rows: {h}" for h in hopeless),
    ]
    document = _document(grounds, paired, told, judged)
    return Verdict(found, judged, grounds.attempt, tuple(notes), document)


def _not_judged(evidence: Evidence) -> list[str]:
    others = [name for name in evidence.data if name != evidence.split]
    words = f"the policy was judged on {evidence.split} alone; also evaluated and not judged: {', '.join(others)}"
    return [words] if others else []


def counts(evidence: Evidence, policy: Policy) -> planner.Counts:
    """Distinct labelled rows of everything that a policy can name."""
    slices = {}
    for name in scopes.known(policy, evidence):
        at = evidence.places.get(name)
        gated = evidence.kinds.get(name, "") not in scopes.NOT_GATED
        if gated or any(need.slice == name for need in policy.needs):
            slices[name] = 0 if at is None else clustered.share(evidence.right[at], evidence.clusters[at]).n
    by_class = {}
    for name in scopes.classes(evidence):
        own = evidence.has(name)
        by_class[name] = clustered.share(evidence.right[own], evidence.clusters[own]).n
    known = evidence.labelled
    whole = clustered.share(evidence.right[known], evidence.clusters[known]).n
    return planner.Counts(whole, slices, by_class, scopes.criticals(policy, evidence))


def _hopeless(grounds: Grounds, reasons: tuple[Reason, ...], paired: Pairs | str | None) -> list[str]:
    """Requirements with rows, but too few of them; a slice without any is missing, which is a reason of its own."""
    open_ = {(r.rule, r.slice) for r in reasons if r.stops and r.n}
    known = counts(grounds.evidence, grounds.policy)
    if isinstance(paired, Pairs):
        known = replace(known, baseline_wrong=_baseline_wrong(grounds, paired))
    told = planner.plans(grounds.policy, known)
    return [p.message for p in told if not p.possible and p.blocking and p.n and (p.rule, p.slice) in open_]


def _baseline_wrong(grounds: Grounds, paired: Pairs) -> dict[tuple[str, str], int]:
    """Clusters in which the baseline is wrong at all, for metrics that are shares of rows."""
    out = {}
    for need in grounds.policy.needs:
        for scope in scopes.scopes(need, grounds.policy, grounds.evidence):
            if pairs.plain(need, scope):
                wrong = clustered.share(~paired.right[scope.at], grounds.evidence.clusters[scope.at])
                out[need.metric, scope.name] = wrong.conceded
    return out


def _refusal(hopeless: list[str]) -> str:
    head = "gate: this policy cannot pass, however good the model is"
    cure = "Label more rows, lower the floor or the confidence, or take the slice out; `assay gate --plan` shows it all"
    return "\n".join([f"{head}:", *hopeless, cure])


def _audit_record(grounds: Grounds) -> dict[str, Any] | None:
    if not grounds.audit or not grounds.policy.audit:
        return None
    told = grounds.audit.document.get("data", {})
    prints = {name: split.get("fingerprint") for name, split in sorted(told.items()) if isinstance(split, dict)}
    return {"folder": grounds.audit_folder, "fingerprints": prints}


def _document(
    grounds: Grounds, paired: Pairs | str | None, told: list[dict[str, Any]], reasons: tuple[Reason, ...]
) -> dict[str, Any]:
    evidence, policy = grounds.evidence, grounds.policy
    return {
        "model": evidence.model,
        "data": evidence.data,
        "split": evidence.split,
        "policy": {**policy.facts(), "fingerprint": policy.fingerprint()},
        "waivers": told,
        "comparison": comparison.compare(paired) if isinstance(paired, Pairs) else None,
        "examples": examples.examples(evidence.document, reasons),
        "record": {
            "evaluation": {"folder": evidence.folder, **evidence.hashes},
            "baseline": {"folder": grounds.baseline.folder, **grounds.baseline.hashes} if grounds.baseline else None,
            "audit": _audit_record(grounds),
            "attempt": grounds.attempt,
            "today": grounds.today.isoformat() if policy.pardons else None,
        },
        "assay_version": assay_version(),
        "versions": {"python": platform.python_version(), **{lib: version(lib) for lib in LIBRARIES}},
    }
