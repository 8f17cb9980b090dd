"""Peer: rensa, sketches of all texts in one call, its LSH index, and every candidate checked by its sketch."""

from common import Groups, arguments, texts
from rensa import RMinHash, RMinHashLSH

PERMUTATIONS = 128
BANDS = {0.5: 32, 0.7: 16, 0.8: 16}  # 128 = bands x rows; the curve's middle lies a little under the threshold

options = arguments()
rows = texts(options.files)
sketches = RMinHash.from_token_sets([text.lower().split() for text in rows], num_perm=PERMUTATIONS, seed=42)
index = RMinHashLSH(threshold=options.threshold, num_perm=PERMUTATIONS, num_bands=BANDS[options.threshold])
index.insert_many(sketches)
groups = Groups(len(rows))
for i, candidates in enumerate(index.query_all(sketches)):
    for other in candidates:
        if other > i and sketches[i].jaccard(sketches[other]) >= options.threshold:
            groups.join(i, other)
groups.write(options.output)
