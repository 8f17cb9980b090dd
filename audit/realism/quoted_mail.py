"""Mails that are half or more somebody else's: quoted lines under an attribution, forwarded messages, header blocks."""

from __future__ import annotations

import re
from typing import NamedTuple

QUICK = (
    r"(?im)^\s*[>|]\s?\S|\s>\s|wrote\s*:|writes\s*:|schrieb|a \x{00E9}crit|escribi\x{00F3}|ha scritto"
    r"|escreveu|schreef|skrev|napisa|<\S+@\S+>"
    r"|-{2,}\s*(?:original|forwarded|urspr|weiter|message d|mensaje|messaggio)|begin forwarded"
    r"|^\s*[>|*]*\s*(?:from|von|de|da|subject|sent)\s*:"
)
"""Regular expression in Rust's syntax: without a match nothing is quoted."""
HALF = 0.45
"""Share of lines, or of characters, from which about half of a mail is somebody else's."""
_ATTRIBUTION = re.compile(
    r"^[>\s]*(?:"
    r"(?:On|At)\b[^\n]{4,150}(?:\n[^\n]{0,100})?\b(?:wrote|writes|said)\s*:"
    r"|(?:Am|Le|El|Il|Em|Op|Den|Dne|W dniu|Pe)\b[^\n]{4,150}(?:\n[^\n]{0,100})?"
    r"(?:schrieb|a \u00e9crit|escribi\u00f3|ha scritto|escreveu|schreef|skrev|napsal|pisze|a scris)\b[^\n:]{0,80}:"
    r"|[^\n:]{1,90}(?:\bwrote|\bwrites|\bschrieb)(?:\s+in (?:message|article|news)[^\n]{0,100})?\s*:\s*$"
    r"|In (?:article|message)\s[^\n]{3,120}(?:\n[^\n]{0,100})?\b(?:wrote|writes|says)\s*:"
    r"|Quoting\s[^\n]{2,100}:\s*$"
    r"|[^\n:]{1,90}\b(?:napisa\u0142|napisa|skrev|schreef|escribi\u00f3|escreveu|ha scritto|a \u00e9crit"
    r"|\u043f\u0438\u0448\u0435\u0442|\u043f\u0438\u0441\u0430\u043b)"
    r"[^\n:]{0,60}:\s*$"
    r"|[^\n>]*\d[^\n>]*<[^<>\s]+@[^<>\s]+>[^\n]{0,20}:\s*$"
    r")",
    re.MULTILINE,
)
_INLINE = re.compile(r"\bOn\s[^\n>]{6,120}?\b(?:wrote|writes)\s*:\s*(?=>|\S)")
_SEPARATOR = re.compile(
    r"-{2,}\s*(?:Original\s(?:Message|Appointment)|Forwarded\s(?:message|by)|Urspr\u00fcngliche\sNachricht"
    r"|Weitergeleitete\sNachricht|Message\sd'origine|Message\soriginal|Mensaje\soriginal|Messaggio\soriginale"
    r"|Oorspronkelijk\sbericht|Reply\sMessage)|^[>\s]*Begin\sforwarded\smessage:",
    re.IGNORECASE | re.MULTILINE,
)
_HEADER = re.compile(
    r"^[\s>*|]*(?:From|Sent|To|Cc|Subject|Date|Reply-To|Von|Gesendet|An|Betreff|Datum|De|Envoy\u00e9|\u00c0|Objet|Da"
    r"|Inviato|A|Oggetto|Enviado|Para|Asunto|Van|Verzonden|Aan|Onderwerp)\s?\*?:\*?\s?\S",
    re.MULTILINE | re.IGNORECASE,
)
_FROM = re.compile(r"^[\s>*|]*(?:From|Von|De|Da|Van)\s?\*?:", re.IGNORECASE)
_SENT = re.compile(r"^[\s>*|]*(?:Sent|Gesendet|Envoy\u00e9|Inviato|Enviado|Verzonden)\s?\*?:", re.IGNORECASE)
_FLAT_HEADERS = re.compile(r"\bFrom:\s.{3,120}?\b(?:Sent|Date|To):\s.{3,200}?\bSubject:", re.DOTALL)
_QUOTED = re.compile(r"^\s*(?:[A-Za-z]{0,4}>|\|(?!\s*\S+\s*\|))")
_FLAT_QUOTE = re.compile(r"(?:^|\s)>\s?(?=\S)")
_LONGEST = 20_000
_BLOCK, _LINES_OF_BLOCK, _FEW_LINES = 3, 7, 3


