"""SQL conditions over the columns of a row: read, checked, and nothing else let in.

polars reads the SQL. Its dialect can read files (``SELECT * FROM read_csv('...')``, in a subquery too, and as early as
the text is parsed), so a condition is looked at before polars sees it: one expression over columns, with functions
of a fixed list. A condition may come from a stranger's assay.toml; it must not be able to open anything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from assay.audit.errors import ConfigError
from assay.audit.rules import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

FUNCTIONS = frozenset(
    [
        "abs",
        "bit_length",
        "ceil",
        "ceiling",
        "char_length",
        "character_length",
        "coalesce",
        "concat",
        "concat_ws",
        "contains",
        "date_part",
        "day",
        "day_of_week",
        "day_of_year",
        "ends_with",
        "extract",
        "floor",
        "greatest",
        "hour",
        "if",
        "ifnull",
        "initcap",
        "least",
        "left",
        "length",
        "lower",
        "ltrim",
        "minute",
        "mod",
        "month",
        "nullif",
        "octet_length",
        "position",
        "pow",
        "power",
        "quarter",
        "regexp_like",
        "replace",
        "reverse",
        "right",
        "round",
        "rtrim",
        "second",
        "sign",
        "starts_with",
        "strpos",
        "strptime",
        "substr",
        "substring",
        "trim",
        "upper",
        "week",
        "year",
    ]
)
"""Functions of one row's values. No aggregate and no window (a row's membership is its own), nothing that reads."""
_NOT_FUNCTIONS = frozenset(
    [
        "and",
        "any",
        "as",
        "between",
        "by",
        "case",
        "cast",
        "else",
        "end",
        "exists",
        "ilike",
        "in",
        "is",
        "like",
        "not",
        "or",
        "rlike",
        "regexp",
        "then",
        "to",
        "try_cast",
        "when",
    ]
)
_REFUSED = frozenset(
    [
        "select",
        "with",
        "from",
        "values",
        "table",
        "union",
        "intersect",
        "except",
        "into",
        "join",
        "lateral",
        "over",
        "exists",
        "insert",
        "update",
        "delete",
        "create",
        "drop",
        "attach",
        "copy",
        "load",
        "install",
        "pragma",
        "call",
        "execute",
        "unnest",
    ]
)
_TOKEN = re.compile(
    r"""(?P<text>'(?:[^']|'')*')|(?P<name>"(?:[^"]|"")*"|`[^`]*`)|(?P<word>[^\W\d]\w*)|(?P<number>\d[\w.]*)"""
    r"""|(?P<space>\s+)|(?P<comment>--|/\*|\#)|(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_FROM_IN = frozenset({"extract", "substring", "trim", "position"})
_LOOK = "look-around"
_DEEPER = frozenset({"and", "or", "not", "case", "(", "+", "-", "*", "/", "%", "|", "~"})
"""What nests an expression. polars' time grows with the cube of the depth: 300 ORs took it half a minute."""
MOST_DEEP = 64


def parse(condition: str) -> pl.Expr:
    """A condition as an expression over columns.

    Raises:
        ConfigError: it is no SQL expression, or holds more than a condition over one row's columns.
    """
    if not condition.strip():
        raise ConfigError("the condition is empty; write one over the columns, as in where = \"label = 'refund'\"")
    _look_through(condition)
    try:
        return pl.sql_expr(condition)
    except pl.exceptions.PolarsError as error:
        raise ConfigError(f"not an SQL condition: {_first_line(error)}") from error


