from __future__ import annotations

import time
from io import StringIO

import pytest

from assay.reports import progress
from assay.reports.progress import Progress


class Terminal(StringIO):
    def isatty(self):
        return True


@pytest.fixture
def screen(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress, "PATIENCE", 0.01)
    return Terminal()


@pytest.fixture
def show(screen, monkeypatch):
    """Put a stream in the place of standard error; only inside a test, for pytest puts its own there before."""
    return lambda stream=screen: monkeypatch.setattr("sys.stderr", stream)


def wait_for(screen, words, seconds):
    end = time.monotonic() + seconds
    while words not in screen.getvalue() and time.monotonic() < end:
        time.sleep(0.01)
    return words in screen.getvalue()


def test_long_work_says_what_it_does(screen, show):
    show()
    with Progress() as shown:
        shown.step("DUP001 [bold]")
        assert wait_for(screen, "DUP001 [bold]", 10)
        shown.step("DUP002")
        assert wait_for(screen, "DUP002", 10)
    end = screen.getvalue()
    time.sleep(0.2)
    assert screen.getvalue() == end


def test_short_work_says_nothing(screen, show, monkeypatch):
    show()
    monkeypatch.setattr(progress, "PATIENCE", 60)
    with Progress() as shown:
        shown.step("DUP001")
    assert screen.getvalue() == ""


def test_nothing_is_drawn_off_a_terminal_or_when_quiet(screen, show):
    show()
    with Progress(active=False) as shown:
        shown.step("DUP001")
        assert not wait_for(screen, "DUP001", 0.2)
    show(pipe := StringIO())
    with Progress() as shown:
        shown.step("DUP001")
        assert not wait_for(pipe, "DUP001", 0.2)
