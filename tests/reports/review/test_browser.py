from __future__ import annotations

import json

import pytest
from browser import browser, violations, watched


@pytest.fixture
def chromium():
    with browser() as made:
        yield made


def opened(chromium, served, **options):
    page = chromium.new_context(**options).new_page()
    seen = watched(page, served.origin)
    page.goto(served.address)
    page.wait_for_selector("html[data-ready]")
    return page, seen


def press(page, key, text):
    """Press a key and wait until the page says so."""
    page.keyboard.press(key)
    page.locator("#saved", has_text=text).wait_for()


def test_keys_decide_and_hostile_texts_stay_text(chromium, served, audited):
    page, seen = opened(chromium, served)
    assert "#" not in page.url
    for place in range(served.get("/summary")["total"]):
        page.keyboard.press("ArrowRight")
        page.locator("#progress", has_text=f"{min(place + 2, served.get('/summary')['total'])} of").wait_for()
    page.reload()
    page.wait_for_selector("html[data-ready]")
    first = page.inner_text("#where")
    press(page, "d", "Saved: drop")
    page.locator("#where", has_not_text=first).wait_for()
    press(page, "k", "Saved: keep")
    page.keyboard.press("ArrowLeft")
    press(page, "u", "Saved: undo")
    file = audited / "audit" / "decisions.jsonl"
    assert [json.loads(line)["action"] for line in file.read_text().splitlines()] == ["drop", "keep", "undo"]
    assert seen == []


def test_hidden_characters_are_shown(chromium, served):
    page, seen = opened(chromium, served)
    shown = []
    for place in range(served.get("/summary")["total"]):
        shown.append(page.inner_text("#text") + page.inner_text("#beside"))
        page.keyboard.press("ArrowRight")
        page.locator("#progress", has_text=f"{min(place + 2, served.get('/summary')['total'])} of").wait_for()
    text = "\n".join(shown)
    assert "<script>alert(1)</script>" in text
    assert page.locator("main script").count() == 0
    assert seen == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible_in_light_and_dark_and_on_a_phone(chromium, served, scheme):
    page, seen = opened(chromium, served, color_scheme=scheme, viewport={"width": 360, "height": 700})
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert seen == []


def test_two_tabs_share_what_is_decided(chromium, served):
    one, seen = opened(chromium, served)
    two, seen_too = opened(chromium, served)
    press(one, "d", "Saved: drop")
    two.keyboard.press("n")
    two.locator("#progress", has_text="2 of").wait_for()
    press(two, "k", "Saved: keep")
    assert served.get("/summary")["counts"] == {"keep": 1, "relabel": 0, "drop": 1, "skip": 0}
    assert seen == seen_too == []


def test_a_dead_server_is_told_and_nothing_is_called_saved(chromium, served):
    page, _ = opened(chromium, served)
    served.kill()
    press(page, "d", "NOT SAVED")
