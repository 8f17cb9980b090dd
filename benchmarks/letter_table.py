"""Write the table of letter trigrams that RLS003 asks how word-like a word is, from a WordPiece vocabulary.

python benchmarks/letter_table.py VOCAB     VOCAB is vocab.txt of all-MiniLM-L6-v2 (Apache-2.0); writes the module
"""

from __future__ import annotations

import argparse
import base64
import textwrap
import zlib
from pathlib import Path

import numpy as np

MODULE = Path(__file__).resolve().parents[1] / "audit" / "realism" / "letter_table.py"
LETTERS = 27
"""a to z, and 0 for the edge of a word."""
STEP = 0.5
"""Bits of one level of the table."""
HEAD = '''"""Bits that a letter costs after the two before it, in words and names of Latin script.

Written by ``benchmarks/letter_table.py`` from the whole words of the vocabulary of all-MiniLM-L6-v2 (Apache-2.0), each
counted once: a table of 27 * 27 * 27 levels of half a bit, 0 for the edge of a word.
"""

from __future__ import annotations

import base64
import zlib
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LETTERS = 27


@cache
def letter_bits() -> NDArray[np.float64]:
    """Return the table (27, 27, 27): bits of the third letter after the first two."""
    levels = np.frombuffer(zlib.decompress(base64.b85decode(_TABLE)), np.uint8)
    return levels.reshape(LETTERS, LETTERS, LETTERS).astype(np.float64) * 0.5


_TABLE = (
'''


def count_trigrams(words: list[str]) -> np.ndarray:
    """Count the trigrams of words between two edges at the start and one at the end."""
    counts = np.zeros((LETTERS,) * 3)
    for word in words:
        codes = [0, 0, *(ord(c) - 96 for c in word), 0]
        for a, b, c in zip(codes, codes[1:], codes[2:], strict=False):
            counts[a, b, c] += 1
    return counts


def level(counts: np.ndarray) -> np.ndarray:
    """Bits by levels, Dirichlet smoothing with the shorter context."""
    one = (counts.sum((0, 1)) + 1) / (counts.sum() + LETTERS)
    pairs = counts.sum(0)
    two = (pairs + 4 * one) / (pairs.sum(1, keepdims=True) + 4)
    three = (counts + 4 * two) / (counts.sum(2, keepdims=True) + 4)
    return np.clip(np.round(-np.log2(three) / STEP), 0, 255).astype(np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("vocabulary", type=Path)
    lines = parser.parse_args().vocabulary.read_text(encoding="utf-8").splitlines()
    words = [w for w in lines if w.isascii() and w.isalpha() and w.islower() and len(w) > 2]
    packed = base64.b85encode(zlib.compress(level(count_trigrams(words)).tobytes(), 9)).decode()
    body = "\n".join(f'    b"{part}"' for part in textwrap.wrap(packed, 112, break_on_hyphens=False))
    MODULE.write_text(f"{HEAD}{body}\n)\n", encoding="utf-8")
    print(f"{len(words)} words, {len(packed)} characters")


if __name__ == "__main__":
    main()
