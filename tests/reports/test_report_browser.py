from __future__ import annotations

import base64
import gzip
import json
import re
import subprocess
import sys

import polars as pl
import pytest
from browser import browser, violations, watched

HOSTILE = [
    "<script>alert(1)</script> where is my parcel now please",
    "</script><img src=x onerror=alert(2)> where is my parcel now",
    "javascript:alert(3) {{7*7}} ${8*8} <!-- please tell me now",
    "\u202egnp.exe turned around \u2066 and hidden \u200b characters",
    "bell \x07 escape \x1b[31mred\x1b[0m and a nul \x00 in the words",
    "😀 emoji and " + "w" * 10_000,
    "[bold red]rich[/bold red] [/nope] :smile: please read me now",
    '=cmd|"/c calc"!A0 please tell me more about it now',
]
CONFIG = """
[[slice]]
name = "</option><script>alert(9)</script>"
where = "text ILIKE '%parcel%'"
critical = true
[[slice]]
name = "plain ones"
where = "text ILIKE 'plain%'"
"""


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    """The report of an audit in which every hostile text stands twice, under hostile labels."""
    folder = tmp_path_factory.mktemp("report")
    rows = [{"text": t, "label": f"<b>{n % 3}</b>"} for n, t in enumerate(HOSTILE * 2)]
    rows += [{"text": f"plain words number {n} to read", "label": "plain"} for n in range(30)]
    (folder / "train.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows), "utf-8")
    (folder / "test.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows[:4]), "utf-8")
    (folder / "assay.toml").write_text(CONFIG, "utf-8")
    command = [sys.executable, "-m", "assay.reports.cli", "audit", "train.jsonl", "--test", "test.jsonl", "-q"]
    done = subprocess.run([*command, "--encoder", "lsa", "--output", "out"], cwd=folder, check=False)
    assert done.returncode == 1
    return folder / "out" / "report.html"


@pytest.fixture(scope="module")
def chromium():
    with browser() as made:
        yield made


def opened(chromium, file, fragment="", **options):
    page = chromium.new_context(**options).new_page()
    seen = watched(page, "file://")
    page.goto(file.as_uri() + fragment)
    return page, seen


def unpacked(file):
    text = re.search(r'id="findings">([^<]*)<', file.read_text("utf-8"))
    return json.loads(gzip.decompress(base64.b64decode(text[1])))


def test_all_findings_are_in_the_page(page_file):
    told = pl.read_parquet(page_file.parent / "findings.parquet")
    assert {r["f"] for r in unpacked(page_file)} == set(told["fingerprint"])
    assert all(len(r["t"] or "") <= 300 for r in unpacked(page_file))


def test_hostile_texts_do_nothing_and_are_shown(chromium, page_file):
    page, seen = opened(chromium, page_file)
    page.wait_for_selector("html[data-ready]")
    count = page.locator("details.finding").count()
    assert count == min(100, len(unpacked(page_file)))
    for n in range(count):
        page.locator("details.finding summary").nth(n).click()
    page.wait_for_timeout(100)
    text = page.inner_text("#all")
    assert "<script>alert(1)</script>" in text
    assert "⟨202E⟩" in text
    assert "[bold red]rich[/bold red]" in text
    assert "=cmd|" in text
    assert page.locator("#all script, #all img, #all b").count() == 0
    assert seen == []


def test_search_filters_sort_and_deep_links(chromium, page_file):
    rows = unpacked(page_file)
    leak = next(r for r in rows if r["c"] == "LEK001")
    page, seen = opened(chromium, page_file, "#f=" + leak["f"])
    page.wait_for_selector("html[data-ready]")
    assert page.locator("details.finding[open]").count() == 1
    assert leak["w"] in page.locator("details.finding[open]").inner_text()
    page.select_option("#rule", "LEK001")
    assert page.locator("details.finding").count() == sum(r["c"] == "LEK001" for r in rows)
    page.select_option("#rule", "")
    page.keyboard.press("Tab")
    page.locator("body").press("/")
    page.keyboard.type("onerror parcel")
    wanted = sum("onerror" in (r["t"] + (r["t2"] or "")) and "parcel" in (r["t"] + (r["t2"] or "")) for r in rows)
    page.locator("#count", has_text=f"{wanted} of {len(rows)}").wait_for()
    page.fill("#q", "")
    page.select_option("#sort", "place")
    page.select_option("#slice", "</option><script>alert(9)</script>")
    inside = [r for r in rows if "alert(9)" in r["k"]]
    assert 0 < len(inside) < len(rows)
    assert all("parcel" in r["t"] for r in inside)
    page.locator("#count", has_text=f"{len(inside)} of {len(rows)}").wait_for()
    page.select_option("#slice", "")
    places = page.locator("details.finding bdi.soft").all_inner_texts()
    assert places == sorted(places, key=lambda p: (p.split(":")[0], int(p.split(":")[1])))
    assert seen == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1400])
def test_accessible(chromium, page_file, scheme, width):
    page, seen = opened(chromium, page_file, color_scheme=scheme, viewport={"width": width, "height": 800})
    page.wait_for_selector("html[data-ready]")
    page.locator("details.finding summary").first.click()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert seen == []


def test_the_essentials_stand_without_script(chromium, page_file):
    page, seen = opened(chromium, page_file, java_script_enabled=False)
    text = page.inner_text("body")
    assert "FAIL" in text
    assert "LEK001" in text
    assert page.locator("article").count() > 0
    assert not page.locator("#explorer").is_visible()
    assert [h for h in ("Slices, critical first", "Duplicate groups", "Classes by split") if h not in text] == []
    assert seen == []
