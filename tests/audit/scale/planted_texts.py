"""Texts with planted copies, quotations and templates, made in a moment."""

from functools import cache

import numpy as np
import polars as pl


@cache
def corpus(rows: int, seed: int = 3) -> pl.Series:
    """A string column: half of it single texts, the rest made from others."""
    rng = np.random.default_rng(seed)
    words = np.array(["".join(w) for w in rng.choice(list("abcdefghijklmnoprstuvw"), (8000, 6))])
    weight = 1 / (np.arange(words.size) + 10)
    cumulated = np.cumsum(weight / weight.sum())
    out: list[str] = []
    for n in range(rows):
        kind = rng.random()
        length = int(rng.integers(5, 60))
        fresh = words[np.searchsorted(cumulated, rng.random(length))].tolist()
        old = out[int(rng.integers(len(out)))].split() if out else fresh
        if kind < 0.1:
            old[int(rng.integers(len(old)))] = fresh[0]
        elif kind < 0.15:
            old = [w.upper() for w in old]
        elif kind < 0.2:
            old = [*fresh, *old, *fresh[:6]]
        elif kind < 0.3:
            old = f"your order {n * 7919} from shop {n % 13} will come on day {n * 31} by {fresh[0]} or before".split()
        elif kind < 0.31:
            old = ["..."]
        else:
            old = fresh
        out.append(" ".join(old))
    return pl.Series(out, dtype=pl.String)


CONDITIONS = {
    "late": "day > '2024-03-01'", "shop": "text LIKE '%from shop 3%' OR kind = 'x'", "many": "n BETWEEN 5 AND 50",
    "none": "kind IS NULL", "not": "NOT (kind = 'x') AND length(text) > 40",
}  # fmt: skip


def tabled(rows: int) -> pl.DataFrame:
    """Texts beside columns of several types."""
    return pl.DataFrame(
        {
            "text": corpus(rows),
            "n": range(rows),
            "day": pl.Series([f"2024-0{1 + i % 6}-15" for i in range(rows)]),
            "kind": pl.Series([("x", "y", None, "z")[i % 4] for i in range(rows)], dtype=pl.Categorical),
        }
    )
