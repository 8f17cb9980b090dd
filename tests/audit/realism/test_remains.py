"""Remains of other formats are found in prose, and left alone where they are meant."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.audit.realism.damage import describe, find_damage, repair

REMAINS = {
    "stripped HTML entities": [
        "Wall Street#39;s dwindling band of ultra-cynics",
        "The team #39;s captain is out",
        "he called it quot;a disasterquot; on Monday",
        " lt;b gt;London lt;/b gt; shares fell",
        "AT amp; T cut its forecast",
        "it cost #36;50 million last year",
    ],
    "BBCode": [
        "this is [b]very[/b] important",
        "see [url=http://example.com]here[/url] for more",
        '[quote="someone"]I agree[/quote] me too',
        "[img]http://example.com/a.png[/img] look",
    ],
    "unfilled template slots": [
        "Hi {{first_name}}, your order has shipped",
        "Dear {name}, thank you",
        "Hello %(name)s, welcome back",
        "Dear <FIRST_NAME>, we miss you",
        "Sincerely, [Your Name]",
        "Hi ${name}, your card is ready",
        "Dear *|FNAME|*, a last reminder",
        "your order {order_id} is late",
    ],
    "URL-encoded characters": ["where%20is%20my%20card", "caf%C3%A9 near me", "what%27s the fee"],
    "quoted-printable codes": [
        "Thank you for the mail.=20\nI will answer soon.=20\n",
        "it=E2=80=99s late",
        "the meeting is on Thurs=\nday and every=\none is invited",
        "Hello=20world",
    ],
    "escape sequences": [
        "first line\\nsecond line",
        "first line.\\n\\nSecond line",
        "name:\\tvalue of it",
        'he said \\"no\\" twice',
        "caf\\u00e9 order",
        "I don\\'t know",
        "end of it.\\n",
    ],
}
HONEST = [
    "closes #39; fixes #40;",
    "#39 is my favorite number; really",
    "plug the guitar into an amp; then play",
    "a[i] = b[i]; c[b] = 2",
    "the list [b] is longer than [a]",
    "[ Santiago Vila ]",
    "see [Name](https://example.com/name)",
    "the set {a} and {b} are disjoint",
    "use ${shlibs:Depends} in debian/control",
    "GET /users/{id}/orders",
    "https://example.com/where%20is%20it",
    "give 100% to charity, 20% now",
    "printf('%20s', name)",
    "x=20 and y=30",
    "a width=20 px box",
    "the regular expression [\\n\\t] matches white space",
    'print("hello\\n")',
    "$\\nabla f$ and $\\theta = \\tau$",
    "C:\\new\\table is where I put it",
    "use `\\n` at the end of a line",
    "`{{name}}` is replaced by the name",
    "handle '\\n' in strings",
    "the escape \\t is a tab",
    "Takes all line endings (\\r, \\n, or \\r\\n) as \\n",
    "He said <3 and left",
    "5 < 6; 7 > 3",
]


def kinds(text):
    return [kind for kind, rows in find_damage(pl.Series([text])).items() if rows.size]


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in REMAINS.items() for text in texts])
def test_remains_are_found_and_named(kind, text):
    assert kind in kinds(text)
    assert describe(0, text, (kind,)).example in text


@pytest.mark.parametrize("text", HONEST)
def test_what_is_meant_is_left_alone(text):
    assert kinds(text) == []


@pytest.mark.parametrize(
    ("text", "repaired"),
    [
        ("Wall Street#39;s band", "Wall Street's band"),
        ("this is [b]very[/b] important", "this is very important"),
        ("where%20is%20my%20card", "where is my card"),
        ("it=E2=80=99s late", "it’s late"),
        ("first line\\nsecond line", "first line\nsecond line"),
        ('he said \\"no\\" twice', 'he said "no" twice'),
    ],
)
def test_remains_are_taken_away(text, repaired):
    assert repair(text) == repaired


@given(st.sampled_from([t for texts in REMAINS.values() for t in texts]), st.integers(0, 30))
def test_place_does_not_matter(text, before):
    padded = "please look at this " * before + text
    assert set(kinds(text)) <= set(kinds(padded))


def test_slots_throughout_are_how_a_set_is_written(rows_by_code, english):
    texts = [f"Hello {{{{first_name}}}}, {t}" for t in english]
    assert rows_by_code(texts, codes=("RLS002",))["RLS002"] == set(range(len(texts)))
    r = np.random.default_rng(0)
    some = [texts[i] if i < 3 else english[i] for i in r.permutation(len(english))]
    assert len(rows_by_code(some, codes=("RLS002",))["RLS002"]) == 3
