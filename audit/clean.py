"""`assay clean` as a function: an audit and what people decided, turned into new files and a log of every change.

Example::

    from assay.audit.clean import clean

    done = clean("assay-out/audit", "clean.csv", decisions="decisions.jsonl")
    print(done.rows_in, done.rows_out, done.counts)
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from assay.audit.atomic import write_folder
from assay.audit.called import make_callable
from assay.audit.cleaning import saved
from assay.audit.cleaning.changes import as_line
from assay.audit.cleaning.decisions import read_decisions, standing
from assay.audit.cleaning.plan import Plan, Wish, left_over, make_plan
from assay.audit.cleaning.proposals import LEAKS, know, place_decisions
from assay.audit.cleaning.source import read_again
from assay.audit.cleaning.targets import LOG, targets
from assay.audit.dataset import PRODUCTION, TRAIN
from assay.audit.errors import ConfigError, OutputError
from assay.audit.findings import as_json
from assay.audit.lexical.verify import SIMILARITY
from assay.audit.parsing import parse_json
from assay.audit.store import load
from assay.audit.writing.envelope import pack
from assay.audit.writing.files import Files, open_files, verify
from assay.audit.writing.original import Selection, render

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from assay.audit.atomic import Writer
    from assay.audit.dataset import Dataset

__all__ = ["Cleaned", "clean"]


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What cleaning did, or would do."""

    outputs: tuple[str, ...]
    log: str
    rows_in: int
    """Rows of the cleaned splits."""
    rows_out: int
    relabelled: int
    counts: Mapping[str, Mapping[str, int]]
    """Rule code, or ``reviewer``, -> ``drop``, ``relabel``, ``keep`` -> rows."""
    unsafe: Mapping[str, int]
    """Rule code -> rows changed by fixes that are not safe."""
    left: Mapping[str, Mapping[str, int]]
    """Rule code -> ``look`` or ``move`` -> findings whose fix was not applied."""
    changes: Sequence[Mapping[str, Any]]
    """Lines of ``changes.jsonl``."""
    notes: tuple[str, ...]
    written: bool
    texts: Mapping[tuple[str, int], str]
    """Text of each changed row by split and row: for showing the difference."""

    @property
    def dropped(self) -> int:
        """Rows that are gone."""
        return self.rows_in - self.rows_out


def clean(  # noqa: PLR0913 - one option a parameter, as on the command line
    audit_dir: str | Path,
    output: str | Path,
    *,
    decisions: str | Path | None = None,
    unsafe: bool = False,
    dry_run: bool = False,
    splits: Sequence[str] = (),
    remove_leaks_from: str = TRAIN,
    progress: Callable[[str], None] | None = None,
) -> Cleaned:
    """Apply the safe fixes of an audit, and what people decided, to new files of the same format.

    Args:
        audit_dir: folder that ``assay audit`` wrote.
        output: the new file; a folder where the split has several files; ``hf:DIR`` for a data set of ``datasets``.
        decisions: file of decisions, see ``assay.audit.cleaning.decisions``.
        unsafe: apply the fixes that are not safe, too.
        dry_run: only say what would be done.
        splits: splits to clean; train, or the split that gives up leaked rows, if none is named.
        remove_leaks_from: train, or a held-out split that gives up its leaked rows instead.
        progress: called with the name of each step.

    Raises:
        DataError: the folder is no audit, a source has changed since, or a decision is wrong, stale or in conflict.
        ConfigError: a split is named that is not there.
        OutputError: the output is a source, has another format, or cannot be written. Nothing is half-written.
    """
    step = progress or (lambda _: None)
    step("reading")
    folder = Path(audit_dir)
    stored = load(folder)
    wish = _wish(stored.document, tuple(splits), unsafe=unsafe, leaks_from=remove_leaks_from)
    data = read_again(stored.document, str(audit_dir))
    hub = saved.folder_of(str(output))
    files = None if hub else open_files(data, wish.splits)
    taken = [path for one in stored.document["data"].values() for path in one["files"]]
    taken += [str(decisions)] if decisions else []
    names, log = _targets(data, files, hub, str(output), taken)
    step("deciding")
    known = know(stored, data)
    told = read_decisions(str(decisions)) if decisions else None
    stands = [one for one in standing(told).values() if one.split != PRODUCTION] if told else []
    placed = place_decisions(known, told, stands) if told else {}
    plan = make_plan(known, wish, placed)
    notes = [*data.notes, *(told.notes if told else ()), *_notes(plan, stored.document, len(stands))]
    made = _selections(plan, files) if files else []
    lines = _lines(plan, files, names)
    if not dry_run:
        step("writing")
        if files:
            _write(data, files, made, names, log, lines, plan)
        elif hub:
            _write_saved(data, plan, hub, log, lines)
    return _cleaned(plan, names, log, lines, notes, written=not dry_run)


