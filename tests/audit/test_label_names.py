from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.audit.label_names import folded, variants

EQUAL = [
    ("Refund ", "refund"),
    ("card_payment", "Card Payment"),
    ("card-payment", "cardPayment"),
    ("play_music", "PlayMusic"),
    ("yes!", "yes"),
    ("U.S.", "us"),
    ("Straße", "STRASSE"),
    ("ｒｅｆｕｎｄ", "refund"),
    ("re\u200bfund", "refund"),
    ("信用卡 丢失", "信用卡丢失"),
    ("cafe\u0301", "café"),
]
DIFFERENT = [
    ("class_1", "class_2"),
    ("class_1", "class_11"),
    ("class 1 1", "class 11"),
    ("1.5", "15"),
    ("<=50K", ">50K"),
    ("C", "C++"),
    ("C#", "C"),
    ("A", "A-"),
    ("A", "A+"),
    ("1", "-1"),
    (":)", ":("),
    ("pos", "neg"),
]
TYPOS = [
    ("refnud", "refund"),
    ("erfund", "refund"),
    ("refundd", "refund"),
    ("biling", "billing"),
    ("spma", "spam"),
    ("acount_acess", "acount_access"),
    ("subscribtion", "subscription"),
    ("acommodaton", "accommodation"),
    ("AddToPlaylst", "AddToPlaylist"),
    ("возрват", "возврат"),
    ("παραγγελλία", "παραγγελία"),
    ("réservatoin", "réservation"),
]
NO_TYPOS = [
    ("class_2", "class_1"),
    ("tier2_support", "tier1_support"),
    ("neg", "pos"),
    ("card_payment_wrong_exchange_rate", "card_payment_fee_charged"),
    ("time", "timer"),
    ("card_charge", "card_change"),
    ("cancer", "cancel"),
    ("unverified", "verified"),
    ("nonverified", "verified"),
    ("not_spam", "spam"),
    ("no_refund", "refund"),
    ("invalid_card", "valid_card"),
    ("dislike", "like"),
    ("hypotension", "hypertension"),
    ("hypoglycemia", "hyperglycemia"),
    ("microeconomics", "macroeconomics"),
    ("employee", "employer"),
    ("prescribe", "proscribe"),
    ("northwest", "northeast"),
    ("astrology", "astronomy"),
    ("nephrology", "neurology"),
    ("ranking", "banking"),
    ("inactive", "active"),
    ("bat", "cat"),
    ("信用卡被盗", "信用卡丢失"),
    ("request_refund", "refund_request"),
]


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_equal_after_folding(one, other):
    assert folded(one) == folded(other)
    (found,) = variants({one: 2, other: 3}, rare=0.05)
    assert (found.label, found.wanted, found.same) == (one, other, True)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_after_folding(one, other):
    assert folded(one) != folded(other)
    assert not variants({one: 1, other: 1000}, rare=0.05)


@pytest.mark.parametrize(("odd", "right"), TYPOS)
def test_typos(odd, right):
    (found,) = variants({odd: 1, right: 100, "unlike_both": 50}, rare=0.05)
    assert (found.label, found.wanted, found.kind, found.same) == (odd, right, "typo", False)
    assert 0.7 < found.similarity < 1


@pytest.mark.parametrize(("odd", "right"), NO_TYPOS)
def test_no_typos(odd, right):
    assert not variants({odd: 1, right: 1000}, rare=0.05)
    assert not variants({odd: 1000, right: 1}, rare=0.05)


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("reservation", "réservation", "accents"),
        ("rеfund", "refund", "look-alike letters"),
        ("2.0", "2", "number form"),
    ],
)
def test_nearly_equal_is_not_safe(one, other, kind):
    (found,) = variants({one: 40, other: 50}, rare=0.05)
    assert (found.wanted, found.kind, found.same) == (other, kind, False)


def test_a_word_of_other_labels_is_no_typo():
    labels = {f"{topic};when": 9 for topic in ("spa", "gym", "card")} | {
        f"{topic};where": 9 for topic in ("pin", "gym")
    }
    assert not variants({**labels, "card;where": 1, "spa;where": 1}, rare=0.05)


def test_spellings_of_a_typo_go_to_the_label_meant():
    found = variants({"refund": 100, "refnud": 2, "Refnud": 1}, rare=0.05)
    assert {(v.label, v.wanted, v.kind) for v in found} == {
        ("refnud", "refund", "typo"),
        ("Refnud", "refund", "typo"),
    }


counts = st.dictionaries(st.text(max_size=12), st.integers(1, 1000), max_size=30)


@given(counts)
def test_variants_name_known_labels_once_and_in_order(counts):
    found = variants(counts, rare=0.05)
    assert [v.label for v in found] == sorted({v.label for v in found})
    for variant in found:
        assert variant.wanted in counts
        assert variant.wanted != variant.label
        assert 0 <= variant.similarity <= 1
        assert variant.same <= (folded(variant.label) == folded(variant.wanted))


@given(counts, st.randoms())
def test_variants_do_not_depend_on_order(counts, rng):
    items = list(counts.items())
    rng.shuffle(items)
    assert variants(dict(items), rare=0.05) == variants(counts, rare=0.05)


@given(st.text())
def test_folding_ignores_white_space_at_the_edges(text):
    assert folded(f"  {text}\t") == folded(text) or not text.strip()


@given(st.text(st.characters(max_codepoint=127)))
def test_folding_ignores_case(text):
    assert folded(text.upper()) == folded(text.lower())
