"""Languages of a set are found, not assumed."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from assay.audit.realism import languages
from assay.audit.realism.languages import NAMES, load_model, spoken

GERMAN = [
    "Wo bleibt meine Erstattung? Ich warte seit drei Wochen auf das Geld.",
    "Die Lampe lässt sich nicht mit dem Netz verbinden, was mache ich falsch?",
    "Mein Paket wurde beim Nachbarn abgegeben, aber welcher Nachbar ist das?",
    "Bitte löschen Sie mein Konto und alle Daten, die dazu gehören.",
    "Der Wasserkocher ist nach zwei Tagen kaputt gegangen.",
]
OTHERS = {
    "sv": "Hej, jag undrar bara om ni skickar till Göteborg och vad frakten kostar?",
    "fi": "Viimeinen muistutus: toimistotarvikkeet puoleen hintaan perjantaihin asti.",
    "el": "Καλησπέρα, πώς συνδέω τη λάμπα με το καινούργιο ρούτερ;",
    "tr": "Merhaba, geri gönderdiğim ısıtıcının parası hâlâ hesabıma yatmadı.",
    "ja": "新しいカードはどこですか、もう二週間待っています",
    "ru": "Где мой заказ? Я жду его уже две недели.",
    "ar": "أين طلبي؟ لقد انتظرت أسبوعين",
    "th": "ขอคืนเงินสำหรับกาต้มน้ำที่เสีย",
}


def test_scores_are_those_of_py3langid():
    from py3langid.langid import LanguageIdentifier

    known = LanguageIdentifier.from_model_file("data/model.npz.xz")
    texts = [*GERMAN, *OTHERS.values(), "HELLO OVER THERE", "cafe\u0301", "", "123", "asdf jkl"]
    scores, size = languages._scores(load_model(), pl.Series(texts))
    assert size.tolist() == [len(known._encode(t)) for t in texts]
    for text, mine in zip(texts, scores, strict=True):
        theirs = known._raw_score(known._encode(text))
        if theirs.max() > -1e30:  # it has no opinion of texts without a feature
            np.testing.assert_allclose(mine, theirs, rtol=1e-3, atol=0.05)


def test_the_main_language_is_found(english):
    assert list(spoken(pl.Series(english), 0.01).languages) == ["en"]
    assert list(spoken(pl.Series(GERMAN * 5), 0.01).languages) == ["de"]
    assert set(spoken(pl.Series(english + GERMAN * 5), 0.01).languages) == {"en", "de"}
    assert spoken(pl.Series(["", "12", "?"]), 0.01).languages == {}


@pytest.mark.parametrize("code", OTHERS)
def test_a_text_in_another_language_is_found(english, rows_by_code, code):
    found = rows_by_code([*english * 3, OTHERS[code]])
    assert found == {"RLS001": set(), "RLS002": set(), "RLS003": set(), "RLS004": {3 * len(english)}}


@pytest.mark.parametrize("code", OTHERS)
def test_an_english_text_is_foreign_in_a_set_of_another_language(rows_by_code, code):
    other = [f"{OTHERS[code]} {i}" for i in range(60)]
    found = rows_by_code([*other, "Where is my parcel? It should have been here last week already."])
    assert found["RLS004"] == {60}


def test_a_multilingual_set_is_left_alone(english, rows_by_code):
    assert not rows_by_code([*english, *GERMAN * 2])["RLS004"]


def test_a_language_may_be_welcome(english, rows_by_code):
    texts = [*english, OTHERS["sv"]]
    assert not rows_by_code(texts, options={"RLS004": {"languages": ("sv",)}})["RLS004"]


@pytest.mark.parametrize(
    "text", ["play la vie en rose in the kitchen", "hola, where is my order", "merci", "Gesundheit"]
)
def test_borrowed_words_are_no_other_language(english, rows_by_code, text):
    assert not rows_by_code([*english, text])["RLS004"]


def test_names_are_of_languages_the_model_knows():
    assert set(NAMES) <= set(load_model().names)
