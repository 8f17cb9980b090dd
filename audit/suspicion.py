"""How probable it is that each row's label is wrong: what the label rules and ``rows.parquet`` share."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assay.audit import limits
from assay.audit.errors import ConfigError, DataError, MissingInputError
from assay.audit.features import alike, counts, embeddings, grams, lsa, recalled
from assay.audit.label_units import as_chance, by_unit, label_units, neighbours_of, share_of
from assay.audit.labelling.catch_all import catch_all_shift
from assay.audit.labelling.fusion import sample_size
from assay.audit.labelling.heads import Bayes, Nearest, Ridge, Told
from assay.audit.labelling.pattern import find_pattern
from assay.audit.labelling.posterior import judge
from assay.audit.labelling.ranking import SHOWN, rank_labels
from assay.audit.labelling.words import Speaking
from assay.audit.multilabel import multilabel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset
    from assay.audit.label_units import Units
    from assay.audit.labelling.heads import Head
    from assay.audit.labelling.pattern import Pattern
    from assay.audit.labelling.posterior import Judgement
    from assay.audit.labelling.ranking import Ranking
    from assay.audit.mark_suspicion import MarkSuspicion
    from assay.audit.neighbours.search import Neighbours

SURE = 0.95
"""Score from which a label is reported as wrong, in a set whose texts explain the labels fully."""
HARDLY = 0.03
"""Share of the labels' entropy explained below which labels are not judged."""
REVIEW = 0.3
"""Score from which it is reported as doubtful, in such a set and if the text alone would get another label."""
CAUTION = 0.2
"""What is added to REVIEW in a set whose texts explain nothing of the labels."""
LEAST_ROWS = 5
"""Texts that a class needs before a label of it can be called wrong: fewer are no evidence."""
WORD_VIEW = 200_000
"""Units up to which a dense view of the set's own words is learned from, beside the encoder's."""
_LEAST_UNITS = 61
"""Different texts that a judgement takes: with fewer one cannot tell a wrong label from a rare wording."""
_FEW_CLASSES = 20  # up to which any column may hold classes
_FEW_VALUES = 0.1  # share of rows that a column may have values of to be tried as a source of errors
_DIGITS = 6  # of log-odds: the same bytes whatever the processor's rounding
CLEAR = 0.7
"""Share of the labels' entropy that texts and labels together settle, from which classes are clear."""
_OPEN = 0.5  # share of the entropy that texts explain, below which labels may be a matter of opinion
_CONTRADICTED = 0.5  # score from which a label counts as contradicted
_MANY_WRONG = 0.05  # share of labels that are contradicted in a set that is noisy
_LEAST_WRONG = 10
_EXPLAINED = 0.6  # share of the entropy explained from which neighbors are pure enough to be asked
_TYPICAL = 0.9  # of the usual share of neighbors with the same label, that a suggestion needs to be a warning
_HALF, _BY_TEXT = 0.5, 0.6  # share of neighbors, and chance by the text alone, that a suggested label needs
_UNDECIDED = 3  # labels of one text from which it is boilerplate of many classes
_ODD = 0.1  # share of neighbors that may have the label given
_ALIKE = 0.95  # share of contradicted labels that every head contradicts
_BOLDER = 0.37  # of ``sure`` in such a set: precision stays over .9 with 10% and 20% of the labels flipped


