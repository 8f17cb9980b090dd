"""Mails that are half or more somebody else's: quoted lines under an attribution, forwarded messages, header blocks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    offsets = [0]
    for line in text.splitlines(keepends=True):
        offsets.append(offsets[-1] + len(line))
    quoted = [bool(_QUOTED.match(line)) for line in lines]
    attribution, bare = _attribution(text, marked=any(quoted))
    forwarded = [m.start() for m in _SEPARATOR.finditer(text)] + [offsets[k] for k in _header_blocks(lines)]
    forwarded += [attribution.start()] if attribution and bare else []
    begin = min(forwarded, default=len(text))
    within = (attribution.start(), attribution.end()) if attribution else (0, 0)
    theirs = [q or offsets[k] >= begin or within[0] <= offsets[k] < within[1] for k, q in enumerate(quoted)]
    first = next((offsets[k] for k, q in enumerate(theirs) if q), 0)
    own = "\n".join(line for line, q in zip(lines, theirs, strict=True) if not q).strip()
    attributed = bool(forwarded) or attribution is not None
    return Quoted(_share(lines, theirs), attributed, first, own)


def _share(lines: list[str], theirs: list[bool]) -> float:
    """Share of lines that are quoted, or of characters, whichever is more; 0 for fewer than three lines."""
    sizes = [(len(line.strip()), q) for line, q in zip(lines, theirs, strict=True) if line.strip()]
    if len(sizes) < _FEW_LINES:
        return 0.0
    by_line = sum(q for _, q in sizes) / len(sizes)
    return round(max(by_line, sum(n for n, q in sizes if q) / sum(n for n, _ in sizes)), 6)


def _attribution(text: str, *, marked: bool) -> tuple[re.Match[str] | None, bool]:
    """The first attribution that a quotation follows, and whether the quotation has no signs of its own."""
    for match in _ATTRIBUTION.finditer(text):
        after = text[match.end() :].lstrip()
        if any(_QUOTED.match(line) for line in after.split("\n")[:3]):
            return match, False
        if not marked and after and _looks_dated(match[0]):
            return match, True
    return None, False


def _looks_dated(attribution: str) -> bool:
    return re.search(r"\d{1,4}[:./-]\d{1,2}|\b(?:19|20)\d\d\b|@", attribution) is not None


def _header_blocks(lines: list[str]) -> Iterator[int]:
    """First lines of blocks of at least three headers that begin with the sender."""
    for k, line in enumerate(lines):
        if _FROM.match(line):
            some = [each for each in lines[k : k + _LINES_OF_BLOCK] if each.strip()]
            top = not any(each.strip() for each in lines[:k])
            if top and not any(_SENT.match(each) for each in some):
                continue  # a whole mail with its headers, which are its own
            if sum(bool(_HEADER.match(each)) for each in some) >= _BLOCK:
                yield k


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
