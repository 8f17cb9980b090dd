"""Training: advice, baselines, fine-tuning, run manifests.

Example::

    from assay import audit, train

    data = audit.read({"train": "train.csv", "test": "test.csv"}, text="text", label="label")
    run = train.fit(data, output="runs/first")
    run.predict(["where is my card?"]).labels

Names are imported when they are first used: ``import assay.train`` alone costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.train.fitting import fit
    from assay.train.run import Predicted, Run, load_run

__all__ = ["Predicted", "Run", "fit", "load_run"]

_HOMES = {"Predicted": "run", "Run": "run", "fit": "fitting", "load_run": "run"}


def __getattr__(name: str) -> object:
    """Import a public name from its module."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
