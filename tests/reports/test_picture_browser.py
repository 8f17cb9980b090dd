"""The README's picture: the fixture's audit and verdict side by side, taken by the browser; both pages on real data.

``ASSAY_WRITE_PICTURE=1`` writes it anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from browser import browser, watched
from page_world import build

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "report.png"
MOST = 150_000
SIDE = """<!doctype html><html lang=en><title>picture</title>
<style>body{{margin:0;display:flex;gap:2px;background:#888}}iframe{{border:0;width:700px;height:520px}}</style>
<iframe title=audit src="{audit}"></iframe><iframe title=verdict src="{verdict}"></iframe>"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    return build(tmp_path_factory.mktemp("tickets"))


@pytest.fixture(scope="module")
def chromium():
    with browser() as made:
        yield made


def test_the_picture_is_small_and_shows_both_verdicts(chromium, pages, tmp_path):
    side = tmp_path / "side.html"
    side.write_text(SIDE.format(**{name: path.as_uri() for name, path in pages.items()}), "utf-8")
    page = chromium.new_page(viewport={"width": 1402, "height": 520}, color_scheme="light")
    page.goto(side.as_uri())
    for frame in page.frames[1:]:
        assert "FAIL" in frame.inner_text(".verdict")
    taken = page.screenshot()
    assert len(taken) < 2 * MOST  # other fonts, other bytes
    if os.environ.get("ASSAY_WRITE_PICTURE"):
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        PICTURE.write_bytes(taken)
    assert PICTURE.read_bytes()[:4] == b"\x89PNG"
    assert PICTURE.stat().st_size < MOST


@pytest.mark.parametrize("name", ["audit", "evaluation", "verdict"])
def test_pages_of_real_tickets_ask_for_nothing(chromium, pages, name):
    page = chromium.new_page()
    seen = watched(page, "file://")
    page.goto(pages[name].as_uri())
    assert seen == []
    assert pages[name].stat().st_size < 1_000_000
    page.close()


def test_differing_words_of_near_copies_are_marked(chromium, pages):
    page = chromium.new_page(java_script_enabled=False)
    page.goto(pages["audit"].as_uri())
    assert page.locator("section[aria-labelledby=DUP002] mark").count() > 1
    page.close()


def test_a_suggested_label_comes_with_what_speaks_for_it(chromium, pages):
    page = chromium.new_page(java_script_enabled=False)
    page.goto(pages["audit"].as_uri())
    suggestion = page.locator("section[aria-labelledby=LBL002] article").first.inner_text()
    assert "nearest texts" in suggestion
    assert "similarity 0." in suggestion
    assert page.locator("section[aria-labelledby=LBL002] article", has_text="Words that speak").count() > 0
    assert page.locator("table", has_text="urgent refund").count() > 0
    page.close()


def test_the_failed_cases_of_the_verdict_are_real_rows(chromium, pages):
    page = chromium.new_page(java_script_enabled=False)
    page.goto(pages["verdict"].as_uri())
    shown = page.locator("article.critical .t").all_inner_texts()
    test = (pages["verdict"].parent.parent / "test.csv").read_text("utf-8").replace('""', '"').replace("\n", "⏎")
    assert shown
    assert all(text.split("…")[0] in test for text in shown)
    page.close()
