"""LEK006: what gives the label away without being the class's subject."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from assay.audit.dataset import Dataset, memoised
from assay.audit.errors import MissingInputError
from assay.audit.features import alike
from assay.audit.label_names import folded
from assay.audit.labelling.marks import separator
from assay.audit.rules import Hit, Severity, rule
from assay.audit.shortcuts.counting import Cue, Labels, exact_interval
from assay.audit.shortcuts.judging import Shortcut
from assay.audit.shortcuts.search import search
from assay.audit.wording import counted, percent, quoted

_MILD = frozenset({"derived", "word", "style", "length"})
_BY_COLUMN = frozenset({"column", "identifier", "length", "style", "derived"})
"""Kinds that are judged as a whole, not by the precision of one value."""
_SHOWN = 8
"""Values in the evidence; further ones are counted."""


@rule("LEK006", "label-revealing-token", Severity.WARNING)
def label_revealing_token(data: Dataset, *, exclude: tuple[str, ...] = ()) -> Iterator[Hit]:
    """Find tags, headers, lengths or metadata columns that alone predict the label far better than chance.

    What: the label's own name as a tag, key or ending; markup, lines, first and last words that only one class
    has; the length or the way of writing; columns, and parts of identifiers and file names, that reveal the class.
    Why: a model learns the cue in place of the meaning: it looks perfect in test and fails on real traffic,
    where the cue is absent.
    Fix: strip the cue from the texts, keep the column out of the model, or collect rows of the class without it.
    Options: exclude names columns that are known to follow from the label and never reach the model.
    Of more than 20,000 rows or 4 MB of text a sample is examined, each label in proportion: its rows are reported.
    A cue must be precise (95 % interval), remove half of the errors, answer more rows correctly than the most frequent
    label does (or mark a good part of that label's rows), and be significant after correction for all cues tried
    (Bonferroni, 0.01). Words of the class's subject are no cues: words, first and last words and bare codes count only
    where the texts read on without them, and passages only if the class does not use their words elsewhere as well.
    Lists of labels (``a;b``) are no classes: the rule does not apply to them.
    """
    labels = _labels(data)
    if sum(labels.sizes > 0) < 2:  # noqa: PLR2004 - nothing to tell apart
        raise MissingInputError("needs at least two labels")
    if mark := separator(labels.names):
        raise MissingInputError(f"column {data.roles.label!r} has lists of labels ({mark!r} between them), not classes")
    if 2 * len(labels.names) > (labels.codes >= 0).sum():
        raise MissingInputError(
            f"column {data.roles.label!r} has a label of its own for nearly every row; name a column of classes with"
            " --label COLUMN"
        )
    alone = alike(data).found.family < 0
    for shortcut in search(data, labels, exclude, alone):
        yield _hit(labels, shortcut)


@memoised
def _labels(data: Dataset) -> Labels:
    """Labels with spellings equal after folding counted as one; a row of each near-duplicate group counts."""
    codes, names = data.label_codes
    first: dict[str, int] = {}
    for code in np.argsort(-np.bincount(codes[codes >= 0], minlength=len(names)), kind="stable").tolist():
        first.setdefault(folded(names[code]), code)
    merged = np.array([first[folded(name)] for name in names], np.int32)
    codes = np.where(codes < 0, -1, merged[codes] if len(names) else codes).astype(np.int32)
    keys = data.hashes(np.arange(len(data)))
    labelled = np.flatnonzero(codes >= 0)
    labelled = labelled[np.lexsort((labelled, keys[labelled]))]
    _, rows = np.unique(alike(data).found.group[labelled] * (len(names) + 1) + codes[labelled], return_index=True)
    counted_rows = np.zeros(len(data), np.bool_)
    counted_rows[labelled[rows]] = True
    return Labels(codes, names, counted_rows, keys)


def _hit(labels: Labels, found: Shortcut) -> Hit:
    rows, answers = found.rows.tolist(), found.answers
    low, high = exact_interval(answers.right, answers.rows)
    evidence: dict[str, Any] = {
        "kind": found.kind,
        "where": found.where,
        "cues": [_facts(labels, cue) for cue in found.cues[:_SHOWN]],
        "more": max(0, len(found.cues) - _SHOWN),
        "accuracy_alone": round(answers.accuracy, 4),
        "accuracy_interval": [round(low, 4), round(high, 4)],
        "majority_accuracy": round(answers.base, 4),
        "gain_interval": [round(bound, 4) for bound in answers.gain],
        "rows_counted": answers.rows,
        "tried": found.tried,
        "p_corrected": float(f"{found.p:.3g}"),
    }
    if found.others:
        evidence["same_rows"] = list(found.others)
    mild = found.kind in _MILD or found.where == "1 word"
    return Hit(
        tuple(rows),
        _message(labels, found),
        evidence,
        scores=tuple(round(found.cues[0].precision, 4) for _ in rows),
        subject=f"{found.kind} {found.where} {found.cues[0].value}",
        severity=Severity.NOTE if mild else None,
    )


def _facts(labels: Labels, cue: Cue) -> dict[str, Any]:
    low, high = cue.interval
    return {
        "value": cue.value[:80],
        "label": labels.names[cue.label],
        "rows": cue.seen[1],
        "right": cue.seen[0],
        "distinct_rows": cue.rows,
        "distinct_right": cue.right,
        "precision": round(cue.precision, 4),
        "interval": [round(low, 4), round(high, 4)],
        "share_of_class": round(cue.coverage, 4),
        "share_of_set": round(cue.size / cue.total, 4),
    }


def _message(labels: Labels, found: Shortcut) -> str:
    top, answers = found.cues[0], found.answers
    name = quoted(labels.names[top.label], 40)
    right, rows = top.seen
    more = f"; {counted(len(found.cues) - 1, 'more value')} of the same kind" if len(found.cues) > 1 else ""
    sure = f"{right:,} of {counted(rows, 'row')} with it {'is' if rows == 1 else 'are'} {name}"
    if found.kind not in _BY_COLUMN:
        sure += f" (at least {percent(top.interval[0])})"
    among = "" if answers.rows == top.total else f" of the {answers.rows:,} rows that have one"
    alone = f"from it alone {percent(answers.accuracy)}{among} can be labeled correctly, {percent(answers.base)} from"
    alone += " the most frequent label"
    if answers.gain[0] <= 0:
        alone = f"{percent(answers.base)} of all rows are, and {percent(top.coverage)} of them have it"
    value = quoted(top.value, 60)
    what = {
        "label name": f"label name {value} is in the text {found.where}",
        "markup": f"tag {value} gives the label away",
        "passage": f"line {value} gives the label away",
        "start": f"texts that begin with {value} give the label away",
        "end": f"texts that end with {value} give the label away",
        "word": f"word {value} gives the label away",
        "column": f"column {quoted(found.where)} gives the label away, as {value}",
        "identifier": f"identifier {found.where} gives the label away, as {value}",
        "length": f"length in {found.where} gives the label away, as {value}",
        "style": f"way of writing ({found.where}: {value}) gives the label away",
        "derived": f"column {quoted(found.where)} follows from the label",
    }[found.kind]
    return f"{what}: {sure}{more}; {alone}" if found.kind != "derived" else f"{what}: {alone}"
