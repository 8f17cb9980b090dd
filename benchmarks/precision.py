"""Precision of every rule on real datasets, recomputed from findings that were read: fixtures/judged/README.md.

python benchmarks/precision.py                        audits all datasets and writes results/precision.json
python benchmarks/precision.py --only snips,nlupp     prints what these give, writes nothing
python benchmarks/precision.py --recall               audits nothing: only takes over new figures of recall

Each dataset is audited with default settings; the findings are matched with the judged ones by key. Figures count
judged findings that are still reported, so a rule that becomes stricter loses its false alarms here, too.
``reports/measured.json`` is the part that the installed package publishes in ``assay explain`` and docs/rules.md.
Recall is that of planted defects, from the ``results/recall*.json`` that the benchmarks of the rules write.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import judged_sets
import numpy as np
from judged_keys import SEVERITIES, VERDICTS, Judged, Matched, match, read_judged

from assay.audit.rules import Severity, all_rules
from assay.reports.statistics.proportions import interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from assay.audit.rules import Audit

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
PRECISION = RESULTS / "precision.json"
PUBLISHED = HERE.parent / "reports" / "measured.json"
SCHEMA_VERSION = 1
DIGITS = 4


def share(successes: int, n: int) -> dict[str, float] | None:
    """A proportion with its exact 95% interval; None of nothing."""
    if not n:
        return None
    low, high = interval(successes, n)
    return {"value": round(successes / n, DIGITS), "low": round(float(low), DIGITS), "high": round(float(high), DIGITS)}


def precision(verdicts: Iterable[str]) -> dict[str, Any]:
    """Counts of verdicts, strict precision (arguable is wrong) and lenient precision (arguable is correct)."""
    found = Counter(verdicts)
    n = found.total()
    counts = {"judged": n, **{verdict: found[verdict] for verdict in VERDICTS}}
    return {
        **counts,
        "strict": share(found["true"], n),
        "lenient": share(found["true"] + found["arguable"], n),
    }


def agreement(judged: Sequence[Judged]) -> dict[str, Any]:
    """How often a second reading says the same as the first, and Cohen's kappa of the two."""
    pairs = [(j.verdict, j.second) for j in judged if j.second]
    agreed = sum(a == b for a, b in pairs)
    n = len(pairs)
    chance = sum(sum(a == v for a, _ in pairs) * sum(b == v for _, b in pairs) for v in VERDICTS) / n**2 if n else 1.0
    kappa = round((agreed / n - chance) / (1 - chance), DIGITS) if n and chance < 1 else None
    return {"read_twice": n, "agreed": agreed, "kappa": kappa}


def matched(name: str, audit: Audit, judged: Sequence[Judged]) -> dict[str, Matched]:
    """Rule -> its judged findings on one dataset beside those that the audit reports."""
    own = [j for j in judged if j.dataset == name]
    codes = sorted({*audit.ran, *(j.code for j in own)})
    return {
        code: match(audit.data, [j for j in own if j.code == code], (f for f in audit.findings if f.code == code))
        for code in codes
    }


def dataset_figures(audit: Audit) -> dict[str, Any]:
    """Rows of a dataset, and how many of them are in an error or a warning of their own, not of a class or column."""
    touched: set[int] = set()
    for finding in audit.findings:
        if finding.severity is not Severity.NOTE and not finding.hit.subject:
            touched.update(finding.hit.rows)
    rows = len(audit.data)
    counts = {s: Counter(f.code for f in audit.findings if f.severity == s) for s in SEVERITIES}
    return {
        "rows": rows,
        "rows_in_errors_or_warnings": len(touched),
        "share": round(len(touched) / rows, DIGITS),
        "findings": {s: dict(sorted(found.items())) for s, found in counts.items() if found},
    }


def rule_figures(found: Mapping[str, Matched]) -> dict[str, Any]:
    """All figures of one rule: dataset -> its judged findings there."""
    reported = [pair for each in found.values() for pair in each.reported]
    lost = [j for each in found.values() for j in each.lost if j.agreed == "true"]
    unjudged = sum((each.unjudged for each in found.values()), Counter())
    by = {s: precision(j.agreed for j, severity in reported if severity == s) for s in SEVERITIES}
    kinds = Counter(j.kind for j, _ in reported)
    return {
        **precision(j.agreed for j, _ in reported),
        "by_severity": {s: figures for s, figures in by.items() if figures["judged"]},
        "kinds": dict(sorted(kinds.items(), key=lambda k: (-k[1], k[0]))),
        "datasets": dict(sorted(Counter(j.dataset for j, _ in reported).items())),
        "second_reading": agreement([j for j, _ in reported]),
        "unjudged": {s: unjudged[s] for s in SEVERITIES if unjudged[s]},
        "lost": sorted(f"{j.dataset} {j.finding}" for j in lost),
    }


