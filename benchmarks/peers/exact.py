"""Peer: a dictionary of folded texts, the ten lines that everybody writes first."""

from common import Groups, arguments, texts

options = arguments()
rows = texts(options.files)
groups, seen = Groups(len(rows)), {}
for i, text in enumerate(rows):
    first = seen.setdefault(" ".join(text.lower().split()), i)
    if first != i:
        groups.join(first, i)
groups.write(options.output)
