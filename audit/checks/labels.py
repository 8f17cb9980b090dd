"""LBL004-LBL006: classes too small to learn or to measure, mistyped labels, labels that one split lacks.

LBL005 names the spellings of a label. The other two count spellings that are equal after folding together, so
that one slip of the hand is not told three times, and say of a mere likeness what it may be a typo of.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from assay.audit.dataset import TRAIN, VALIDATION, Dataset, Split, memoised
from assay.audit.errors import MissingInputError
from assay.audit.label_names import folded, variants
from assay.audit.multilabel import label_pairs, multilabel
from assay.audit.rules import Fix, Hit, Severity, rule
from assay.audit.slicing.exact import sample
from assay.audit.wording import counted, percent, quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MANY = 20  # distinct labels up to which any column may hold classes, however few its rows
_RARE = 0.05  # LBL005's default share, by which the other rules too know a misspelt label
_PLACEHOLDERS = ("nan", "null", "n/a", "#n/a", "<na>")


@dataclass(frozen=True, slots=True, eq=False)
class _Classes:
    """Class sizes: ``counts[split, code]``; a row with several labels counts for each of them."""

    names: tuple[str, ...]
    rows: NDArray[np.int64]
    """(pairs,) row of each label of each row, ascending."""
    codes: NDArray[np.int32]
    """(pairs,) its class."""
    counts: NDArray[np.int64]
    train: Split | None
    labelled: dict[str, int]
    """Split name -> rows with a label."""
    measured: tuple[Split, ...]
    """Held-out splits with labels that give the figures: all but validation, or it alone if there is no other."""

    @property
    def totals(self) -> dict[str, int]:
        """Label -> rows in all splits."""
        return dict(zip(self.names, self.counts.sum(axis=0).tolist(), strict=True))

    def of(self, data: Dataset, split: Split) -> NDArray[np.int64]:
        """Rows by class of one split."""
        found: NDArray[np.int64] = self.counts[data.splits.index(split)]
        return found


@memoised
def _classes(data: Dataset) -> _Classes:
    """Count classes by split.

    Raises:
        MissingInputError: no label column, no label in it, or values that are no classes.
    """
    rows, codes, names = label_pairs(data)
    if not names:
        raise MissingInputError(f"no row has a label in column {data.roles.label!r}; name another with --label COLUMN")
    _refuse_values(data.roles.label or "", names, np.unique(rows).size)
    size = len(names)
    split = data.split_codes.astype(np.int64)[rows]
    counts = np.bincount(split * size + codes, minlength=len(data.splits) * size).reshape(len(data.splits), size)
    labelled = {s.name: int(n) for s, n in zip(data.splits, counts.sum(axis=1).tolist(), strict=True)}
    held_out = tuple(s for s in data.held_out if labelled[s.name])
    train = data.split(TRAIN)
    return _Classes(
        names=names,
        rows=rows,
        codes=codes,
        counts=counts,
        train=train if train and labelled[TRAIN] else None,
        labelled=labelled,
        measured=tuple(s for s in held_out if s.name != VALIDATION) or held_out,
    )


@memoised
def _spelt_alike(data: Dataset) -> tuple[_Classes, dict[str, str]]:
    """Class sizes with spellings equal after folding under the most frequent one; label -> what it may be a typo of."""
    classes = _classes(data)
    code_of = {name: code for code, name in enumerate(classes.names)}
    wanted, typos = np.arange(len(classes.names)), {}
    for variant in variants(classes.totals, _RARE):
        if variant.same:
            wanted[code_of[variant.label]] = code_of[variant.wanted]
        else:
            typos[variant.label] = variant.wanted
    counts = np.zeros_like(classes.counts)
    np.add.at(counts.T, wanted, classes.counts.T)
    return replace(classes, codes=wanted[classes.codes].astype(np.int32), counts=counts), typos


def _unless_typo(data: Dataset, label: str) -> str:
    """What a message adds for a label that LBL005 takes for a typo; nothing for the others."""
    meant = _spelt_alike(data)[1].get(label)
    return f", unless {quoted(meant)} was meant (see LBL005)" if meant else ""


def _refuse_values(column: str, names: tuple[str, ...], rows: int) -> None:
    """Values of each row (measurements, free texts) are not classes."""
    if len(names) <= _MANY:
        return
    if 2 * len(names) > rows:
        raise MissingInputError(
            f"column {column!r} has {len(names):,} different labels in {rows:,} rows: values of each row rather than"
            " classes; name a column of classes with --label COLUMN"
        )
    numbers = pl.Series(names).str.strip_chars().cast(pl.Float64, strict=False)
    if numbers.null_count() == 0 and 2 * int((numbers % 1 != 0).sum()) > len(names):
        raise MissingInputError(
            f"column {column!r} holds measurements ({len(names):,} different numbers with fractions) rather than"
            " classes; name a column of classes with --label COLUMN"
        )


def _rows_of(classes: _Classes, wanted: NDArray[np.bool_], within: NDArray[np.bool_]) -> dict[int, list[int]]:
    """Rows of each wanted class, in order of the frame; one pass however many classes there are."""
    pairs = np.flatnonzero(within[classes.rows] & wanted[classes.codes])
    pairs = pairs[np.argsort(classes.codes[pairs], kind="stable")]
    rows, codes = classes.rows[pairs], classes.codes[pairs]
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    parts = np.split(rows, starts[1:]) if len(starts) else []
    return {int(codes[start]): part.tolist() for start, part in zip(starts, parts, strict=True)}


def _inside(data: Dataset, split: Split) -> NDArray[np.bool_]:
    mask = np.zeros(len(data), np.bool_)
    mask[split.start : split.stop] = True
    return mask


@rule("LBL004", "rare-class", Severity.WARNING)
def rare_class(data: Dataset, *, min_train: int = 10, min_test: int = 14, max_ratio: float = 50.0) -> Iterator[Hit]:
    """Find classes with too few rows to learn from or to be measured by, and lopsided class sizes.

    Why: a model learns little from a handful of rows, and a handful of test rows proves nothing: with n
    rows and no error, the 95 % lower bound of recall is 0.05^(1/n), so 14 rows are needed to show .80 and
    29 to show .90. At 50 to 1, a model that never answers the smaller of two classes is right 98 % of the time.
    Fix: collect rows for the class, merge it with a related one, or leave it out on purpose; read its score
    with its interval.
    Options: min_train and min_test are rows a class needs in train and in test (validation, if there is no
    test split); max_ratio is how many times the largest class of train may outnumber the smallest that
    has min_train rows. A class that a split lacks altogether is LBL006's; labels equal after folding,
    which LBL005 names, are counted together. A row with several labels (`a;b`, lists) counts for each of them.
    """
    classes, _ = _spelt_alike(data)
    if not classes.train and not classes.measured:
        raise MissingInputError("no labelled train or test rows to count; give them with TRAIN and --test FILE")
    judged = [(s, min_train) for s in (classes.train,) if s] + [(s, min_test) for s in classes.measured]
    rows: dict[int, list[int]] = {}
    for split, least in judged:
        counts = classes.of(data, split)
        few = (counts > 0) & (counts < least)
        for code, part in _rows_of(classes, few, _inside(data, split)).items():
            rows.setdefault(code, []).extend(part)
    for code in sorted(rows):
        yield _rare(data, classes, code, judged, rows[code])
    if classes.train:
        yield from _lopsided(data, classes, classes.train, min_train, max_ratio)


def _rare(data: Dataset, classes: _Classes, code: int, judged: list[tuple[Split, int]], rows: list[int]) -> Hit:
    """A hit for a class that some split has too few rows of; measured in the split that has fewest."""
    name, said, bound = classes.names[code], [], None
    for split, least in judged:
        count = int(classes.of(data, split)[code])
        if 0 < count < least:
            said.append(f"{counted(count, 'row')} in {split.name} ({least} wanted)")
            if split.name != TRAIN:
                bound = min(bound or 1.0, best_lower_bound(count))
    proof = f"; even without an error its recall could not be shown to be over {_floor(bound)}" if bound else ""
    evidence: dict[str, Any] = {
        "class": name,
        "splits": [s.name for s in data.splits],
        "rows": classes.counts[:, code].tolist(),
        "wanted_splits": [s.name for s, _ in judged],
        "wanted": [least for _, least in judged],
    }
    if bound:
        evidence["best_recall_bound"] = round(bound, 6)
    message = f"class {quoted(name)} has only {' and '.join(said)}{proof}{_unless_typo(data, name)}"
    return Hit(tuple(sorted(rows)), message, evidence, subject=name)


def best_lower_bound(rows: int, confidence: float = 0.95) -> float:
    """The highest lower bound (one-sided, Clopper-Pearson) that so many rows can give: that of no error."""
    return float((1 - confidence) ** (1 / rows))


def _floor(value: float) -> str:
    return f"{math.floor(100 * value) / 100:.2f}"


def _lopsided(data: Dataset, classes: _Classes, train: Split, min_train: int, max_ratio: float) -> Iterator[Hit]:
    """At most one hit: the largest class of train against the smallest that is not rare."""
    counts = classes.of(data, train)
    present = np.flatnonzero(counts >= max(min_train, 1))
    if not len(present):
        return
    least, most = present[np.argmin(counts[present])], present[np.argmax(counts[present])]
    few, many = int(counts[least]), int(counts[most])
    if many <= max_ratio * few:
        return
    small, large = classes.names[least], classes.names[most]
    wanted = np.zeros(len(classes.names), np.bool_)
    wanted[least] = True
    rows = _rows_of(classes, wanted, _inside(data, train))[int(least)]
    message = (
        f"train is lopsided: the largest class {quoted(large)} has {counted(many, 'row')}, {many / few:.4g} times the"
        f" {few:,} of {quoted(small)}; look at scores by class, overall accuracy hides the small ones"
    )
    evidence = {"largest": large, "smallest": small, "rows": [many, few], "ratio": round(many / few, 6)}
    yield Hit(tuple(rows), message, evidence, subject=f"{large} : {small}")


@rule("LBL005", "label-typo", Severity.WARNING)
def label_typo(data: Dataset, *, rare: float = _RARE) -> Iterator[Hit]:
    """Find label strings that are another label written differently: "Refund ", "refnud".

    Why: each spelling counts as a class of its own, with too few rows, and every answer with the other
    spelling is scored as an error.
    Fix: relabel to the more frequent spelling; safe where the strings are equal after folding case, white
    space, punctuation and Unicode forms, to be looked at where a word seems mistyped.
    Options: rare is the share of the right word's rows up to which a near-equal word may be a typo of it.
    Words that differ in digits, opposites and short words are never typos of each other.
    """
    classes = _classes(data)
    alone = multilabel(data) is None  # a fix replaces all labels of a row
    totals = classes.totals
    found = variants(totals, rare)
    code_of = {name: code for code, name in enumerate(classes.names)}
    wanted = np.zeros(len(classes.names), np.bool_)
    wanted[[code_of[v.label] for v in found]] = True
    rows = _rows_of(classes, wanted, np.ones(len(data), np.bool_))
    for variant in found:
        mine, count = tuple(rows[code_of[variant.label]]), totals[variant.wanted]
        other = int(classes.rows[np.argmax(classes.codes == code_of[variant.wanted])])
        verb = "is probably a typo of" if variant.kind == "typo" else "is"
        message = (
            f"label {quoted(variant.label)} ({counted(len(mine), 'row')}) {verb} {quoted(variant.wanted)}"
            f" ({counted(count, 'row')}): {variant.detail}"
        )
        evidence = {
            "label": variant.label,
            "rows": len(mine),
            "other": variant.wanted,
            "other_rows": count,
            "difference": variant.kind,
            "similarity": round(variant.similarity, 6),
        }
        yield Hit(
            mine,
            message,
            evidence,
            Fix("relabel", mine, safe=variant.same, label=variant.wanted) if alone else None,
            related=(other,) * len(mine),
            scores=(variant.similarity,) * len(mine),
            suggested=variant.wanted if alone else None,
            subject=variant.label,
        )


@rule("LBL006", "unseen-label", Severity.ERROR)
def unseen_label(data: Dataset, *, placeholders: tuple[str, ...] = _PLACEHOLDERS) -> Iterator[Hit]:
    """Find labels that one split has and another lacks, and rows without a label.

    Why: a model cannot answer a label it never saw, so its rows in test are lost before training begins; a
    label that test lacks cannot be measured; a row without a label teaches nothing and scores as an error.
    Fix: split again by class, collect the missing rows, relabel a label that is only written differently;
    label or drop the rows without one.
    Options: placeholders are labels that stand for none, whatever their case. A split without any labels,
    such as production traffic, is left alone, and so is a label of train that test only writes in another way.
    """
    classes = _classes(data)
    none = np.array([name.strip().casefold() in placeholders for name in classes.names], np.bool_)
    yield from _missing(data, classes, none)
    if not classes.train:
        return
    train = classes.of(data, classes.train)
    for split in data.held_out:
        if classes.labelled[split.name]:
            yield from _unseen(data, classes, split, (train == 0) & ~none)
    together, _ = _spelt_alike(data)
    for split in together.measured:
        yield from _unmeasured(data, together, split, ~none)


def _missing(data: Dataset, classes: _Classes, none: NDArray[np.bool_]) -> Iterator[Hit]:
    """One hit a split: rows whose label is null, blank or a placeholder."""
    absent = np.ones(len(data), np.bool_)
    absent[classes.rows[~none[classes.codes]]] = False
    written_empty = data.label_codes[0] >= 0  # an empty list says that no label applies
    written_empty[classes.rows] = False
    absent[written_empty] = False
    for split in (s for s in (data.split(TRAIN), *data.held_out) if s):
        rows = np.flatnonzero(absent[split.start : split.stop]) + split.start
        if not len(rows) or len(rows) == split.rows:
            continue
        written = sorted({classes.names[c] for c in classes.codes[np.isin(classes.rows, rows)].tolist()})
        named = f" or a placeholder for one ({', '.join(map(quoted, written))})" if written else ""
        share = len(rows) / split.rows
        message = f"{counted(len(rows), 'row')} of {split.name} ({percent(share)}) have no label{named}"
        message = message.replace(" have ", " has ", 1) if len(rows) == 1 else message
        evidence = {"split": split.name, "rows": len(rows), "share": round(share, 6), "placeholders": written}
        fix: Fix | None = Fix("drop", tuple(rows.tolist()))
        subject, mildly = f"no label in {split.name}", None
        if multilabel(data):  # where rows have any number of labels, none may be meant
            message, fix, mildly = f"{message}; check that none applies", None, Severity.NOTE
        yield Hit(tuple(rows.tolist()), message, evidence, fix, subject=subject, severity=mildly)


def _unseen(data: Dataset, classes: _Classes, split: Split, absent: NDArray[np.bool_]) -> Iterator[Hit]:
    """Labels of a held-out split that train lacks as they are spelt there."""
    wanted = absent & (classes.of(data, split) > 0)
    if not wanted.any() or not classes.train:
        return
    typos = _spelt_alike(data)[1]
    train = classes.of(data, classes.train)
    by_rows = sorted(np.flatnonzero(train).tolist(), key=lambda code: int(train[code]))
    spelling = {folded(classes.names[code]): classes.names[code] for code in by_rows}
    for code, rows in sorted(_rows_of(classes, wanted, _inside(data, split)).items()):
        name = classes.names[code]
        theirs = spelling.get(folded(name)) or spelling.get(folded(typos.get(name, name)))
        safe = theirs is not None and folded(name) == folded(theirs)
        why = "a model cannot learn to answer it"
        if theirs is not None:
            why = f"{'train writes it' if safe else 'probably meant is'} {quoted(theirs)}"
        evidence = {"label": name, "split": split.name, "rows": len(rows), "train_rows": 0, "train_spelling": theirs}
        spelt = theirs if multilabel(data) is None else None  # a fix replaces all labels of a row
        yield Hit(
            tuple(rows),
            f"label {quoted(name)} has {counted(len(rows), 'row')} in {split.name} and none in train: {why}",
            evidence,
            Fix("relabel", tuple(rows), safe=safe, label=spelt) if spelt is not None else None,
            suggested=spelt,
            subject=f"{name} in {split.name}, not in train",
        )


def _unmeasured(data: Dataset, classes: _Classes, split: Split, label: NDArray[np.bool_]) -> Iterator[Hit]:
    """Labels of train that a held-out split lacks in any spelling; the place is a row of the label in train."""
    if not classes.train:
        return
    wanted = label & (classes.of(data, classes.train) > 0) & (classes.of(data, split) == 0)
    for code, rows in sorted(_rows_of(classes, wanted, _inside(data, classes.train)).items()):
        name = classes.names[code]
        evidence = {"label": name, "split": split.name, "rows": 0, "train_rows": len(rows)}
        message = (
            f"label {quoted(name)} has {counted(len(rows), 'row')} in train and none in {split.name}:"
            f" nothing there measures how well it is answered{_unless_typo(data, name)}"
        )
        example = int(sample(data, np.array(rows, np.int64), 1)[0])
        yield Hit((example,), message, evidence, subject=f"{name} in train, not in {split.name}")
