"""Throw-away rules for the tests of the command line; run as a script it is the command line with them."""

from __future__ import annotations

import os
import sys
import time

import polars as pl

from assay.audit.rules import Fix, Hit, Severity, row_score, rule
from assay.reports import cli


def register():
    """Add a rule that finds, one that lacks an input, and a row score."""

    @rule("ZZZ001", "same-text", Severity.ERROR)
    def same_text(data, *, similarity: float = 0.8):
        """Find the same text twice.

        Why: it is learned twice.
        Fix: drop one.
        """
        seen = {}
        for i, text in enumerate(data.text.to_list()):
            if text in seen:
                evidence = {"difference": {"kind": "none", "left": [[0, 2]], "right": []}, "similarity": 1.0}
                fix, related = Fix("drop", (i,), safe=True), (seen[text], i)
                yield Hit((i, seen[text]), "same text", evidence, fix, related, (1.0, 1.0))
            seen.setdefault(text, i)

    @rule("ZZZ002", "needs-group", Severity.WARNING)
    def needs_group(data):
        """Find groups.

        Why: w.
        Fix: f.
        """
        data.column("group")
        yield from ()

    @row_score("outlier", "ZZZ001")
    def outlier(data, options):
        return pl.Series([0.5] * len(data))


def register_crashing():
    """Add a rule that finds something and then breaks."""

    @rule("ZZZ003", "crashing", Severity.NOTE)
    def crashing(data):
        """Crash.

        Why: w.
        Fix: f.
        """
        yield Hit((0,), "m")
        raise RuntimeError("boom\x1b[31m")


def register_broken_score():
    """Add a row score that breaks."""

    @row_score("test_similarity", "ZZZ001")
    def broken(data, options):
        raise ZeroDivisionError("division by zero")


def register_sleeping():
    """Add a rule that never ends."""

    @rule("ZZZ004", "sleeping", Severity.NOTE)
    def sleeping(data):
        """Sleep.

        Why: w.
        Fix: f.
        """
        sys.stderr.write("sleeping\n")
        sys.stderr.flush()
        time.sleep(60)
        yield from ()


if __name__ == "__main__":
    register()
    if os.environ.get("ZZZ_SLEEP"):
        register_sleeping()
    cli.main()
