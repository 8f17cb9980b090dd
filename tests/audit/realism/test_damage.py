"""Damaged texts are found, named and repaired; honest ones of any script are left alone."""

from __future__ import annotations

import time

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.audit.realism.damage import describe, find_damage, repair

HONEST = [
    "It cost £74.99 – isn’t that “too much” for a naïve café owner?",
    "Wo bleibt mein Päckchen? Äußerst ärgerlich!",
    "Déjà vu : la bouilloire est à nouveau cassée, c’est où ?",
    "Zażółć gęślą jaźń, proszę",
    "Где мой заказ? Жду уже неделю.",
    "我的包裹在哪里？",
    "أين طلبي؟ لقد انتظرت",
    "ขอคืนเงิน",
    "שלום, איפה ההזמנה שלי?",
    "thanks 👨‍👩‍👧 love it ❤️ 🇫🇮",
    "5 < 6 and 7 > 6, AT&T; R&D",
    "line one\r\nline two\tand a tab",
    "C:\\new\\folder is where I put it",
    "mail me at a@example.com, see <https://example.com>",
]


def kinds(text):
    return [kind for kind, rows in find_damage(pl.Series([text])).items() if rows.size]


@pytest.mark.parametrize("text", HONEST)
def test_honest_texts_are_whole(text):
    assert kinds(text) == []


@pytest.mark.parametrize(
    ("text", "kind", "repaired"),
    [
        ("I paid Â£89.99, itâ€™s gone", "mojibake", "I paid £89.99, it’s gone"),
        ("Muss ich dafÃ¼r etwas freischalten?", "mojibake", "Muss ich dafür etwas freischalten?"),
        ("zaczÄ…Å‚ przeciekaÄ‡", "mojibake", "zaczął przeciekać"),
        ("bouilloire re�ue", "replacement characters", None),
        ("you \x08wrote\x00 to say", "control characters", "you wrote to say"),
        ("\x1b[31mred\x1b[0m text", "escape sequences", "red text"),
        ("caf\\u00e9 order", "escape sequences", "café order"),
        ("so nice \\ud83d\\ude00", "escape sequences", "so nice 😀"),
        ("so nice \\ud83d", "escape sequences", "so nice \ufffd"),
        ("<p>Manual for <b>Moss</b></p>", "HTML tags", "Manual for Moss"),
        ("one<br/>two <!-- x --> three", "HTML tags", "one\ntwo three"),
        ("declined&nbsp;again &amp; again", "HTML entities", "declined again & again"),
        ("it&#39;s late", "HTML entities", "it's late"),
    ],
)
def test_damage_is_named_and_repaired(text, kind, repaired):
    assert kind in kinds(text)
    assert describe(0, text, (kind,)).repaired == repaired


@given(
    st.text(st.sampled_from("abcdefgh éèüöäñçàßåø"), min_size=8, max_size=40), st.sampled_from(["cp1252", "latin-1"])
)
def test_letters_decoded_wrongly_are_repaired(text, encoding):
    text = f"{' '.join(text.split())} für d’été"
    wrong = text.encode().decode(encoding, "replace")
    if "\ufffd" in wrong:
        return
    assert "mojibake" in kinds(wrong)
    assert " ".join(repair(wrong).split()) == " ".join(text.split()).replace("\u2019", "’")


@given(st.text(st.characters(max_codepoint=126, min_codepoint=32, exclude_characters="<>&\\=_"), max_size=80))
def test_plain_ascii_is_whole(text):
    assert kinds(text) == []


@given(st.text(max_size=60))
def test_any_text_can_be_described(text):
    found = kinds(text)
    if found:
        damage = describe(0, text, tuple(found))
        assert 0 <= damage.score <= 1
        assert damage.repaired != text
        (damage.repaired or "").encode()  # no half of a character is left


def test_hostile_markup_takes_no_time():
    started = time.perf_counter()
    text = "<script " * 40_000 + "&lt;" * 40_000 + "Â£" * 1000
    assert describe(0, text, tuple(kinds(text))).score > 0.5
    assert time.perf_counter() - started < 20


def test_markup_throughout_is_told_once(rows_by_code, english):
    audit = rows_by_code([f"<p>{t}</p>" for t in english], codes=("RLS002",))
    assert audit["RLS002"] == set(range(len(english)))
    one = rows_by_code([*english, "<p>my parcel</p>"])
    assert one["RLS002"] == {len(english)}
