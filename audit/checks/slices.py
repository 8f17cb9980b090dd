"""SLC001-SLC002: slices with too few rows to be learnt, and too few to be measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit.dataset import PRODUCTION, TRAIN, Dataset, Split
from assay.audit.errors import MissingInputError
from assay.audit.features import embeddings
from assay.audit.rules import Hit, Severity, rule
from assay.audit.slices import Slice, cluster_counts, measured, members, minimum
from assay.audit.slicing.exact import by_content, direction, sample
from assay.audit.slicing.power import rows_for_drop, rows_needed, smallest_drop
from assay.audit.slicing.request import CRITICAL, EVERY, Declared, Floor
from assay.audit.wording import counted, percent, quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHOWN = 5
_CUT = 160


@rule("SLC001", "missing-slice", Severity.ERROR)
def missing_slice(data: Dataset, *, min_train: int = 50, min_test: int = 30) -> Iterator[Hit]:
    """Find slices with fewer rows in train or test than they need.

    Why: what a model has not seen it does not know, and what a test lacks it does not measure: an overall score is
    blind to a part that is not there. Critical slices are errors, others are warnings.
    Fix: label rows into the slice; the finding shows its rows and the nearest ones of train and production, in which
    rows that belong to it (or carry a wrong label) are likeliest to be found.
    Options: min_train and min_test are rows for a slice that declares none of its own. Where no slice is declared,
    only a value of metadata or a length that test or production has and train lacks (or train has and test lacks) is
    told, as a note. A split that has no value in a column of the condition, such as the label in production, is left
    out.
    """
    known = members(data)
    splits = [s for s in (data.split(TRAIN), *measured(data)) if s and s.rows]
    for n, each in known:
        for split in splits:
            have = int(known.counts[n, data.splits.index(split)])
            need = minimum(each, split.name, min_train, min_test)
            if not each.declared:
                need = min(need, 1) if each.kind != "class" and _elsewhere(data, n, split) else 0
            if 0 <= have < need:
                yield _missing(data, n, split, have, need)


def _elsewhere(data: Dataset, n: int, split: Split) -> bool:
    """Whether the other splits make a proposed slice's absence worth a word: it would have 10 rows by their share."""
    counts = members(data).counts[n]
    others = [s for s, other in enumerate(data.splits) if other is not split and counts[s] >= 0]
    rows = sum(data.splits[s].rows for s in others)
    return bool(rows) and int(counts[others].sum()) / rows * split.rows >= 10  # noqa: PLR2004 - see above


def _missing(data: Dataset, n: int, split: Split, have: int, need: int) -> Hit:
    known = members(data)
    each = known.slices[n]
    mine = known.rows(n, split)
    examples = mine if mine.size else sample(data, known.rows(n), _SHOWN)
    candidates = _candidates(data, n) if split.name == TRAIN or not mine.size else ()
    rows = tuple(examples.tolist()) or tuple(row for row, _ in candidates) or (split.start,)
    different = int(cluster_counts(data)[0][n, data.splits.index(split)])
    copies = f" ({different:,} of them different)" if different < have else ""
    verb = "be learnt" if split.name == TRAIN else "be measured"
    message = (
        f"{_called(each)} has {counted(have, 'row')} in {split.name}{copies}, {need:,} wanted: it cannot {verb}"
        + (f"; {counted(need - have, 'row')} missing" if have else "")
    )
    severity = Severity.NOTE if not each.declared else None if each.critical else Severity.WARNING
    evidence = {
        **_facts(each),
        "split": split.name,
        "rows": have,
        "distinct": different,
        "wanted": need,
        "nearest": [_shown(data, row, likeness) for row, likeness in candidates],
    }
    return Hit(rows, message, evidence, subject=f"{each.name} in {split.name}", severity=severity)


def _candidates(data: Dataset, n: int) -> tuple[tuple[int, float], ...]:
    """Rows of train and production outside a slice, nearest first to the middle of those within; one a text."""
    known = members(data)
    inside = known.rows(n)
    if not inside.size or not data.roles.text:
        return ()
    vectors = embeddings(data).vectors
    middle = direction(vectors[inside])
    pools = [s for s in (data.split(TRAIN), data.split(PRODUCTION)) if s]
    out: list[tuple[int, float]] = []
    for split in pools:
        out += _nearest(data, vectors, middle, known.masks[n].to_numpy(), split)
    return tuple(sorted(out, key=lambda pair: -pair[1]))


def _nearest(
    data: Dataset, vectors: NDArray[np.float32], middle: NDArray[np.float32], inside: NDArray[np.bool_], split: Split
) -> list[tuple[int, float]]:
    near = np.round((vectors[split.start : split.stop] @ middle).astype(np.float64), 4)
    near[inside[split.start : split.stop]] = -1
    least = np.sort(near)[-4 * _SHOWN :][0] if near.size else 0
    best = np.flatnonzero((near >= least) & (near > 0))
    best = by_content(data, best + split.start) - split.start
    out: dict[str, tuple[int, float]] = {}
    for row in best[np.argsort(-near[best], kind="stable")].tolist():
        text = str(data.text[split.start + row]).strip().casefold()
        if text not in out and len(out) < _SHOWN:
            out[text] = (split.start + row, float(near[row]))
    return list(out.values())