@dataclass(frozen=True, slots=True, eq=False)
class Suspicion:
    """What is known of the labels."""

    names: tuple[str, ...]
    units: Units
    odds: NDArray[np.float64]
    """(rows,) logarithm of the odds that the label is wrong; nan for a row without a label."""
    suggested: NDArray[np.int32]
    """(rows,) most probable other class; -1 for a row without a label."""
    judged: Judgement
    """What the judge has to say of the units."""
    neighbours: Neighbours
    """(units, k) nearest other units."""
    pattern: Pattern | None
    conflicting: NDArray[np.bool_]
    """(units,) whether the same text has three labels or more: LBL001 reports it, and the text does not decide."""
    enough: NDArray[np.bool_]
    """(classes,) whether the class has rows enough to call a label of it wrong."""

    def certain(self, sure: float) -> float:
        """Score from which a label is called wrong: ``sure`` where the texts explain the labels, up to 1 where not.

        Where the texts explain little, either the classes are unclear, and most of what contradicts a label is the
        judge's own error, or many labels are wrong (``noisy``): there a score under ``sure`` is enough.
        """
        return _BOLDER * sure if self.noisy else max(sure, 1 - self.judged.knowable / 2)

    @property
    def noisy(self) -> bool:
        """Whether texts explain little of the labels because many labels are wrong.

        Then classes are clear once the labels are weighed in, yet many labels are contradicted, by every head alike.
        """
        against = np.round(as_chance(self.by_unit), _DIGITS) >= _CONTRADICTED
        many = int(against.sum())
        if many < max(_MANY_WRONG * against.size, _LEAST_WRONG):
            return False
        return self.judged.clarity >= CLEAR and int(self.judged.agreed[against].sum()) >= _ALIKE * many

    @property
    def opinion(self) -> bool:
        """Whether the texts leave the labels open: what one annotator chose, another would not."""
        return self.judged.knowable < _OPEN and self.judged.clarity < CLEAR

    @property
    def typical(self) -> NDArray[np.bool_]:
        """(units,) whether each lies among the class suggested for it as undisputed texts of that class do.

        A text that has no more than a few neighbors there, or some of its own label, is only hard to classify.
        """
        labelled = np.flatnonzero(self.units.of >= 0)
        suggested = np.empty(self.units.rows.size, np.int64)
        suggested[self.units.of[labelled]] = self.suggested[labelled]
        codes, classes = self.units.codes, len(self.names)
        own, other = share_of(self.neighbours, codes, codes), share_of(self.neighbours, codes, suggested)
        calm = self.by_unit < 0
        size = np.bincount(codes[calm], minlength=classes)
        usual = np.bincount(codes[calm], own[calm], classes) / np.maximum(size, 1)
        found: NDArray[np.bool_] = np.round(other - _TYPICAL * usual[suggested], _DIGITS) >= 0
        return found & (np.round(own, _DIGITS) <= _ODD)

    @property
    def by_unit(self) -> NDArray[np.float64]:
        """(units,) logarithm of the odds that the label is wrong: the highest of the unit's rows."""
        return by_unit(self.units, self.odds)

    @property
    def chance(self) -> NDArray[np.float64]:
        """(rows,) score, 0 to 1, that the label is wrong; nan for a row without one."""
        return as_chance(self.odds)

    def ranking(self, sure: float, review: float, top: float = SHOWN) -> Ranking:
        """Which units are reported, from the options of LBL002."""
        odds = self.by_unit
        doubtful = np.zeros(odds.size, np.bool_)
        rows = np.flatnonzero(self.doubtful(review))
        doubtful[self.units.of[rows]] = True
        certain = doubtful & (np.round(as_chance(odds), _DIGITS) >= self.certain(sure)) & (not self.opinion)
        if self.noisy:
            certain &= self.judged.agreed
        if not self.noisy or self.judged.knowable >= _EXPLAINED:
            certain &= self.typical
        return rank_labels(odds, certain & self.supported & ~self.conflicting, doubtful, top)

    @property
    def supported(self) -> NDArray[np.bool_]:
        """(units,) whether half of the neighbors have the suggested label, and the text alone would get it.

        The latter is not asked of datasets in which many labels are wrong.

        A label that fits badly is no evidence for another one.
        """
        suggested = self.judged.suggested.astype(np.int64)
        votes = share_of(self.neighbours, self.units.codes, suggested)
        if self.noisy:
            enough: NDArray[np.bool_] = np.round(votes, _DIGITS) >= _HALF
            return enough
        seen = self.judged.seen
        by_text = np.where(seen.index == suggested[:, None], seen.value, 0.0).max(axis=1)
        found: NDArray[np.bool_] = (np.round(votes, _DIGITS) >= _HALF) & (np.round(by_text, _DIGITS) >= _BY_TEXT)
        return found

    def doubtful(self, review: float) -> NDArray[np.bool_]:
        """(rows,) whether the label is worth a look: probably wrong, or not what the text alone would be given."""
        chance = np.round(np.nan_to_num(self.chance), _DIGITS)
        labelled = np.flatnonzero(self.units.of >= 0)
        unit = self.units.of[labelled]
        other = np.zeros(chance.size, np.bool_)
        other[labelled] = (self.judged.seen.best != self.units.codes)[unit] & self.enough[self.units.codes[unit]]
        found: NDArray[np.bool_] = (chance >= review + CAUTION * (1 - self.judged.knowable)) | (
            other & (chance >= review)
        )
        return found

    def nearest(self, unit: int) -> list[tuple[int, int, float]]:
        """Row, label and cosine of the nearest units."""
        pairs = zip(self.neighbours.index[unit].tolist(), self.neighbours.similarity[unit].tolist(), strict=True)
        return [(int(self.units.rows[u]), int(self.units.codes[u]), s) for u, s in pairs if u >= 0]

    def alike(self, row: int) -> int:
        """The nearest other row by its text; -1 if there is none."""
        return next((n[0] for n in self.nearest(int(self.units.of[row]))), -1)

    def suggestion(self, rows: NDArray[np.int64]) -> list[str]:
        """Most probable other label of some labelled rows."""
        return [self.names[c] for c in self.suggested[rows].tolist()]

    def by_text(self, unit: int, most: int = 3) -> dict[str, float]:
        """The most probable classes by the text alone, the label's own one last if it is not among them."""
        index, value = self.judged.seen.index[unit], self.judged.seen.value[unit]
        value = np.round(value, 4)
        order = [0, *(1 + np.argsort(-value[1:], kind="stable")[:most]).tolist()]
        ranked = sorted((k for k in order if k == 0 or value[k] > 0), key=lambda k: (-value[k], k))
        return {self.names[index[k]]: float(value[k]) for k in ranked}


