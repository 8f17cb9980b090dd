"""What people see: evaluation, the gate, renderers, the command line.

Example::

    from assay.reports import Evaluation, Verdict

    Evaluation.load("assay-out/evaluation").show()   # the page, in a notebook's sandboxed frame
    Verdict.load("assay-out/gate").to_pandas()       # reasons as a frame

``reports.evaluate``, ``gate``, ``promote``, ``run`` and ``review`` do what the commands of these names do.
Names are imported when they are first used: ``import assay.reports`` alone costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.audit.lazy import lazy

if TYPE_CHECKING:
    from assay.reports.api import evaluate, gate, promote, review, run
    from assay.reports.evaluation.assembly import Evaluation
    from assay.reports.gating.verdict import Verdict

__all__ = ["Evaluation", "Verdict", "evaluate", "gate", "promote", "review", "run"]

_HOMES = {
    "Evaluation": "evaluation.assembly",
    "Verdict": "gating.verdict",
    **dict.fromkeys(("evaluate", "gate", "promote", "review", "run"), "api"),
}

__getattr__, __dir__ = lazy(__name__, _HOMES)
