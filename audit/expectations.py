"""Assay's checks as expectations of Great Expectations 1.x, for suites and checkpoints that are there already.

Example::

    import great_expectations as gx
    from assay.audit.expectations import ExpectNoDuplicates

    context = gx.get_context()
    suite = context.suites.get("tickets")
    suite.add_expectation(ExpectNoDuplicates(text="text", severity="warning"))

Import this module wherever such a suite is loaded: Great Expectations knows expectations by import. Batches must be
pandas batches, for a check looks at all rows together. Results hold the rows (``unexpected_index_list`` with result
format COMPLETE) and texts as they are; what Data Docs show of them is escaped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

try:
    import great_expectations  # noqa: F401 - told with its cure
except ImportError as error:
    raise ImportError("assay.audit.expectations needs Great Expectations: pip install 'assay[expectations]'") from error

from assay.audit.errors import ConfigError
from assay.audit.gx.base import SHOWN, AssayExpectation, Found, audited, data_of
from assay.audit.gx.exported import ExpectNoAssayFindings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from assay.audit.dataset import Dataset
    from assay.audit.rules import Audit

__all__ = [
    "ExpectLabelQualityToBeAtLeast",
    "ExpectNoAssayFindings",
    "ExpectNoConflictingLabels",
    "ExpectNoDuplicates",
    "ExpectNoTrainTestOverlap",
    "ExpectSliceToHaveRows",
    "ExpectTextToBeRealistic",
]


class ExpectNoDuplicates(AssayExpectation):
    """Expect no text to stand twice; of each group of copies the first row is expected, the others are not.

    Args:
        text: the text column.
        near: whether texts that differ by a few words or typos count as copies.
        mostly: share of rows that must be no copies.
    """

    text: str
    near: bool = True
    mostly: float = 1.0
    success_keys: ClassVar[tuple[str, ...]] = ("text", "near", "mostly")
    told: ClassVar[str] = "Texts in {text} must not stand twice (near-duplicates too: {near}), mostly >= {mostly}."

    def look(self, frame: Any) -> Found:
        """Check a batch; see the base class."""
        data = data_of(frame, self.text)
        audit = audited(data, ("DUP001", "DUP002") if self.near else ("DUP001",))
        return _rows(data, audit, lambda rows: sorted(rows)[1:])


class ExpectNoTrainTestOverlap(AssayExpectation):
    """Expect no text of the batch to stand in the training data, word for word or nearly.

    Args:
        text: the text column.
        train: file of training data (CSV, JSON Lines, Parquet ...), where the batch is the test set.
        split: column that says which row is train and which is test, where the batch holds both.
        near: whether near-duplicates count.
        mostly: share of test rows that must be new.
    """

    text: str
    train: str | None = None
    split: str | None = None
    near: bool = True
    mostly: float = 1.0
    success_keys: ClassVar[tuple[str, ...]] = ("text", "train", "split", "near", "mostly")
    told: ClassVar[str] = "Texts in {text} must not stand in training data ({train}{split}), mostly >= {mostly}."

    def look(self, frame: Any) -> Found:
        """Check a batch; see the base class."""
        if bool(self.train) == bool(self.split):
            raise ConfigError("give either train (a file) or split (a column)")
        if self.split:
            data = data_of(frame, self.text, split=self.split)
        else:
            data = data_of(frame, self.text, others={"train": str(self.train)})
        held_out = [s for s in data.splits if s.name != "train"]
        if not held_out or len(held_out) == len(data.splits):
            raise ConfigError(f"column {self.split!r} must name a train and a test split")
        audit = audited(data, ("LEK001", "LEK002") if self.near else ("LEK001",))
        inside = {row for s in held_out for row in range(s.start, s.stop)}
        return _rows(data, audit, lambda rows: [r for r in rows if r in inside], elements=len(inside))


class ExpectNoConflictingLabels(AssayExpectation):
    """Expect equal and nearly equal texts to carry one label.

    Args:
        text: the text column.
        label: the label column.
        mostly: share of rows without a conflict.
    """

    text: str
    label: str
    mostly: float = 1.0
    success_keys: ClassVar[tuple[str, ...]] = ("text", "label", "mostly")
    told: ClassVar[str] = "Equal texts in {text} must have one {label}, mostly >= {mostly}."

    def look(self, frame: Any) -> Found:
        """Check a batch; see the base class."""
        data = data_of(frame, self.text, self.label)
        return _rows(data, audited(data, ("LBL001",)), list)


class ExpectLabelQualityToBeAtLeast(AssayExpectation):
    """Expect a share of labels that the other rows do not make doubtful (LBL002); rows with a doubtful one are named.

    It is a share of labels without a suspicion, not a measured error rate: for that, `assay audit --noise-audit`.

    Args:
        text: the text column.
        label: the label column.
        at_least: the share, 0..1.
    """

    text: str
    label: str
    at_least: float = 0.95
    success_keys: ClassVar[tuple[str, ...]] = ("text", "label", "at_least")
    told: ClassVar[str] = "At least {at_least} of the labels in {label} must be beyond suspicion, judged by {text}."

    def look(self, frame: Any) -> Found:
        """Check a batch; see the base class."""
        data = data_of(frame, self.text, self.label)
        found = _rows(data, audited(data, ("LBL002",)), list, elements=int((data.label_codes[0] >= 0).sum()))
        share = 1 - len(found.rows) / found.elements if found.elements else None
        if share is None:
            raise ConfigError(f"no row has a label in column {self.label!r}")
        return Found(found.rows, found.elements, round(share, 6), share >= self.at_least, found.notes, found.texts)


class ExpectSliceToHaveRows(AssayExpectation):
    """Expect a part of the data to have enough rows.

    Args:
        where: an SQL condition over the columns, as in [[slice]] of assay.toml.
        min_rows: rows wanted.
    """

    where: str
    min_rows: int = 30
    success_keys: ClassVar[tuple[str, ...]] = ("where", "min_rows")
    told: ClassVar[str] = "At least {min_rows} rows where {where}."

    def look(self, frame: Any) -> Found:
        """Check a batch; see the base class."""
        from assay.audit.reading.frames import read_frame  # noqa: PLC0415 - loads polars
        from assay.audit.slicing import conditions  # noqa: PLC0415 - as above

        table = read_frame(frame, "batch").frame
        expression = conditions.parse(self.where)
        conditions.check(expression, table)
        rows = int(table.select(expression.fill_null(value=False).alias("member"))["member"].sum())
        return Found((), len(table), rows, rows >= self.min_rows)


class ExpectTextToBeRealistic(AssayExpectation):
    """Expect texts that people wrote: neither empty nor a placeholder, damaged, or typed at random (RLS001-RLS003).

    Args:
        text: the text column.
        mostly: share of rows with such a text.
    """

    text: str
    mostly: float = 1.0
    success_keys: ClassVar[tuple[str, ...]] = ("text", "mostly")
    told: ClassVar[str] = "Texts in {text} must be neither empty, damaged nor gibberish, mostly >= {mostly}."

    def look(self, frame: Any) -> Found:
        """Check a batch; see the base class."""
        data = data_of(frame, self.text)
        return _rows(data, audited(data, ("RLS001", "RLS002", "RLS003")), list)


def _rows(data: Dataset, audit: Audit, choose: Any, elements: int | None = None) -> Found:
    """Rows of an audit's findings, each with its first message."""
    notes: dict[int, str] = {}
    for finding in audit.findings:
        chosen: Iterable[int] = choose(finding.hit.rows)
        for row in chosen:
            notes.setdefault(int(row), f"{finding.code}: {finding.hit.message}")
    place = data.places.row
    rows: Sequence[int] = sorted(notes, key=lambda r: int(place[r]))
    texts: Mapping[int, str] = dict(zip(rows, data.text.gather(list(rows)).to_list(), strict=True)) if rows else {}
    cut = {int(place[r]): t if len(t) <= SHOWN else t[: SHOWN - 1] + "…" for r, t in texts.items()}
    told = {int(place[r]): notes[r] for r in rows}
    return Found([int(place[r]) for r in rows], len(data) if elements is None else elements, None, None, told, cut)
