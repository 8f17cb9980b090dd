"""Findings by the thousand, as columns.

A large audit makes a hundred thousand findings. As one object each they took more memory than the texts and more
time than finding them; as columns they take neither, and a ``Finding`` is made only when somebody looks at it.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, overload

from assay.audit.findings import Finding, Fix, Hit, Severity, clean, evidence_json

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Fixes:
    """Fixes of many hits."""

    action: pl.Series
    """One of Fix's actions for each hit, null for none."""
    rows: NDArray[Any]
    bounds: NDArray[Any]
    """Hit ``i`` touches ``rows[bounds[i] : bounds[i + 1]]``."""
    safe: NDArray[Any]
    label: pl.Series | None = None

    @classmethod
    def some(
        cls,
        action: str,
        rows: NDArray[Any],
        bounds: NDArray[Any],
        which: NDArray[Any],
        safe: NDArray[Any] | None = None,
    ) -> Fixes:
        """One action for those of the hits' rows that ``which`` marks; not safe unless told."""
        import numpy as np  # noqa: PLC0415 - rules are told without it
        import polars as pl  # noqa: PLC0415 - as above

        size = len(bounds) - 1
        done = np.concatenate([[0], np.cumsum(which)])
        return cls(
            pl.Series([action], dtype=pl.String).new_from_index(0, size),
            rows[which],
            done[bounds],
            np.zeros(size, np.bool_) if safe is None else safe,
        )

    def __getitem__(self, i: int) -> Fix | None:
        """One hit's fix."""
        if self.action[i] is None:
            return None
        rows = tuple(self.rows[self.bounds[i] : self.bounds[i + 1]].tolist())
        return Fix(self.action[i], rows, bool(self.safe[i]), None if self.label is None else self.label[i])

    def take(self, order: NDArray[Any]) -> Fixes:
        """The same in another order."""
        rows, bounds = take_ragged(self.bounds, order)
        label = None if self.label is None else self.label.gather(order)
        return Fixes(self.action.gather(order), self.rows[rows], bounds, self.safe[order], label)


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """Many hits of one check as columns: what a check yields in one piece that would yield thousands of ``Hit``.

    Hit ``i`` has ``rows[bounds[i] : bounds[i + 1]]``; ``related`` and ``scores`` run parallel to ``rows``, the other
    columns to the hits. What a column means stands at the field of ``Hit`` with its name.
    """

    rows: NDArray[Any]
    bounds: NDArray[Any]
    message: pl.Series
    evidence: pl.Series
    """JSON text."""
    fix: Fixes | None = None
    related: NDArray[Any] | None = None
    scores: NDArray[Any] | None = None
    group: NDArray[Any] | None = None
    """-1 for none."""
    suggested: pl.Series | None = None
    subject: tuple[str, ...] | None = None
    severity: tuple[Severity | None, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse hits without a place, or columns that do not match."""
        size, flat = len(self.bounds) - 1, len(self.rows)
        parallel = (self.message, self.evidence, self.group, self.suggested, self.subject, self.severity)
        wrong = any(c is not None and len(c) != size for c in parallel)
        wrong |= any(c is not None and len(c) != flat for c in (self.related, self.scores))
        if wrong or (size and (self.bounds[1:] <= self.bounds[:-1]).any()) or self.bounds[-1] != flat:
            raise ValueError(f"{size} hits over {flat} rows need rows each, and columns parallel to them")

    def __len__(self) -> int:
        """Number of hits."""
        return len(self.bounds) - 1

    def __getitem__(self, i: int) -> Hit:
        """One hit."""
        low, high = int(self.bounds[i]), int(self.bounds[i + 1])
        group = -1 if self.group is None else int(self.group[i])
        return Hit(
            rows=tuple(self.rows[low:high].tolist()),
            message=self.message[i],
            evidence=json.loads(self.evidence[i]),
            fix=None if self.fix is None else self.fix[i],
            related=() if self.related is None else _told(self.related[low:high].tolist()),
            scores=() if self.scores is None else _told(self.scores[low:high].tolist()),
            group=group if group >= 0 else None,
            suggested=None if self.suggested is None else self.suggested[i],
            subject=self.subject[i] if self.subject else "",
            severity=self.severity[i] if self.severity else None,
        )

    def take(self, order: NDArray[Any]) -> Hits:
        """The same hits in another order."""
        flat, bounds = take_ragged(self.bounds, order)

        def column(values: Any, which: NDArray[Any]) -> Any:
            return None if values is None else values[which]

        numbers = order.tolist()
        return Hits(
            rows=self.rows[flat],
            bounds=bounds,
            message=self.message.gather(order),
            evidence=self.evidence.gather(order),
            fix=None if self.fix is None else self.fix.take(order),
            related=column(self.related, flat),
            scores=column(self.scores, flat),
            group=column(self.group, order),
            suggested=None if self.suggested is None else self.suggested.gather(order),
            subject=tuple(self.subject[n] for n in numbers) if self.subject else None,
            severity=tuple(self.severity[n] for n in numbers) if self.severity else None,
        )


def _told(values: list[Any]) -> tuple[Any, ...]:
    """Values parallel to a hit's rows; nothing, where none of them says anything."""
    return tuple(values) if any(v == v and v != -1 for v in values) else ()  # noqa: PLR0124 - not nan


def as_evidence(**columns: Any) -> pl.Series:
    """Evidence of many hits as JSON texts, a column for each key."""
    import polars as pl  # noqa: PLC0415 - as above

    frame = pl.DataFrame({name: pl.Series(values) for name, values in columns.items()})
    return frame.select(pl.struct(pl.all()).struct.json_encode())[:, 0].alias("evidence")


def take_ragged(bounds: NDArray[Any], order: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Positions of the values of some pieces in their new order, and the new bounds."""
    import numpy as np  # noqa: PLC0415 - rules are told without it

    sizes = np.diff(bounds)[order]
    new = np.concatenate([[0], np.cumsum(sizes)])
    return np.repeat(bounds[:-1][order] - new[:-1], sizes) + np.arange(new[-1]), new


def columns_of(hits: Sequence[Hit]) -> Hits:
    """Hits as columns."""
    import numpy as np  # noqa: PLC0415 - as above
    import polars as pl  # noqa: PLC0415 - as above

    sizes = np.array([len(h.rows) for h in hits], np.int64)
    bounds = np.concatenate([[0], np.cumsum(sizes)])
    fixes = [h.fix for h in hits]
    touched = [fix.rows if fix else () for fix in fixes]
    return Hits(
        rows=np.fromiter(chain.from_iterable(h.rows for h in hits), np.int64),
        bounds=bounds,
        message=pl.Series("message", [clean(h.message) for h in hits], dtype=pl.String),
        evidence=pl.Series("evidence", [evidence_json(h.evidence) for h in hits], dtype=pl.String),
        fix=Fixes(
            pl.Series([fix.action if fix else None for fix in fixes], dtype=pl.String),
            np.fromiter(chain.from_iterable(touched), np.int64),
            np.concatenate([[0], np.cumsum([len(t) for t in touched], dtype=np.int64)]),
            np.array([bool(fix and fix.safe) for fix in fixes], np.bool_),
            pl.Series([fix.label if fix else None for fix in fixes], dtype=pl.String),
        ),
        related=np.array(_parallel([h.related for h in hits], sizes.tolist(), -1), np.int64),
        scores=np.array(_parallel([h.scores for h in hits], sizes.tolist(), math.nan), np.float64),
        group=np.array([-1 if h.group is None else h.group for h in hits], np.int64),
        suggested=pl.Series([h.suggested for h in hits], dtype=pl.String),
        subject=tuple(h.subject for h in hits),
        severity=tuple(h.severity for h in hits),
    )


def concatenated(pieces: Sequence[Hits]) -> Hits:
    """Hits of several pieces as one."""
    import numpy as np  # noqa: PLC0415 - as above
    import polars as pl  # noqa: PLC0415 - as above

    if len(pieces) == 1:
        return pieces[0]

    def joined(columns: Sequence[Any], sizes: Sequence[int], default: float) -> Any:
        given = zip(columns, sizes, strict=True)
        return np.concatenate([np.full(n, default) if c is None else c for c, n in given])

    def texts(columns: Sequence[pl.Series | None]) -> pl.Series:
        given = zip(columns, hits, strict=True)
        return pl.concat([pl.Series([None] * n, dtype=pl.String) if c is None else c.alias("") for c, n in given])

    hits, flat = [len(p) for p in pieces], [len(p.rows) for p in pieces]
    fixes = [p.fix for p in pieces]
    none = np.zeros(0, np.int64)
    return Hits(
        rows=np.concatenate([p.rows for p in pieces]),
        bounds=_bounds([p.bounds for p in pieces]),
        message=texts([p.message for p in pieces]),
        evidence=texts([p.evidence for p in pieces]),
        fix=Fixes(
            texts([f.action if f else None for f in fixes]),
            np.concatenate([f.rows if f else none for f in fixes]),
            _bounds([f.bounds if f else np.zeros(n + 1, np.int64) for f, n in zip(fixes, hits, strict=True)]),
            joined([f.safe if f else None for f in fixes], hits, 0).astype(np.bool_),
            texts([f.label if f else None for f in fixes]),
        ),
        related=joined([p.related for p in pieces], flat, -1).astype(np.int64),
        scores=joined([p.scores for p in pieces], flat, math.nan),
        group=joined([p.group for p in pieces], hits, -1).astype(np.int64),
        suggested=texts([p.suggested for p in pieces]),
        subject=tuple(chain.from_iterable(p.subject or [""] * len(p) for p in pieces)),
        severity=tuple(chain.from_iterable(p.severity or [None] * len(p) for p in pieces)),
    )


def _bounds(pieces: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Bounds of pieces put one after the other."""
    import numpy as np  # noqa: PLC0415 - as above

    return np.concatenate([[0], np.cumsum(np.concatenate([np.diff(b) for b in pieces]))])


def _parallel(given: Sequence[tuple[Any, ...]], sizes: Sequence[int], default: float) -> list[Any]:
    return list(chain.from_iterable(g or (default,) * n for g, n in zip(given, sizes, strict=True)))


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Findings of one rule."""

    code: str
    hits: Hits
    severity: tuple[Severity, ...]
    """Of each hit."""
    fingerprint: tuple[str, ...]
    """Of each hit."""
    order: NDArray[Any] | None = None
    """Which of the hits are findings, in their order; all of them as they come, if not told."""

    def __len__(self) -> int:
        """Number of findings."""
        return len(self.hits) if self.order is None else len(self.order)

    def __getitem__(self, i: int) -> Finding:
        """One finding."""
        at = i if self.order is None else int(self.order[i])
        return Finding(self.code, self.severity[at], self.hits[at], self.fingerprint[at])

    @property
    def rows(self) -> NDArray[Any]:
        """Rows of all findings."""
        return self.hits.rows if self.order is None else self.hits.rows[take_ragged(self.hits.bounds, self.order)[0]]

    def rows_by_severity(self) -> dict[Severity, NDArray[Any]]:
        """Rows of the findings of each severity that occurs; a row in two findings is there twice."""
        found = self.counts()
        if len(found) < 2:  # noqa: PLR2004 - nothing to tell apart
            return dict.fromkeys(found, self.rows)
        import numpy as np  # noqa: PLC0415 - as above

        order = np.arange(len(self.hits)) if self.order is None else np.asarray(self.order)
        bad = np.array([self.severity[n].rank for n in order.tolist()])
        return {s: self.hits.rows[take_ragged(self.hits.bounds, order[bad == s.rank])[0]] for s in found}

    def counts(self) -> Counter[Severity]:
        """How many findings are how bad."""
        if self.order is None or len(self.order) == len(self.hits):
            return Counter(self.severity)
        return Counter(self.severity[n] for n in self.order.tolist())


class Findings(Sequence[Finding]):
    """Findings of several rules as columns, and as a sequence of ``Finding`` for who wants to look at them."""

    __slots__ = ("_starts", "parts")
    __hash__ = None  # type: ignore[assignment] # compared by content, as a list is

    def __init__(self, parts: Iterable[Part] = ()) -> None:
        """Take the findings of rules, in this order."""
        self.parts = tuple(part for part in parts if len(part))
        starts = [0]
        for part in self.parts:
            starts.append(starts[-1] + len(part))
        self._starts = starts

    @classmethod
    def of(cls, findings: Sequence[Finding]) -> Findings:
        """The same findings as columns, whatever they are kept in."""
        if isinstance(findings, Findings):
            return findings
        rules: dict[str, list[Finding]] = {}
        for finding in findings:
            rules.setdefault(finding.code, []).append(finding)
        columns = ((code, columns_of([f.hit for f in those]), those) for code, those in rules.items())
        return cls(
            Part(code, hits, tuple(f.severity for f in those), tuple(f.fingerprint for f in those))
            for code, hits, those in columns
        )

    def __len__(self) -> int:
        """Number of findings."""
        return self._starts[-1]

    def __iter__(self) -> Iterator[Finding]:
        """Each finding in turn."""
        for part in self.parts:
            for i in range(len(part)):
                yield part[i]

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Finding, ...]: ...
    def __getitem__(self, index: int | slice) -> Finding | tuple[Finding, ...]:
        """One finding, or some."""
        if isinstance(index, slice):
            return tuple(self[i] for i in range(*index.indices(len(self))))
        at = index + len(self) if index < 0 else index
        if not 0 <= at < len(self):
            raise IndexError(f"finding {index} of {len(self)}")
        which = bisect_right(self._starts, at) - 1
        return self.parts[which][at - self._starts[which]]

    def __eq__(self, other: object) -> bool:
        """Whether the other sequence holds the same findings."""
        return isinstance(other, Sequence) and len(self) == len(other) and list(self) == list(other)

    def __repr__(self) -> str:
        """How many of what."""
        return f"Findings({', '.join(f'{len(p)} {p.code}' for p in self.parts)})"
