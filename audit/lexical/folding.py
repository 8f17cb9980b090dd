"""Texts folded to what counts in a comparison: NFKC, case, white space and punctuation.

Emoticons are folded to the emoji they draw, and emoji are words of their own: "great :)" is not "great :(".
ASCII goes through a table of 128 bytes. Other code points are folded by ``unicodedata`` once each, the first
time they are seen, into a table the kernel reads. Only rows whose characters combine (a letter and a separate
accent) or that may hold an emoticon are normalised in Python, one by one: there the result depends on the neighbours.
"""

from __future__ import annotations

import threading
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assay.audit.kernels import inlined, kernel
from assay.audit.lexical.emoticons import draw, may_hold
from assay.audit.lexical.hashing import utf8_buffers

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNSEEN, SEPARATE, KEEP, MAP, DROP, COMBINE, ALONE = 0, 1, 2, 3, 4, 5, 6
"""What the table says of a code point: not asked yet; splits words; stays; becomes something else; vanishes;
row must be normalised as a whole; stays, as a word of its own (scripts written without spaces)."""

# Symbols that make another word of it: C++, C#, 5 %, $5, R&D. All other ASCII punctuation only separates.
_WORD_SYMBOLS = "+#%$&@"
_ALONE: tuple[tuple[int, int], ...] = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # kana
    (0x3400, 0x9FFF),  # ideographs
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)


def _ascii_table() -> NDArray[np.uint8]:
    """Byte -> folded byte; 0 separates, 255 vanishes (apostrophes: ``don't`` is ``dont``)."""
    table = np.zeros(128, np.uint8)
    for code in range(128):
        char = chr(code)
        if char.isalnum() or char in _WORD_SYMBOLS:
            table[code] = ord(char.lower())
    table[ord("'")] = 255
    return table


ASCII = _ascii_table()


def fold_text(text: str) -> str:
    """The folded form of one text, words joined by single spaces: the slow twin of the kernel, and its test."""
    return " ".join(_fold_chars(_compose(draw(text))).split())


def _fold_chars(text: str) -> str:
    out: list[str] = []
    for char in text:
        action, becomes = _fold_char(char)
        out.append(f" {char} " if action == ALONE else becomes)
    return "".join(out)


def _fold_char(char: str) -> tuple[int, str]:
    """What becomes of a character that is already NFKC and case-folded."""
    code = ord(char)
    if code < 128:
        byte = int(ASCII[code])
        return (SEPARATE, " ") if byte == 0 else (DROP, "") if byte == 255 else (KEEP, chr(byte))
    if unicodedata.combining(char):
        return KEEP, char
    category = unicodedata.category(char)
    if category == "Cf" or char in "\u2018\u2019\u02bc" or 0xFE00 <= code <= 0xFE0F:
        return DROP, ""
    if category[0] in "ZP" or category in {"Cc", "Cs", "Sk"}:
        return SEPARATE, " "
    if category == "So" or any(low <= code <= high for low, high in _ALONE):
        return ALONE, char
    return KEEP, char


class FoldTable:
    """Code point -> action, filled on demand; safe to share between threads."""

    def __init__(self) -> None:
        """Start with nothing but ASCII known."""
        self.action = np.zeros(0x110000, np.uint8)
        self.start = np.zeros(0x110000, np.int32)
        self.length = np.zeros(0x110000, np.uint8)
        self.bytes = np.zeros(1 << 12, np.uint8)
        self._used = 0
        self._lock = threading.Lock()

    def learn(self, data: NDArray[np.uint8]) -> None:
        """Make sure that every code point in some UTF-8 bytes is known."""
        with self._lock:
            seen = np.zeros(0x110000, np.bool_)
            _mark_code_points(data, seen)
            for code in np.flatnonzero(seen & (self.action == UNSEEN)).tolist():
                self._add(code)

    def _add(self, code: int) -> None:
        char = chr(code)
        if unicodedata.combining(char) or 0x1161 <= code <= 0x11C2:
            self.action[code] = COMBINE
            return
        whole = _compose(char)
        if whole == char:
            self.action[code] = _fold_char(char)[0]
            return
        # Spaces in a mapping are kept, also at its ends: the kernel reads each as the end of a word.
        encoded = _fold_chars(whole).encode()
        if not encoded.strip():
            self.action[code] = SEPARATE if encoded else DROP
            return
        if self._used + len(encoded) > self.bytes.size:
            self.bytes = np.concatenate([self.bytes, np.zeros(self.bytes.size, np.uint8)])
        self.bytes[self._used : self._used + len(encoded)] = np.frombuffer(encoded, np.uint8)
        self.start[code], self.length[code], self.action[code] = self._used, len(encoded), MAP
        self._used += len(encoded)


@cache
def shared_table() -> FoldTable:
    """The process's one table: what a code point becomes depends on nothing else."""
    return FoldTable()


@inlined
def decode(data, p):
    """Code point at a lead byte of valid UTF-8, and its length in bytes."""
    b = np.int64(data[p])
    if b < 0xE0:
        return ((b & 31) << 6) | (np.int64(data[p + 1]) & 63), 2
    if b < 0xF0:
        return ((b & 15) << 12) | ((np.int64(data[p + 1]) & 63) << 6) | (np.int64(data[p + 2]) & 63), 3
    high = ((b & 7) << 18) | ((np.int64(data[p + 1]) & 63) << 12)
    return high | ((np.int64(data[p + 2]) & 63) << 6) | (np.int64(data[p + 3]) & 63), 4


