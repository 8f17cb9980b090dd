"""Words of a text that speak for one class against another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

_SMOOTHING = 0.5


class Speaking:
    """Counts of words by class, to ask which words of a unit speak for a class."""

    def __init__(self, counts: Any, codes: NDArray[np.intp], classes: int, names: pl.Series) -> None:
        """Count in how many units of each class each word stands.

        Args:
            counts: (units, words) CSR.
            codes: (units,) labels.
            classes: how many there are.
            names: words by column.
        """
        from scipy.sparse import csr_array  # noqa: PLC0415 - heavy

        size = codes.size
        hot = csr_array((np.ones(size, np.float32), codes.astype(np.int32), np.arange(size + 1)), shape=(size, classes))
        present = csr_array(counts)
        present.data = np.ones_like(present.data)
        self._present = present
        self._table = (present.T @ hot).tocsr()
        self._units = np.bincount(codes, minlength=classes)
        self._codes = codes
        self._names = names

    def words(self, unit: int, wanted: int, most: int = 5) -> list[dict[str, Any]]:
        """Words of a unit that stand in a larger share of ``wanted``'s units than of its own label's, best first.

        Each with both counts, the unit itself left out; the measure is the log-ratio of the shares.
        """
        own = int(self._codes[unit])
        columns = self._present[[unit]].indices
        here = self._table[columns][:, [own, wanted]].toarray()
        mine, theirs = here[:, 0] - 1, here[:, 1]
        gain = np.log((theirs + _SMOOTHING) / (self._units[wanted] + 2 * _SMOOTHING))
        gain -= np.log((mine + _SMOOTHING) / (max(self._units[own] - 1, 0) + 2 * _SMOOTHING))
        weight = gain * np.log1p(theirs)  # rare words have wild ratios
        order = [k for k in np.lexsort((columns, -weight)).tolist() if gain[k] > 0 and theirs[k] > 1][:most]
        names = self._names.gather(columns[order]).to_list() if order else []
        return [
            {"word": name, "suggested": int(theirs[k]), "given": int(mine[k])}
            for name, k in zip(names, order, strict=True)
        ]
