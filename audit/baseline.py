"""Known findings that somebody accepted: fingerprints from an earlier audit."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from assay.audit.columns import Findings
from assay.audit.errors import DataError
from assay.audit.parsing import parse_json
from assay.audit.rules import nearest
from assay.audit.store import FINDINGS
from assay.audit.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from assay.audit.rules import Audit

_FINGERPRINT = re.compile(r"[0-9a-f]{16}")
_CURE = "Give the findings.parquet of an earlier audit, its folder, its JSON Lines, or a text file of fingerprints"


@dataclass(frozen=True, slots=True)
class Baseline:
    """Fingerprints that are accepted."""

    path: str = ""
    known: Mapping[str, str] = field(default_factory=dict)
    """fingerprint -> code of its rule, or nothing where the file does not tell."""

    def stale(self, audit: Audit) -> tuple[str, ...]:
        """Entries that this audit looked for and did not find: they can leave the baseline.

        An entry whose rule did not run is not stale, and one of unknown rule only if every rule ran.
        """
        parts, ran = Findings.of(audit.findings).parts, set(audit.ran)
        found = {mark for part in parts for mark in part.fingerprint}
        whole = not audit.skipped
        return tuple(sorted(f for f, c in self.known.items() if f not in found and (c in ran or (not c and whole))))


def read_baseline(path: Path) -> Baseline:
    """Read a baseline: findings.parquet, an audit folder, findings as JSON Lines, or fingerprints one a line.

    Raises:
        DataError: it cannot be read as any of these.
    """
    file = path / FINDINGS if path.is_dir() else path
    try:
        with file.open("rb") as source:
            parquet = source.read(4) == b"PAR1"
        known = _from_parquet(file) if parquet else _from_text(file)
    except OSError as error:
        near = nearest(file.name, [p.name for p in file.parent.iterdir()]) if file.parent.is_dir() else ""
        raise DataError(
            f"baseline cannot be read: {error.strerror or error}{near}", path=str(file), cure=_CURE
        ) from error
    return Baseline(str(path), known)


def _from_parquet(file: Path) -> dict[str, str]:
    try:
        frame = read_table(file, columns=["fingerprint", "code"]).unique(maintain_order=True)
        return dict(zip(frame["fingerprint"].to_list(), frame["code"].to_list(), strict=True))
    except pl.exceptions.PolarsError as error:
        raise DataError(f"not the findings of an audit: {error}", path=str(file), cure=_CURE) from error


def _from_text(file: Path) -> dict[str, str]:
    known: dict[str, str] = {}
    for number, raw in enumerate(file.read_bytes().split(b"\n"), 1):
        line = raw.decode("utf-8-sig", "replace").strip()
        if line.startswith("{"):
            fingerprint, code = _from_json(line)
        else:
            fingerprint, code = line.partition("#")[0].strip(), ""
        if not fingerprint and not line.startswith("{"):
            continue
        if not _FINGERPRINT.fullmatch(fingerprint):
            problem = f"not a fingerprint (16 hexadecimal digits): {line!r:.60}"
            raise DataError(problem, path=str(file), line=number, cure=_CURE)
        known[fingerprint] = code or known.get(fingerprint, "")
    return known


def _from_json(line: str) -> tuple[str, str]:
    try:
        record = parse_json(line)
    except ValueError:
        return "", ""
    return str(record.get("fingerprint", "")), str(record.get("code", ""))
