"""Hugging Face data sets: a folder written by ``save_to_disk``, or a hub id such as ``user/name`` or ``imdb``.

``hf:`` before a name says that it is a hub id, or a saved folder: ``hf:imdb``, ``hf:glue:mrpc``, ``hf:user/name@main``,
``hf:saved/folder``.
"""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import polars as pl

from assay.audit.errors import DataError
from assay.audit.parsing import parse_json
from assay.audit.reading.columnar import first_line, read_arrow
from assay.audit.reading.frames import is_frames, read_frame
from assay.audit.reading.sources import kind_of
from assay.audit.reading.table import Table, without_lines

PREFIX = "hf:"
_ID = re.compile(r"[\w.-]+/[\w.-]+")
_BARE = re.compile(r"[A-Za-z][\w-]+")
_TOLD = re.compile(r"(?P<name>[\w.-]+(/[\w.-]+)?)(:(?P<config>[\w.-]+))?(@(?P<revision>[\w./-]+))?")
_PATIENCE = 0.8
"""Seconds to wait for the hub's address to answer before giving up: a typing error is told within a second."""


def is_saved(folder: str) -> bool:
    """Whether ``datasets`` wrote this folder; a folder that may not be looked into is none."""
    # Path.is_file raises where it may not look.
    return any(os.path.isfile(Path(folder) / name) for name in ("dataset_dict.json", "state.json"))  # noqa: PTH113


def is_hub_id(spec: str) -> bool:
    """Whether a name that is no path has the form of a hub id: ``user/name``, ``imdb``, or anything after ``hf:``."""
    if spec.startswith(PREFIX):
        return True
    form = _ID if "/" in spec else _BARE
    return bool(form.fullmatch(spec)) and kind_of(spec) is None and not spec.startswith((".", "~"))


def saved_folder(spec: str) -> str | None:
    """The folder that ``hf:FOLDER`` names, if ``datasets`` wrote it; else None."""
    folder = spec.removeprefix(PREFIX)
    return folder if spec.startswith(PREFIX) and is_saved(folder) else None


def read_saved(folder: str) -> dict[str | None, tuple[Table, str]]:
    """Tables (and the path of each) by split; the key None stands for the only table of a folder without splits.

    Raises:
        DataError: the folder's files are damaged or missing.
    """
    listing = Path(folder) / "dataset_dict.json"
    if not listing.is_file():
        return {None: (_saved_table(folder), folder)}
    splits = _json(listing).get("splits")
    if not isinstance(splits, list) or not splits:
        raise DataError("names no splits", path=str(listing), cure="Write the folder again with save_to_disk")
    places = {str(name): str(Path(folder) / str(name)) for name in splits}
    return {name: (_saved_table(place), place) for name, place in places.items()}


def _json(path: Path) -> dict[str, Any]:
    try:
        value = parse_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError("cannot be read", path=str(path), cure="Write the folder again with save_to_disk") from error
    return value if isinstance(value, dict) else {}


def _saved_table(folder: str) -> Table:
    """The Arrow files that ``state.json`` lists; ``datasets`` itself is not needed."""
    state = _json(Path(folder) / "state.json")
    listed = state.get("_data_files") or []
    names = [Path(str(entry.get("filename", ""))).name for entry in listed if isinstance(entry, dict)]
    if not names or state.get("_indices_files") or state.get("_indices_data_files"):
        cure = "Write it again: dataset.flatten_indices().save_to_disk(FOLDER)"
        raise DataError("the saved data set lists no plain data files", path=folder, cure=cure)
    return without_lines(
        pl.concat([read_arrow(str(Path(folder) / name)).frame for name in names], how="vertical_relaxed")
    )


def read_hub(name: str) -> dict[str | None, tuple[Table, str]]:
    """Tables by split of a data set on the hub.

    Raises:
        DataError: see ``load_hub``.
    """
    loaded = load_hub(name)
    if is_frames(loaded):
        return {str(split): (read_frame(part, name), name) for split, part in loaded.items()}
    return {None: (read_frame(loaded, name), name)}


def load_hub(name: str) -> Any:
    """A data set of the hub, as ``datasets`` gives it.

    Raises:
        DataError: ``datasets`` is not installed, the hub cannot be reached, or has no such data set.
    """
    told = _TOLD.fullmatch(name.removeprefix(PREFIX))
    if told is None:
        cure = "Write hf:NAME, hf:NAME:CONFIGURATION or hf:NAME@REVISION; a saved folder must be there"
        raise DataError("no name of a data set on the hub, and no saved folder", path=name, cure=cure)
    offline = any(
        os.environ.get(key, "").upper() in {"1", "ON", "YES", "TRUE"}
        for key in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE")
    )
    if not offline and not _reachable():
        cure = "If it is a file, check the path; HF_HUB_OFFLINE=1 uses a copy in the cache"
        raise DataError("no such file, and the Hugging Face hub cannot be reached", path=name, cure=cure)
    try:
        import datasets  # noqa: PLC0415 - a second and a half
    except ImportError as error:
        cure = "If it is a file, check the path; for hub ids run: pip install datasets"
        raise DataError("no such file, and the datasets library is not installed", path=name, cure=cure) from error
    try:
        return datasets.load_dataset(told["name"], told["config"], revision=told["revision"])
    except Exception as error:  # whatever a hub, a cache and their formats may raise
        cure = "If it is a file, check the path; if it is a hub id, check its name and your access"
        raise DataError(f"cannot be loaded from the hub ({first_line(error)})", path=name, cure=cure) from error


def _reachable() -> bool:
    """Whether the hub's host, or the proxy before it, takes connections: asked once, for a few seconds at most."""
    address = os.environ.get("HF_ENDPOINT", "https://huggingface.co")
    proxy = os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy") or os.environ.get("ALL_PROXY")
    parts = urlsplit(proxy or address)
    answered: list[bool] = []

    def ask() -> None:
        try:
            port = parts.port or (443 if parts.scheme == "https" else 80)
            socket.create_connection((parts.hostname or "", port), timeout=_PATIENCE).close()
            answered.append(True)
        except (OSError, ValueError):
            answered.append(False)

    # A thread, because a name server that does not answer holds the caller far beyond the timeout.
    thread = Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_PATIENCE)
    return bool(answered and answered[0])
