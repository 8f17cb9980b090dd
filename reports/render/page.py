"""What all pages share: the frame with its content security policy, style and script, and a size that is kept.

Every page is one file that asks for nothing: ``default-src 'none'`` and the sha256 of one style and at most one script.
What the data hold is escaped by Jinja2 (autoescape is on for every template) after ``visible`` has shown what hides.
"""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from assay.audit.findings import as_json
from assay.reports.render import evaluation_words as words
from assay.reports.render.text import percent, plural, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HERE = Path(__file__).parent
BYTES = 980_000
"""A page stays under a megabyte."""
SCALES = (1.0, 0.5, 0.25, 0.1, 0.03, 0.0)
"""Shares of every limit that are tried in turn until a page is small enough."""
LONG = 40_000
"""Characters of a block of JSON."""
STYLE, SCRIPT = "report.css.jinja", "report.js"


@cache
def environment() -> Environment:
    """The templates, with what they may call."""
    pages = Environment(loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    pages.filters.update(visible=visible, percent=percent, plural=plural, visible_lines=visible_lines)
    pages.filters.update(named=words.named, share=words.share, interval=words.interval, between=between)
    pages.filters.update(place=words.place, labelled=words.labelled, table_of=words.slice_table, points=points)
    return pages


@cache
def asset(name: str) -> tuple[Markup, str]:
    """A file of ours as it stands, and its hash for the content security policy."""
    text = (HERE / name).read_text("utf-8")
    digest = b64encode(sha256(text.encode()).digest()).decode()
    return Markup(text), digest  # noqa: S704 - our own file, without data


def draw(name: str, *, script: bool = False, **context: Any) -> str:
    """Fill a template.

    Args:
        name: of its file.
        script: whether our script runs in it.
        context: what it shows.
    """
    style, style_hash = asset(STYLE)
    code, code_hash = asset(SCRIPT) if script else (None, None)
    frame = {"style": style, "style_hash": style_hash, "script": code, "script_hash": code_hash}
    return environment().get_template(name).render(frame | context)


def fitted(page: Callable[[float], str]) -> str:
    """The page at the largest scale of its limits at which it has at most ``BYTES`` bytes.

    Args:
        page: draws it with all its limits multiplied by a share.
    """
    drawn = ""
    for scale in SCALES:
        drawn = page(scale)
        if len(drawn.encode("utf-8", "backslashreplace")) <= BYTES:
            break
    return drawn


def limit(most: int, scale: float, least: int = 1) -> int:
    """A limit at a scale."""
    return max(least, int(most * scale))


def block(value: Mapping[str, Any], most: int = LONG) -> str:
    """JSON for a reader: every line made visible, cut at ``most`` characters, and it says so."""
    text = visible_lines(as_json(value))
    return text if len(text) <= most else f"{text[:most]}\n… ({len(text) - most:,} characters more)"


def visible_lines(text: str) -> str:
    """Make lines visible and leave them lines."""
    return "\n".join(map(visible, text.split("\n")))


def between(figure: Mapping[str, Any]) -> str:
    """A bar in words, for those who do not see it."""
    return f"{words.share('', figure['value'])}, between {words.interval('', figure)}"


def points(value: float | None) -> str:
    """A difference in points: ``+2.5``."""
    return "-" if value is None else f"{100 * value:+.1f}"
