from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from assay.audit.reading import from_frames
from assay.reports.evaluation.clusters import equal_texts


def groups(texts):
    frame = pl.DataFrame({"text": texts, "label": ["a"] * len(texts)})
    return equal_texts(from_frames(frame, text=["text"], label="label")).tolist()


def test_texts_are_one_whatever_their_case_space_and_punctuation():
    same = groups(["Where is it?", "where  is it", "WHERE IS IT!!", "ｗhere is it", "where was it"])
    assert len(set(same[:4])) == 1
    assert same[4] != same[0]


def test_signs_and_numbers_make_a_difference():
    assert len(set(groups(["great 👍", "great 👎", "order 1", "order 2", "?", "!"]))) == 6


def test_empty_texts_are_like_no_other():
    assert len(set(groups(["", "", "  ", "x"]))) == 4


@given(st.lists(st.sampled_from(["a b", "A  b", "c", "d!", "d", "e"]), min_size=1, max_size=30))
def test_it_is_an_equivalence(texts):
    found = groups(texts)
    folded = [" ".join(t.lower().replace("!", "").split()) for t in texts]
    for i, one in enumerate(folded):
        assert np.array_equal(np.array(found) == found[i], np.array(folded) == one)
