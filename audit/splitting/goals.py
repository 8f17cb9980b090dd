"""How far each goal of a split was met: shares, classes, slices, groups, time, leaks. The content of ``split.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit.dataset import content_fingerprint
from assay.audit.splitting.check import PARTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset
    from assay.audit.splitting.divide import Divided, Shares
    from assay.audit.writing.files import Files

SCHEMA_VERSION = 1


def document(  # noqa: PLR0913, PLR0917 - all that is known
    pool: Dataset,
    made: Divided,
    shares: Shares,
    contents: Mapping[str, tuple[bytes, NDArray[np.int64]]],
    data: Dataset,
    files: Files,
) -> dict[str, Any]:
    """``split.json`` as a dictionary; the same data, options and versions give the same."""
    roles = pool.roles
    return {
        "schema_version": SCHEMA_VERSION,
        "data": {
            "files": [one.path for one in files.originals],
            "rows": len(pool),
            "fingerprint": content_fingerprint(pool.frame),
        },
        "roles": {
            "text": list(roles.text),
            **{role: getattr(roles, role) for role in ("label", "id", "group", "time")},
            "guessed": sorted(pool.guessed),
        },
        "options": {
            "test": shares.test,
            "validation": shares.validation,
            "seed": shares.seed,
            "folds": shares.folds,
        },
        "files": {
            path: {"rows": int(rows.size), "fingerprint": content_fingerprint(pool.frame[rows])}
            for path, (_, rows) in contents.items()
        },
        "together": _together(made),
        "folds": [_fold(pool, made, shares, n) for n in range(len(made.parts))],
        "slices": [
            {"name": n.name, "critical": n.critical, "part": PARTS[n.part], "wanted": n.rows, "rows": rows,
             "met": rows >= n.rows}
            for n, rows in made.needs if n.category >= len(made.units.names)
        ],
        "checks": made.rounds,
        "notes": [*_pooled(data), *_timed(pool, made), *made.together.notes, *pool.notes],
    }  # fmt: skip


def _pooled(data: Dataset) -> list[str]:
    """Whether the data were split before."""
    if len(data.splits) == 1:
        return []
    names = ", ".join(s.name for s in data.splits)
    column = f"; column {data.roles.split!r} is copied as it was" if data.roles.split else ""
    return [f"the data were split before ({names}): all their rows are split anew{column}"]


def _timed(pool: Dataset, made: Divided) -> list[str]:
    """Whether a column that nobody named decides."""
    if not made.periods or "time" not in pool.guessed:
        return []
    return [
        f"column {pool.roles.time!r} seems to hold times, so test is the latest; --no-time splits without regard to it"
    ]


def _together(made: Divided) -> dict[str, Any]:
    """What was kept together, and why."""
    units = made.units
    largest = int(units.size.max()) if units.size.size else 0
    return {
        "units": int(units.size.size),
        "links": {why: int(left.size) for why, (left, _) in made.together.links.items()},
        "rows_in_units_of_several": int(units.size[units.size > 1].sum()),
        "largest_unit": largest,
        "largest_unit_share": round(largest / max(1, int(units.size.sum())), 6),
    }


def _fold(pool: Dataset, made: Divided, shares: Shares, number: int) -> dict[str, Any]:
    part, checked = made.parts[number], made.checked[number]
    asked = (shares.train, shares.validation, shares.test)
    if shares.folds and made.periods:
        asked = (1 - 1 / (number + 2), 0.0, 1 / (number + 2))
    elif shares.folds:
        asked = (1 - 1 / shares.folds - shares.validation, shares.validation, 1 / shares.folds)
    rows = [int((part == p).sum()) for p in range(len(PARTS))]
    told: dict[str, Any] = {
        "parts": {
            name: {"rows": rows[p], "share": round(rows[p] / max(1, sum(rows)), 6), "wanted": round(asked[p], 6)}
            for p, name in enumerate(PARTS)
            if asked[p]
        },
        "left_out": int((part < 0).sum()),
        "leaks": dict(checked.findings),
        "not_checked": dict(checked.skipped),
    }
    if pool.roles.label:
        told["classes"] = _classes(pool, part, asked)
    if made.periods:
        one = made.periods[number]
        told["time"] = {
            "straddling_units": one.straddling,
            "rows_left_out": one.left_out,
            "rows_without_time": one.untimed,
        }
    return told


def _classes(pool: Dataset, part: NDArray[np.int64], asked: tuple[float, ...]) -> dict[str, Any]:
    """Rows of each class in each part, and how far the worst is from its share."""
    codes, names = pool.label_codes
    counts = np.zeros((len(names), len(PARTS)), np.int64)
    inside = (codes >= 0) & (part >= 0)
    np.add.at(counts, (codes[inside], part[inside]), 1)
    total = counts.sum(axis=1)
    sizes = np.maximum(1, counts.sum(axis=0))
    whole = total / max(1, int(total.sum()))
    live = [p for p, share in enumerate(asked) if share]
    off = np.abs(counts[:, live] / sizes[live] - whole[:, None])
    worst = np.unravel_index(int(off.argmax()), off.shape) if off.size else None
    return {
        "count": len(names),
        "largest_difference": None
        if worst is None
        else {
            "label": names[worst[0]],
            "part": PARTS[live[worst[1]]],
            "share": round(float(counts[worst[0], live[worst[1]]] / sizes[live[worst[1]]]), 6),
            "share_of_all": round(float(whole[worst[0]]), 6),
        },
        "absent": {PARTS[p]: [names[c] for c in np.flatnonzero(counts[:, p] == 0).tolist()] for p in live},
        "rows": {name: {PARTS[p]: int(counts[c, p]) for p in live} for c, name in enumerate(names)},
    }
