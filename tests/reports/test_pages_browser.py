"""Pages of evaluation, gate and run in a real browser, over data that try everything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from browser import browser, violations, watched
from page_world import assay

from assay.reports.render import evaluation_html, run_html, verdict_html

HOSTILE = [
    "<script>alert(1)</script>",
    "</script></style><img src=x onerror=alert(2)>",
    "<a href='javascript:alert(3)'>x</a> javascript:alert(3)",
    "{{7*7}} {% raw %} ${8*8} {0} %(y)s",
    "\u202eturned \u2066 zero\u200bwidth \ufeff",
    "\x1b[31mred\x1b[0m nul\x00 bell\x07 c1\x9b31m",
    "[bold red]x[/bold red] [/nope] :smile: 😀 👩‍👩‍👧‍👦",
    '=cmd|"/c calc"!A0',
    "w" * 10_000,
]
SURROGATE = "lone \ud800 surrogate"
SHOWN = ("<script>alert(1)</script>", "{{7*7}} {% raw %}", "⟨202E⟩", "␛[31mred", "[bold red]x[/bold red]", "=cmd|")
POLICY = """
[data]
test = "test.jsonl"
text = "text"
label = "label"
id = "id"
[[slice]]
name = "<img src=x onerror=alert(3)> {{7*7}}"
where = "text ILIKE '%odd%'"
critical = true
[[gate.require]]
slice = "critical"
metric = "accuracy"
at_least = 0.5
[[gate.require]]
slice = "overall"
metric = "accuracy"
at_least = 0.1
[[gate.require]]
slice = "every slice"
metric = "accuracy"
no_worse_than_baseline_by = 0.4
[[gate.waiver]]
rule = "critical.accuracy.at_least"
reason = "<script>alert(4)</script>"
owner = "<b>x</b>"
expires = 2999-01-01
"""


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def training():
    """What a run folder would tell, with hostile names wherever there is one."""
    figure = {"n": 40, "value": 0.8, "low": 0.65, "high": 0.9}
    against = {"baseline": HOSTILE[0], "verdict": SURROGATE, "difference": 0.1, "low": -0.1, "high": 0.2}
    rungs = [{"name": h, "accuracy": figure, "against_best_cheaper": against} for h in [*HOSTILE, SURROGATE]]
    points = [{"rows": n, "accuracy": figure | {"value": 0.5 + n / 1000}} for n in (50, 100, 200, 400)]
    ahead = {"rows": 800, "accuracy": {"value": 0.95, "low": 0.9, "high": 0.99}}
    return {
        "method": HOSTILE[0],
        "base": HOSTILE[5],
        "forced": True,
        "rungs": rungs,
        "measured_on": HOSTILE[1],
        "nothing_to_gain": HOSTILE[4],
        "skipped": SURROGATE,
        "steps": [{"step": n, "accuracy": n / 50} for n in range(1, 41)],
        "learning_curve": {
            "points": points,
            "forecast": ahead,
            "not_enough_evidence": HOSTILE[3],
            "same_data": False,
        },
    }


def run_page(folder, evaluation):
    """The page of a run whose every string is hostile."""
    reasons = [{"outcome": "FAIL", "message": h, "blocking": True} for h in [*HOSTILE, SURROGATE]]
    found = {
        "rules": {h[:15]: [{"severity": "error", "findings": 1, "rows": 2}] for h in HOSTILE},
        "skipped": {h[:15]: h for h in [*HOSTILE, SURROGATE]},
    }
    kept = ("overall", "confidence", "confusion_matrix", "slices", "failures")
    told = {
        "schema_version": 1,
        "outcome": "FAIL",
        "files": {"train": HOSTILE},
        "audit": found,
        "changes": {HOSTILE[0]: 3, SURROGATE: 1},
        "audit_cleaned": found,
        "training": training(),
        "evaluation": {key: evaluation[key] for key in kept},
        "reasons": reasons,
        "pages": {"audit": "audit/report.html"},
    }
    path = folder / "run.html"
    path.write_text(run_html.render(told, HOSTILE[1]), "utf-8")
    return path


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """An evaluation and a verdict against a baseline, made by the commands; the same with a training; a run."""
    folder = tmp_path_factory.mktemp("pages")
    size = len(HOSTILE)
    rows = [
        {
            "id": f"{n} {HOSTILE[n % 6]}",
            "text": f"{'odd' if n % 3 == 0 else 'even'} {HOSTILE[n % size]} number {n} with words",
            "label": HOSTILE[n % 8][:40],
        }
        for n in range(240)
    ]
    write(folder / "test.jsonl", rows)
    for name, right in (("p", lambda n: n % 3 or n % 2), ("b", lambda n: n % 5)):
        told = [
            {
                "id": r["id"],
                "prediction": r["label"] if right(n) else HOSTILE[(n + 1) % 8][:40],
                "confidence": n / 480 + 0.5,
            }
            for n, r in enumerate(rows)
        ]
        write(folder / f"{name}.jsonl", told)
    (folder / "assay.toml").write_text(POLICY, "utf-8")
    for name in ("p", "b"):
        assay(folder, "evaluate", "--predictions", f"{name}.jsonl", "--output", name, "-q")
    assay(folder, "gate", "p", "--baseline", "b", "--output", "gate", "-q")
    document = json.loads((folder / "p" / "evaluation.json").read_text("utf-8"))
    page = evaluation_html.render({**document, "training": training(), "notes": [*HOSTILE, SURROGATE]})
    (folder / "trained.html").write_text(page, "utf-8")
    return {
        "evaluation": folder / "p" / "report.html",
        "verdict": folder / "gate" / "report.html",
        "trained": folder / "trained.html",
        "run": run_page(folder, document),
    }


@pytest.fixture(scope="module")
def chromium():
    with browser() as made:
        yield made


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["evaluation", "verdict", "trained", "run"])
def test_hostile_data_stay_text_and_everybody_can_read_it(chromium, pages, name, scheme):
    context = chromium.new_context(color_scheme=scheme, viewport={"width": 360, "height": 700})
    page = context.new_page()
    seen = watched(page, "file://")
    page.goto(pages[name].as_uri())
    text = page.inner_text("body")
    assert [s for s in SHOWN if s not in text] == []
    if name in {"trained", "run"}:
        assert "⟨D800⟩" in text
    assert page.locator("img, script, b, a[href^='javascript']").count() == 0
    assert page.locator("a").evaluate_all("all => all.every(a => !a.href.includes('alert'))")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert seen == []
    context.close()


def test_what_stops_the_model_comes_with_its_rows(chromium, pages):
    page = chromium.new_page(java_script_enabled=False)
    page.goto(pages["verdict"].as_uri())
    heads = page.locator("h2").all_inner_texts()
    assert heads[:2] == ["Reasons, what blocks first", "Cases that failed, critical slices first"]
    assert page.locator("article.critical").count() > 0
    assert page.locator("h3", has_text="Rows lost").count() == 1


def test_the_evaluation_shows_its_figures(chromium, pages):
    page = chromium.new_page()
    page.goto(pages["trained"].as_uri())
    heads = page.locator("h2").all_inner_texts()
    assert heads[0] == "Critical cases that failed"
    document = json.loads((pages["evaluation"].parent / "evaluation.json").read_text("utf-8"))
    cells = page.locator("table.heat").first.locator("tbody td:not(.n)").all_inner_texts()
    counts = [n for row in document["confusion_matrix"]["rows"] for n in row]
    assert [int(c.replace(",", "") or 0) for c in cells] == counts
    assert sum(counts) == document["data"]["test"]["labelled"]
    dots = page.locator("svg[aria-label^='reliability diagram'] circle").count()
    assert dots == len(document["reliability"])
    assert page.locator("svg[aria-label^='Learning curve'] circle").count() == 5
    links = page.locator("nav a").evaluate_all("all => all.map(a => a.hash.slice(1))")
    assert links
    assert all(page.locator(f"[id='{at}']").count() == 1 for at in links)


def test_pages_print_with_what_is_folded(chromium, pages):
    page = chromium.new_page()
    page.goto(pages["verdict"].as_uri())
    page.emulate_media(media="print")
    assert page.locator("details pre").first.evaluate("e => e.getBoundingClientRect().height") > 0
    assert page.locator("nav").is_hidden()


def test_the_page_of_a_verdict_read_back_is_the_same(pages):
    from assay.reports import Verdict

    folder = pages["verdict"].parent
    assert verdict_html.render(Verdict.load(folder)) == Path(folder, "report.html").read_text("utf-8")
