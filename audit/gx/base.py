"""What our expectations share: the batch as a data set, results in Great Expectations' shape, escaped rendering.

Data Docs put what renderers give them into the page as it is: a text that holds a tag becomes one. Everything that
comes from data or arguments is therefore escaped here, in every renderer that a page asks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider
from great_expectations.render import (
    LegacyDiagnosticRendererType,
    LegacyRendererType,
    RenderedStringTemplateContent,
    RenderedTableContent,
)
from great_expectations.render.renderer.renderer import renderer

from assay.audit.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assay.audit.dataset import Dataset
    from assay.audit.rules import Audit

TABLE = "assay.table"
SHOWN = 200
"""Characters of a text in a result and a page."""
LISTED = 20
"""Unexpected values in a summary, as Great Expectations counts them."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a check found in a batch."""

    rows: Sequence[int]
    """Unexpected rows, 0-based, rising."""
    elements: int
    """Rows that were looked at."""
    observed: Any = None
    """The figure that was asked for, where it is not the share of unexpected rows."""
    success: bool | None = None
    """Told where ``mostly`` does not decide."""
    notes: Mapping[int, str] = field(default_factory=dict)
    """Row -> why it is unexpected."""
    texts: Mapping[int, str] = field(default_factory=dict)


class BatchTable(TableMetricProvider):
    """The rows of a batch as they are."""

    metric_name = TABLE

    @metric_value(engine=PandasExecutionEngine)
    def _pandas(
        cls,  # noqa: N805 - as above
        execution_engine: Any,
        metric_domain_kwargs: Any,
        metric_value_kwargs: Any,
        metrics: Any,
        runtime_configuration: Any,
    ) -> Any:
        del metric_value_kwargs, metrics, runtime_configuration
        return execution_engine.get_compute_domain(
            domain_kwargs=metric_domain_kwargs, domain_type=MetricDomainTypes.TABLE
        )[0]


class AssayExpectation(BatchExpectation):
    """Base of our expectations; pandas batches only, as checks look at all rows together."""

    metric_dependencies: ClassVar[tuple[str, ...]] = (TABLE,)
    told: ClassVar[str] = ""
    """What is expected, in words; ``{name}`` stands for an argument."""

    def look(self, frame: Any) -> Found:
        """Check a batch.

        Args:
            frame: the batch as a pandas frame.

        Raises:
            AssayError: it cannot be checked; Great Expectations records that as an exception, never as a pass.
        """
        raise NotImplementedError

    def _validate(
        self, metrics: Any, runtime_configuration: Any = None, execution_engine: Any = None
    ) -> dict[str, Any]:
        del execution_engine
        frame = metrics[TABLE]
        asked = (runtime_configuration or {}).get("result_format") or self.result_format
        asked = asked if isinstance(asked, dict) else {"result_format": getattr(asked, "value", asked)}
        return _result(self.look(frame), frame, asked, float(getattr(self, "mostly", 1.0)))

    @classmethod
    @renderer(renderer_type=LegacyRendererType.PRESCRIPTIVE)
    def _prescriptive_renderer(cls, configuration: Any = None, result: Any = None, **_: Any) -> list[Any]:
        config = configuration or (result.expectation_config if result is not None else None)
        return [_said(cls.words(dict(config.kwargs) if config is not None else {}))]

    @classmethod
    def words(cls, kwargs: Mapping[str, Any]) -> str:
        """What is expected, with arguments: plain text, not escaped."""
        fields = {name: one.default for name, one in cls.__fields__.items()}
        text = cls.told
        for name, value in {**fields, **kwargs}.items():
            text = text.replace(f"{{{name}}}", "" if value is None else str(value))
        return text

    @classmethod
    @renderer(renderer_type=LegacyDiagnosticRendererType.UNEXPECTED_STATEMENT)
    def _diagnostic_unexpected_statement_renderer(
        cls, configuration: Any = None, result: Any = None, **_: Any
    ) -> list[Any]:
        del configuration
        if result is None:
            return []
        if error := raised(result.exception_info):
            return [_said(f"This could not be checked: {error}", "text-danger")]
        count, elements = result.result.get("unexpected_count"), result.result.get("element_count")
        if result.success or not count:
            return []
        return [_said(f"{count:,} of {elements:,} rows are unexpected.", "text-danger")]

    @classmethod
    @renderer(renderer_type=LegacyDiagnosticRendererType.UNEXPECTED_TABLE)
    def _diagnostic_unexpected_table_renderer(
        cls, configuration: Any = None, result: Any = None, **_: Any
    ) -> list[Any] | None:
        del configuration
        told = result.result.get("details", {}).get("rows") if result is not None and result.result else None
        if not told:
            return None
        cells = [[_html(one["row"]), _html(one["text"]), _html(one["why"])] for one in told]
        return [
            RenderedTableContent(
                content_block_type="table",
                table=cells,
                header_row=["Row", "Text", "Why"],
                styling={"body": {"classes": ["table-bordered", "table-sm", "mt-3"]}},
            )
        ]

    @classmethod
    @renderer(renderer_type=LegacyDiagnosticRendererType.OBSERVED_VALUE)
    def _diagnostic_observed_value_renderer(cls, configuration: Any = None, result: Any = None, **_: Any) -> str:
        del configuration
        told = (result.result or {}) if result is not None else {}
        if told.get("observed_value") is not None:
            return _html(told["observed_value"])
        share = told.get("unexpected_percent")
        return "--" if share is None else f"{share:.4g}% unexpected"


