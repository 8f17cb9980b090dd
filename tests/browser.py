"""A real browser for tests: chromium through playwright; a test that cannot have one is skipped and says why."""

from __future__ import annotations

import shutil
from contextlib import contextmanager

import pytest

OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@contextmanager
def browser():
    """A headless chromium."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no chromium on this machine (Debian: apt-get install chromium)")
    with api.sync_playwright() as driver:
        made = driver.chromium.launch(executable_path=path, args=OPTIONS)
        try:
            yield made
        finally:
            made.close()


def watched(page, origin):
    """What a page must not do: errors on its console, dialogs, requests elsewhere; filled while it is used."""
    seen = []
    page.on("console", lambda m: seen.append(f"{m.type}: {m.text}"))
    page.on("pageerror", lambda e: seen.append(str(e)))
    page.on("dialog", lambda d: (seen.append("dialog"), d.dismiss()))
    page.on("request", lambda r: None if r.url.startswith(origin) else seen.append(r.url))
    return seen


def violations(page):
    """What axe-core finds wrong with a page."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    return [v["id"] for v in axe.Axe().run(page).response["violations"]]
