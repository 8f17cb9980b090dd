"""Seeded makers of unrealistic texts, from the texts of a set and from translations that come with Django."""

from __future__ import annotations

import gettext
import io
import re
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WORK = Path(__file__).parent / "work" / "junk"
DJANGO = "django==5.2.8"
KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
SIGNS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&@ "
EMPTY = (
    "", " ", ".", "?", "-", "n/a", "N/A", "null", "None", "test", "test test", "asdf", "xxx", "xxxx xxxx", "...",
    "!!!!!!", "1", "12345", "tbd", "TODO", "no text", "nan", "#REF!", "????????", "a", "hello world", "foo bar",
    "blank", "unknown", "@@@", "123 456 789", "[image]", "(no message)", "see attached", "keine Angabe", "sans objet",
    "\u2026", "--------", "undefined", "lorem ipsum dolor sit amet", "deleted", "placeholder", "x", "??",
)  # fmt: skip
LANGUAGES = 10
"""Languages that foreign texts of one set come from, drawn anew for each seed."""


@cache
def foreign() -> dict[str, list[str]]:
    """Language -> sentences of 25 to 160 characters; the wheel is fetched by pip on the first call."""
    WORK.mkdir(parents=True, exist_ok=True)
    if not list(WORK.glob("django-*.whl")):
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(WORK), DJANGO]
        subprocess.run(pip, check=True)
    found: dict[str, list[str]] = {}
    with zipfile.ZipFile(next(iter(WORK.glob("django-*.whl")))) as wheel:
        for name in sorted(wheel.namelist()):
            place = re.match(r"django/(?:contrib/\w+|conf)/locale/([^/]+)/LC_MESSAGES/django\.mo$", name)
            if place and not place[1].startswith("en"):
                catalogue = gettext.GNUTranslations(io.BytesIO(wheel.read(name)))._catalog  # noqa: SLF001 - all of it
                found.setdefault(place[1], []).extend(_sentences(catalogue))
    return {language: texts for language, texts in found.items() if len(texts) >= 40}


def _sentences(catalogue: dict) -> list[str]:
    pairs = ((k, v.replace("\n", " ")) for k, v in catalogue.items() if isinstance(k, str) and k)
    return [v for k, v in pairs if v != k and 25 <= len(v) <= 160 and not re.search(r"[%{}<&]", v)]


def _mash(words: list[str], r: np.random.Generator) -> str:
    count = max(1, min(len(words), 12))
    return " ".join("".join(r.choice(list(KEYBOARD[r.integers(3)]), r.integers(3, 9))) for _ in range(count))


def _scrambled(words: list[str], r: np.random.Generator) -> str:
    return " ".join("".join(r.permutation(list(w))) for w in words)


def _random(_: list[str], r: np.random.Generator) -> str:
    return "".join(r.choice(list(SIGNS), r.integers(12, 60)))


def _mojibake(words: list[str], r: np.random.Generator) -> str:
    text = " ".join(words)
    curly = text.replace("'", "\u2019").replace('"', "\u201c")
    if curly == text:
        curly = f"\u201c{words[0]}\u201d \u2013 {' '.join(words[1:])}"
    for _ in range(1 if r.random() > 0.3 else 2):
        curly = curly.encode().decode("cp1252", "replace")
    return curly


def _repeated(words: list[str], r: np.random.Generator) -> str:
    return " ".join(words[: int(r.integers(1, 4))] * int(r.integers(5, 12)))


MAKERS: dict[str, Callable[[list[str], np.random.Generator], str]] = {
    "mash": _mash,
    "scrambled": _scrambled,
    "random": _random,
    "mojibake": _mojibake,
    "repetition": _repeated,
}
KINDS = ("mash", "foreign", "mojibake", "repetition", "empty", "scrambled", "random")


def make(kind: str, texts: Sequence[str], count: int, seed: int) -> list[str]:
    """So many unrealistic texts of a kind."""
    r = np.random.default_rng([seed, KINDS.index(kind)])
    if kind == "empty":
        return [EMPTY[i] for i in r.integers(0, len(EMPTY), count)]
    if kind == "foreign":
        known = foreign()
        languages = [sorted(known)[i] for i in r.choice(len(known), LANGUAGES, replace=False)]
        return [known[each][r.integers(len(known[each]))] for each in r.choice(languages, count)]
    long = [t for t in texts if len(t) > 10]
    return [MAKERS[kind](long[r.integers(len(long))].split(), r) for _ in range(count)]
