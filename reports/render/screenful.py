"""Sections of a report that share one screen: each shows its worst, and says what it leaves out."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil
from textwrap import wrap
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LINES = 40
"""Lines of a report: one screen at 100 columns. What must be said is said even where it takes more."""
NARROW = 60
"""Below so many columns there are twice the lines."""


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under a title, worst first."""

    title: Sequence[Text]
    items: Sequence[Sequence[Text]]
    """Each is shown whole or not at all."""
    least: int = 0
    """Items that are shown however long the report is."""
    most: int = 1_000_000
    more: Callable[[int], str] = field(default=lambda _: "")
    """Words for so many items left out; none if they are told elsewhere."""
    beyond: int = 0
    """Items that there are besides those given."""
    spaced: bool = True
    """Whether an empty line stands before it."""


def fitted(sections: Sequence[Section], width: int | None, beside: Sequence[Text] = ()) -> Iterator[Text]:
    """The sections in their order with as many items as fit: the least of each first, then one more of each in turn.

    Args:
        sections: those without items, and those that come to show none, are left out.
        width: columns; None where lines are never wrapped.
        beside: lines that stand on the same screen anyway.
    """
    room = LINES * (2 if width is not None and width < NARROW else 1)
    room -= sum(_height(line.plain, width) for line in beside)
    shown = [min(len(s.items), s.least) for s in sections]
    room -= sum(_cost(s, n, width) for s, n in zip(sections, shown, strict=True))
    growing = True
    while growing:
        growing = False
        for i, each in enumerate(sections):
            if shown[i] >= min(len(each.items), each.most):
                continue
            price = _cost(each, shown[i] + 1, width) - _cost(each, shown[i], width)
            if price <= room:
                shown[i] += 1
                room -= price
                growing = True
    for each, n in zip(sections, shown, strict=True):
        yield from _drawn(each, n)


def _drawn(section: Section, shown: int) -> Iterator[Text]:
    if not shown:
        return
    if section.spaced:
        yield Text()
    yield from section.title
    for item in section.items[:shown]:
        yield from item
    if words := _left_out(section, shown):
        yield Text(f"  {words}", "dim")


def _left_out(section: Section, shown: int) -> str:
    left = len(section.items) - shown + section.beyond
    return section.more(left) if left else ""


def _cost(section: Section, shown: int, width: int | None) -> int:
    if not shown:
        return 0
    told = [*section.title, *(line for item in section.items[:shown] for line in item)]
    words = _left_out(section, shown)
    return sum(_height(line.plain, width) for line in told) + section.spaced + (_height(words, width) if words else 0)


def _height(text: str, width: int | None) -> int:
    """Lines that a text takes, as words wrap; wide characters take two columns."""
    cells = cell_len(text)
    if width is None or cells <= width:
        return 1
    indent = min(len(text) - len(text.lstrip(" ")), width - 1)
    wrapped = len(wrap(text, width - indent, drop_whitespace=True)) if cells == len(text) else 0
    return max(wrapped, ceil(cells / (width - indent)))