def _targets(
    data: Dataset, files: Files | None, hub: Path | None, output: str, taken: Sequence[str]
) -> tuple[list[Path], Path]:
    if hub:
        return saved.targets(hub, data, taken, LOG)
    return targets(files.originals if files else (), output, taken)


def _write_saved(data: Dataset, plan: Plan, folder: Path, log: Path, lines: Sequence[Mapping[str, Any]]) -> None:
    """Write a data set of ``datasets`` and the log beside it; the log first, as with files."""
    ours = {f"{folder.name}/{split.name}" for split in saved.kept_splits(data)}
    text = "".join(as_json(line, indent=None) for line in lines)
    whole: dict[str, Writer] = {log.name: lambda out: out.write(_other_lines(log, ours) + text.encode())}
    write_folder(log.parent, {}, last=whole)
    saved.write(folder, data, plan)


def _wish(document: Mapping[str, Any], splits: tuple[str, ...], *, unsafe: bool, leaks_from: str) -> Wish:
    there = [name for name in document["data"] if name != PRODUCTION]
    chosen = splits or ((leaks_from,) if leaks_from in there else (TRAIN,))
    for name in (*chosen, leaks_from):
        if name not in there and not (name == TRAIN and name not in chosen):
            raise ConfigError(f"no split {name!r} in this audit; there are {', '.join(there)}")
    if leaks_from != TRAIN and leaks_from not in chosen:
        raise ConfigError(f"to remove leaks from {leaks_from}, {leaks_from} must be cleaned: add --split {leaks_from}")
    rules = document["config"].get("rules", {})
    return Wish(
        tuple(dict.fromkeys(chosen)),
        unsafe,
        None if leaks_from == TRAIN else leaks_from,
        rules.get("DUP001", {}).get("keep", "first"),
        rules.get("LEK002", {}).get("similarity", SIMILARITY),
    )


def _notes(plan: Plan, document: Mapping[str, Any], decisions: int) -> list[str]:
    ran, wish = document["ran"], plan.wish
    out = []
    if document.get("incomplete"):
        out.append("the audit is incomplete: rules broke, so their findings are not here")
    if not {"DUP001", "LEK001"} & set(ran):
        out.append("neither DUP001 nor LEK001 ran in this audit: copies and leaks were not looked for")
    others = plan.known.findings.filter(pl.col("fix_safe") & pl.col("at").is_not_null())
    others = others.filter(~pl.col("code").is_in(LEAKS))  # theirs is about the related row
    others = others.filter(~pl.col("split").is_in(wish.splits))
    for name, count in others.group_by("split").agg(pl.col("fingerprint").n_unique()).sort("split").iter_rows():
        fixes = "1 safe fix concerns" if count == 1 else f"{count:,} safe fixes concern"
        out.append(f"{fixes} {name}, which is not cleaned here: --split {name} does")
    used = len(plan.decided | {row for row, one in plan.changes.items() if one.reviewer is not None})
    if decisions > used:
        about = "1 decision is" if decisions - used == 1 else f"{decisions - used:,} decisions are"
        out.append(f"{about} about other splits than {', '.join(wish.splits)}")
    return out


def _selections(plan: Plan, files: Files) -> list[Selection]:
    """The rows of each source file that stay, with their new labels."""
    data = plan.known.data
    gone = np.zeros(len(data), np.bool_)
    gone[[row for row in plan.changes if plan.gone(row)]] = True
    out = []
    for number, original in enumerate(files.originals):
        rows = files.rows_of(number)
        stays = np.ones(original.rows, np.bool_)
        stays[files.row[rows[gone[rows]]]] = False
        labels = {
            int(files.row[row]): one.label
            for row, one in sorted(plan.changes.items())
            if one.action == "relabel" and one.label is not None and files.file[row] == number
        }
        if not stays.any():
            problem = f"every row of {original.path} would be dropped, and a file without rows is no data"
            raise OutputError(f"{problem}; look at the findings, or clean without --unsafe")
        out.append(Selection(original, np.flatnonzero(stays), labels, data.roles.label))
    return out


