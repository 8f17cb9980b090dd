"""What a page costs and what it lets through: bytes, seconds to draw and to open, requests, scripts, accessibility.

Kinds of page: the audit of a million rows with 100,000 findings (made directly, texts that try everything among them),
and audit, evaluation and verdict of the support-ticket fixture, made by the commands, with a run's page of the same.

Run: python benchmarks/pages.py [--rows 1000000] [--findings 100000] [--output benchmarks/results/pages.json]
Needs chromium, playwright and axe-playwright-python.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from browser import browser, violations, watched
from page_world import build

from assay import audit
from assay.audit import rules
from assay.audit.columns import Findings, Hits, Part
from assay.audit.findings import Severity
from assay.reports.render import html, run_html
from assay.reports.render.report import Report

HOSTILE = (
    "<script>window.ran = 1</script>",
    "</script><img src=x onerror='window.ran = 1'>",
    "<a href='javascript:window.ran = 1'>x</a>",
    "{{7*7}} \u202e \x1b[31m",
)
CODES = {"DUP002": Severity.WARNING, "LBL002": Severity.WARNING, "LEK001": Severity.ERROR, "RLS003": Severity.NOTE}
OPENED = 5
"""Times that a page is opened; the median is told."""
SCHEMES = ("light", "dark")


def large(rows: int, findings: int) -> Report:
    """An audit of so many rows with so many findings, made without running the rules."""
    rng = np.random.default_rng(0)
    letters = rng.integers(97, 123, (20_000, 7)).astype(np.uint8)
    words = np.array([bytes(w).decode() for w in letters])
    texts = [" ".join(w) for w in words[rng.zipf(1.3, (rows, 12)) % len(words)]]
    for n, text in enumerate(HOSTILE * 50):
        texts[n] = f"{text} {texts[n]}"
    labels = np.array([f"class {n}" for n in range(20)])[rng.integers(0, 20, rows)]
    train = int(0.8 * rows)
    whole = pl.DataFrame({"text": texts, "label": labels})
    data = audit.from_frames({"train": whole[:train], "test": whole[train:]}, text="text", label="label")
    rules.all_rules()
    parts = [_part(code, severity, findings // len(CODES), rows, rng) for code, severity in CODES.items()]
    done = rules.Audit(data, tuple(CODES), {}, (), Findings(parts), {}, dict(CODES), {}, {code: {} for code in CODES})
    return Report(done, {})


def _part(code: str, severity: Severity, count: int, rows: int, rng: np.random.Generator) -> Part:
    """Pairs of rows; the first of them hostile."""
    first = np.concatenate([np.arange(count // 100) % (4 * 50), rng.integers(0, rows, count - count // 100)])
    flat = np.stack([first, rng.integers(0, rows, count)], axis=1).ravel()
    hits = Hits(
        rows=flat,
        bounds=np.arange(0, 2 * count + 1, 2),
        message=pl.Series([f"2 rows are nearly the same ({n} words changed)" for n in range(count)]),
        evidence=pl.Series(['{"similarity":0.93,"kind":"words"}']).new_from_index(0, count),
        scores=rng.random(2 * count).round(4),
        suggested=pl.Series(["class 3"]).new_from_index(0, count) if code == "LBL002" else None,
    )
    return Part(code, hits, (severity,) * count, tuple(f"{n:08x}{code:>8}".replace(" ", "0") for n in range(count)))


def run_page(folder: Path) -> Path:
    """The page of a run over the fixture's evaluation and verdict."""
    evaluation = json.loads((folder / "candidate" / "evaluation.json").read_text("utf-8"))
    verdict = json.loads((folder / "gate" / "verdict.json").read_text("utf-8"))
    kept = ("overall", "confidence", "confusion_matrix", "slices", "failures")
    told = dict.fromkeys(("training", "audit", "audit_cleaned")) | {
        "schema_version": 1,
        "outcome": verdict["outcome"],
        "files": {"train": ["train.csv"]},
        "changes": {"drop": 12},
        "evaluation": {key: evaluation[key] for key in kept},
        "reasons": verdict["reasons"],
        "pages": {"audit": "audit/report.html"},
    }
    path = folder / "run.html"
    path.write_text(run_html.render(told, "as the gate says"), "utf-8")
    return path


def seen_in(chromium, path: Path, *, script: bool, axe: bool = True) -> dict:
    """Open a page in both schemes: seconds until it is ready, what it asked for, what ran, what axe finds."""
    times, seen, found, ran = [], [], {}, 0
    for n in range(OPENED):
        context = chromium.new_context(color_scheme=SCHEMES[n % 2], viewport={"width": 1200, "height": 900})
        page = context.new_page()
        seen.append(watched(page, "file://"))
        page.goto(path.as_uri())
        if script:
            page.wait_for_selector("html[data-ready]")
            times.append(page.evaluate("performance.getEntriesByName('ready')[0].startTime") / 1000)
            page.locator("details.finding summary").first.click()
        else:
            times.append(page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd") / 1000)
        ran += bool(page.evaluate("'ran' in window"))
        if axe and n < len(SCHEMES):
            found[SCHEMES[n]] = len(violations(page))
        nodes = page.evaluate("document.querySelectorAll('*').length")
        context.close()
    return {
        "bytes": path.stat().st_size,
        "open_seconds": round(float(np.median(times)), 3),
        "nodes": nodes,
        "requests_and_messages": sum(map(len, seen)),
        "scripts_from_data_run": ran,
        "axe_violations": found or None,
    }


def main() -> None:
    """Measure, print, and write the result."""
    options = argparse.ArgumentParser()
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--findings", type=int, default=100_000)
    options.add_argument("--quick", action="store_true", help="the large page alone, without axe")
    options.add_argument("--output", type=Path)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name, browser() as chromium:
        folder = Path(name)
        report = large(given.rows, given.findings)
        html.template()
        started, busy = time.perf_counter(), time.process_time()
        text = html.render(report)
        drawn, busy = time.perf_counter() - started, time.process_time() - busy
        big = folder / "big.html"
        big.write_text(text, "utf-8")
        result = {"rows": given.rows, "findings": given.findings}
        result["large audit"] = seen_in(chromium, big, script=True, axe=not given.quick)
        result["large audit"] |= {"draw_seconds": round(drawn, 2), "draw_cpu_seconds": round(busy, 2)}
        result["large audit"]["findings_to_search"] = html.block(report).shown
        pages = {} if given.quick else {**build(folder), "run": run_page(folder)}
        for kind, path in pages.items():
            result[kind] = seen_in(chromium, path, script=kind == "audit")
    result["load"] = round(os.getloadavg()[0], 1)
    print(json.dumps(result, indent=2))
    if given.output:
        given.output.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
