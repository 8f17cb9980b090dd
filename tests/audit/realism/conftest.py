"""Data sets of the texts a test names."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from assay.audit.dataset import Part, Roles, assemble
from assay.audit.rules import Settings, run

SUBJECTS = "parcel refund lamp kettle invoice password courier thermostat doorbell account order vacuum".split()  # noqa: SIM905
SENTENCES = (
    "where is my {} it should have come last week",
    "I would like to send the {} back and get my money",
    "the {} you sent me does not work any more",
    "can somebody please call me about the {}",
    "how long does it take until the {} is here",
    "nobody told me that the {} costs extra",
    "my {} was changed without asking me first",
    "thank you for your help with the {} yesterday",
)


def dataset(texts, labels=None):
    """A data set of one split."""
    columns = {"text": list(texts)} | ({"label": list(labels)} if labels is not None else {})
    rows = len(columns["text"])
    part = Part("train", pl.DataFrame(columns), np.arange(rows, dtype=np.int64), np.zeros(rows, np.int32), ())
    return assemble([part], Roles(text=("text",), label="label" if labels is not None else None))


@pytest.fixture(scope="session")
def english():
    """96 honest texts."""
    return [s.format(w) for s in SENTENCES for w in SUBJECTS]


@pytest.fixture(scope="session")
def rows_by_code():
    """Function from texts (and labels) to the rows that each realism rule finds."""

    def found(texts, labels=None, options=None, codes=("RLS001", "RLS002", "RLS003", "RLS004")):
        audit = run(dataset(texts, labels), Settings(select=codes, options=options or {}))
        assert not audit.crashed, audit.skipped
        out = {code: set() for code in codes}
        for finding in audit.findings:
            out[finding.code] |= set(finding.hit.rows)
        return out

    return found
