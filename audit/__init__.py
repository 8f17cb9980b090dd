"""Finds what is wrong with training data; knows nothing of models to come or of screens.

Example::

    from assay import audit

    data = audit.read({"train": "train.csv", "test": "test.csv"}, text="text", label="label")
    found = audit.run(data, audit.Settings(select=("DUP", "LEK")))
    for finding in found.findings:
        print(finding.code, data.row(finding.hit.rows[0]).place, finding.hit.message)

Names are imported when they are first used: ``import assay.audit`` alone costs nothing. ``audit.clean`` and
``audit.split`` do what the commands of these names do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.audit.lazy import lazy

if TYPE_CHECKING:
    from assay.audit.clean import clean
    from assay.audit.dataset import Dataset
    from assay.audit.reading import from_frames, read
    from assay.audit.rules import Audit, Finding, Settings, run
    from assay.audit.split import split

__all__ = ["Audit", "Dataset", "Finding", "Settings", "clean", "from_frames", "read", "run", "split"]

_HOMES = {
    "Audit": "rules",
    "Dataset": "dataset",
    "Finding": "rules",
    "Settings": "rules",
    "clean": "clean",
    "from_frames": "reading",
    "read": "reading",
    "run": "rules",
    "split": "split",
}

__getattr__, __dir__ = lazy(__name__, _HOMES)
