"""The evaluation folder, written whole or not at all."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING

from assay.audit.atomic import write_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import polars as pl

    from assay.audit.atomic import Writer

EVALUATION, PREDICTIONS, SLICE_ROWS = "evaluation.json", "predictions.parquet", "slice_rows.parquet"
REPORT, TIMINGS = "report.html", "timings.json"


def packed(frame: pl.DataFrame) -> tuple[bytes, str]:
    """A table as Parquet, and its sha256."""
    buffer = BytesIO()
    frame.write_parquet(buffer, compression="zstd", statistics=True)
    content = buffer.getvalue()
    return content, sha256(content).hexdigest()


def save(folder: Path, tables: Mapping[str, bytes], texts: Mapping[str, str]) -> None:
    """Write the folder.

    Raises:
        OutputError: nothing was written; results of an earlier run are intact.
    """
    files: dict[str, Writer] = {name: _writer(content) for name, content in tables.items()}
    files |= {name: _writer(text.encode("utf-8", "backslashreplace")) for name, text in texts.items()}
    write_folder(folder, files)


def _writer(content: bytes) -> Writer:
    return lambda out: out.write(content)