def _shown(data: Dataset, row: int, likeness: float) -> dict[str, Any]:
    """A row as evidence: where it stands, the beginning of its text, its label, how near it is."""
    text = str(data.text[row])
    label = data.column("label")[row] if data.roles.label else None
    cut = text if len(text) <= _CUT else text[: _CUT - 1] + "…"
    return {"place": data.row(row).place, "text": cut, "label": label, "similarity": likeness}


@rule("SLC002", "underpowered-slice", Severity.ERROR)
def underpowered_slice(
    data: Dataset, *, drop: float = 0.2, baseline: float = 0.95, confidence: float = 0.95, power: float = 0.8
) -> Iterator[Hit]:
    """Find test slices too small to show the drop that matters, or to satisfy the gate.

    Why: with 30 rows a fall from .95 to .79 is the smallest that shows (exact binomial test, 95 % confidence, 80 %
    power); with 4 rows a fall to .42 is. And a gate that asks for a proven .90 cannot pass on fewer than 29 rows, even
    without an error. Near-duplicates count once: copies are no further evidence.
    Fix: add as many different rows as the finding says to the test set, or join the slice with a related one.
    Options: drop is the fall (in points of 0..1) that must not go unseen, baseline the score it falls from, confidence
    and power those of the test. A slice that the gate judges ([[gate.require]] with at_least) must also be large
    enough for that; for a critical slice that is an error, all else is a warning. Proposed slices (where none is
    declared) are notes; classes are LBL004's then.
    """
    splits = measured(data)
    if not splits:
        raise MissingInputError("no held-out split; give a test set with --test FILE or [data] test")
    _check(drop, baseline, confidence, power)
    known, (distinct, _) = members(data), cluster_counts(data)
    wanted = rows_for_drop(drop, baseline, confidence, power)
    for n, each in known:
        if not each.declared and each.kind == "class":
            continue
        for split in splits:
            have = int(distinct[n, data.splits.index(split)])
            floor = _hardest(data, each)
            short = floor is not None and have < rows_needed(floor.at_least, 0, floor.confidence)
            seen = float(smallest_drop(have, baseline, confidence, power)[0]) if have > 0 else np.inf
            if have < 0 or not (seen > drop or short) or (have == 0 and not each.declared):
                continue
            yield _underpowered(data, n, split, (have, wanted), seen, floor if short else None, baseline)


def _check(drop: float, baseline: float, confidence: float, power: float) -> None:
    from assay.audit.errors import ConfigError  # noqa: PLC0415 - only where an option is wrong

    for name, value in (("baseline", baseline), ("confidence", confidence), ("power", power)):
        if not 0 < value < 1:
            raise ConfigError(f"SLC002: {name} must lie between 0 and 1, not {value}")
    if not 0 < drop < baseline:
        raise ConfigError(f"SLC002: drop must lie between 0 and the baseline of {baseline}, not {drop}")


def _hardest(data: Dataset, each: Slice) -> Floor | None:
    """The requirement of the gate on a slice that needs the most rows; None for none."""
    declared: Declared = data.memo.get(Declared, Declared())
    names = {each.name} | ({EVERY} if each.declared else set()) | ({CRITICAL} if each.critical else set())
    asked = [f for f in declared.floors if f.slice in names and 0 < f.at_least < 1]
    return max(asked, key=lambda f: rows_needed(f.at_least, 0, f.confidence), default=None)


def _underpowered(  # noqa: PLR0913, PLR0917 - what the message says
    data: Dataset, n: int, split: Split, rows: tuple[int, int], seen: float, floor: Floor | None, baseline: float
) -> Hit:
    have, wanted = rows
    each = members(data).slices[n]
    mine = members(data).rows(n, split)
    told = tuple((mine if mine.size else sample(data, members(data).rows(n), _SHOWN)).tolist()) or (split.start,)
    copies = f" ({have:,} of them different)" if have < mine.size else ""
    message = f"{_called(each)} has {counted(int(mine.size), 'row')} in {split.name}{copies}: "
    if np.isfinite(seen):
        message += f"no drop under {100 * seen:.0f} points from {percent(baseline)} can be seen"
    else:
        message += "no drop can be seen"
    message += f"; {wanted:,} different rows show one of the size that matters"
    evidence = {
        **_facts(each),
        "split": split.name,
        "rows": int(mine.size),
        "distinct": have,
        "smallest_detectable_drop": round(seen, 4) if np.isfinite(seen) else None,
        "rows_needed": wanted,
    }
    if floor:
        least = rows_needed(floor.at_least, 0, floor.confidence)
        message += f"; the gate's {floor.metric} >= {floor.at_least:g} needs {least:,} rows even without an error"
        evidence |= {"gate": {"metric": floor.metric, "at_least": floor.at_least, "rows_needed": least}}
    mild = Severity.NOTE if not each.declared else None if each.critical and floor else Severity.WARNING
    return Hit(told, message, evidence, subject=f"{each.name} in {split.name}", severity=mild)


def _called(each: Slice) -> str:
    return f"{'critical ' if each.critical else ''}slice {quoted(each.name)}"


def _facts(each: Slice) -> dict[str, Any]:
    return {"slice": each.name, "kind": each.kind, "condition": each.condition, "critical": each.critical}
