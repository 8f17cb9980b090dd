"""Hostile inputs out of a random number generator: whatever a file may hold that somebody else wrote.

Every function takes a ``random.Random``: hypothesis hands one over that it can shrink, the benchmark a seeded one.
"""

from __future__ import annotations

import gzip
import io
import json
import math

import polars as pl
import zstandard

WORDS = [
    "parcel", "courier", "door", "late", "track", "invoice", "charge", "fee", "paid", "password", "login", "profile",
    "locked", "refund", "money",
]  # fmt: skip
ODD = [
    "",
    " ",
    "n/a",
    "NULL",
    "nan",
    "-0",
    "1e999",
    "0x1F",
    "true",
    "'",
    '"',
    '""',
    '"\n"',
    ",",
    ";",
    "\t",
    "\r",
    "\n",
    "\r\n",
    "\\",
    "\\u0000",
    "\x00",
    "\x1b[31m",
    "\x7f",
    "\u0085",
    "\u2028",
    "\ufeff",
    "\ufffd",
    "\u202eabc",
    "\U0001f469\u200d\U0001f467",
    "e\u0301" * 3,
    "ﷺ" * 4,
    "İıſß",
    "<script>alert(1)</script>",
    "]]>",
    "{{7*7}}",
    "=1+1",
    "%s%n",
    "../../etc/passwd",
    "x" * 3000,
    "日本語のテキスト",
    "a" * 40 + " " + "b" * 40,
    "0" * 400,
    "2024-02-30",
    "9999999999999999999999",
]
VALUES = [
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    2**63,
    -(2**64),
    10**40,
    0.5,
    -0.0,
    1e308,
    math.inf,
    math.nan,
    [],
    {},
    [[]],
    [None],
    {"": ""},
    {"a": {"b": [1]}},
    [1, "a", None],
]
NAMES = ["text", "label", "id", "group", "split", "time", "", " ", "Text", "text ", "a,b", 'q"', "\u202e", "row"]
FORMATS = ("csv", "csv", "csv", "tsv", "json", "json", "jsonl", "jsonl", "parquet", "arrow", "csv.gz", "jsonl.zst")


def text(rng) -> str:
    """A cell: mostly words, sometimes something that breaks programs."""
    if rng.random() < 0.2:
        return rng.choice(ODD)
    said = " ".join(rng.choice(WORDS) for _ in range(rng.randint(1, 7)))
    return said + rng.choice(ODD) if rng.random() < 0.1 else said


def value(rng):
    """Anything that JSON or TOML may hold in the place of something else."""
    kind = rng.randint(0, 4)
    return text(rng) if kind == 0 else rng.choice(VALUES)


def table(rng, *, plain: bool = False) -> pl.DataFrame:
    """A small table with texts and labels; plain ones have nothing odd in their names."""
    height = rng.randint(1, 12)
    frame = {
        "id": [str(n) for n in range(height)],
        "text": [text(rng) for _ in range(height)],
        "label": [rng.choice(["a", "b", "c", "A ", ""]) for _ in range(height)],
    }
    if not plain:
        for _ in range(rng.randint(0, 2)):
            frame[rng.choice(NAMES)] = [text(rng) if rng.random() < 0.9 else None for _ in range(height)]
    return pl.DataFrame(frame)


def packed(frame: pl.DataFrame, form: str) -> bytes:
    """The table as a file of a format."""
    kind, _, pack = form.partition(".")
    out = io.BytesIO()
    if kind == "csv":
        frame.write_csv(out)
    elif kind == "tsv":
        frame.write_csv(out, separator="\t")
    elif kind == "json":
        out.write(json.dumps(frame.to_dicts()).encode())
    elif kind == "jsonl":
        out.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in frame.to_dicts()).encode())
    elif kind == "parquet":
        frame.write_parquet(out)
    else:
        frame.write_ipc(out)
    content = out.getvalue()
    return gzip.compress(content, 1) if pack == "gz" else zstandard.compress(content) if pack == "zst" else content


def damaged(rng, content: bytes, most: int = 4) -> bytes:
    """Bytes after some accidents: cut, torn, flipped, doubled, spliced."""
    for _ in range(rng.randint(1, most)):
        content = _accident(rng, content)
    return content


TAILS = [b"\x00" * 9, b"[" * 3000, b'{"a":' * 2000, b'"', b"\xff\xfe", b"\xed\xa0\x80"]


