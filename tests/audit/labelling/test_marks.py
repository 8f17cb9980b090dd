import numpy as np
import pytest

from assay.audit.labelling.heads import Nearest, Ridge
from assay.audit.labelling.marks import joined, judge_marks, separator, split
from assay.audit.neighbours.search import nearest


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (["a;b", "a", "b", "b;c", "a;c", "c"], ";"),
        (["a|b", "a", "b", "b|c", "a|c", "c"], "|"),
        (["a, b", "a", "b", "b, c", "a, c", "c"], ","),
        (['["a", "b"]', '["a"]', "[]"], "["),
        (["Food, drink", "Health, beauty", "Sport"], ""),
        (["a", "b"], ""),
        (["refund;", "login", "delivery"], ""),
        ([], ""),
    ],
)
def test_separator(labels, found):
    assert separator(labels) == found


def test_labels_split_and_join():
    assert split("a; b ;a;", ";") == ("a", "b")
    assert split('["a, b", "c"]', "[") == ("a, b", "c")
    assert split("['a', 'b']", "[") == ("a", "b")
    assert joined(["a", "b"], ";") == "a;b"
    assert joined(["a"], "[") == '["a"]'


def test_planted_marks_come_first():
    sparse = pytest.importorskip("scipy.sparse")
    rng = np.random.default_rng(0)
    truth = rng.random((800, 6)) < 0.3
    basis = rng.normal(size=(6, 24))
    points = truth @ basis + rng.normal(size=(800, 24)) * 0.7
    vectors = (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)
    rows, marks = rng.choice(800, 40, replace=False), rng.integers(6, size=40)
    noisy = truth.copy()
    noisy[rows, marks] ^= True
    near = nearest(vectors, 15)
    found = judge_marks(
        Ridge([vectors]), Nearest(near.index, near.similarity), sparse.csr_array(noisy.astype(np.float32))
    )
    top = np.argsort(-found.odds)[:40]
    assert np.isin(top, rows).mean() > 0.6
    right = np.isin(top, rows)
    where = dict(zip(rows.tolist(), marks.tolist(), strict=True))
    assert all(found.mark[row] == where[row] for row in top[right].tolist())
