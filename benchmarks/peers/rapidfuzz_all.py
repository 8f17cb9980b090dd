"""Peer: rapidfuzz, every pair scored by its ratio after folding."""

import numpy as np
from common import Groups, arguments, texts
from rapidfuzz import fuzz, process, utils

options = arguments()
rows = [utils.default_process(text) for text in texts(options.files)]
scores = process.cdist(rows, rows, scorer=fuzz.ratio, score_cutoff=100 * options.threshold, dtype=np.uint8, workers=-1)
groups = Groups(len(rows))
for one, other in np.argwhere(np.triu(scores, 1)).tolist():
    groups.join(one, other)
groups.write(options.output)