def together(rules: Mapping[str, Mapping[str, Any]], severities: Sequence[str]) -> dict[str, Any]:
    """All rules in one: over the findings that were read, and weighted by how many findings each rule reports."""
    verdicts: Counter[str] = Counter()
    weights, shares = [], []
    for figures in rules.values():
        for severity in severities:
            own = figures["by_severity"].get(severity)
            if own:
                verdicts.update({v: own[v] for v in VERDICTS})
                weights.append(own["judged"] + figures["unjudged"].get(severity, 0))
                shares.append(own["true"] / own["judged"])
    weighted = round(float(np.average(shares, weights=weights)), DIGITS) if weights else None
    return {**precision(verdicts.elements()), "strict_weighted_by_findings": weighted}


def recall() -> dict[str, list[dict[str, Any]]]:
    """Rule -> planted defects with how many were found, from every ``results/recall*.json``."""
    out: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(RESULTS.glob("recall*.json")):
        for code, planted in json.loads(path.read_text("utf-8")).items():
            for each in planted if isinstance(planted, list) else [planted]:
                out.setdefault(code, []).append({**each, **(share(each["found"], each["n"]) or {})})
    return {code: sorted(found, key=lambda f: (f["planted"], f.get("data", ""))) for code, found in sorted(out.items())}


def document(names: Sequence[str], judged: Sequence[Judged]) -> dict[str, Any]:
    """Audit the datasets and put all figures together."""
    found: dict[str, dict[str, Matched]] = {rule.code: {} for rule in all_rules()}
    datasets = {}
    for name in names:
        sys.stderr.write(f"{name} ...\n")
        audit = judged_sets.audit(name)
        datasets[name] = {"kind": judged_sets.SETS[name].kind, **dataset_figures(audit)}
        for code, each in matched(name, audit, judged).items():
            found.setdefault(code, {})[name] = each
    rules = {code: rule_figures(each) for code, each in sorted(found.items())}
    return {
        "schema_version": SCHEMA_VERSION,
        "judged_by": "the project's authors",
        "rules": rules,
        "errors_and_warnings": together(rules, ("error", "warning")),
        "recall": recall(),
        "datasets": datasets,
    }


def published(full: Mapping[str, Any]) -> dict[str, Any]:
    """What the installed package says of each rule: figures without datasets and lists of findings."""
    kept = ("judged", *VERDICTS, "strict", "lenient", "by_severity", "kinds", "second_reading")
    rules = {}
    for code, figures in full["rules"].items():
        measured = {name: figures[name] for name in kept} if figures["judged"] else None
        rules[code] = {"precision": measured, "recall": full["recall"].get(code)}
    return {"schema_version": SCHEMA_VERSION, "judged_by": full["judged_by"], "rules": rules}


def as_text(value: Any) -> str:
    """JSON as it is written."""
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def write(full: Mapping[str, Any]) -> None:
    """Write the result, and the part of it that the package publishes."""
    PRECISION.write_text(as_text(full), encoding="utf-8")
    PUBLISHED.write_text(as_text(published(full)), encoding="utf-8")


def table(full: Mapping[str, Any]) -> str:
    """The figures of every rule and severity, one a line."""
    out = ["rule   severity  judged  true  arguable  false  strict            lenient           unjudged  lost"]
    for code, figures in full["rules"].items():
        for severity in SEVERITIES:
            own, left = figures["by_severity"].get(severity), figures["unjudged"].get(severity, 0)
            if own or left:
                own = own or precision(())
                cells = f"{own['judged']:>6}  {own['true']:>4}  {own['arguable']:>8}  {own['false']:>5}"
                out.append(
                    f"{code}  {severity:<8}  {cells}  {_interval(own['strict'])}  {_interval(own['lenient'])}"
                    f"  {left:>8}  {len(figures['lost']):>4}"
                )
    whole = full["errors_and_warnings"]
    out.append(
        f"errors and warnings: {whole['judged']} judged, strict {_interval(whole['strict'])}, lenient"
        f" {_interval(whole['lenient'])}, weighted by findings {whole['strict_weighted_by_findings']}"
    )
    for name, each in full["datasets"].items():
        out.append(f"{name:<30} {each['rows']:>7,} rows, {each['share']:>6.1%} in errors or warnings")
    return "\n".join(out) + "\n"


def _interval(measured: Mapping[str, float] | None) -> str:
    return f"{'not measured':<16}" if measured is None else "{value:.2f} ({low:.2f}-{high:.2f})".format(**measured)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--only", help="Datasets, separated by commas; nothing is written.")
    parser.add_argument("--recall", action="store_true", help="Only take over new figures of recall.")
    options = parser.parse_args()
    if options.recall:
        write(json.loads(PRECISION.read_text("utf-8")) | {"recall": recall()})
        return
    present = [name for name in judged_sets.SETS if judged_sets.is_present(name)]
    names = options.only.split(",") if options.only else present
    judged = [j for j in read_judged(judged_sets.SETS) if j.dataset in names]
    full = document(names, judged)
    sys.stdout.write(table(full))
    if options.only:
        return
    if len(present) < len(judged_sets.SETS):
        missing = ", ".join(name for name in judged_sets.SETS if name not in present)
        sys.exit(f"nothing was written: these datasets are absent: {missing}")
    write(full)


if __name__ == "__main__":
    main()
