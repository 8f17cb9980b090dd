"""Classes for everything else (``other``, out of scope): their texts have no region of their own.

A classifier gives such a text to whatever class is nearest, now this one, now that one. So labels of a catch-all class
are contradicted far more often than those of other classes, in favor of ever other classes, and its undisputed texts
too have few neighbors of their class. A class into which other classes were mislabeled is contradicted often as well,
but its own texts lie together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEAST_UNITS = 20
_SPREAD = 8.0  # classes that contradictions of a catch-all class are spread over, by their entropy
_TIMES = 3.0  # as often as labels of the usual class its labels are contradicted
_SCATTERED = 0.7  # of the usual share of neighbors with the same label, that undisputed texts have
_DISPUTED = 0.5
_FLOOR = 1e-3  # of the usual rate
_DIGITS = 6


def catch_all_shift(
    chance: NDArray[np.float64],
    codes: NDArray[np.intp],
    suggested: NDArray[np.int32],
    own: NDArray[np.float64],
    classes: int,
) -> NDArray[np.float64]:
    """What to add to the log-odds that a label is wrong, by class: 0, or less for a catch-all class.

    The odds of a catch-all class are divided by how many times as often as usual its labels are contradicted.

    Args:
        chance: (units,) score that each label is wrong.
        codes: (units,) labels.
        suggested: (units,) class suggested in place of each.
        own: (units,) share of its neighbors that have its label.
        classes: how many there are.
    """
    out = np.zeros(classes)
    size = np.bincount(codes, minlength=classes)
    rate = np.bincount(codes, chance, classes) / np.maximum(size, 1)
    present = size > 0
    usual = max(float(np.median(rate[present])), _FLOOR)
    calm = np.round(chance, _DIGITS) < _DISPUTED
    apart = np.bincount(codes[calm], own[calm], classes) / np.maximum(np.bincount(codes[calm], minlength=classes), 1)
    scattered = np.round(apart, _DIGITS) < _SCATTERED * round(float(np.median(apart[present])), _DIGITS)
    often = np.round(rate, _DIGITS) >= round(_TIMES * usual, _DIGITS)
    for code in np.flatnonzero((size >= _LEAST_UNITS) & scattered & often).tolist():
        mine = codes == code
        mass = np.bincount(suggested[mine], chance[mine], classes)
        share = mass[mass > 0] / mass.sum()
        if round(float(np.exp(-(share * np.log(share)).sum())), _DIGITS) >= _SPREAD:
            out[code] = np.log(usual / rate[code])
    return out
