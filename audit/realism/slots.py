"""Slots of templates that nobody filled in: ``{{first_name}}``, ``[Your Name]``, ``%(name)s``."""

from __future__ import annotations

import re

_FIELD_WORDS = (
    "name firstname lastname fullname surname nickname username user customer client member guest recipient sender"
    " company business organization organisation employer date day month year time deadline email mail phone mobile"
    " telephone fax address street city state zip zipcode postcode country region order number no id ref reference"
    " ticket case account acct balance amount price total fee cost quantity product item model brand title url link"
    " website site agent manager team department invoice code coupon password pin token service event location place"
    " venue job position role subject topic message content student teacher school university course class doctor"
    " patient store shop restaurant hotel room discount currency person contact booking reservation flight tracking"
    " delivery shipping refund payment card bank signature industry project task plan app game genre artist song"
)
_FIELDS = frozenset(_FIELD_WORDS.split())
_ALONE_WORDS = (
    "name firstname lastname fullname surname username company date email address phone city"
    " customer recipient position"
)
_ALONE = frozenset(_ALONE_WORDS.split())
"""Fields that are slots alone between square brackets."""
_END_WORDS = (
    "name date number address email title company position id city state time amount price link url phone department"
    " location signature institution manager recipient"
)
_ENDS = frozenset(_END_WORDS.split())
"""Last words of slots of several words between square brackets."""
_MOST_WORDS = 3
_PIECES = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_NAME = r"[A-Za-z_][\w.]{0,40}"
_NAMED = re.compile(
    rf"(?<![$\w\\{{]){{{{\s*(?P<two>{_NAME}(?: {_NAME}){{0,3}})\s*}}}}"
    rf"|(?<![/\w\"'])\$\{{(?P<dollar>{_NAME})\}}(?![/\w])"
    r"|(?<![\w\\$}/{=.:\"'])\{(?P<one>[a-z][a-z0-9]*(?:_[a-z0-9]+)*)\}(?![\w{/=(\"'])"
    r"|(?<![\w<])<(?P<angle>[A-Z][A-Z_ ]{2,30})>"
    r"|(?<![\w%/\\])%(?P<percent>[A-Z][A-Z_]{2,30})%(?![\w\\/])"
    r"|%\((?P<format>[a-z_]\w*)\)[sd]\b"
    r"|(?<![\w\])!.])\[(?P<square>[A-Z][A-Za-z']*(?:[ _/][A-Z][A-Za-z']*){0,4})\](?![(\[:])"
)
_SURE = re.compile(
    r"\*\|[A-Z_]+\|\*|\$\{[a-z]\}"
    rf"|[\[<](?:your|(?:insert|enter|type)\b(?=[^\]>]*\b(?:here|{'|'.join(sorted(_FIELDS))})s?\b))"
    r"\s[\w' /,-]{2,50}[\]>](?!\()",
    re.IGNORECASE,
)
_ENVIRONMENT = frozenset({"USERNAME", "USERPROFILE", "DATE", "TIME", "PATH", "TEMP"})


def find_slot(text: str) -> tuple[int, int] | None:
    """The first slot of a template in a text without code, where its name is that of a field."""
    found = [m.span() for m in _NAMED.finditer(text) if _is_field(m)][:1]
    sure = _SURE.search(text)
    return min([*found, *([sure.span()] if sure else [])], default=None)


def _is_field(match: re.Match[str]) -> bool:
    name = match[match.lastgroup or 0]
    pieces = [piece.casefold() for piece in _PIECES.findall(name)]
    if match.lastgroup == "percent" and name in _ENVIRONMENT:
        return False
    if match.lastgroup == "square":
        lead = pieces[0] in {"your", "my"} and len(pieces) > 1
        if len(pieces) == 1:
            return pieces[0] in _ALONE
        return lead or (pieces[-1] in _ENDS and len(pieces) <= _MOST_WORDS and pieces[0] not in {"the", "no"})
    if match.lastgroup == "two" and "_" in name:
        return True
    return any(piece in _FIELDS for piece in pieces)