def check(expression: pl.Expr, frame: pl.DataFrame) -> None:
    """Try a condition on the columns of a frame, without a row.

    Raises:
        ConfigError: it names no such column, compares what cannot be compared, or says neither true nor false.
    """
    missing = [name for name in dict.fromkeys(expression.meta.root_names()) if name not in frame.columns]
    if missing:
        raise ConfigError(f"no column {missing[0]!r}{nearest(missing[0], frame.columns)}; columns: {_names(frame)}")
    if not expression.meta.root_names():
        raise ConfigError(f"the condition names no column; columns: {_names(frame)}")
    try:
        kind = frame.head(0).select(expression).dtypes[0]
    except pl.exceptions.PolarsError as error:
        words = _first_line(error, _LOOK)
        cure = ""
        if _LOOK in str(error):
            cure = '; say it without (?=...) and (?<=...), or as function = "module:name"'
        elif "cannot compare" in words:
            cure = f"; {_types(expression, frame)}"
        raise ConfigError(f"the condition cannot be evaluated: {words}{cure}") from error
    if kind != pl.Boolean:
        raise ConfigError(f"the condition must be true or false for a row; this one gives {str(kind).lower()}")


def columns(expression: pl.Expr) -> tuple[str, ...]:
    """Names of the columns that a condition reads."""
    return tuple(dict.fromkeys(expression.meta.root_names()))


def literal(value: str) -> str:
    """A value as an SQL string."""
    return "'" + value.replace("'", "''") + "'"


def name(column: str) -> str:
    """A column's name as SQL, in quotes where it needs them."""
    plain = re.fullmatch(r"[a-z_][a-z0-9_]*", column) and column not in _REFUSED | _NOT_FUNCTIONS
    return column if plain else '"' + column.replace('"', '""') + '"'


def _look_through(condition: str) -> None:
    """Refuse what is no condition over one row; quotes and comments are read as polars reads them."""
    tokens = list(_tokens(condition))
    deep = sum(value.lower() in _DEEPER for kind, value in tokens if kind in {"word", "other"})
    if deep > MOST_DEEP:
        cure = "say a long list of values as column IN ('a', 'b'), or write the condition as a function"
        raise ConfigError(f"{deep} of AND, OR, NOT, brackets and operators are more than {MOST_DEEP}; {cure}")
    for i, (kind, value) in enumerate(tokens):
        after = tokens[i + 1][1] if i + 1 < len(tokens) else ""
        if kind == "comment" or value in {";", "$", "{", "}", "\\", "?", "@"} or (kind == "other" and value in "'\"`"):
            what = "an open quote" if value in "'\"`" else repr(value)
            raise ConfigError(f"a condition may not hold {what} outside of quotes")
        if kind == "name" and after == "(":
            raise ConfigError(f"no function is called {value}; known: {', '.join(sorted(FUNCTIONS))}")
        if (
            kind == "word"
            and i + 1 < len(tokens)
            and tokens[i + 1][0] == "text"
            and value.lower() in {"e", "n", "x", "b", "r", "u"}
        ):
            raise ConfigError(f"write {after} without the letter {value} before it")
        if kind == "word":
            before = [v.lower() for k, v in tokens[:i] if k == "word"] if value.lower() == "from" else []
            _word(value.lower(), after, before)


def _word(word: str, after: str, before: list[str]) -> None:
    if word == "from" and _FROM_IN & set(before):
        return
    if word in _REFUSED:
        raise ConfigError(
            f"{word.upper()} is not allowed: a condition looks at the columns of one row; a column of that name goes"
            f' into double quotes ("{word}")'
        )
    if after == "(" and word not in FUNCTIONS | _NOT_FUNCTIONS:
        near = nearest(word, sorted(FUNCTIONS))
        raise ConfigError(f"no function {word}{near or f'; known: {chr(44).join(sorted(FUNCTIONS))}'}")


def _tokens(condition: str) -> Iterator[tuple[str, str]]:
    for found in _TOKEN.finditer(condition):
        kind = found.lastgroup or "other"
        if kind != "space":
            yield kind, found[0]


def _first_line(error: Exception, prefer: str = "") -> str:
    lines = [line.strip() for line in str(error).split("\n") if line.strip()]
    chosen = next((line for line in lines if prefer and prefer in line), lines[0] if lines else "")
    return chosen.removeprefix("error: ")


def _names(frame: pl.DataFrame) -> str:
    return ", ".join(frame.columns)


def _types(expression: pl.Expr, frame: pl.DataFrame) -> str:
    return ", ".join(f"{c} holds {str(frame[c].dtype).lower()}" for c in columns(expression))
