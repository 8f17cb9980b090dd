"""Numbers and names swapped for others of their kind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.reports.perturbation.dice import Dice

_NUMBER = re.compile(r"(?<![\w.,:/@#-])\d+(?:[.,]\d+)?(?![\w@/:-]|[.,]\d)")
_YEAR = re.compile(r"(?:19|20)\d\d")
_POOLS = (
    "Anna Maria Sofia Emma Olga Fatima Aisha Mei Priya Ingrid",
    "James David Ahmed Ivan Carlos Wei Raj Kofi Lars Pedro",
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "January February April June July August September October November December",
    "London Paris Berlin Madrid Rome Vienna Dublin Lisbon Oslo Toronto Sydney Boston Chicago Mumbai Nairobi Tokyo",
    "France Germany Spain Italy Austria Ireland Portugal Norway Canada Australia India Kenya Japan Brazil Mexico",
)
_POOL = {name.lower(): tuple(pool.split()) for pool in _POOLS for name in pool.split()}
_NAME = re.compile(rf"\b(?:{'|'.join(sorted(_POOL))})\b", re.IGNORECASE)


def numbers(text: str, dice: Dice) -> str:
    """Every number that stands alone becomes another of as many digits; years stay years, one stays one."""
    return _NUMBER.sub(lambda found: _other(found[0], dice), text)


def _other(number: str, dice: Dice) -> str:
    if _YEAR.fullmatch(number):
        return number[:3] + str((int(number[3]) + 1 + dice.below(9)) % 10)
    if number in {"0", "1"}:  # "1 card" is singular, and 0 is none
        return number
    digits = [str(dice.below(10)) if c.isdigit() else c for c in number]
    low = 2 if len(number) == 1 else 1
    # A first digit as it may stand there, and never the old one.
    digits[0] = str(low + (int(number[0]) - low + 1 + dice.below(9 - low)) % (10 - low))
    return "".join(digits)


def names(text: str, dice: Dice) -> str:
    """Every known given name, city, country, weekday and month becomes another one of its kind."""
    return _NAME.sub(lambda found: _swapped(found[0], dice), text)


def _swapped(name: str, dice: Dice) -> str:
    new = dice.choose([other for other in _POOL[name.lower()] if other.lower() != name.lower()])
    return new.upper() if name.isupper() else new if name[0].isupper() else new.lower()