def _accident(rng, content: bytes) -> bytes:  # noqa: PLR0911 - a kind a return
    at = rng.randint(0, len(content))
    kind = rng.randint(0, 7)
    if kind == 0:
        return content[:at]
    if kind == 1 and content:
        at = min(at, len(content) - 1)
        return content[:at] + bytes([content[at] ^ (1 << rng.randint(0, 7))]) + content[at + 1 :]
    if kind == 2:
        return content[:at] + rng.choice(ODD).encode() + content[at:]
    if kind == 3:
        return content[:at] + bytes(rng.randint(0, 255) for _ in range(rng.randint(1, 8))) + content[at:]
    if kind == 4:
        upto = min(len(content), at + rng.randint(1, 40))
        return content[:at] + content[upto:]
    if kind == 5:
        upto = min(len(content), at + rng.randint(1, 40))
        return content[:upto] + content[at:]
    if kind == 6:
        return content[:at] + rng.choice(TAILS)
    return content[at:]


def changed(rng, document):
    """A JSON document after one value, somewhere in it, was taken for something else, lost or renamed."""
    told = json.loads(json.dumps(document))
    place = told
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return value(rng)
        key = rng.choice(keys)
        inner = place[key]
        if isinstance(inner, dict | list) and inner and rng.random() < 0.7:
            place = inner
            continue
        kind = rng.randint(0, 3)
        if kind == 0:
            del place[key]
        elif kind == 1 and isinstance(place, dict):
            place[rng.choice(NAMES)] = place.pop(key)
        else:
            place[key] = value(rng)
        return told


def toml(rng, tables: dict[str, dict[str, list[str]]], required: dict[str, tuple[str, ...]]) -> str:
    """Some tables with some of their keys, most with values that fit."""
    lines = []
    whole = sorted(tables)
    for name in sorted(rng.sample(whole, rng.randint(1, min(5, len(whole)))), key=whole.index):
        for _ in range(rng.randint(1, 2) if name.startswith("[[") else 1):
            keys = list(tables[name])
            wanted = list(required.get(name, ())) if rng.random() < 0.9 else []
            more = rng.sample(keys, rng.randint(0, min(2, len(keys))))
            lines.append(name if rng.random() < 0.99 else name.replace("[", "[[", 1))
            lines += [f"{key} = {toml_value(rng, tables[name][key])}" for key in dict.fromkeys([*wanted, *more])]
            if rng.random() < 0.03:
                lines.append(f"{rng.choice(keys)[::-1]} = 1")
    return "\n".join(lines) + "\n"


def toml_value(rng, fitting: list[str]) -> str:
    """A value as TOML writes it."""
    if rng.random() < 0.95:
        return rng.choice(fitting)
    if rng.random() < 0.5:
        return json.dumps(text(rng).replace("\x7f", ""), ensure_ascii=True)
    return rng.choice(["true", "0", "-1", "1e9", "nan", "inf", "[]", "{}", '["a", 1]', "1979-05-27", "''", "1_000"])


TOKENS = [
    "text", "label", "id", "nope", '"text"', "'refund'", "'%late%'", "''", "'", '"', "1", "-1", "0", "1e400", "NULL",
    "AND", "OR", "NOT", "=", "<>", "<", ">=", "LIKE", "ILIKE", "IN", "BETWEEN", "IS NULL", "(", ")", ",", "*", "+",
    "/", "%", "||", ";", "--", "/*", "LENGTH", "LOWER(text)", "UPPER(label)", "COUNT(*)", "SUM(id)", "CAST(id AS INT)",
    "CASE WHEN", "THEN", "END", "SELECT", "FROM", "self", "UNION", "DROP TABLE", "read_csv('x')", "RANDOM()", "true",
    "false", "~", "REGEXP", "'('", "'[a'", "STRPTIME(text, '%Y')", "DATE '2024-02-30'", "ARRAY[1]", "::int", "EXISTS",
    "\u202e", "\x00", "日本",
]  # fmt: skip


def condition(rng) -> str:
    """Something like a condition: valid ones, and any order of their words."""
    if rng.random() < 0.35:
        column, sign = rng.choice(["text", "label", "id"]), rng.choice(["=", "<>", "LIKE", "ILIKE", ">", "<="])
        said = f"{column} {sign} '{rng.choice(WORDS)}'"
        return said if rng.random() < 0.5 else f"NOT ({said}) OR LENGTH(text) > {rng.randint(-3, 99)}"
    if rng.random() < 0.1:
        return "(" * rng.randint(1, 300) + "label = 'a'" + ")" * rng.randint(0, 300)
    if rng.random() < 0.1:
        return " OR ".join(["label = 'a'"] * rng.randint(1, 300))
    return " ".join(rng.choice(TOKENS) for _ in range(rng.randint(1, 9)))
