"""The data that an audit was made of, read again, and found unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.audit.dataset import PRODUCTION
from assay.audit.errors import DataError
from assay.audit.reading import read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.audit.dataset import Dataset

AGAIN = "Run `assay audit` again, then clean"


def read_again(document: Mapping[str, Any], audit_dir: str) -> Dataset:
    """The splits of an audit but production traffic, from the files that it names.

    Args:
        document: ``audit.json``.
        audit_dir: its folder, for messages.

    Raises:
        DataError: the audit was not of files, or a file has changed since.
    """
    splits = {name: one for name, one in document["data"].items() if name != PRODUCTION}
    for name, one in splits.items():
        if not one["files"]:
            cure = "Save the data as CSV, JSON Lines or Parquet, audit that, and clean it"
            raise DataError(f"{name} does not come from files, so there is nothing to copy", path=audit_dir, cure=cure)
    roles = document["roles"]
    told = {role: roles[role] for role in ("label", "id", "group", "time") if roles[role]}
    data = read(_sources(splits, roles["split"]), text=roles["text"], split=roles["split"], **told)
    for name, one in splits.items():
        now = data.split(name)
        if now is None or now.fingerprint != one["fingerprint"]:
            path = ", ".join(one["files"])
            raise DataError(f"{name} is not what was audited: its content has changed since", path=path, cure=AGAIN)
    return data


def _sources(splits: Mapping[str, Any], column: str | None) -> dict[str, list[str]]:
    """Files by split; one source where a column splits them."""
    files = [one["files"] for one in splits.values()]
    if column and all(each == files[0] for each in files):
        return {next(iter(splits)): files[0]}
    return {name: one["files"] for name, one in splits.items()}