@kernel
def _mark_code_points(data, seen):
    """Set ``seen`` at every code point beyond ASCII."""
    p = 0
    while p < data.size:
        if data[p] < 128:
            p += 1
            continue
        code, size = decode(data, p)
        seen[code] = True
        p += size


@kernel
def _survey(data, offsets, action, length, flags):
    """Flag the rows that hold a combining character or may hold an emoticon; bytes that mapped characters may add.

    -1 if a character is not known.
    """
    extra = 0
    for i in range(offsets.size - 1):
        p = offsets[i]
        while p < offsets[i + 1]:
            stop = min(p + 64, offsets[i + 1])
            beyond, eyes = np.uint8(0), np.uint8(0)
            for k in range(p, stop):  # compiled to wide instructions: most stretches need no more
                beyond |= data[k]
                eyes |= np.uint8(np.uint8(data[k] - np.uint8(58)) < np.uint8(4))  # : ; < =
            if eyes and not flags[i]:
                flags[i] = may_hold(data, p, min(stop + 3, offsets[i + 1]))
            if beyond < 128:
                p = stop
                continue
            while p < stop:
                if data[p] < 128:
                    p += 1
                    continue
                code, size = decode(data, p)
                if action[code] == UNSEEN:
                    return -1
                if action[code] == COMBINE:
                    flags[i] = True
                extra += np.int64(length[code]) + 1
                p += size
    return extra


@kernel
def _fold(data, offsets, ascii_table, action, start, length, mapped, out, out_offsets):
    """Folded bytes of each row, words joined by one space; ``out`` must hold what ``_survey`` says."""
    q = 0
    for i in range(offsets.size - 1):
        out_offsets[i] = q
        first = q
        gap = False
        p = offsets[i]
        while p < offsets[i + 1]:
            b = data[p]
            if b < 128:
                p += 1
                f = ascii_table[b]
                if f == 255:
                    continue
                if f == 0:
                    gap = True
                    continue
                if gap:
                    if q > first:
                        out[q] = 32
                        q += 1
                    gap = False
                out[q] = f
                q += 1
                continue
            code, size = decode(data, p)
            what = action[code]
            if what == SEPARATE:
                gap = True
            elif what == MAP:
                for k in range(start[code], start[code] + length[code]):
                    if mapped[k] == 32:
                        gap = True
                        continue
                    if gap:
                        if q > first:
                            out[q] = 32
                            q += 1
                        gap = False
                    out[q] = mapped[k]
                    q += 1
            elif what != DROP:
                if (gap or what == ALONE) and q > first:
                    out[q] = 32
                    q += 1
                for k in range(size):
                    out[q] = data[p + k]
                    q += 1
                gap = what == ALONE
            p += size
    out_offsets[offsets.size - 1] = q


def fold(column: pl.Series, table: FoldTable) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Folded bytes and offsets (rows + 1) of a string column without nulls."""
    data, offsets, extra = prepared(column, table)
    out = np.empty(int(offsets[-1] - offsets[0]) + extra + 1, np.uint8)
    out_offsets = np.empty(offsets.size, np.int64)
    _fold(data, offsets, ASCII, table.action, table.start, table.length, table.bytes, out, out_offsets)
    return out, out_offsets


def prepared(column: pl.Series, table: FoldTable) -> tuple[NDArray[np.uint8], NDArray[np.int64], int]:
    """Bytes and offsets of texts whose characters the table knows and can fold one by one; bytes folding may add.

    Emoticons are drawn.
    """
    flags = np.zeros(len(column), np.bool_)
    data, offsets, extra = _known(column, table, flags)
    odd = np.flatnonzero(flags)
    if odd.size:
        composed = pl.Series([_compose(draw(t)) for t in column.gather(odd).to_list()], dtype=pl.String)
        more = _known(composed, table, np.zeros(odd.size, np.bool_))[2]
        data, offsets = utf8_buffers(column.scatter(odd, composed))
        extra += more
    return data, offsets, extra


def drawn(column: pl.Series, table: FoldTable) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Bytes and offsets of texts with their emoticons drawn, each as long in characters as before."""
    flags = np.zeros(len(column), np.bool_)
    data, offsets, _ = _known(column, table, flags)
    odd = np.flatnonzero(flags)
    if odd.size:
        texts = pl.Series([draw(text) for text in column.gather(odd).to_list()], dtype=pl.String)
        table.learn(utf8_buffers(texts)[0])
        data, offsets = utf8_buffers(column.scatter(odd, texts))
    return data, offsets


def _known(column: pl.Series, table: FoldTable, flags: NDArray[np.bool_]):
    """Bytes, offsets, and how many bytes folding may add, once the table knows every character."""
    data, offsets = utf8_buffers(column)
    extra = _survey(data, offsets, table.action, table.length, flags)
    if extra < 0:
        table.learn(data[offsets[0] : offsets[-1]])
        extra = _survey(data, offsets, table.action, table.length, flags)
    return data, offsets, extra


def _compose(text: str) -> str:
    """A row normalised as a whole, so that a letter and its separate accent become one character."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
