"""Peers of slice discovery, on the same rows: slices as (words, rows), and seconds."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from setup_peers import python, ready
from sklearn.tree import DecisionTreeClassifier

from assay.reports.discovery.candidate import Context
from assay.reports.discovery.cover import search
from assay.reports.discovery.statements import least_rows, statements
from assay.reports.discovery.strata import Strata
from assay.reports.discovery.told import told

if TYPE_CHECKING:
    from failing_slices import Made

    from assay.audit.dataset import Dataset

Slices = tuple[list[tuple[str, np.ndarray]], float]
TOKENS, TOP = 60, 10
LONGEST = 120
"""Seconds that sliceline gets for a set."""


def _parts(made: Made, data: Dataset):
    labels = made.frame["label"].to_numpy().astype(str)
    rows = told(data, "test", np.arange(labels.size), labels, made.predictions, ~made.wrong, clusters=None)
    names, classes = np.unique(labels, return_inverse=True)
    return rows, names, classes.astype(np.int64)


def uncorrected(made: Made, data: Dataset) -> Slices:
    """Our own search, every test at 5 % by itself."""
    started = time.perf_counter()
    rows, names, classes = _parts(made, data)
    trials = np.arange(classes.size)
    predicates = statements(rows, trials, classes, names.tolist())
    strata = Strata(classes, made.wrong, np.ones(classes.size, bool))
    found = search(Context(predicates, strata, least_rows(classes.size), float(np.log(0.05)), flat=True), TOP)
    return [("", each.candidate.rows.astype(np.int64)) for each in found], time.perf_counter() - started


def tree(made: Made, data: Dataset, *, smallest: float = 20) -> Slices:
    """A decision tree of 60 leaves on the same statements; leaves of more than the mean error rate, worst first."""
    started = time.perf_counter()
    rows, names, classes = _parts(made, data)
    predicates = statements(rows, np.arange(classes.size), classes, names.tolist())
    model = DecisionTreeClassifier(max_leaf_nodes=60, min_samples_leaf=smallest, random_state=0)
    table = predicates.table
    model.fit(table, made.wrong)
    leaf = model.apply(table)
    found = [np.flatnonzero(leaf == k) for k in np.unique(leaf)]
    mean = made.wrong.mean()
    bad = [r for r in found if made.wrong[r].mean() > 1.5 * mean]
    bad.sort(key=lambda r: -(made.wrong[r].sum() - mean * r.size))
    return [("", r) for r in bad[:TOP]], time.perf_counter() - started


def large_leaves(made: Made, data: Dataset) -> Slices:
    """The same with at least 5 % of the rows in a leaf, as deepchecks and Giskard have it."""
    return tree(made, data, smallest=0.05)


def sliceline(made: Made, _: Dataset) -> Slices | None:
    """What sliceline finds on label, metadata, length and the most frequent words; None where it is not installed."""
    if not ready("sliceline"):
        return None
    texts = made.frame["text"].str.to_lowercase()
    words = texts.str.extract_all(r"\w+").list.unique().explode().value_counts(sort=True)
    columns = [made.frame["label"].to_numpy()]
    columns += [made.frame[c].to_numpy() for c in made.frame.columns if c in {"channel", "region", "domain"}]
    size = texts.str.count_matches(r"\S+").to_numpy()
    columns += [np.digitize(v, np.quantile(v, [0.05, 0.1, 0.9, 0.95])) for v in (size, made.frame["tenure_months"])]
    columns += [texts.str.contains(rf"\b{w}\b").to_numpy() for w in words[words.columns[0]][:TOKENS].to_list()]
    codes = np.column_stack([np.unique(c, return_inverse=True)[1] + 1 for c in columns])
    with tempfile.TemporaryDirectory() as folder:
        table, out = Path(folder) / "table.npz", Path(folder) / "out.json"
        np.savez(table, codes=codes, errors=made.wrong.astype(float))
        script = Path(__file__).parent / "peers" / "sliceline_slices.py"
        command = [str(python("sliceline")), str(script), str(table), str(out)]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=LONGEST)
        except subprocess.TimeoutExpired:
            return [], float(LONGEST)  # no answer is no slice
        answer = json.loads(out.read_text(encoding="utf-8"))
    found = []
    for row in answer["slices"]:
        mask = np.ones(codes.shape[0], bool)
        for column, value in enumerate(row):
            if value is not None:
                mask &= codes[:, column] == value
        found.append(("", np.flatnonzero(mask)))
    return found, answer["seconds"]


PEERS = {
    "without correction": uncorrected,
    "decision tree, 60 leaves": tree,
    "decision tree, leaves of 5 %": large_leaves,
    "sliceline": sliceline,
}
