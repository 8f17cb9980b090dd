"""Slices told by a Python function of the user's, named in the configuration as ``module:name``."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import polars as pl

from assay.audit.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.audit.dataset import Dataset


def apply(data: Dataset, name: str, folder: str) -> pl.Series:
    """Call a function with the frame of all splits; it gives true or false for each row.

    The configuration is trusted as a Makefile is: it is the user's own. Data never name a function.

    Args:
        data: the data set.
        name: ``module:name``.
        folder: where the module is looked for before anywhere else: the configuration file's folder.

    Raises:
        ConfigError: there is no such function, it fails, or it gives something else.
    """
    function = _load(name, folder)
    try:
        told = function(data.frame)
        mask = told if isinstance(told, pl.Series) else pl.Series(list(told))
    except Exception as error:
        raise ConfigError(f"function {name!r} failed: {type(error).__name__}: {error}") from error
    if len(mask) != len(data) or (mask.dtype != pl.Boolean and len(mask)):
        got = f"{len(mask):,} values of type {str(mask.dtype).lower()}"
        raise ConfigError(f"function {name!r} must give true or false for each of {len(data):,} rows; got {got}")
    return mask.fill_null(value=False)


def _load(name: str, folder: str) -> Callable[[pl.DataFrame], Any]:
    module, _, attribute = name.partition(":")
    if not module or not attribute or not all(part.isidentifier() for part in module.split(".")):
        raise ConfigError(f'a function is named "module:name", not {name!r}')
    sys.path.insert(0, folder or ".")
    try:
        if find_spec(module) is None:
            raise ConfigError(f"no module {module!r} in {folder or 'the current folder'} or among installed packages")
        found = getattr(import_module(module), attribute, None)
    except ConfigError:
        raise
    except Exception as error:
        raise ConfigError(f"module {module!r} cannot be imported: {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(folder or ".")
    if not callable(found):
        raise ConfigError(f"module {module!r} has no function {attribute!r}")
    function: Callable[[pl.DataFrame], Any] = found
    return function
