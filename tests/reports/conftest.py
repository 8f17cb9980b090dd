"""Throw-away rules and hostile data for everything that draws."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from assay.audit import rules
from assay.audit.dataset import Part, Roles, assemble
from assay.audit.rules import Audit, Finding, Fix, Hit, Severity
from assay.reports.render import junit, markdown, screenful, terminal
from assay.reports.render.report import Report

HOSTILE = [
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "[bold red]x[/bold red] [/nope] :smile: [link=http://e]y[/link]",
    "esc \x1b[31mred\x1b]0;title\x07 nul\x00 c1\x9b31m del\x7f",
    "bidi \u202eabc\u202c \u2066x\u2069 zero\u200bwidth \ufeffbom",
    "x" * 10_000,
    "::error::x\n::stop-commands::t",
    "]]>& <!-- --> \ufffe\uffff",
    "@org/team [x](http://e) | `a` <b> *y* _z_ # h",
    "{{ 7*7 }} {% raw %} ${x} %(y)s {0}",
    "مرحبا 👩‍👩‍👧‍👦 日本語\u2028line\u2029para",
    "",
    '=cmd|"/c calc"!A0',
]


@pytest.fixture
def registry(monkeypatch):
    """No rules but those that the test registers."""
    rules.all_rules()
    monkeypatch.setattr(rules, "_rules", {})
    monkeypatch.setattr(rules, "_scorers", {})
    monkeypatch.setattr(rules, "iter_modules", lambda *_: [])

    @rules.rule("ZZZ001", "same-text", Severity.ERROR)
    def same_text(data, *, similarity: float = 0.8, keep: str = "first"):
        """Find the same text twice.

        Why: it is learned <b>twice</b>.
        Fix: drop one.
        """
        yield from ()

    @rules.rule("ZZZ002", "odd-text", Severity.WARNING)
    def odd_text(data):
        """Find odd texts.

        Why: they are odd.
        Fix: none.
        """
        yield from ()

    @rules.rule("ZZZ003", "broken-rule", Severity.NOTE)
    def broken_rule(data):
        """Find nothing.

        Why: it breaks.
        Fix: none.
        """
        yield from ()


def dataset(texts=None, labels=None, path='da"ta<&>\x1b[31m.csv', name="train"):
    texts = HOSTILE if texts is None else texts
    labels = texts if labels is None else labels
    frame = pl.DataFrame({"id": [f"id {t[:20]}" for t in texts], "te<x>t": texts, "label": labels})
    n = len(texts)
    part = Part(name, frame, np.arange(n) + 2, np.zeros(n, np.int32), (path,))
    return assemble([part], Roles(("te<x>t",), "label", "id"), ("text",))


def hostile_findings(data):
    n = len(data)
    shapes = [
        {"kind": "words", "left": [[0, 4]], "right": [[2, 6]]},
        None,
        7,
        {"left": "abc", "right": [[5, 1], [True, 2]]},
    ]
    for i, text in enumerate(HOSTILE[:n]):
        evidence = {"difference": shapes[i % 4], f"k{text[:9]}": text, "similarity": 0.5, "list": [text, 1]}
        hit = Hit(
            (i, (i + 1) % n), f"odd {text}", evidence, Fix("drop", (i,)), ((i + 1) % n, -1), (i / n, math.nan), i, text
        )
        yield Finding(("ZZZ001", "ZZZ002")[i % 2], (Severity.ERROR, Severity.WARNING)[i % 2], hit, f"{i:016x}")


def hostile_report(**options):
    data = dataset()
    audit = Audit(
        data=data,
        ran=("ZZZ001", "ZZZ002"),
        skipped={"ZZZ003": "incomplete: Boom: \x1b[31m<script>", "ZZZ004": "no group column <i>\u202e"},
        crashed=("ZZZ003",),
        findings=tuple(hostile_findings(data)),
        scores={},
        severities={"ZZZ001": Severity.ERROR, "ZZZ002": Severity.WARNING},
        seconds={},
        options={},
    )
    return Report(audit, {"fail_on": "error"}, folder="out\x1b[31m", **options)


def big_report(count, texts=None):
    """Many findings of one rule."""
    data = dataset(texts or [f"text number {i}" for i in range(50)], path="data/train.csv")
    n = len(data)
    found = tuple(
        Finding("ZZZ001", Severity.ERROR, Hit((i % n,), f"finding {i}", scores=(i / count,)), f"{i:016x}")
        for i in range(count)
    )
    return Report(Audit(data, ("ZZZ001",), {}, (), found, {}, {"ZZZ001": Severity.ERROR}, {}, {}), {})


@pytest.fixture
def hostile(registry, monkeypatch):
    """Every renderer shows every hostile text."""
    monkeypatch.setattr(terminal, "WORST", 99)
    monkeypatch.setattr(screenful, "LINES", 10_000)
    monkeypatch.setattr(markdown, "WORST", 99)
    monkeypatch.setattr(junit, "SHOWN", 99)
    return hostile_report()


@pytest.fixture
def big(registry):
    return big_report


@pytest.fixture
def build(registry):
    return dataset
