"""Remains of another format in a text: entities without their ampersand, BBCode, unfilled slots, codes and escapes.

Each kind has a quick pattern that finds candidates in a whole column, and a check in Python that looks at what stands
around them. Code, quoted between backticks or not, and addresses are left out: there all of this is meant.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from assay.audit.realism.slots import find_slot

if TYPE_CHECKING:
    from collections.abc import Callable

Span = tuple[int, int]

_CODE_SPANS = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]{1,200}`|<(script|style|code|pre)\b.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE
)
_ADDRESSES = re.compile(
    r"\b[a-zA-Z][a-zA-Z0-9+.-]*://\S+|\bwww\.\S+|\S{0,200}/\S{0,300}%[0-9A-Fa-f]{2}\S{0,500}|\b\S{1,200}\?\S{1,200}=\S{0,500}"
)
_CODE_MARKS = (
    re.compile(r"[;{}]\s*$|^\s*[{}]", re.MULTILINE),
    re.compile(r"[=!]=|=>|->|::|&&|\|\||\+\+|\+=|</|/>"),
    re.compile(r"\w\([^()\s]*\)|\w\(\)|\w\([\w\"']+,|\w\(\""),
    re.compile(
        r"^\s*(?:>>>|\$ |def |class |import |from \w+ import|#include|return\b|if \(|for \(|while \(|public |private |"
        r"function |var |let |const |echo |print|SELECT |sub |my \$)",
        re.MULTILINE,
    ),
    re.compile(r"\w\[\w+\]|\w\.\w+\(|\w = |\$\w+|\w->\w"),
)
_MANY_MARKS = 2
_STATEMENT = re.compile(
    r"^\s*(?:>>>|def \w+\(|class \w+|import \w|from \w+ import|#include|return\b"
    r"|if .{1,60}[:{]$|for .{1,60}[:{]$|while .{1,60}[:{]$"
    r"|(?:public|private|static|void|int) \w|function \w|var \w|let \w+ =|const \w"
    r"|print\(|self\.\w|\w+ = \S|\w+\(.*\);?$|<\?php)",
    re.MULTILINE,
)
_STATEMENTS = 2

_NAMED = "quot|amp|nbsp|apos|rsquo|lsquo|rdquo|ldquo|ndash|mdash|hellip|middot"
_NUMBERED = r"#(?:3[2-9]|60|62|91|93|96|1[3-9]\d|2[0-5]\d|8[0-9]{3}|x[0-9aA][0-9a-fA-F]|x20[0-9a-fA-F]{2});"
_STRIPPED = re.compile(
    rf"\w{_NUMBERED}|(?<![&\w]){_NUMBERED}(?=[\w$.,!?'\")(-])|(?<![&\w#]){_NUMBERED}\s(?=[^\s#]+\s?{_NUMBERED})"
    rf"|(?<![&#])(?<!float )(?<!int )(?<!double )(?<!an )(?<!guitar )\b(?:{_NAMED});"
    rf"|(?<!&)\blt;\s?/?\w[^;<>]{{0,200}}?(?<!&)\bgt;"
    rf"|(?<![&\w])lt;/?\w{{1,10}}(?:\s|gt;)|(?<![&\w])gt;(?=\w)"
)
_BBCODE = re.compile(
    r"\[(b|i|u|s|quote|code|list|center|left|right|spoiler|img|url|email|youtube|table|td|tr|sub|sup|color|size|font)"
    r"(?:=[^\]\n]{0,200})?\].{0,2000}?\[/\1\]|(?<![\w.\])])\[(?:url|quote|color|colour|size|font|img|email|user)=[^\]\n]{1,200}\]"
    r"|\[/(?:b|i|u|s|list|code|size|color|center|quote|img|spoiler|url)\]",
    re.IGNORECASE | re.DOTALL,
)
_URL_CODE = re.compile(
    r"(?<=[\w.,!?;:)'\"])%(?:20|2C|2E|27|22|3A|3F|26|2F|3D|3B|21|28|29|0A|0D%0A)(?=[\w%(\"'])"
    r"|(?:%[C-F][0-9A-F]%[89AB][0-9A-F])+|(?:%[0-9A-F]{2}){2,}",
    re.IGNORECASE,
)
_IN_QUOTES = re.compile(r"(?<!\w)(['\"(])\S{1,200}['\")]")
_UNITS = r"(?!(?:k|m|mm|cm|km|px|ms|s|hz|mb|gb|kb|pt|em|x|min|sec|h|c|f)\b)"
_QP_SURE = re.compile(
    r"(?:=[0-9A-F]{2}){2,}|=3D(?=[\"'\w])|(?<=[A-Za-z]{2})=(?:E9|E8|E0|FC|F6|E4|92|93|94|96|97|A0|0A)(?![0-9])(?=[\s\w.,])"
)
_QP_SPACE = re.compile(
    rf"(?:(?<=[A-Za-z]{{3}})|(?<=[.,;:!?\"']))=20(?:(?={_UNITS}[A-Za-z]{{2,}})|(?=[ \t]*(?:\r?\n|$)))"
)
_QP_SOFT = re.compile(r"[^\s=]=\r?\n(?=\S)")
_ALWAYS = re.compile(r"\x1B\[[0-9;]*[A-Za-z]?|_x[0-9A-F]{4}_")
_UNICODE = re.compile(r"\\u[0-9a-fA-F]{4}|\\u\{[0-9a-fA-F]{2,6}\}|\\x[0-9a-fA-F]{2}")
_LINE_BREAK = re.compile(r"\\(?:r\\n|[nrt])")
_QUOTE = re.compile(r"(?<!\\)\\\"[^\"\n]{1,300}?\\\"")
_APOSTROPHE = re.compile(r"[A-Za-z]\\'[A-Za-z]")
_LATEX = re.compile(
    r"\\(?:nabla|ne|neq|neg|nu|not|notin|nolimits|new\w*|nonumber|noindent|nexists|nmid|nleq|ngeq|normal\w*|text\w*|"
    r"theta|times|tau|to|tan|tanh|tfrac|top|triangle\w*|tilde|tiny|title|toprule|therefore|the|table\w*|rho|right\w*|"
    r"rangle|rceil|rfloor|rm|re|ref|renew\w*|raise\w*|root|rbrace|rbrack|rvert)(?![a-z])"
)
_TOKEN = re.compile(r"\S+")
_PATH = re.compile(r"^[\"'(<]?[A-Za-z]:\\|^\\\\\w|\\[a-mo-qsu-zA-Z]")
_BEFORE, _AFTER = "'\"[(|/^\\`{", "'\")](|+*?`/}\\["


class Remains(NamedTuple):
    """One kind of remains."""

    quick: str
    """Regular expression in Rust's syntax: without a match there are none."""
    find: Callable[[str], Span | None]


