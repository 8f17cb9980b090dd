"""Properties of a text that models stumble over, told by patterns: capabilities in the sense of CheckList.

Ribeiro et al., Beyond Accuracy: Behavioral Testing of NLP Models with CheckList, 2020. A pattern is a cheap reading of
a text, good for counting how often something occurs; it knows English (negation, politeness, urgency, anger and dates
also in German, Spanish, French, Italian, Dutch and Portuguese, by their commonest words).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from assay.audit.slicing.typos import has_typo

_TEXT = pl.col("text")
VERY_SHORT, SHORT, LONG, VERY_LONG = 3, 10, 60, 150
"""Words: a very short text has at most 3, a short one 10; a long one has at least 60, a very long one 150."""
_FEW_LETTERS, _SHOUTED = 8, 0.7
_CURRENCY = r"(?:[$€£¥₹]|\b(?:usd|eur|gbp|inr|chf|jpy|dollars?|euros?|pounds?|quid|cents?|bucks)\b)"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_NOT = (
    r"\b(?:no|not|never|none|nobody|nothing|neither|nor|without|cannot|\w+n['\x{2019}]t|can't|wont|dont|doesnt|didnt|isnt|cant"
    r"|nicht|kein\w*|nie|ohne|nunca|jamás|sin|jamais|aucune?|sans|niet|geen|nooit|zonder|não|nao|sem|senza|mai)\b"
)
_POLITE = (
    r"\b(?:please|pls|thanks?|thank you|thx|kindly|sorry|grateful|appreciate\w*|would you|could you|regards"
    r"|bitte|danke|vielen dank|por favor|gracias|merci|s['\x{2019}]il vous plaît|grazie"
    r"|per favore|alstublieft|bedankt|obrigad[oa])\b"
)
_ANGRY = (
    r"!{2,}|[?!]{3,}|\b(?:unacceptable|ridiculous|outrageous|disgrac\w+|disgust\w*|furious|angry|livid|fuming|appalling"
    r"|terrible|awful|worst|useless|pathetic|scandal\w*|joke of a|fed up|sick of|sick and tired|rip-?off|scammers?|wtf"
    r"|damn\w*|bloody|hell|crap|bullshit|shit\w*|fuck\w*|frechheit|unverschämt\w*|inaceptable|vergüenza|inadmissible"
    r"|scandaleux|vergogna|vergonha|schandalig)\b"
)
_URGENT = (
    r"\b(?:urgent\w*|asap|immediate(?:ly)?|right away|right now|as soon as possible|emergency|at once|hurry|quickly"
    r"|straight away|desperate\w*"
    r"|by (?:today|tonight|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
    r"|dringend|sofort|eilig|urgente\w*|inmediatamente|cuanto antes|d['\x{2019}]urgence|immédiatement|subito|spoed)\b"
)
_DATE = (
    r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2})\b"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH}\b|\b{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?\b"
    r"|\b\d{1,2}(?:st|nd|rd|th)\b"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b"
    r"|\b(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|lunes|martes|miércoles|jueves|viernes|sábado)\b"
)
_EMOJI = (
    "[\N{MAHJONG TILE RED DRAGON}\N{PLAYING CARD BLACK JOKER}\U0001f170-\U0001f19a\U0001f1e6-\U0001f1ff"
    "\U0001f300-\U0001faff\u2600-\u27bf\u2b50\u2b55\u231a\u231b\u23e9-\u23f3]"
)
_SPANISH = r"\b(?:el|los|las|una|pero|para|está|tengo|muy|porque|que|hola|mi|quiero|con|del)\b"
_GERMAN = r"\b(?:der|das|und|ich|nicht|ist|mein|meine|bitte|habe|für|wird|aber|mit|eine|einen)\b"
_FRENCH = r"\b(?:le|les|des|une|je|mais|pas|est|avec|mon|votre|bonjour|pour|dans|vous|j['\x{2019}]ai)\b"
_PORTUGUESE = r"\b(?:não|uma|você|meu|minha|para|estou|mas|com|muito|obrigado|isso|foi|tenho)\b"
_ITALIAN = r"\b(?:il|gli|che|una|non|sono|questo|grazie|della|per|con|ho|mio|vorrei)\b"
_DUTCH = r"\b(?:het|een|ik|niet|mijn|maar|van|voor|heb|zijn|naar|met|wordt)\b"
_HINDI = r"\b(?:hai|mera|meri|nahi|kya|mujhe|kyu|kaise|karo|aap|paisa|paise|bhai|abhi)\b"
_ENGLISH = r"\b(?:the|and|is|my|you|for|have|with|this|that|it|was|not|please|what|are)\b"
_FOREIGN = (_SPANISH, _GERMAN, _FRENCH, _PORTUGUESE, _ITALIAN, _DUTCH, _HINDI)
_SEVERAL = 2
"""Different little words of a language that a text must hold to be partly in it."""
_SCRIPTS = (
    r"[\p{Greek}\p{Cyrillic}\p{Arabic}\p{Hebrew}\p{Devanagari}\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}]{2}"
)

Teller = Callable[[pl.Series], pl.Series]


@dataclass(frozen=True, slots=True)
class Property:
    """One property."""

    name: str
    """As a configuration names it."""
    words: str
    """As a message says it, after "texts with" or the like: ``negation``, ``all capitals``."""
    tell: Teller
    """Texts (rows,) -> true or false (rows,)."""
    edge: bool = True
    """Whether it is an edge case that a test set should have (SLC005)."""


def _pattern(pattern: str, *, capitals_matter: bool = False) -> Teller:
    flags = "(?s)" if capitals_matter else "(?is)"
    return lambda text: text.str.contains(flags + pattern)


def _by(expression: pl.Expr) -> Teller:
    return lambda text: text.to_frame("text").select(expression.alias("x"))["x"]


def _words() -> pl.Expr:
    return _TEXT.str.count_matches(r"[\p{L}\p{M}\p{N}]+(?:['\x{2019}\-][\p{L}\p{M}\p{N}]+)*")


def _shouted() -> pl.Expr:
    letters = _TEXT.str.count_matches(r"\p{L}")
    cased = _TEXT.str.count_matches(r"\p{Lu}|\p{Ll}")
    return (letters >= _FEW_LETTERS) & (_TEXT.str.count_matches(r"\p{Lu}") >= _SHOUTED * cased) & (cased > 0)


def _distinct(pattern: str) -> pl.Expr:
    return _TEXT.str.to_lowercase().str.extract_all(pattern).list.n_unique()


def _mixed() -> pl.Expr:
    """Little words of two languages, or two scripts: each language needs two different words of its own."""
    english = _distinct(_ENGLISH) >= _SEVERAL
    latin = _TEXT.str.contains(r"\p{Latin}{3}")
    foreign = pl.any_horizontal([_distinct(pattern) > _SEVERAL for pattern in _FOREIGN])
    return (english & foreign) | (latin & _TEXT.str.contains(_SCRIPTS))


PROPERTIES: dict[str, Property] = {
    each.name: each
    for each in (
        Property("negation", "negation", _pattern(_NOT)),
        Property("question", "a question", _pattern(r"\?"), edge=False),
        Property("number", "a number", _pattern(r"\d")),
        Property("amount", "an amount of money", _pattern(rf"{_CURRENCY}\s?\d|\d\s?{_CURRENCY}")),
        Property("date", "a date or a day", _pattern(_DATE)),
        Property("url", "a URL", _pattern(r"\b(?:https?://|www\.)\S"), edge=False),
        Property("email", "a mail address", _pattern(r"\b[\w.+-]+@[\w-]+\.\w"), edge=False),
        Property("capitals", "all capitals", _by(_shouted())),
        Property("emoji", "emoji", _pattern(_EMOJI, capitals_matter=True)),
        Property("typo", "a likely typo", has_typo),
        Property("very short", f"at most {VERY_SHORT} words", _by(_words() <= VERY_SHORT)),
        Property("short", f"at most {SHORT} words", _by(_words() <= SHORT), edge=False),
        Property("long", f"{LONG} words or more", _by(_words() >= LONG), edge=False),
        Property("very long", f"{VERY_LONG} words or more", _by(_words() >= VERY_LONG)),
        Property("mixed languages", "two languages", _by(_mixed())),
        Property("politeness", "politeness", _pattern(_POLITE)),
        Property("anger", "anger", _pattern(_ANGRY)),
        Property("urgency", "urgency", _pattern(_URGENT)),
    )
}
"""name -> property, in order of telling."""
