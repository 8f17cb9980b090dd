"""The engine on planted duplicates with known truth."""

import random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.audit.lexical.engine import Similar, find_similar

rng = random.Random(7)
SYLLABLES = [a + b for a in "bcdfglmnprstvw" for b in ("a", "e", "i", "o", "u", "an", "er", "ol")]
VOCABULARY = ["".join(rng.choices(SYLLABLES, k=rng.randint(1, 4))) for _ in range(6000)]


@pytest.fixture(autouse=True)
def seeded():
    """The same texts for a test, whichever ran before it."""
    rng.seed(7)


def sentence(length: int) -> list[str]:
    return rng.choices(VOCABULARY, k=length)


def look(texts: list[str], similarity: float = 0.84) -> Similar:
    return find_similar(pl.Series(texts, dtype=pl.String), similarity)


def noise(rows: int) -> list[str]:
    return [" ".join(sentence(rng.randint(8, 60))) for _ in range(rows)]


def edited(words: list[str], share: float) -> str:
    out = list(words)
    for i in rng.sample(range(len(out)), max(1, round(share * len(out)))):
        out[i] = rng.choice(VOCABULARY)
    return " ".join(out)


def test_planted_edits_are_found_and_nothing_else() -> None:
    bases = [sentence(rng.randint(12, 70)) for _ in range(200)]
    texts = noise(2000) + [t for b in bases for t in (" ".join(b), edited(b, 0.08))]
    found = look(texts)
    pairs = {(2000 + 2 * k, 2001 + 2 * k) for k in range(200)}
    got = set(zip(found.left.tolist(), found.right.tolist(), strict=True))
    assert got - pairs == set()
    assert len(got & pairs) >= 199


def test_unrelated_texts_have_no_pairs() -> None:
    found = look(noise(3000))
    assert found.left.size == 0
    assert found.inner.size == 0
    assert (found.family < 0).all()


def test_short_texts_with_a_typo_are_near() -> None:
    found = look([*noise(300), "where is my refund", "where is my refnud"])
    assert (300, 301) in set(zip(found.left.tolist(), found.right.tolist(), strict=True))


def test_quoted_reply_and_signature_are_contained_not_near() -> None:
    base = " ".join(sentence(30))
    reply = " ".join(sentence(12)) + "\n\n> " + base
    signed = base + "\n-- \n" + " ".join(sentence(10))
    found = look([*noise(300), base, reply, signed])
    held = set(zip(found.inner.tolist(), found.outer.tolist(), strict=True))
    assert {(300, 301), (300, 302)} <= held
    assert found.group[301] == 301
    assert found.left.size == 0


def test_containment_needs_the_order_of_words() -> None:
    base = sentence(30)
    shuffled = rng.sample(base, 30)
    found = look([*noise(300), " ".join(base), " ".join(sentence(15) + shuffled)])
    assert found.inner.size == 0


def test_rows_of_one_template_are_a_family_not_duplicates() -> None:
    texts = [
        f"Dear {rng.choice(VOCABULARY).title()}, your order {rng.randint(10000, 99999)} has been handed to the courier "
        f"and should reach you in {rng.choice(VOCABULARY)} before {rng.randint(1, 28)} May. Track it in the app."
        for _ in range(40)
    ]
    found = look([*noise(300), *texts])
    assert (found.family[300:] == found.family[300]).all()
    assert found.family[300] >= 0
    assert (found.family[:300] < 0).all()
    assert found.left.size == 0


def test_shared_disclaimer_makes_no_duplicates() -> None:
    disclaimer = " ".join(sentence(80))
    texts = [" ".join(sentence(15)) + "\n" + disclaimer for _ in range(60)]
    found = look([*noise(300), *texts])
    assert found.left.size == 0
    assert found.inner.size == 0


def test_duplicates_under_a_shared_disclaimer_are_still_found() -> None:
    disclaimer = " ".join(sentence(80))
    bodies = [sentence(20) for _ in range(40)]
    texts = [" ".join(b) + "\n" + disclaimer for b in bodies] + [edited(bodies[0], 0.05) + "\n" + disclaimer]
    found = look([*noise(300), *texts])
    assert list(zip(found.left.tolist(), found.right.tolist(), strict=True)) == [(300, 340)]


def test_ten_edited_copies_of_one_text_are_mostly_one_cluster() -> None:
    """Ten copies make its passages look shared; a few sets of copies are told apart wrongly, most are not."""
    largest = []
    for seed in range(20):
        rng.seed(seed)
        base = sentence(50)
        found = look([*noise(300), *(edited(base, 0.06) for _ in range(10))])
        largest.append(np.bincount(found.group[300:] - 300).max() / 10)
    assert np.mean(largest) > 0.85


def test_halves_of_a_template_are_one_family():
    """Two wordings of a slot part a template in two: 'a phone' and 'a brand new phone' change what is shared."""
    frame = sentence(14), sentence(22)
    rows = [
        " ".join([*frame[0], *device, "near", rng.choice(VOCABULARY), "at", f"{hour}:15", *frame[1]])
        for device in (["a", "phone"], ["a", "brand", "new", "phone"])
        for hour in range(10, 20)
    ]
    found = look([*noise(300), *rows])
    assert set(found.family[300:].tolist()) == {300}


def test_half_the_rows_identical_collapse() -> None:
    found = look([*noise(500), *["the very same text, word for word, again and again"] * 500])
    assert (found.rep[500:] == 500).all()
    assert (found.group[500:] == 500).all()


def test_texts_without_words_are_like_nothing() -> None:
    found = look(["", "", "!!!", "...", "?", "  "])
    assert (found.rep == np.arange(6)).all()
    assert (found.group == np.arange(6)).all()


def test_empty_column() -> None:
    assert look([]).rep.size == 0


@pytest.mark.parametrize(
    "text", ["申请退款但没有收到钱请尽快处理我的订单谢谢", "หมายเลขติดตามพัสดุของฉันไม่ทำงานกรุณาช่วยด้วย"]
)
def test_scripts_without_spaces(text: str) -> None:
    found = look([*noise(200), text, text[:-1] + "x"])
    assert found.group[201] == 200


def test_order_of_rows_does_not_matter() -> None:
    bases = [sentence(40) for _ in range(50)]
    texts = noise(400) + [" ".join(b) for b in bases] + [edited(b, 0.05) for b in bases]
    order = rng.sample(range(len(texts)), len(texts))
    first, second = look(texts), look([texts[i] for i in order])
    place = {row: i for i, row in enumerate(order)}
    moved = {
        tuple(sorted((place[a], place[b]))) for a, b in zip(first.left.tolist(), first.right.tolist(), strict=True)
    }
    assert moved == set(zip(second.left.tolist(), second.right.tolist(), strict=True))


@settings(max_examples=60)
@given(st.lists(st.text(max_size=30), max_size=30))
def test_any_texts_give_consistent_results(texts: list[str]) -> None:
    texts = [t.encode("utf-8", "replace").decode() for t in texts]
    found = look(texts)
    rows = np.arange(len(texts))
    assert (found.rep <= rows).all()
    assert (found.rep[found.rep] == found.rep).all()
    assert (found.group[found.group] == found.group).all()
    assert (found.group[found.left] == found.group[found.right]).all()
    assert (found.score >= 0.84 - 1e-6).all()


def test_two_runs_agree_to_the_bit() -> None:
    texts = noise(2000) + [edited(sentence(30), 0.1) for _ in range(200)] * 2
    one, two = look(texts), look(texts)
    for name in ("rep", "left", "right", "score", "inner", "outer", "group", "family"):
        assert np.array_equal(getattr(one, name), getattr(two, name)), name