def is_code(text: str) -> bool:
    """Whether a text reads like a program, a query, markup or a shell session."""
    head = text[:4000]
    return sum(bool(mark.search(head)) for mark in _CODE_MARKS) >= _MANY_MARKS


def is_program(text: str) -> bool:
    """Whether a text has statements of a program, so that markup in it is the program's."""
    return len(_STATEMENT.findall(text[:4000])) >= _STATEMENTS


def without_code(text: str) -> str:
    """A text of the same length with blanks in place of quoted code."""
    return _CODE_SPANS.sub(lambda m: " " * len(m[0]), text) if "`" in text or "<" in text else text


def _without_addresses(text: str) -> str:
    return _ADDRESSES.sub(lambda m: " " * len(m[0]), text)


def _span(match: re.Match[str] | None) -> Span | None:
    return match.span() if match else None


def find_stripped_entity(text: str) -> Span | None:
    """First entity that lost its ampersand: ``#39;``, ``quot;``, ``lt;b gt;``."""
    prose = _without_addresses(without_code(text))
    return None if is_code(prose) else _span(_STRIPPED.search(prose))


def find_bbcode(text: str) -> Span | None:
    """First tag of a forum: ``[b]bold[/b]``, ``[url=...]``."""
    return _span(_BBCODE.search(without_code(text)))


def find_url_code(text: str) -> Span | None:
    """First URL-encoded character outside an address: ``hello%20world``."""
    prose = _without_addresses(without_code(text))
    prose = _IN_QUOTES.sub(lambda m: " " * len(m[0]), prose)
    return None if is_code(prose) else _span(_URL_CODE.search(prose))


def find_quoted_printable(text: str) -> Span | None:
    """First code of quoted-printable mail: ``=20`` between words or at a line's end, ``=E2=80=99``, soft breaks."""
    prose = _without_addresses(without_code(text))
    if is_code(prose.replace("=\n", "\n")):
        return None
    sure = _QP_SURE.search(prose)
    if sure:
        return sure.span()
    spaces, soft = list(_QP_SPACE.finditer(prose)), list(_QP_SOFT.finditer(prose))
    return (spaces + soft)[0].span() if len(spaces) + len(soft) > 1 or spaces else None