def speaking(data: Dataset, known: Suspicion) -> Speaking:
    """Which words speak for a class, over the units of a data set."""
    return Speaking(counts(data)[known.units.rows], known.units.codes, len(known.names), grams(data))


def suspicion(data: Dataset, probabilities: str = "") -> Suspicion | MarkSuspicion:
    """Judge the labels of all splits together, each unit by all others.

    Args:
        data: the data set.
        probabilities: file of the user's own out-of-sample probabilities; empty for none.

    Raises:
        MissingInputError: no text or label column, values that are no classes, or too few labels to judge by.
        ConfigError: the file does not fit the data.
    """
    key = ("suspicion", probabilities)
    if key not in data.memo:
        data.memo[key] = _judged(data, probabilities)
    known: Suspicion | MarkSuspicion = data.memo[key]
    return known


def _judged(data: Dataset, probabilities: str) -> Suspicion | MarkSuspicion:
    if probabilities and not Path(probabilities).is_file():
        raise ConfigError(f"{probabilities}: no such file of probabilities; check the path")
    codes, names = data.label_codes
    if len(names) < 2:  # noqa: PLR2004 - a wrong label takes another one
        raise MissingInputError("needs at least two labels")
    units = label_units(data, codes)
    if multilabel(data):
        from assay.audit.mark_suspicion import judged_marks  # noqa: PLC0415 - it builds on this module

        if probabilities:
            raise ConfigError("probabilities are not weighed in where rows have several labels")
        return judged_marks(data, units)
    return _judged_labels(data, units, names, probabilities)


def _judged_labels(data: Dataset, units: Units, names: tuple[str, ...], probabilities: str) -> Suspicion:
    _refuse(data, int((units.of >= 0).sum()), names)
    from scipy.sparse import csr_array  # noqa: PLC0415 - heavy

    size = np.bincount(units.codes, minlength=len(names))
    many, judged = units.rows.size, int(size[size >= LEAST_ROWS].sum())
    if many < _LEAST_UNITS or int((size >= LEAST_ROWS).sum()) < 2:  # noqa: PLR2004 - to tell apart
        raise MissingInputError(
            f"not enough rows: judging labels takes {_LEAST_UNITS} different texts ({many} here) and two classes with"
            f" at least {LEAST_ROWS} each"
        )
    if 2 * judged < many:
        raise MissingInputError(
            f"not enough rows: only {judged:,} of {many:,} different texts are in classes with at least {LEAST_ROWS}"
        )
    near = neighbours_of(data, units)
    _say_limits(data, units, near, len(names))
    heads: list[Head] = [
        ridge(data, units),
        Nearest(near.index, near.similarity),
        Bayes(csr_array(counts(data)[units.rows]), units.weights),
    ]
    if probabilities:
        from assay.audit.labelling.told import read_probabilities  # noqa: PLC0415 - few audits have them

        ids = data.column("id") if data.roles.id else None
        try:
            told = read_probabilities(Path(probabilities), names, [s.rows for s in data.splits], ids)
        except DataError as error:  # the user's input is wrong, not the rule: the run stops
            raise ConfigError(str(error)) from error
        heads.append(Told(told[units.rows]))
    return _by_row(data, units, judge(heads, units.codes, len(names)), near, names)