def raised(info: Any) -> str:
    """What an expectation, or one of the metrics that it needs, raised; empty if nothing did."""
    told = [info] if "raised_exception" in (info or {}) else list((info or {}).values())
    return next((str(one.get("exception_message"))[:300] for one in told if one.get("raised_exception")), "")


def _result(found: Found, frame: Any, asked: Mapping[str, Any], mostly: float) -> dict[str, Any]:
    """A result in the shape of Great Expectations' own expectations about rows."""
    share = len(found.rows) / found.elements if found.elements else 0.0
    success = 1 - share >= mostly if found.success is None else found.success
    form = asked.get("result_format", "BASIC")
    if form == "BOOLEAN_ONLY":
        return {"success": success}
    most = int(asked.get("partial_unexpected_count", LISTED))
    first = [{"row": r, "text": found.texts.get(r, ""), "why": found.notes.get(r, "")} for r in found.rows[:most]]
    told: dict[str, Any] = {
        "element_count": found.elements,
        "unexpected_count": len(found.rows),
        "unexpected_percent": 100 * share,
        "partial_unexpected_list": [one["text"] for one in first],
        "details": {"rows": first},
    }
    if found.observed is not None:
        told["observed_value"] = found.observed
    if form == "COMPLETE":
        names = asked.get("unexpected_index_column_names") or []
        names = [names] if isinstance(names, str) else list(names)
        rows = list(found.rows)
        told["unexpected_list"] = [found.texts.get(r, "") for r in rows]
        told["unexpected_index_list"] = (
            frame.iloc[rows][names].to_dict("records") if names else [_plain(i) for i in frame.index[rows]]
        )
        told |= {"unexpected_index_column_names": names} if names else {}
    return {"success": success, "result": told}


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _html(value: Any) -> str:
    """A value as harmless HTML; a dollar sign would start a placeholder of the page's templates."""
    text = "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in str(value))
    text = text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
    return escape(text).replace("$", "&#36;")


def _said(text: str, *classes: str) -> Any:
    """A sentence for the page."""
    styling = {"styling": {"classes": list(classes)}} if classes else {}
    return RenderedStringTemplateContent(
        content_block_type="string_template",
        string_template={"template": _html(text), "params": {}, "tag": "span", **styling},
    )


def data_of(frame: Any, text: str, label: str | None = None, **more: Any) -> Dataset:
    """A batch as a data set of one split, unless ``more`` names a column that splits it.

    Raises:
        DataError: there is no such column, or no row.
    """
    from assay.audit.reading import from_frames  # noqa: PLC0415 - loads polars

    others = more.pop("others", {})
    split = "test" if others else "train"
    return from_frames({**others, split: frame}, text=text, **({"label": label} if label else {}), **more)


def audited(data: Dataset, codes: Sequence[str], options: Mapping[str, Mapping[str, Any]] | None = None) -> Audit:
    """Some rules run over a batch.

    Raises:
        ConfigError: one of them could not run: that is no pass.
    """
    from assay.audit.rules import Settings, run  # noqa: PLC0415 - as above

    audit = run(data, Settings(select=tuple(codes), options=options or {}))
    if audit.skipped:
        raise ConfigError("; ".join(f"{code}: {why}" for code, why in audit.skipped.items()))
    return audit
