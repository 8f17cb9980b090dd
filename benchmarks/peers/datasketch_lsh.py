"""Peer: datasketch's MinHashLSH as its documentation shows it; words as the set, candidates checked by the sketch."""

from common import Groups, arguments, texts
from datasketch import MinHash, MinHashLSH

options = arguments()
rows = texts(options.files)
index = MinHashLSH(threshold=options.threshold, num_perm=128)
groups = Groups(len(rows))
sketches = []
for i, sketch in enumerate(
    MinHash.generator(([w.encode() for w in text.lower().split()] for text in rows), num_perm=128)
):
    for other in index.query(sketch):
        if sketches[other].jaccard(sketch) >= options.threshold:
            groups.join(other, i)
    index.insert(i, sketch)
    sketches.append(sketch)
groups.write(options.output)
