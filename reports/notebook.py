"""Audits, evaluations and verdicts in a notebook: a few escaped lines, and the whole page in a sandboxed frame."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import TYPE_CHECKING, Any

from markupsafe import escape

from assay.audit.rules import Audit
from assay.reports.evaluation.assembly import Evaluation
from assay.reports.gating.verdict import Verdict
from assay.reports.render import evaluation_words as say
from assay.reports.render import page
from assay.reports.render.text import plural, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assay.reports.render.report import Report

LINES = 8
"""Lines of a summary's table."""
SANDBOX = "allow-scripts"
"""The page's own script may run; it has no origin, so it reaches neither the notebook nor its cookies."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a result comes to."""

    title: str
    outcome: str
    headline: str
    head: tuple[str, ...]
    lines: Sequence[tuple[str, ...]]
    """Strings of the data among them, made visible and not yet escaped."""
    foot: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """A page in a sandboxed frame; a notebook draws it where it is the last value of a cell."""

    page: str
    title: str
    height: int

    def _repr_html_(self) -> str:
        """An ``iframe`` with the page in its ``srcdoc``: no file, no request, no access to the notebook."""
        return (
            f'<iframe sandbox="{SANDBOX}" title="{escape(self.title)}" width="100%" height="{int(self.height)}" '
            f'style="border:0" srcdoc="{escape(self.page)}"></iframe>'
        )


def frame(result: object, height: int) -> Frame:
    """The page of a result in a frame.

    Args:
        result: an audit, an evaluation or a verdict.
        height: of the frame, in CSS pixels.
    """
    return Frame(whole(result), told(result).title, height)


def summary(result: object) -> str:
    """A few lines of HTML without script or style of its own."""
    return page.draw("summary.html.jinja", s=told(result))


def words(result: object) -> str:
    """The same in a line of text."""
    one = told(result)
    return f"{one.title}: {one.outcome}  {one.headline}"


@singledispatch
def whole(result: object) -> str:
    """The page of a result."""
    raise TypeError(f"nothing draws a {type(result).__name__}")


@singledispatch
def told(result: object) -> Summary:
    """What a summary says of a result."""
    raise TypeError(f"nothing draws a {type(result).__name__}")


def _report(audit: Audit) -> Report:
    from assay.reports.render.report import Report  # noqa: PLC0415 - loads rules

    return Report(audit, {"rules": {code: dict(options) for code, options in sorted(audit.options.items())}})


@whole.register
def _(result: Audit) -> str:
    from assay.reports.render import html  # noqa: PLC0415 - where a page is asked for

    return html.render(_report(result))


@told.register
def _(result: Audit) -> Summary:
    report = _report(result)
    found = report.groups
    lines = [(g.severity.value, f"{g.code} {g.name}", f"{g.count:,}", f"{g.rows:,}") for g in found[:LINES]]
    foot = [f"{plural(len(found) - LINES, 'group')} of findings more"] if len(found) > LINES else []
    foot += [f"skipped: {', '.join(map(visible, report.not_checked))}"] if report.not_checked else []
    head = ("severity", "rule", "findings", "rows")
    return Summary("Assay audit", report.outcome, report.headline, head, lines, "; ".join(foot))


@whole.register
def _(result: Evaluation) -> str:
    from assay.reports.render import evaluation_html  # noqa: PLC0415 - as above

    return evaluation_html.render(result.document)


@told.register
def _(result: Evaluation) -> Summary:
    document = result.document
    overall = document["overall"].get("accuracy") or document["overall"]["exact_match"]
    ranked = [s for s in document["slices"] if s["metric"] == "accuracy"]
    ranked.sort(key=lambda s: not s["critical"])
    lines = [
        (
            visible(s["name"], 60) + (" (critical)" if s["critical"] else ""),
            say.share("", s["value"]),
            say.interval("", s),
            f"{s['n']:,}",
        )
        for s in ranked[:LINES]
    ]
    more = f"{plural(len(ranked) - LINES, 'slice')} more" if len(ranked) > LINES else ""
    headline = (
        f"of {plural(overall['n'], 'distinct row')} of {visible(document['split'], 40)} are right "
        f"({say.interval('', overall)}); figures, no verdict"
    )
    head = ("slice", "accuracy", f"{100 * document['confidence']:g} % interval", "n")
    return Summary("Assay evaluation", say.share("", overall["value"]), headline, head, lines, more)


@whole.register
def _(result: Verdict) -> str:
    from assay.reports.render import verdict_html  # noqa: PLC0415 - as above

    return verdict_html.render(result)


@told.register
def _(result: Verdict) -> Summary:
    from assay.reports.render.verdict_html import headline  # noqa: PLC0415 - as above
    from assay.reports.render.verdict_order import sorted_reasons  # noqa: PLC0415 - as above

    reasons = sorted_reasons(result)
    lines = [(r.outcome, visible(r.slice or r.rule, 60), visible(r.message, 300)) for r in reasons[:LINES]]
    more = f"{plural(len(reasons) - LINES, 'reason')} more" if len(reasons) > LINES else ""
    return Summary("Assay gate", result.outcome, headline(result), ("outcome", "slice", "reason"), lines, more)


def figures(document: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """Every figure of an evaluation as a line: set, kind, name, critical, metric, n, rows, value, low, high."""
    sets = {document["split"]: document, **document["sets"]}
    keys = ("n", "rows", "value", "low", "high")
    for name, part in sets.items():
        for metric, figure in part["overall"].items():
            head = {"set": name, "kind": "overall", "name": "overall", "critical": False, "metric": metric}
            yield head | {k: figure.get(k) for k in keys}
        for label, metrics in part["classes"].items():
            for metric, figure in metrics.items():
                head = {"set": name, "kind": "class", "name": label, "critical": False, "metric": metric}
                yield head | {k: figure.get(k) for k in keys}
        for entry in part["slices"]:
            head = {"set": name} | {k: entry[k] for k in ("kind", "name", "critical", "metric")}
            yield head | {k: entry.get(k) for k in keys}
