"""Results in a notebook and as frames.

What draws lives in ``assay.reports``, on which nothing here may depend: it is found by its name when a notebook asks.
Without it a result shows itself as text.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from assay.audit.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Container

    import pandas as pd
    import polars as pl

DRAWS = "assay.reports.notebook"
"""Module with ``summary(result)``, ``words(result)`` and ``frame(result, height)``."""


class Shown:
    """A result that notebooks can show: an audit, an evaluation, a verdict."""

    __slots__ = ()

    def to_polars(self) -> pl.DataFrame:
        """The result as a table."""
        raise NotImplementedError

    def to_pandas(self) -> pd.DataFrame:
        """The table of ``to_polars`` for pandas.

        Raises:
            ConfigError: pandas or pyarrow is not installed.
        """
        try:
            return self.to_polars().to_pandas()
        except ImportError as error:
            raise ConfigError(f"to_pandas needs pandas and pyarrow: pip install pandas pyarrow ({error})") from error

    def show(self, height: int = 720) -> Any:
        """The whole page in a frame of its own, as the last value of a notebook's cell.

        The frame is sandboxed: our script runs in it, but it sees nothing of the notebook, and asks for nothing.

        Args:
            height: of the frame, in CSS pixels.
        """
        return import_module(DRAWS).frame(self, height)

    def _repr_html_(self) -> str:
        """A few lines for a notebook: outcome, what is worst, what was not checked."""
        return str(import_module(DRAWS).summary(self))

    def _repr_mimebundle_(
        self, include: Container[str] | None = None, exclude: Container[str] | None = None
    ) -> dict[str, str]:
        """HTML and text; only text where nothing can draw."""
        try:
            drawn = import_module(DRAWS)
            made = {"text/plain": str(drawn.words(self)), "text/html": str(drawn.summary(self))}
        except ImportError:
            made = {"text/plain": f"<{type(self).__name__}>"}
        return {
            kind: text
            for kind, text in made.items()
            if (include is None or kind in include) and (exclude is None or kind not in exclude)
        }
