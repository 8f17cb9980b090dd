"""What every peer's script does alike: read the texts, join pairs to groups, write one group a row."""

from __future__ import annotations

import argparse
import csv
from pathlib import Path


def arguments() -> argparse.Namespace:
    """The command line: files with a text column, the threshold, and where the groups go."""
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--threshold", type=float, default=0.7)
    parser.add_argument("--output", type=Path, required=True)
    return parser.parse_args()


def texts(files: list[Path]) -> list[str]:
    """The text column of all files, one after the other."""
    csv.field_size_limit(1 << 30)
    out: list[str] = []
    for path in files:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            column = next(rows).index("text")
            out += [row[column] for row in rows]
    return out


class Groups:
    """Union-find with path halving; the smallest row stands for its group."""

    def __init__(self, size: int) -> None:
        """Every row alone."""
        self.parent = list(range(size))

    def find(self, row: int) -> int:
        """The row that stands for this row's group."""
        parent = self.parent
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    def join(self, one: int, other: int) -> None:
        """Make one group of two."""
        low, high = sorted((self.find(one), self.find(other)))
        self.parent[high] = low

    def write(self, path: Path) -> None:
        """One number a line: equal numbers, one group."""
        path.write_text("".join(f"{self.find(i)}\n" for i in range(len(self.parent))), encoding="ascii")