def _say_limits(data: Dataset, units: Units, near: Neighbours, classes: int) -> None:
    """What was judged by a part of the texts only."""
    many, told = units.rows.size, []
    sample = sample_size(many, classes)
    if near.recall < 1:
        told.append(recalled(near))
    if many > WORD_VIEW:
        told.append("words were weighed by naive Bayes alone, without a dense view of them")
    if sample < many:
        told.append(f"how far each classifier is to be trusted was fitted on {sample:,} of {many:,} texts")
    if told:
        limits.say(data, "labels", "; ".join(told))


def _refuse(data: Dataset, labelled: int, names: tuple[str, ...]) -> None:
    if len(names) > _FEW_CLASSES and 2 * len(names) > labelled:
        raise MissingInputError(
            f"column {data.roles.label!r} has {len(names):,} different labels in {labelled:,} rows: values of each row"
            " rather than classes; name a column of classes with --label COLUMN"
        )


def ridge(data: Dataset, units: Units) -> Ridge:
    """Ridge regression over the dense views: the encoder's, and the set's own word statistics beside it.

    In very large sets the words are judged by naive Bayes alone: their statistics would take as much memory and time
    as all the rest, and so many rows tell a class by the encoder's view.
    """
    found = embeddings(data)
    alone = found.encoder.kind == "lsa" or units.rows.size > WORD_VIEW
    return Ridge([found.vectors] if alone else [found.vectors, lsa(data)], units.rows, units.weights)


def _by_row(data: Dataset, units: Units, found: Judgement, near: Neighbours, names: tuple[str, ...]) -> Suspicion:
    """Spread the units' figures over their rows, and weigh in where suspicion gathers."""
    enough = np.bincount(units.codes, minlength=len(names)) >= LEAST_ROWS
    usual = float(np.log(found.rate / (1 - found.rate)))
    share = share_of(near, units.codes, units.codes)
    shift = catch_all_shift(as_chance(found.odds), units.codes, found.suggested, share, len(names))
    odds = found.odds + shift[units.codes]
    odds = np.where(enough[units.codes], odds, np.minimum(odds, usual))
    labelled = np.flatnonzero(units.of >= 0)
    unit = units.of[labelled]
    mine, codes = odds[unit], units.codes[unit]
    pattern = find_pattern(as_chance(mine), codes, runs(data, labelled), _sources(data, labelled))
    if pattern:
        mine = np.where(enough[codes], mine + pattern.shift, mine)
    rows, other = np.full(len(data), np.nan), np.full(len(data), -1, np.int32)
    rows[labelled], other[labelled] = np.round(mine, _DIGITS), found.suggested[unit]
    text = alike(data).found.rep[units.rows]
    conflicting = np.bincount(text, minlength=len(data))[text] >= _UNDECIDED
    return Suspicion(names, units, rows, other, found, near, pattern, conflicting, enough)


def runs(data: Dataset, labelled: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Stretches of labelled rows by split."""
    edges = np.searchsorted(labelled, [s.start for s in data.splits] + [len(data)]).tolist()
    return [(a, b) for a, b in pairwise(edges) if b > a]


def _sources(data: Dataset, labelled: NDArray[np.int64]) -> dict[str, NDArray[np.intp]]:
    """Columns that may name an annotator, a source or a batch, as codes of their values."""
    import polars as pl  # noqa: PLC0415 - types alone are no reason to load it

    played = {*data.roles.text, data.roles.label, data.roles.id, data.roles.time}
    out = {}
    for name in data.frame.columns:
        column = data.frame[name]
        if name in played or not (column.dtype == pl.String or column.dtype.is_integer() or column.dtype == pl.Boolean):
            continue
        values = column.gather(labelled).cast(pl.String)
        distinct = values.drop_nulls().n_unique()
        if 2 <= distinct <= _FEW_VALUES * labelled.size:  # noqa: PLR2004 - one value tells nothing apart
            ranks = values.rank("dense").cast(pl.Int64).fill_null(0).to_numpy() - 1
            out[name] = ranks.astype(np.intp)
    return out