def find_escape(text: str) -> Span | None:
    r"""First escape that was not undone: ``\n`` in two characters, ``\"``, ``\u00e9``, colors of a terminal."""
    always = _ALWAYS.search(text)
    if always:
        return always.span()
    prose = without_code(text)
    if "\\" not in prose or is_code(prose.replace("\\n", " ").replace("\\r", " ")):
        return None
    found = [_find_unicode(prose), _find_line_break(prose), _span(_APOSTROPHE.search(prose))]
    found.append(_span(_QUOTE.search(prose)))
    return min((span for span in found if span), default=None)


def _is_quoted(text: str, start: int, end: int) -> bool:
    """Whether a place is between double quotes of its line: a mention of what it shows."""
    line = text.rfind("\n", 0, start) + 1
    before, after = text[line:start].replace('\\"', ""), text[end : end + 80].split("\n", 1)[0].replace('\\"', "")
    return before.count('"') % 2 == 1 and '"' in after


def _is_half(escape: str) -> bool:
    """Whether an escape is half of a character, which nobody writes on purpose."""
    return escape[2:4].casefold() in {f"d{c}" for c in "89abcdef"} and len(escape) == len("\\ud800")


def _find_unicode(text: str) -> Span | None:
    for match in _UNICODE.finditer(text):
        start, end = match.span()
        glued = text[max(0, start - 1) : start].isalnum() or text[end : end + 1].isalnum()
        row = _UNICODE.match(text, end) is not None
        if (_is_half(match[0]) or glued or row) and not _is_quoted(text, start, end):
            return start, end
    return None


def _is_shown(text: str, start: int, end: int) -> bool:
    """Whether an escape stands in quotation marks or brackets of its own, or is a command of LaTeX."""
    before, after = text[start - 1 : start], text[end : end + 1]
    opened = bool(before) and before in _BEFORE and text[start - 2 : start] not in ("\\n", "\\r")
    closed = bool(after) and after in _AFTER and _LINE_BREAK.match(text, end) is None
    return opened or closed or _LATEX.match(text, start) is not None


def _find_line_break(text: str) -> Span | None:
    tokens: dict[int, str] = {}
    for match in _LINE_BREAK.finditer(text):
        start, end = match.span()
        before, after = text[start - 1 : start], text[end : end + 1]
        if _is_shown(text, start, end) or _is_quoted(text, start, end):
            continue
        if not tokens:
            tokens = {p: t[0] for t in _TOKEN.finditer(text) for p in range(t.start(), t.end())}
        if _PATH.search(re.sub(r"\\[nrt]", " ", tokens.get(start, ""))):
            continue
        glued = bool(before.strip()) and before != "\\"
        if glued or (after.isupper() and text[start - 2 : start - 1] in {"", ".", "!", "?", ":"}) or start == 0:
            return start, end
    return None


REMAINS: dict[str, Remains] = {
    "stripped HTML entities": Remains(
        rf"#(?:[0-9]{{2,4}}|x[0-9a-fA-F]{{2,4}});|\b(?:{_NAMED}|lt|gt);", find_stripped_entity
    ),
    "BBCode": Remains(r"\[/?[A-Za-z]{1,8}(?:=[^\]]*)?\]", find_bbcode),
    "unfilled template slots": Remains(
        r"\{\{?\s*[A-Za-z_]|%\(\w+\)[sdr]|<[A-Za-z][A-Za-z_ ]+>|\[\s?[A-Z][A-Za-z_ ']+\]|\*\|\w+\|\*"
        r"|%[A-Z_]{3,}%|\[(?:your|insert|enter) ",
        lambda text: None if is_code(without_code(text)) or is_program(text) else find_slot(without_code(text)),
    ),
    "URL-encoded characters": Remains(r"%[0-9A-Fa-f]{2}", find_url_code),
    "quoted-printable codes": Remains(r"=[0-9A-F]{2}|=\r?\n", find_quoted_printable),
    "escape sequences": Remains(r"\x1B\[|\\[nrtux\x22']|_x[0-9A-F]{4}_", find_escape),
}
"""Kind -> how it is found, in the order in which kinds are reported."""
