"""Training: advice, baselines, fine-tuning, run manifests.

Example::

    from assay import audit, train

    data = audit.read({"train": "train.csv", "test": "test.csv"}, text="text", label="label")
    run = train.fit(data, output="runs/first")
    run.predict(["where is my card?"]).labels

Names are imported when they are first used: ``import assay.train`` alone costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.audit.lazy import lazy

if TYPE_CHECKING:
    from assay.train.fitting import fit
    from assay.train.run import Predicted, Run, load_run

__all__ = ["Predicted", "Run", "fit", "load_run"]

_HOMES = {"Predicted": "run", "Run": "run", "fit": "fitting", "load_run": "run"}

__getattr__, __dir__ = lazy(__name__, _HOMES)