def _lines(plan: Plan, files: Files | None, names: Sequence[Path]) -> list[dict[str, Any]]:
    data = plan.known.data
    return [as_line(data, one, _name(data, files, row, names)) for row, one in sorted(plan.changes.items())]


def _name(data: Dataset, files: Files | None, row: int, names: Sequence[Path]) -> str:
    """Name of the output that a row's change is about."""
    if files:
        return names[int(files.file[row])].name
    split = data.row(row).split
    return "/".join(next(name for name in names if name.name == split).parts[-2:])


def _write(  # noqa: PLR0913, PLR0917 - what is written, and where
    data: Dataset,
    files: Files,
    made: Sequence[Selection],
    names: Sequence[Path],
    log: Path,
    lines: Sequence[Mapping[str, Any]],
    plan: Plan,
) -> None:
    """Write files and log, whole or not at all."""
    contents: dict[str, Writer] = {}
    for number, (one, name) in enumerate(zip(made, names, strict=True)):
        content = render([one], loose=True)
        verify(content, one.original.kind, str(name), _expected(data, files, number, plan))
        contents[name.name] = _bytes(pack(content, name.name))
    text = "".join(as_json(line, indent=None) for line in lines)
    ours = {name.name for name in names}
    # Others may clean into the same folder: their lines are read when nobody can add to them any more.
    whole: dict[str, Writer] = {log.name: lambda out: out.write(_other_lines(log, ours) + text.encode())}
    if log.parent == names[0].parent:
        write_folder(log.parent, contents, last=whole)
    else:  # the log first: a file without its log would be worse than a log without its file
        write_folder(log.parent, {}, last=whole)
        write_folder(names[0].parent, contents)


def _bytes(content: bytes) -> Writer:
    return lambda out: out.write(content)


def _other_lines(log: Path, ours: set[str]) -> bytes:
    """Lines of an earlier log that are about other files; several splits may be cleaned into one folder."""
    if not log.exists():
        return b""
    cure = f"it is no {LOG} of Assay; move it, or choose another folder"
    try:
        old = [(line, parse_json(line)) for line in log.read_bytes().splitlines(keepends=True) if line.strip()]
    except (OSError, ValueError) as error:
        raise OutputError(f"{log}: {cure}") from error
    if any(not isinstance(value, dict) or "output" not in value for _, value in old):
        raise OutputError(f"{log}: {cure}")
    return b"".join(line for line, value in old if value["output"] not in ours)


def _expected(data: Dataset, files: Files, number: int, plan: Plan) -> pl.DataFrame:
    """What a new file must hold: the rows of its source that are in some split, as they will be."""
    rows = files.rows_of(number)
    rows = rows[[not plan.gone(row) for row in rows.tolist()]]
    frame = data.frame[rows]
    if not data.roles.label:
        return frame
    labels = {row: one.label for row, one in plan.changes.items() if one.action == "relabel"}
    column = frame[data.roles.label].to_list()
    new = [labels.get(row, old) for row, old in zip(rows.tolist(), column, strict=True)]
    return frame.with_columns(pl.Series(data.roles.label, new, dtype=pl.String))


def _cleaned(  # noqa: PLR0913 - as above
    plan: Plan,
    names: Sequence[Path],
    log: Path,
    lines: Sequence[Mapping[str, Any]],
    notes: Sequence[str],
    *,
    written: bool,
) -> Cleaned:
    data, counts, unsafe = plan.known.data, dict[str, Counter[str]](), Counter[str]()
    for one in plan.changes.values():
        by = "reviewer" if one.reviewer is not None else one.code or ""
        counts.setdefault(by, Counter())[one.action] += 1
        if not one.safe:
            unsafe[by] += 1
    rows = sum(s.rows for s in data.splits if s.name in plan.wish.splits)
    gone = sum(plan.gone(row) for row in plan.changes)
    return Cleaned(
        tuple(map(str, names)),
        str(log),
        rows,
        rows - gone,
        sum(one.action == "relabel" for one in plan.changes.values()),
        {code: dict(sorted(c.items())) for code, c in sorted(counts.items())},
        dict(sorted(unsafe.items())),
        left_over(plan),
        lines,
        tuple(notes),
        written,
        {(data.row(row).split, data.row(row).row): data.text[row] for row in sorted(plan.changes)},
    )


make_callable(__name__, clean)
