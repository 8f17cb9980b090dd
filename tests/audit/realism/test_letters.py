"""The character model leaves each text and its copies out, exactly."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.audit.realism.letters import surprise

STRENGTH = 4.0


def grams(text):
    text = f" {' '.join(text.split())}".rstrip(" ") + " "
    text = "".join("0" if c.isascii() and c.isdigit() else c for c in text)
    padded = " " * 4 + text
    for at in range(5, len(padded)):
        yield [padded[at - n + 1 : at + 1] for n in range(1, 6)], [padded[at - n : at] for n in range(1, 5)]


def slow_bits(texts):
    """Bits a character by the definition: counts of all other different texts."""
    out = []
    for text in texts:
        counts, characters = Counter(), 0
        for other in dict.fromkeys(texts):
            if other != text:
                for ends, _ in grams(other):
                    counts.update(ends)
                    characters += 1
        bits, size = 0.0, 0
        before = [" "] * 4
        for ends, contexts in grams(text):
            p = 1 / 256
            for n in range(5):
                seen = counts[ends[n]]
                context = characters if n == 0 else max(seen, counts[contexts[n - 1]])
                if not context:
                    break
                p = (seen + STRENGTH * p) / (context + STRENGTH)
            bits -= math.log2(p)
            size += 1
        assert before
        out.append(bits / size if size else 0.0)
    return out


words = st.sampled_from(["card", "where", "lost", "my", "7", "über", "我的", "refund", "q"])
texts = st.lists(st.lists(words, min_size=1, max_size=5).map(" ".join), min_size=1, max_size=8)


@given(texts)
def test_bits_are_those_of_the_definition(texts):
    assert surprise(pl.Series(texts)).bits == pytest.approx(slow_bits(texts), abs=1e-3)


def test_copies_do_not_vouch_for_each_other(english):
    once = surprise(pl.Series([*english, "jfkdls afjkd lsajf"]))
    often = surprise(pl.Series([*english, *["jfkdls afjkd lsajf"] * 20]))
    assert often.bits[-1] == pytest.approx(once.bits[-1], abs=1e-3)
    assert often.unknown[-1] == once.unknown[-1] == 1


def test_known_words_are_known_and_common_ones_common(english):
    found = surprise(pl.Series([*english, "where is my zorblatt"]))
    assert found.unknown[:-1].max() < 0.2
    assert found.unknown[-1] == pytest.approx(8 / 17)
    assert found.common[-1] == pytest.approx(3 / 4)
    assert found.letters[-1] == 17


def test_scripts_without_spaces_are_read_by_pairs():
    texts = ["我的包裹在哪里", "我的卡在哪里", "包裹什么时候到", "退款什么时候到"]
    found = surprise(pl.Series([*texts, "我的退款在哪里"]))
    assert found.unknown[-1] < 0.4
    assert found.letters[-1] == 7


@given(st.lists(st.text(max_size=50), max_size=12), st.randoms(use_true_random=False))
def test_order_does_not_matter(texts, random):
    shuffled = list(range(len(texts)))
    random.shuffle(shuffled)
    one = surprise(pl.Series(texts, dtype=pl.String))
    other = surprise(pl.Series([texts[i] for i in shuffled], dtype=pl.String))
    assert np.array_equal(one.bits[shuffled], other.bits)
    assert np.array_equal(one.unknown[shuffled], other.unknown)


def test_mash_surprises_more_than_any_honest_text(english):
    found = surprise(pl.Series([*english, "vbhgfuy tredsmn bvghju"]))
    assert found.bits[-1] > found.bits[:-1].max() + 1
