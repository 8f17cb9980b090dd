"""Compile every kernel once and keep the machine code: ``python -m assay.audit.warm``.

``make install`` runs it. Without it the first audit compiles what it needs, and says so.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import polars as pl

from assay.audit.lexical.verify import _by_words

_WORDS = (  # noqa: SIM905 - a sentence reads better than a list
    "please could someone look into the order that I placed last week because it has not arrived and nobody answers "
    "the phone when I call about my parcel or the refund which was promised to me by your colleague in the shop"
).split()
SELECT = ("DUP", "LBL001", "LBL002", "LEK001", "LEK002", "LEK003", "RLS")
"""Rules that use the kernels."""


def _texts() -> list[str]:
    """Texts that reach every kernel: templates, copies, typos, quotes, letters beyond ASCII."""
    base = " ".join(_WORDS)
    rows = [
        f"Order {n} was handed to the courier in {city} and will reach you on day {n}" for n, city in enumerate(_WORDS)
    ]
    rows += [f"{word} {base} {word}" for word in _WORDS[:12]]
    rows += [
        base,
        base.upper(),
        base.replace("parcel", "parcle"),
        f"thanks\n> {base}\nkind regards from the new flat, Ann",
    ]
    rows += ["naïve café", "nai\u0308ve cafe\u0301", "你好 世界", "where is my parcel", "where is my parcle", "不"]
    return rows


def warm() -> float:
    """Run every kernel on a few texts; seconds it took."""
    from assay.audit.dataset import Part, Roles, assemble  # noqa: PLC0415 - the clock starts before numba loads
    from assay.audit.features import configure  # noqa: PLC0415
    from assay.audit.rules import Settings, run  # noqa: PLC0415

    started = time.perf_counter()
    texts = _texts()
    labels = [str(i % 2) for i in range(len(texts))]
    frame = pl.DataFrame({"text": texts, "label": labels})
    rows = frame.height
    part = Part("train", frame, np.arange(rows, dtype=np.int64) + 2, np.zeros(rows, np.int32), ("train.csv",))
    held = Part("test", frame, np.arange(rows, dtype=np.int64) + 2, np.zeros(rows, np.int32), ("test.csv",))
    data = assemble([part, held], Roles(text=("text",), label="label"))
    configure(data, "lsa", cache=False)  # vectors of any origin meet the same kernels
    audit = run(data, Settings(select=SELECT))
    if audit.crashed:
        raise RuntimeError("; ".join(f"{code}: {audit.skipped[code]}" for code in audit.crashed))
    return time.perf_counter() - started


def is_compiled() -> bool:
    """Whether machine code of the largest kernel is kept for this processor and these sources."""
    return _by_words.compiled


if __name__ == "__main__":
    sys.stdout.write(f"kernels ready after {warm():.1f} s\n")
