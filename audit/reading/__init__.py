"""Reading data: files, folders, globs, hub ids and frames in memory, every value as written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.audit.dataset import TRAIN, Dataset
from assay.audit.reading.build import Told, build
from assay.audit.reading.frames import is_frames

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["from_frames", "read"]


def read(  # noqa: PLR0913 - one option a role, as on the command line
    sources: Mapping[str, Sequence[str] | Any],
    *,
    text: Sequence[str] = (),
    label: str | None = None,
    id: str | None = None,  # noqa: A002 - the role's name
    group: str | None = None,
    time: str | None = None,
    split: str | None = None,
) -> Dataset:
    """Read splits from paths, globs, folders, hub ids or frames; roles that are not told are found by looking.

    Args:
        sources: split name -> one or several paths, globs, folders or hub ids; or a frame in memory.
            A single source that holds several splits (a split column, a saved ``DatasetDict``, a folder with
            ``train.csv`` and ``test.csv``) gives them all.
        text: the text columns; two or more for text pairs.
        label: the label column.
        id: the column with a value of its own for every row.
        group: the column whose equal values must stay in one split (customer, thread, author).
        time: the column that says when a row came to be.
        split: the column that names each row's split.

    Raises:
        DataError: something cannot be read as data, or a named column is not there; the message names the
            file, the line and the cure.
    """
    singles = {"label": label, "id": id, "group": group, "time": time, "split": split}
    texts = (text,) if isinstance(text, str) else tuple(text)
    return build(sources, Told(texts, {role: name for role, name in singles.items() if name}))


def from_frames(frames: Any, **roles: Any) -> Dataset:
    """A data set from one frame in memory, or from a dict of frames by split.

    Frames may be pandas, polars or Arrow tables, ``datasets.Dataset`` (a ``DatasetDict`` is a dict of them), or
    anything with ``__arrow_c_stream__``. The keyword arguments are those of ``read``.

    Raises:
        DataError: an object is no table, or a named column is not there.
    """
    return read(frames if is_frames(frames) else {TRAIN: frames}, **roles)
