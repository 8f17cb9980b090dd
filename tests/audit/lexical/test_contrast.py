"""Emoticons, numbers in words, and what makes two nearly equal texts different statements."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.audit.lexical.contrast import contrasted
from assay.audit.lexical.emoticons import draw
from assay.audit.lexical.engine import find_similar
from assay.audit.lexical.folding import fold, fold_text, shared_table
from assay.audit.lexical.opposites import table
from assay.audit.lexical.quantities import canonical

TEXTS = st.text(st.sampled_from(":;=-')(][DPpOo/\\|<3 aZ.!😀"), max_size=30)


def test_emoticons_and_emoji_make_another_text():
    texts = ["great :)", "great :(", "great :-)", "great 🙂", "great", "Great!", "great 😀", "great😀"]
    rep = find_similar(pl.Series(texts), 0.84).rep.tolist()
    assert rep == [0, 1, 0, 0, 4, 4, 6, 6]


@pytest.mark.parametrize("text", ["http://a.b/c", "(as follows:)", "at 10:30", "a:b", "List :(a, b)", "note:(this)"])
def test_what_only_looks_like_an_emoticon_stays(text):
    assert draw(text) == text


@given(TEXTS)
def test_drawing_keeps_the_length_and_the_kernel_agrees_with_its_twin(text):
    assert len(draw(text)) == len(text)
    data, offsets = fold(pl.Series([text]), shared_table())
    assert data[: offsets[-1]].tobytes().decode() == fold_text(text)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("half past six", "6:30"),
        ("a quarter to five", "4:45"),
        ("two hundred dollars", "200 dollars"),
        ("one thousand two hundred and fifty", "1250"),
        ("twenty-four hours", "1 day"),
        ("the next day", "tomorrow"),
        ("8 o'clock", "8"),
        ("the 3rd of May", "the 3 of may"),
    ],
)
def test_numbers_and_times_have_one_form(text, same):
    assert canonical(text) == same


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("please send the package", "please sent the packages"),
        ("I cannot find it", "I can't find it"),
        ("transfer two hundred dollars", "transfer $200"),
        ("how do I buy it", "how do I purchase it"),
        ("my brokne heater", "my broken heater"),
    ],
)
def test_form_synonyms_and_typos_are_the_same_statement(left, right):
    assert contrasted(left, right).same


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("turn the lamp on", "turn the lamp off"),
        ("it is better", "it is worse"),
        ("an awesome film", "an awful film"),
        ("pay 40 euros", "pay 95 euros"),
        ("it works", "it does not work"),
        ("a flight from Oslo to Rome", "a flight from Rome to Oslo"),
        ("what is your name", "what is my name"),
        ("when were you born", "where were you born"),
        ("it was helpful", "it was unhelpful"),
        ("great :)", "great :("),
    ],
)
def test_minimal_pairs_are_different_statements(left, right):
    apart = contrasted(left, right)
    assert not apart.same
    assert apart.decisive or apart.words != ((), ()) or fold_text(left) != fold_text(right)


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_contrast_is_symmetric_and_nothing_differs_from_itself(left, right):
    one, other = contrasted(left, right), contrasted(right, left)
    assert one.decisive == other.decisive
    assert one.numbers == other.numbers[::-1]
    assert contrasted(left, left).same


def test_opposites_are_symmetric():
    assert all((b, a) in table() and a != b for a, b in table())
