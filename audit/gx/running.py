"""A suite run over a pandas frame: in memory, without a network, and nothing is left behind."""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from assay.audit.gx.request import Suite

_COMPLETE = {
    "result_format": "COMPLETE",
    "include_unexpected_rows": False,
    "return_unexpected_index_query": False,
}
_RUNTIME = frozenset({"result_format", "catch_exceptions"})
"""Keyword arguments that say how results are told; ours are told in our way."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What became of one expectation."""

    number: int
    """Its place in the suite, from 0."""
    success: bool
    severity: str
    """critical, warning or info."""
    rows: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """Rows that it names as unexpected, rising; none for an expectation about a whole column or table."""
    observed: Any = None
    error: str = ""
    """Why it could not be evaluated; then it has neither passed nor failed."""


def run_suite(suite: Suite, frame: Any) -> tuple[Outcome, ...]:
    """Evaluate every expectation of a suite; one that cannot be evaluated costs the others nothing.

    Args:
        suite: the suite.
        frame: a pandas frame whose index counts its rows from 0.
    """
    with _silent():
        import great_expectations as gx  # noqa: PLC0415 - an extra, and two seconds

        import assay.audit.expectations  # noqa: F401, PLC0415 - suites may name ours

    with _silent(), _own_project():
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        made, failed = _expectations(suite)
        results = []
        if made:
            asset = context.data_sources.add_pandas("assay").add_dataframe_asset("rows")
            batch = asset.add_batch_definition_whole_dataframe("rows").get_batch({"dataframe": frame})
            whole = gx.ExpectationSuite(name=suite.name, expectations=made)
            told = dict(suite.parameters) or None
            results = batch.validate(whole, result_format=_COMPLETE, expectation_parameters=told).results
    return tuple(sorted((*failed, *map(_outcome, results)), key=lambda one: one.number))


def _expectations(suite: Suite) -> tuple[list[Any], list[Outcome]]:
    """Objects of Great Expectations, and those that cannot be made."""
    from great_expectations.expectations.expectation_configuration import (  # noqa: PLC0415 - as above
        ExpectationConfiguration,
    )

    made, failed = [], []
    for number, one in enumerate(suite.expectations):
        kwargs = {k: v for k, v in one["kwargs"].items() if k not in _RUNTIME}
        more = {k: one[k] for k in ("severity", "description") if one.get(k)}
        try:
            made.append(
                ExpectationConfiguration(
                    type=one["type"], kwargs=kwargs, meta={"assay": number}, **more
                ).to_domain_obj()
            )
        except Exception as error:  # noqa: BLE001 - whatever a class makes of wrong arguments
            failed.append(Outcome(number, success=False, severity=_severity(one), error=_words(error)))
    return made, failed


def _severity(one: Any) -> str:
    return str(one.get("severity") or "critical")


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"


def _outcome(result: Any) -> Outcome:
    from assay.audit.gx.base import raised  # noqa: PLC0415 - an extra

    config = result.expectation_config
    number, severity = int(config.meta["assay"]), str(getattr(config.severity, "value", config.severity))
    if error := raised(result.exception_info):
        return Outcome(number, success=False, severity=severity, error=error)
    told = result.result or {}
    rows = np.unique(np.asarray(told.get("unexpected_index_list") or (), np.int64))
    return Outcome(number, bool(result.success), severity, rows, told.get("observed_value"))


@contextmanager
def _silent() -> Iterator[None]:
    """Neither warnings nor log lines of the libraries: what matters is told as a finding or as incomplete."""
    log = logging.getLogger("great_expectations")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)


@contextmanager
def _own_project() -> Iterator[None]:
    """Leave the project that the caller works in as the current one: making a context replaces it."""
    from great_expectations.data_context.data_context.context_factory import project_manager  # noqa: PLC0415 - an extra
    from great_expectations.exceptions import DataContextError  # noqa: PLC0415 - as above

    try:
        before = project_manager.get_current_project()
    except DataContextError:
        before = None
    try:
        yield
    finally:
        project_manager.set_project(before)
