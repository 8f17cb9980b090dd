"""What the audit of exactly these data found, as far as it bears on training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.audit.dataset import PRODUCTION, TRAIN
from assay.audit.errors import DataError
from assay.audit.parsing import parse_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import polars as pl

    from assay.audit.dataset import Dataset

QUICK = (
    "DUP001",
    "DUP002",
    "LBL001",
    "LBL002",
    "LBL004",
    "LBL005",
    "LBL006",
    "LEK001",
    "LEK002",
    "LEK004",
    "RLS001",
)
"""Rules that are run here where there is no audit: seconds, not minutes."""
LEAKS = ("LEK001", "LEK002", "LEK003", "LEK004", "LEK005")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Counts that weigh for or against training."""

    source: str
    """Where it is from, in words."""
    audited: bool
    """Whether it is a whole audit of these data, not the quick rules run here."""
    counts: Mapping[str, Mapping[str, Any]]
    """Rule -> severity, findings, rows."""
    skipped: Mapping[str, str]
    """Rule -> why it did not run."""
    errors: int
    """Findings that are errors."""
    leaks: Mapping[str, Mapping[str, int]]
    """Held-out split -> rows, those with an exact copy in train, those with any leak."""
    suspects: tuple[int, int] | None
    """Labels held for wrong and for doubtful in the splits that have labels; None if the rule did not run."""
    conflicts: int
    """Rows whose text also stands under another label."""
    variants: int
    """Rows whose label looks like a misspelt one."""
    misspelt: int
    """Distinct labels of those rows."""
    copies: int
    """Training rows that repeat an earlier one, or nearly."""
    missing_slices: tuple[str, ...]
    """Declared slices that have too few rows, as errors."""
    labelled: int

    def document(self) -> dict[str, Any]:
        """As JSON holds it."""
        sure = None if self.suspects is None else {"wrong": self.suspects[0], "doubtful": self.suspects[1]}
        return {
            "source": self.source,
            "audited": self.audited,
            "errors": self.errors,
            "counts": {code: dict(told) for code, told in self.counts.items()},
            "skipped": dict(self.skipped),
            "leaks": {split: dict(told) for split, told in self.leaks.items()},
            "suspect_labels": sure,
            "conflicting_rows": self.conflicts,
            "misspelt_labels": {"labels": self.misspelt, "rows": self.variants},
            "repeated_training_rows": self.copies,
            "missing_slices": list(self.missing_slices),
        }


def gather(data: Dataset, folder: Path, tell: Callable[[str], None] = lambda _: None) -> Evidence:
    """From the audit folder if it is of exactly these data; else the quick rules are run.

    Args:
        data: the data.
        folder: an audit folder, if there is one.
        tell: is told which rule runs.
    """
    why = other_data(data, folder)
    if not why:
        from assay.audit import store  # noqa: PLC0415 - heavy

        try:
            kept = store.load(folder)
        except DataError as error:
            why = str(error)
        else:
            said = f"the audit in {folder}"
            return _weigh(data, kept.document["counts"], kept.document["skipped"], kept.findings, said, audited=True)
    from assay.audit import rules, store  # noqa: PLC0415 - heavy

    audit = rules.run(data, rules.Settings(select=QUICK), tell)
    said = f"{why}: the quick rules were run ({', '.join(audit.ran)}); `assay audit` runs all"
    return _weigh(data, store.counts(audit), audit.skipped, store.findings_frame(audit), said, audited=False)


def other_data(data: Dataset, folder: Path) -> str:
    """Why the audit in a folder is none of these data; empty if it is."""
    try:
        document = parse_json((folder / "audit.json").read_text("utf-8"))
        audited, roles = document["data"], document["roles"]
        known = {name: told["fingerprint"] for name, told in audited.items() if name != PRODUCTION}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return f"there is no audit in {folder}"
    ours = {s.name: s.fingerprint for s in data.splits if s.name != PRODUCTION}
    if (
        known != ours
        or list(roles.get("text") or ()) != list(data.roles.text)
        or roles.get("label") != data.roles.label
    ):
        return f"the audit in {folder} is of other data"
    return ""


def _weigh(  # noqa: PLR0913 - two sources, one shape
    data: Dataset,
    counts: Mapping[str, Mapping[str, Any]],
    skipped: Mapping[str, str],
    findings: pl.DataFrame,
    source: str,
    *,
    audited: bool,
) -> Evidence:
    import polars as pl  # noqa: PLC0415 - heavy

    suspect = findings.filter((pl.col("code") == "LBL002") & (pl.col("split") != PRODUCTION))
    sure = _rows(suspect.filter(pl.col("severity") != "note"))
    slices = findings.filter((pl.col("code") == "SLC001") & (pl.col("severity") == "error"))
    variants = findings.filter(pl.col("code") == "LBL005")
    copies = findings.filter(pl.col("code").is_in(["DUP001", "DUP002"]) & (pl.col("split") == TRAIN))
    groups = copies.drop_nulls("group")["group"].n_unique() if copies.height else 0
    codes, _ = data.label_codes
    labelled = sum(int((codes[s.start : s.stop] >= 0).sum()) for s in data.splits if s.name != PRODUCTION)
    return Evidence(
        source=source,
        audited=audited,
        counts={code: told for code, told in sorted(counts.items()) if told["findings"]},
        skipped=dict(sorted(skipped.items())),
        errors=findings.filter(pl.col("severity") == "error")["fingerprint"].n_unique(),
        leaks={s.name: _leaks(findings, s.name, s.rows) for s in data.held_out},
        suspects=(sure, _rows(suspect) - sure) if "LBL002" in counts else None,
        conflicts=_rows(findings.filter((pl.col("code") == "LBL001") & (pl.col("split") != PRODUCTION))),
        variants=_rows(variants),
        misspelt=variants["given_label"].n_unique() if variants.height else 0,
        copies=max(_rows(copies) - groups, 0),
        missing_slices=tuple(slices["message"].unique(maintain_order=True).to_list()),
        labelled=labelled,
    )


def _rows(findings: pl.DataFrame) -> int:
    """Distinct rows that findings concern."""
    return findings.select("split", "row").n_unique() if findings.height else 0


def _leaks(findings: pl.DataFrame, split: str, rows: int) -> dict[str, int]:
    import polars as pl  # noqa: PLC0415 - heavy

    mine = findings.filter(pl.col("split") == split)
    leaking = mine.filter(pl.col("code").is_in(LEAKS))
    return {
        "rows": rows,
        "exact": leaking.filter(pl.col("code") == "LEK001")["row"].n_unique(),
        "any": leaking["row"].n_unique(),
    }
