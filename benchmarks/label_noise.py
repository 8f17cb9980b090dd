"""Seeded wrong labels of four kinds. Each takes labels and gives noisy ones; a label is wrong where they differ."""

from __future__ import annotations

from collections import Counter

import numpy as np


def uniform(codes, classes, rate, seed, **_):
    """Random rows get a random other class."""
    rng = np.random.default_rng(seed)
    noisy = codes.copy()
    rows = rng.choice(codes.size, round(rate * codes.size), replace=False)
    noisy[rows] = (codes[rows] + rng.integers(1, classes, rows.size)) % classes
    return noisy


def pairs(codes, classes, rate, seed, *, vectors, **_):
    """Rows of one class of each close pair move to the other: annotators who mix two classes up."""
    rng = np.random.default_rng(seed)
    centre = np.stack([vectors[codes == k].mean(axis=0) for k in range(classes)])
    centre /= np.linalg.norm(centre, axis=1, keepdims=True)
    near = centre @ centre.T
    source, target, used = [], [], set()
    for flat in np.argsort(-near, axis=None, kind="stable"):
        a, b = divmod(int(flat), classes)
        if a >= b or a in used or b in used:
            continue
        used |= {a, b}
        a, b = (a, b) if rng.random() < 0.5 else (b, a)
        source.append(a)
        target.append(b)
        if len(source) == max(1, classes // 2):
            break
    share = min(0.45, rate * codes.size / np.isin(codes, source).sum())
    noisy = codes.copy()
    for a, b in zip(source, target, strict=True):
        rows = np.flatnonzero(codes == a)
        noisy[rng.choice(rows, round(share * rows.size), replace=False)] = b
    return noisy


def instance(codes, classes, rate, seed, *, texts, **_):
    """Rows that a weak model would get wrong, under the label it would give: word counts of a tenth of the rows."""
    rng = np.random.default_rng(seed)
    words = [set(t.lower().split()) for t in texts]
    seen = rng.choice(codes.size, max(5 * classes, codes.size // 10), replace=False)
    count = [Counter() for _ in range(classes)]
    for row in seen:
        count[codes[row]].update(words[row])
    size = np.bincount(codes[seen], minlength=classes)
    known = set().union(*count)
    table = {w: np.log([(c[w] + 0.3) / (n + 0.6) for c, n in zip(count, size, strict=True)]) for w in known}
    score = np.stack([np.log(size + 1) + sum((table[w] for w in ws & known), np.zeros(classes)) for ws in words])
    chance = np.exp(score - score.max(axis=1, keepdims=True))
    chance /= chance.sum(axis=1, keepdims=True)
    chance[np.arange(codes.size), codes] = 0
    weight = chance.max(axis=1) + 1e-3
    rows = rng.choice(codes.size, round(rate * codes.size), replace=False, p=weight / weight.sum())
    noisy = codes.copy()
    noisy[rows] = chance[rows].argmax(axis=1)
    return noisy


def batches(codes, classes, rate, seed, *, size=40, **_):
    """Whole stretches of rows: half of them under one label, half with their labels slipped by one to three rows."""
    rng = np.random.default_rng(seed)
    noisy = codes.copy()
    starts = rng.permutation(np.arange(0, codes.size, size))
    for n, start in enumerate(starts.tolist()):
        if (noisy != codes).sum() >= rate * codes.size:
            break
        part = slice(start, start + size)
        noisy[part] = rng.integers(classes) if n % 2 == 0 else np.roll(codes[part], int(rng.integers(1, 4)))
    return noisy


KINDS = {"uniform": uniform, "pairs": pairs, "instance": instance, "batches": batches}
