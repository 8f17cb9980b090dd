"""Tokens by word are those of the tokenizer over whole texts, whatever the texts."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.audit.encoders import batches

PIECES = ["the", "unbelievably", "[MASK]", "[CLS]x", "can't", "é", "e\u0301", "\u0301", "\u2028", "\t", "\n", "中文字",
          "a\x00b", "İ", "ß", "", "\u00a0", "\u200b", "x" * 300, "😀", "\ufffd"]  # fmt: skip
TEXTS = st.one_of(st.text(max_size=30), st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join))


@pytest.mark.parametrize("most", [512, 6])
def test_words_give_the_tokens_of_whole_texts(minilm, most):
    @given(st.lists(TEXTS, min_size=1, max_size=5))
    def same(texts):
        flat, bounds = batches.tokenize_words(texts, minilm.tokenizer, most)
        found = [flat[low:high].tolist() for low, high in pairwise(bounds)]
        assert found == [ids[1:-1].tolist() for ids in batches.tokenize(texts, minilm.tokenizer, most)]

    same()


def test_long_texts_are_cut_where_the_tokenizer_cuts_them(minilm):
    texts = ["word " * 3000, "x" * 30_000, "word" + " " * 30_000 + "beyond"]
    flat, bounds = batches.tokenize_words(texts, minilm.tokenizer, 512)
    assert bounds.tolist()[:2] == [0, 510]
    assert flat.size == sum(ids.size - 2 for ids in batches.tokenize(texts, minilm.tokenizer, 512))
