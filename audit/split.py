"""`assay split` as a function: train, validation and test without leaks by construction.

Example::

    from assay.audit.split import split

    done = split(["data.csv"], "parts", label="category", group="customer_id")
    print(done.document["parts"], done.document["leaks"])
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit.atomic import write_folder
from assay.audit.called import make_callable
from assay.audit.config import Config
from assay.audit.dataset import PRODUCTION, TRAIN, Dataset, Places, Split
from assay.audit.encoders import request as encoder
from assay.audit.errors import ConfigError, DataError, MissingInputError, OutputError
from assay.audit.findings import as_json
from assay.audit.lexical.verify import SIMILARITY
from assay.audit.parsing import parse_json
from assay.audit.reading import read
from assay.audit.slicing.request import Declared, declared
from assay.audit.splitting.check import PARTS
from assay.audit.splitting.divide import Divided, Shares, divide
from assay.audit.splitting.goals import document
from assay.audit.splitting.slices import wanted
from assay.audit.splitting.together import find_links
from assay.audit.times import read_times
from assay.audit.writing.envelope import pack
from assay.audit.writing.files import Files, open_files, verify
from assay.audit.writing.original import Selection, render, suffix_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from assay.audit.atomic import Writer
    from assay.audit.times import Times

__all__ = ["Done", "split"]

RECORD, LEFT_OUT = "split.json", "left_out"


@dataclass(frozen=True, slots=True)
class Done:
    """What splitting did."""

    document: Mapping[str, Any]
    """Content of ``split.json``."""
    parts: tuple[NDArray[np.int64], ...]
    """(rows,) of each fold: index into train, validation, test; -1 for a row that is left out."""


def split(  # noqa: PLR0913 - one option a parameter, as on the command line
    sources: str | Sequence[str],
    output: str | Path,
    *,
    test: float = 0.2,
    validation: float = 0.1,
    seed: int = 0,
    folds: int = 0,
    min_test_per_slice: int = 0,
    text: Sequence[str] = (),
    label: str | None = None,
    id: str | None = None,  # noqa: A002 - the role's name
    group: str | None = None,
    time: str | None = None,
    meaning: bool = True,
    in_time: bool = True,
    config: Config | None = None,
    config_path: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> Done:
    """Split data so that nothing leaks, and write the parts in the format of the source.

    Args:
        sources: file, glob or folder, or several.
        output: folder for ``train.*``, ``validation.*``, ``test.*`` and ``split.json``; ``fold-1``, ... with folds.
        test: share of rows for test.
        validation: share of rows for validation; 0 for none.
        seed: another one puts rows elsewhere.
        folds: number of folds; 0 for one split.
        min_test_per_slice: rows that a critical slice needs in test, where it declares no minimum.
        text: text columns; this and the other roles are found by looking if they are not told.
        label: label column: each class gets its share of every part.
        id: column that names rows.
        group: column of what must not be on two sides.
        time: column of times: test is the latest, validation before it, train the earliest.
        meaning: whether paraphrases stay together, if an encoder is there to find them.
        in_time: whether order in time is kept, where a column of times is known.
        config: configuration: slices, rule options, encoder.
        config_path: where it was read from.
        progress: called with the name of each step.

    Raises:
        DataError: the data cannot be read, or a critical slice cannot get its minimum.
        ConfigError: an option is out of range.
        OutputError: a part cannot be written; nothing is half-written.
    """
    step, settings = progress or (lambda _: None), config or Config.model_construct()
    shares = Shares(test, validation, seed, folds)
    _refuse_shares(shares)
    step("reading")
    paths = (sources,) if isinstance(sources, str) else tuple(sources)
    data = read({TRAIN: paths}, text=text, label=label, id=id, group=group, time=time)
    rules = settings.settings()
    pool, files = _pool(data)
    request = encoder.Request(settings.audit.encoder, settings.audit.cache)
    encoder.verify(request)
    pool.memo[encoder.Request], pool.memo[Declared] = request, declared(settings, config_path)
    step("looking for what is alike")
    slices = wanted(pool, min_test_per_slice)
    similarity = rules.options.get("LEK002", {}).get("similarity", SIMILARITY)
    links = find_links(pool, similarity=similarity, meaning=meaning, options=rules.options.get("LEK004", {}))
    times = _times(pool, rules.options.get("LEK005", {})) if in_time and pool.roles.time else None
    heard = meaning and "meaning" in links.links
    made = divide(pool, links, shares, slices, rules, times=times, meaning=heard, step=step)
    step("writing")
    folder = Path(output)
    contents = _contents(pool, files, made, shares, folder)
    told = document(pool, made, shares, contents, data, files)
    _write(folder, contents, told)
    return Done(told, made.parts)


def _times(pool: Dataset, options: Mapping[str, Any]) -> Times | None:
    """Times of all rows; None where the column was only guessed to hold times, and does not.

    Raises:
        DataError: the column that was named cannot be read as times.
    """
    try:
        times = read_times(pool.column("time"), options.get("date_order", "auto"))
        if 2 * int(times.known.sum()) >= len(pool):
            return times
        problem = f"only {times.known.mean():.0%} of it could be read as times"
    except MissingInputError as error:
        problem = str(error)
    if "time" in pool.guessed:
        return None
    cure = "Write times as YYYY-MM-DDTHH:MM:SS, name another column with --time, or say --no-time"
    raise DataError(problem, column=repr(pool.roles.time), cure=cure)


def _refuse_shares(shares: Shares) -> None:
    if not 0 < shares.test < 1 or not 0 <= shares.validation < 1 or shares.train <= 0:
        told = f"test {shares.test}, validation {shares.validation}"
        raise ConfigError(f"shares must be between 0 and 1 and leave something for train, not {told}")
    if shares.folds and (shares.folds < 2 or shares.validation >= 1 - 1 / shares.folds):  # noqa: PLR2004 - a pair
        raise ConfigError(f"--folds must be 2 or more, not {shares.folds}")


def _pool(data: Dataset) -> tuple[Dataset, Files]:
    """All rows as one split, in the order of their files."""
    if data.split(PRODUCTION):
        cure = "Name the files of labelled data one by one"
        raise DataError("production traffic is among the data, and it is never split", cure=cure)
    files = open_files(data, [s.name for s in data.splits])
    order = np.lexsort((files.row, files.file))
    places = Places(data.places.row[order], data.places.line[order], data.places.file[order])
    named = tuple(dict.fromkeys(path for s in data.splits for path in s.files))
    whole = Split(TRAIN, 0, len(data), named)
    pool = Dataset(data.frame[order], (whole,), replace(data.roles, split=None), places, data.guessed, data.notes)
    return pool, Files(files.originals, files.file[order], files.row[order])


def _contents(
    pool: Dataset, files: Files, made: Divided, shares: Shares, folder: Path
) -> dict[str, tuple[bytes, NDArray[np.int64]]]:
    """Each new file, by its path in the folder: its content, and the rows of the pool that it holds."""
    suffix = suffix_of(files.originals[0])
    out: dict[str, tuple[bytes, NDArray[np.int64]]] = {}
    for fold, part in enumerate(made.parts, 1):
        for p, name in enumerate((*PARTS, LEFT_OUT)):
            rows = np.flatnonzero(part == (p if name != LEFT_OUT else -1))
            if not rows.size or (name == LEFT_OUT and shares.folds):
                continue
            path = f"fold-{fold}/{name}{suffix}" if len(made.parts) > 1 else name + suffix
            _refuse_source(folder / path, files)
            chosen = [
                Selection(original, files.row[mine])
                for number, original in enumerate(files.originals)
                if (mine := rows[files.file[rows] == number]).size
            ]
            content = render(chosen, loose=False)
            verify(content, files.originals[0].kind, path, pool.frame[rows])
            out[path] = (pack(content, path), rows)
    return out


def _refuse_source(path: Path, files: Files) -> None:
    for one in files.originals:
        same = path.samefile(one.path) if path.exists() else os.path.realpath(path) == os.path.realpath(one.path)
        if same:
            raise OutputError(f"{path} is a source, and nothing is changed in place; choose another folder")


def _write(folder: Path, contents: Mapping[str, tuple[bytes, Any]], told: Mapping[str, Any]) -> None:
    """Write the parts and the record, all or none; files of an earlier split that this one has not are removed."""
    _refuse_foreign(folder, contents)
    files: dict[str, Writer] = {path: _bytes(content) for path, (content, _) in contents.items()}
    write_folder(folder, {**files, RECORD: _bytes(as_json(told).encode())}, remove=_stale(folder, set(contents)))


def _refuse_foreign(folder: Path, contents: Iterable[str]) -> None:
    """Never put a part in the place of a file that no earlier split wrote: `--output .` beside a test.csv."""
    ours = set(_recorded(folder))
    for path in contents:
        if path not in ours and (folder / path).exists():
            raise OutputError(f"{folder / path} is there, and no earlier split wrote it; choose another folder")


def _bytes(content: bytes) -> Writer:
    return lambda out: out.write(content)


def _recorded(folder: Path) -> list[str]:
    """Files of an earlier split, as its record names them."""
    try:
        old = parse_json((folder / RECORD).read_text("utf-8"))["files"]
        return [path for path in old if isinstance(path, str) and ".." not in Path(path).parts]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _stale(folder: Path, new: set[str]) -> list[str]:
    """Files that an earlier split wrote here and this one does not, as paths in the folder."""
    return [
        path
        for path in _recorded(folder)
        if path not in new and not Path(path).is_absolute() and (folder / path).is_file()
    ]


make_callable(__name__, split)
