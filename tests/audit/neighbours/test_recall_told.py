"""Where not every pair of vectors is looked at, the audit says how many neighbours were found."""

from functools import partial

import numpy as np
import polars as pl

from assay.audit import features
from assay.audit.encoders.protocol import unit
from assay.audit.neighbours import search
from assay.audit.reading import read


def test_the_recall_of_a_large_search_is_a_fact(monkeypatch) -> None:
    rows = 28_000
    data = read({"train": pl.DataFrame({"text": [f"text number {n}" for n in range(rows)]})}, text="text")
    vectors = unit(np.random.default_rng(0).standard_normal((rows, 24), np.float32))
    monkeypatch.setattr(features, "embeddings", lambda _: features.Embedded(vectors, features.lsa_identity(24)))
    data.memo["fact", "encoder"] = features.lsa_identity(24).facts()
    true = features.neighbours(data, 5)
    assert true.recall == 1
    assert "neighbour_recall" not in data.memo["fact", "encoder"]

    data.memo.pop(("neighbours", 5))
    monkeypatch.setattr(search, "nearest", partial(search.nearest, exact=1000))
    found = features.neighbours(data, 5)
    told = data.memo["fact", "encoder"]["neighbour_recall"]
    assert 0.5 < told < 1
    share = np.mean([np.isin(found.index[r], true.index[r]).mean() for r in range(0, rows, 50)])
    assert abs(share - told) < 0.05
