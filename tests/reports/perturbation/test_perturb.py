"""Each kind of change keeps what it promises to keep."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.reports.perturbation import KINDS, perturb

TEXTS = [
    "Where is my card? I ordered it 12 days ago.",
    "I can't log in, it's broken!",
    "Please refund $45.50 to order 4711 before Monday",
    "please call Maria in Berlin about the invoice from march 2021",
    "mail me at joe.blogs@example.org or https://example.org/a/b?c=1",
    "",
    "   ",
    "OK",
    "日本語のテキスト",
    "STOP IT NOW",
    "I do not want this",
]
ANY = st.text(max_size=60) | st.sampled_from(TEXTS)


def changed(kind, text, seed=0):
    (out,), (mask,) = perturb([text], kind, seed)
    assert mask == (out != text)
    return out


@given(st.lists(ANY, max_size=8), st.sampled_from(sorted(KINDS)), st.integers(0, 3))
def test_a_text_is_changed_alike_wherever_it_stands(texts, kind, seed):
    together, mask = perturb(texts, kind, seed)
    assert mask.tolist() == [a != b for a, b in zip(texts, together, strict=True)]
    assert together == [perturb([t], kind, seed)[0][0] for t in texts]
    assert perturb(texts[::-1], kind, seed)[0] == together[::-1]


def test_another_seed_makes_other_choices():
    texts = [f"where is the parcel that was promised for tomorrow {k}" for k in range(30)]
    assert perturb(texts, "typos", 0)[0] != perturb(texts, "typos", 1)[0]


@given(ANY)
def test_typos_are_single_slips(text):
    out = changed("typos", text)
    before, after = text.split(), out.split()
    assert len(before) == len(after)
    slips = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    assert len(slips) <= max(1, len(before) // 4)
    for a, b in slips:
        assert abs(len(a) - len(b)) <= 1


@pytest.mark.parametrize("text", ["joe.blogs@example.org", "https://example.org/path", "a an the", "日本語のテキスト"])
def test_addresses_short_words_and_unspaced_scripts_get_no_typo(text):
    assert changed("typos", text) == text


def test_typos_reach_most_sentences():
    texts = [f"could somebody explain the charge number {k} on my statement" for k in range(60)]
    assert perturb(texts, "typos")[1].mean() > 0.9


@given(st.text(st.characters(max_codepoint=0x17F), max_size=60))
def test_capitals_change_nothing_but_capitals(text):
    assert (
        changed("capitals", text).casefold().replace("ss", "ß") == text.casefold().replace("ss", "ß")
        or "ŉ" in text
        or (changed("capitals", text).upper() == text.upper())
    )


@given(ANY)
def test_punctuation_leaves_letters_and_digits(text):
    assert re.findall(r"\w", changed("punctuation", text)) == re.findall(r"\w", text)


@pytest.mark.parametrize("text", ["3.14", "a.b@c.de", "e.g.x"])
def test_marks_inside_of_words_stay(text):
    assert changed("punctuation", text).startswith(text)


@given(ANY)
def test_whitespace_leaves_all_else(text):
    assert "".join(changed("whitespace", text).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("I'm sure it's broken", "I am sure it is broken"),
        ("I don\u2019t know", "I do not know"),
        ("CAN'T LOG IN", "CANNOT LOG IN"),
        ("We are here. I do not see it", "We're here. I don't see it"),
        ("they have arrived", "they've arrived"),
        ("they have a card", "they have a card"),
        ("I know where it is.", "I know where it is."),
        ("What's happened", "What's happened"),
        ("nothing to do here", "nothing to do here"),
    ],
)
def test_contractions(text, wanted):
    assert changed("contractions", text) == wanted


@given(st.integers(2, 10**6), st.integers(0, 5))
def test_a_number_becomes_another_of_as_many_digits(number, seed):
    out = changed("numbers", f"order {number} please", seed)
    new = re.fullmatch(r"order (\d+) please", out)[1]
    assert len(new) == len(str(number))
    assert int(new) != number
    assert new[0] != "0"


@pytest.mark.parametrize("text", ["1 card", "covid19", "24/7", "192.168.0.1", "v2.0.1", "me@mail4.com", "no digits"])
def test_what_only_looks_like_a_number_stays(text):
    assert changed("numbers", text) == text


def test_years_stay_years_and_amounts_amounts():
    assert re.fullmatch(r"in 20\d\d", changed("numbers", "in 2021"))
    assert re.fullmatch(r"£\d\d\.\d\d", changed("numbers", "£19.99"))


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("see you on Monday", r"see you on (?!Monday)\w+day"),
        ("see you on monday", r"see you on (?!monday)[a-z]+day"),
        ("CALL MARIA", r"CALL (?!MARIA)[A-Z]+"),
        ("a flight to Berlin in April", r"a flight to (?!Berlin)[A-Z]\w+ in (?!April)[A-Z]\w+"),
        ("may I march", r"may I march"),
    ],
)
def test_names_become_others_of_their_kind(text, pattern):
    assert re.fullmatch(pattern, changed("names", text))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("my card is blue", "my card is not blue"),
        ("my card isn't blue", "my card is blue"),
        ("I do not want it", "I do want it"),
        ("I want it", "I do not want it"),
        ("can I use it abroad?", "can I not use it abroad?"),
        ("is my card blue", "is my card not blue"),
        ("thanks a lot", "thanks a lot"),
    ],
)
def test_negation(text, wanted):
    assert changed("negation", text) == wanted


def test_no_label_stays_after_a_negation():
    assert [k.name for k in KINDS.values() if not k.preserving] == ["negation"]


def test_real_questions_are_mostly_reached(shared_data):
    texts = pl.read_csv(shared_data / "banking77" / "test.csv")["text"].to_list()
    for kind, least in {
        "typos": 0.95,
        "capitals": 0.99,
        "punctuation": 0.99,
        "whitespace": 0.99,
        "negation": 0.5,
    }.items():
        out, mask = perturb(texts, kind)
        assert mask.mean() >= least, kind
        # A change is small: four fifths of the letters stay where it is not one of capitals.
        if kind in {"typos", "punctuation", "whitespace"}:
            sizes = [abs(len(a) - len(b)) / max(len(a), 10) for a, b in zip(texts, out, strict=True)]
            assert np.mean(sizes) < 0.3, kind
