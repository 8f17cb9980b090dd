from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.reports.render.text import percent, pieces, plural, tidy_spans, visible


def test_visible_keeps_writing_and_shows_what_hides():
    kept = "Zażółć gęślą 日本語 مرحبا 👩‍👩‍👧 می‌خواهم"
    assert visible(kept) == kept
    assert visible("a\n\t\r\x00\x1b\x7f\x9b") == "a⏎→␍␀␛␡⟨009B⟩"
    assert visible("\u202e\u200b\ufeff\ud800\u2028\U000e0041") == "⟨202E⟩⟨200B⟩⟨FEFF⟩⟨D800⟩⟨2028⟩⟨E0041⟩"
    assert visible("x" * 12, 10) == "x" * 10 + "… (+2 characters)"


@pytest.mark.parametrize(
    ("raw", "spans"),
    [
        ([[0, 2], [1, 4]], [(0, 4)]),
        ([[-3, 2], [8, 99]], [(0, 2), (8, 10)]),
        ([[5, 5], [6, 2], [20, 30]], []),
        ([["a", 2], [True, 3], [1], 7, None, [1.0, 2]], []),
        ("abc", []),
        (None, []),
        ({"a": 1}, []),
    ],
)
def test_tidy_spans_survives_anything(raw, spans):
    assert tidy_spans(raw, 10) == spans


def test_pieces_show_the_difference_wherever_it_is():
    text = "a" * 500 + "DIFF" + "b" * 500
    shown = pieces(text, [(500, 504)], 100)
    assert ("DIFF", True) in shown
    assert sum(len(t) for t, _ in shown) < 160
    assert shown[0][0].startswith("(+4")
    assert shown[-1][0].endswith("characters)")


def test_pieces_join_to_the_text():
    assert "".join(t for t, _ in pieces("hello world", [(0, 1), (6, 11)], 50)) == "hello world"


def test_words_for_figures():
    assert [plural(1, "row"), plural(2000, "row"), plural(2, "entry")] == ["1 row", "2,000 rows", "2 entries"]
    assert [percent(0), percent(1e-9), percent(0.5)] == ["0.0%", "<0.1%", "50.0%"]


ANY_TEXT = st.text(st.characters(exclude_categories=()))
SPANS = st.lists(st.tuples(st.integers(-5, 60), st.integers(-5, 60)))


@given(ANY_TEXT)
def test_nothing_that_acts_or_hides_is_left(text):
    hidden = {c for c in visible(text) if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}}
    assert hidden <= {"\u200c", "\u200d"}


@given(ANY_TEXT, SPANS, st.integers(5, 80))
def test_pieces_lose_nothing_that_fits_and_mark_what_differs(text, raw, cap):
    spans = tidy_spans(raw, len(text))
    shown = pieces(text, spans, cap)
    if len(text) <= cap:
        assert "".join(t for t, _ in shown) == visible(text)
        assert "".join(t for t, marked in shown if marked) == "".join(visible(text[a:b]) for a, b in spans)
    assert any(marked for _, marked in shown) == bool(spans)


@given(SPANS, st.integers(0, 50))
def test_spans_are_in_order_apart_and_inside(raw, length):
    spans = tidy_spans([list(s) for s in raw], length)
    edges = [edge for span in spans for edge in span]
    assert edges == sorted(set(edges))
    assert all(0 <= edge <= length for edge in edges)
