"""One evaluated set: what is true, what was predicted, which rows stand for one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from assay.audit.dataset import Split
    from assay.reports.evaluation.counting import Clusters
    from assay.reports.evaluation.labelsets import LabelSets


@dataclass(frozen=True, eq=False)
class Scored:
    """The labelled rows of a split with their predictions; ``rows`` below are positions in these arrays."""

    split: Split
    index: NDArray[np.int64]
    """(rows,) row of each in the data set's frame, ascending."""
    labels: tuple[str, ...]
    """Classes, sorted: every true, predicted or known one."""
    truth: NDArray[np.int32]
    """(rows,) code of the true class."""
    predicted: NDArray[np.int32]
    """(rows,) code of the predicted class."""
    confidence: NDArray[np.float64] | None
    """(rows,) what the model says of its prediction; None if it says nothing."""
    is_probability: bool
    """Whether the confidences are probabilities, so that calibration means something."""
    clusters: Clusters
    sets: LabelSets | None = None
    """The labels of each row one by one, where rows have several; ``labels`` are whole sets then."""

    def __len__(self) -> int:
        """Rows."""
        return int(self.truth.size)

    @cached_property
    def right(self) -> NDArray[np.bool_]:
        """(rows,) whether the prediction is right."""
        out: NDArray[np.bool_] = self.truth == self.predicted
        return out
