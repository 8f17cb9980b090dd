"""sliceline on a table of codes: ``sliceline_slices.py TABLE.npz OUT.json``.

TABLE holds ``codes`` (rows, columns) from 1 on and ``errors`` (rows,). OUT gets the slices, strongest first, as
lists of a code or null for each column.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
from sliceline.slicefinder import Slicefinder

table = np.load(sys.argv[1])
started = time.perf_counter()
finder = Slicefinder(alpha=0.95, k=10, max_l=2, min_sup=20, verbose=False)
finder.fit(table["codes"], table["errors"])
seconds = time.perf_counter() - started
slices = [[None if v is None else int(v) for v in row] for row in finder.top_slices_]
Path(sys.argv[2]).write_text(json.dumps({"seconds": seconds, "slices": slices}), encoding="utf-8")
