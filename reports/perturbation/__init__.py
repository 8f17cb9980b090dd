"""Small changes to texts that should not change a prediction, and what a model makes of them.

After the invariance tests of Ribeiro et al., Beyond Accuracy: Behavioral Testing of NLP Models with CheckList, 2020.
"""

from assay.reports.perturbation.invariance import Report, invariance
from assay.reports.perturbation.kinds import KINDS, perturb

__all__ = ["KINDS", "Report", "invariance", "perturb"]