class Quoted(NamedTuple):
    """What of a text is quoted."""

    share: float
    """Of its lines, or of its characters, whichever is more."""
    attributed: bool
    """A mail's attribution, separator or block of headers says so."""
    start: int
    """Where the first sign of it is."""
    own: str
    """The text without it."""


def look(text: str) -> Quoted:
    """Find what a text quotes: lines that begin with a sign of it, and forwarded messages to the end of the text."""
    text = text[:_LONGEST]
    if "\n" not in text.strip():
        return _look_at_flat(text)
    lines = text.splitlines()
    quoted = [bool(_QUOTED.match(line)) for line in lines]
    offsets = [0]
    for line in text.splitlines(keepends=True):
        offsets.append(offsets[-1] + len(line))
    signs = [m.start() for m in _SEPARATOR.finditer(text)]
    forwarded = min([*signs, *([offsets[k]] if (k := _header_block(lines)) is not None else [])], default=None)
    attribution = _ATTRIBUTION.search(text)
    if attribution is not None and not any(quoted):
        end = attribution.end()
        if text[end:].strip() and _looks_dated(attribution[0]):  # an indented or a bare reply under it
            forwarded = min(attribution.start(), forwarded if forwarded is not None else attribution.start())
    if forwarded is not None:
        quoted = [q or offsets[k] >= forwarded for k, q in enumerate(quoted)]
    if attribution is not None:
        quoted = [q or attribution.start() <= offsets[k] < attribution.end() for k, q in enumerate(quoted)]
    full = [k for k, line in enumerate(lines) if line.strip()]
    theirs = [k for k in full if quoted[k]]
    characters = sum(len(lines[k].strip()) for k in full)
    share = max(len(theirs) / max(1, len(full)), sum(len(lines[k].strip()) for k in theirs) / max(1, characters))
    if len(full) < _FEW_LINES:
        share = 0.0
    attributed = forwarded is not None or (attribution is not None and bool(theirs))
    start = min([offsets[k] for k in theirs[:1]] + ([forwarded] if forwarded is not None else []), default=0)
    own = "\n".join(line for line, q in zip(lines, quoted, strict=True) if not q).strip()
    return Quoted(round(share, 6), attributed, start, own)


def _looks_dated(attribution: str) -> bool:
    return re.search(r"\d{1,4}[:./-]\d{1,2}|\b(?:19|20)\d\d\b|@", attribution) is not None


def _header_block(lines: list[str]) -> int | None:
    """First line of a block of at least three headers that begins with the sender."""
    for k, line in enumerate(lines):
        if _FROM.match(line):
            some = [each for each in lines[k : k + _LINES_OF_BLOCK] if each.strip()]
            top = not any(each.strip() for each in lines[:k])
            if top and not any(_SENT.match(each) for each in some):
                continue  # a whole mail with its headers, which are its own
            if sum(bool(_HEADER.match(each)) for each in some) >= _BLOCK:
                return k
    return None


def _look_at_flat(text: str) -> Quoted:
    """A mail whose line breaks are lost."""
    marks = [m.start() for m in (_INLINE.search(text), _SEPARATOR.search(text), _FLAT_HEADERS.search(text)) if m]
    signs = len(_FLAT_QUOTE.findall(text))
    if not marks:
        return Quoted(0.0, attributed=False, start=0, own=text)
    start = min(marks)
    sure = _SEPARATOR.search(text) or _FLAT_HEADERS.search(text) or signs
    share = (len(text) - start) / max(1, len(text)) if sure else 0.0
    return Quoted(round(share, 6), attributed=bool(sure), start=start, own=text[:start].strip())


def is_mostly_quoted(text: str, *, mails: bool) -> bool:
    """Whether half of a mail or more is quoted or forwarded.

    Args:
        text: the mail.
        mails: the set holds mails, so that quoted lines need no attribution.
    """
    found = look(text)
    return found.share >= HALF and (found.attributed or mails)
