"""Search for cues that alone give labels away, and what is kept of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from assay.audit.shortcuts import names, texts
from assay.audit.shortcuts.columns import bins, metadata
from assay.audit.shortcuts.counting import (
    LEVEL,
    MIN_ROWS,
    Cue,
    Labels,
    cues,
    exact_interval,
    hypergeometric_tail,
    tally,
)
from assay.audit.shortcuts.insertion import TEXTS, Neighbors, tokens
from assay.audit.shortcuts.judging import Shortcut, derived, from_column, from_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset

_END_COVERAGE = {1: 0.9, 2: 0.6, 3: 0.45, 4: 0.35, 6: 0.25, 8: 0.2}
"""Share of a class's rows that must begin (or end) with the same words, by number of words.

People do begin alike: on CLINC150 .29 of a class ("what time is it"), .33 end alike ("meaning of life").
"""
_FRAGMENT_COVERAGE, _MARKUP_COVERAGE, _WORD_COVERAGE, _NAME_COVERAGE = 0.05, 0.03, 0.8, 0.03
_OWN_WORD, _LIFT = 4, 3
"""Letters of a content word; times its share in a class must exceed that in all rows for it to be the class's own."""
_SURE_MARKUP, _SURE = 0.6, 0.8
"""Precision that must be sure (lower end of the 95 % interval): eight rows without an error give .63, 17 give .80."""
_FIXED, _FIXED_COVERAGE = 0.95, 0.15
"""Share of a word's rows that begin (end) with it, and of the class's: an odd word at its fixed place."""
_SAME_ROWS = 0.8
MOST_ROWS, MOST_BYTES = 20_000, 4_000_000
"""Rows and bytes of text beyond which a sample is looked at."""
_OTHERS = 5
_OUTSIDE = frozenset({"column", "identifier", "derived"})
_GAIN, _STYLE_GAIN = 0.5, 0.6
_STEM = 4


def search(data: Dataset, labels: Labels, left_out: tuple[str, ...], alone: NDArray[np.bool_]) -> list[Shortcut]:
    """All shortcuts of a data set, strongest kinds first, none told twice.

    Args:
        data: the data set.
        labels: its labels and the rows that count.
        left_out: columns not to look at.
        alone: rows that belong to no template family; passages are judged by these alone unless half a class has
            them.
    """
    rows = sample(data.text, labels)
    seen = np.zeros(len(data), np.bool_)
    seen[rows] = True
    labels = replace(labels, counted=labels.counted & seen)
    frame = pl.DataFrame({"r": rows.astype(np.uint32), "t": texts.clipped(data.text.gather(rows))})
    found: list[Shortcut] = []
    tried = 0
    sources = [_names(frame, labels), _markup(frame, labels), _passages(frame, labels, alone), _ends(frame, labels)]
    sources += [_columns(data, frame["r"], labels, left_out), _written(frame, labels), _fixed(frame, labels)]
    sources.append(_words(frame, labels))
    for source in sources:
        for shortcut, count in source:
            tried += count
            found += [shortcut] if shortcut else []
    tried = max(1, tried * len(labels.names))
    sure = [s for s in (_sure(each, tried) for each in found) if s and s.useful]
    texts_ = dict(frame.select("r", "t").iter_rows())
    drawn = labels.order(rows)[:TEXTS].tolist()
    neighbors = Neighbors.of(texts_[row] for row in drawn)
    return _each_once([s for s in sure if not _woven(s, texts_, neighbors)])


def _woven(shortcut: Shortcut, texts_: dict[int, str], neighbors: Neighbors) -> bool:
    """Whether the cues are words of their sentences: then they are what the class is about, not a sign of it."""
    written = shortcut.kind in {"start", "end", "word"} or shortcut.where in names.SPOKEN
    coded = shortcut.kind == "markup" and all(texts.is_prose(c.value) for c in shortcut.cues)
    if not (written or coded):
        return False
    rows = shortcut.rows[:: -(-shortcut.rows.size // TEXTS)].tolist()
    return neighbors.woven((texts_[row] for row in rows), [c.value for c in shortcut.cues])


def sample(text: pl.Series, labels: Labels) -> NDArray[np.int64]:
    """Labelled rows that are looked at: all, or of a large set every n-th, each label in proportion.

    A cue worth telling stands in a good part of a class: some 20,000 rows show it as well as a million do.
    """
    rows = np.flatnonzero(labels.codes >= 0)
    size = int(text.gather(rows).str.len_bytes().sum())
    step = max(-(-rows.size // MOST_ROWS), -(-size // MOST_BYTES))
    if step <= 1:
        return rows
    rows = labels.order(rows)
    return np.sort(rows[np.argsort(labels.codes[rows], kind="stable")][::step])


def _sure(shortcut: Shortcut, tried: int) -> Shortcut | None:
    """The shortcut with the cues that luck does not explain; None where none is left."""
    kept = tuple(c for c in shortcut.cues if c.p * tried <= LEVEL)
    if not kept:
        return None
    # Where most are sure, the others are of the same kind: their rows are the shortcut's as well.
    return replace(shortcut, cues=shortcut.cues if len(kept) * 2 > len(shortcut.cues) else kept, tried=tried)


def _each_once(found: list[Shortcut]) -> list[Shortcut]:
    """Without cues whose rows another one has already; they become its ``others``. Columns stand for themselves."""
    out: list[Shortcut] = []
    for each in found:
        for k, kept in enumerate(out):
            if _same(each, kept):
                first, second = (kept, each) if kept.rows.size >= _SAME_ROWS * each.rows.size else (each, kept)
                known = " ".join([*first.others, *(c.value for c in first.cues)]).casefold()
                more = (c.value for c in second.cues if c.value.casefold() not in known)
                out[k] = replace(first, others=(*first.others, *more)[:_OTHERS])
                break
        else:
            out.append(each)
    return out


def _same(one: Shortcut, other: Shortcut) -> bool:
    """Whether two cues in texts are seen in the same rows, of the same label."""
    if not {one.kind, other.kind}.isdisjoint(_OUTSIDE) or not {c.label for c in one.cues} & {
        c.label for c in other.cues
    }:
        return False
    shared = np.intersect1d(one.rows, other.rows, assume_unique=True).size
    return bool(shared >= _SAME_ROWS * min(one.rows.size, other.rows.size))


def _worth(cue: Cue, least: float, coverage: float) -> bool:
    """Whether a cue says far more than the label's frequency: surely precise, and half of the errors gone."""
    low = cue.interval[0]
    base = cue.size / cue.total
    return low >= least and 1 - low <= (1 - base) / 2 and cue.coverage >= coverage


def _names(frame: pl.DataFrame, labels: Labels) -> Iterator[tuple[Shortcut | None, int]]:
    sizes = labels.sizes
    for form in names.forms(frame, labels.names):
        counts = form.found.join(labels.frame().rename({"y": "own"}), on="r")
        by = counts.group_by("y").agg(n=pl.len(), k=(pl.col("own") == pl.col("y")).sum()).sort("y")
        total = int(sizes.sum())
        kept = [
            Cue(
                names.spoken(labels.names[y]),
                y,
                k,
                n,
                int(sizes[y]),
                total,
                hypergeometric_tail(k, n, int(sizes[y]), total),
            )
            for y, n, k in by.iter_rows()
            if n >= MIN_ROWS or by.height > 1
        ]
        mentioned = names.mentions(frame, labels.names, [c.label for c in kept]) if form.all_mentions and kept else None
        kept = [c for c in kept if mentioned is None or _mostly(mentioned, c, labels, form)]
        yield _named(form, kept, labels), by.height


def _mostly(mentioned: pl.DataFrame, cue: Cue, labels: Labels, form: names.Form) -> bool:
    """Whether the name stands in this form wherever it stands, and in a good part of the class."""
    held = mentioned.filter(pl.col("y") == cue.label)["r"].to_numpy()
    return cue.rows >= form.all_mentions * labels.counted[held].sum() and cue.coverage >= form.coverage


def _named(form: names.Form, kept: list[Cue], labels: Labels) -> Shortcut | None:
    """One shortcut for all labels whose names stand in a form: judged label by label, else all together."""
    single = [c for c in kept if _worth(c, _SURE_MARKUP, _NAME_COVERAGE)]
    right, rows = sum(c.right for c in kept), sum(c.rows for c in kept)
    together = rows > 2 * MIN_ROWS and len(kept) > 1 and exact_interval(right, rows)[0] >= 0.7  # noqa: PLR2004
    if together and sum(c.right for c in kept) >= _NAME_COVERAGE * sum(c.size for c in kept):
        most = max(c.size for c in kept)
        p = hypergeometric_tail(right, rows, most, kept[0].total)
        single = [replace(c, p=min(c.p, p)) for c in kept if c.right * 2 > c.rows]
    if not single:
        return None
    named = {c.label: c.value for c in single}
    pairs = form.found.filter(pl.col("y").is_in(list(named))).select("r", v=pl.col("y").replace_strict(named))
    return from_values("label name", form.words, pairs, single, labels)


def _markup(frame: pl.DataFrame, labels: Labels) -> Iterator[tuple[Shortcut | None, int]]:
    """Tags and codes, those of one shape together."""
    pairs = texts.markup(frame).with_columns(s=texts.shape_of("v"))
    counts = tally(pairs, labels)
    found, tried = cues(counts, labels, 0.7)
    good = {c.value: c for c in found if _worth(c, _SURE_MARKUP, _MARKUP_COVERAGE) and not _own_code(c, labels)}
    shapes = pairs.filter(pl.col("v").is_in(list(good))).group_by("s").agg(pl.col("v").unique().sort()).sort("s")
    singly = {
        shape: from_values("markup", shape, pairs.filter(pl.col("s") == shape), [good[v] for v in values], labels)
        for shape, values in shapes.iter_rows()
    }
    yield None, tried
    # Tags of many classes, each too rare to be judged alone: [CAT:…] as a column of its own.
    several = pairs.join(labels.frame(), on="r").group_by("s").agg(n=pl.len(), d=pl.col("v").n_unique())
    several = several.filter((pl.col("n") >= 2 * MIN_ROWS) & (pl.col("d") > 1) & (pl.col("d") * 2 <= pl.col("n")))
    for shape in sorted({*several["s"], *singly}):
        one = pairs.filter(pl.col("s") == shape).sort("r", "v").unique("r", keep="first", maintain_order=True)
        column = from_column("markup", shape, one.select("r", "v"), labels, _GAIN)
        single = singly.get(shape)
        better = column and column.answers.gain[0] > 0 and (not single or column.rows.size > single.rows.size)
        yield (column if better else single), 1


def _own_code(cue: Cue, labels: Labels) -> bool:
    """Whether a bare code or hashtag is the label's own word: ``GPL-3`` in the class ``GPL-3+``."""
    return texts.is_prose(cue.value) and _related(cue.value.lstrip("#").casefold(), labels.names[cue.label])


def _passages(frame: pl.DataFrame, labels: Labels, alone: NDArray[np.bool_]) -> Iterator[tuple[Shortcut | None, int]]:
    """Whole lines and sentences that the rows of one label share."""
    pairs = texts.fragments(frame)
    counts = tally(pairs, labels)
    found, tried = cues(counts, labels)
    yield None, tried
    good = [c for c in found if _worth(c, 0.8, _FRAGMENT_COVERAGE)]
    single = {c.value for c in cues(tally(pairs.filter(pl.Series(alone[pairs["r"].to_numpy()])), labels), labels)[0]}
    for cue in good:
        if (cue.coverage >= 0.5 or cue.value in single) and not _own_words(cue, pairs, frame, labels):  # noqa: PLR2004
            yield from_values("passage", "a line or sentence", pairs, [cue], labels), 0


def _own_words(cue: Cue, pairs: pl.DataFrame, frame: pl.DataFrame, labels: Labels) -> bool:
    """Whether the class uses the passage's words elsewhere, too: then they are what the class is about."""
    held = pairs.filter(pl.col("v") == cue.value).select("r")
    other = frame.join(held, on="r", how="anti").join(labels.frame(), on="r")
    content = sorted({w for w in tokens(cue.value) if len(w) >= _OWN_WORD and w[0].isalpha()})
    total, size = other.height, other.filter(pl.col("y") == cue.label).height
    own = 0
    for word in content:
        has = other.filter(pl.col("t").str.to_lowercase().str.contains(word, literal=True))
        mine = has.filter(pl.col("y") == cue.label).height
        often = mine * total > _LIFT * size * has.height and has.height * 10 < total
        own += often and hypergeometric_tail(mine, has.height, size, total) < LEVEL
    return own * 2 > len(content)


def _ends(frame: pl.DataFrame, labels: Labels) -> Iterator[tuple[Shortcut | None, int]]:
    """Words that most rows of a class begin or end with."""
    for count in reversed(texts.RUNS):
        for head in (True, False):
            pairs = texts.ends(frame, count, head=head)
            found, tried = cues(tally(pairs, labels), labels, 0.9)
            yield None, tried
            for cue in found:
                if _worth(cue, 0.9, _END_COVERAGE[count]):
                    yield from_values("start" if head else "end", f"{count} words", pairs, [cue], labels), 0


def _fixed(frame: pl.DataFrame, labels: Labels) -> Iterator[tuple[Shortcut | None, int]]:
    """Words that stand first (last) wherever they stand: people use words in more places than one."""
    anywhere = dict(tally(texts.words(frame), labels).group_by("v").agg(pl.col("k").sum()).iter_rows())
    for head in (True, False):
        pairs = texts.end_word(frame, head=head)
        found, tried = cues(tally(pairs, labels), labels, 0.9)
        yield None, tried
        for cue in found:
            fixed = cue.rows >= _FIXED * anywhere.get(cue.value, 0) and not _related(cue.value, labels.names[cue.label])
            if fixed and _worth(cue, _SURE, _FIXED_COVERAGE):
                yield from_values("start" if head else "end", "1 word", pairs, [cue], labels), 0


def _words(frame: pl.DataFrame, labels: Labels) -> Iterator[tuple[Shortcut | None, int]]:
    """Words in nearly all rows of a class and nowhere else that are no part of its name."""
    pairs = texts.words(frame)
    found, tried = cues(tally(pairs, labels), labels, 0.9)
    yield None, tried
    for cue in found:
        if _worth(cue, 0.9, _WORD_COVERAGE) and not _related(cue.value, labels.names[cue.label]):
            yield from_values("word", "a word", pairs, [cue], labels), 0


def _related(word: str, name: str) -> bool:
    """Whether a word belongs to a label's name: then it is the class's subject."""
    return any(word[:_STEM] == part[:_STEM] or word in part or part in word for part in names.spoken(name).split())


def _columns(
    data: Dataset, rows: pl.Series, labels: Labels, left_out: tuple[str, ...]
) -> Iterator[tuple[Shortcut | None, int]]:
    """The best view of each metadata column."""
    best: dict[str, Shortcut] = {}
    for name, part, pairs in metadata(data, rows, left_out):
        kind = "identifier" if part else "column"
        where = f"{name}: {part}" if part else name
        shortcut = from_column(kind, where, pairs, labels, _GAIN) or (None if part else derived(name, pairs, labels))
        yield None, pairs["v"].n_unique()
        if shortcut and (name not in best or shortcut.answers.accuracy > best[name].answers.accuracy + 1e-9):
            best[name] = shortcut
    for shortcut in best.values():
        yield shortcut, 0


def _written(frame: pl.DataFrame, labels: Labels) -> Iterator[tuple[Shortcut | None, int]]:
    """Lengths and ways of writing."""
    for name, pairs in texts.lengths(frame).items():
        binned = pairs.with_columns(v=bins(pairs["v"]))
        yield from_column("length", name, binned, labels, _STYLE_GAIN), binned["v"].n_unique()
    for name, pairs in texts.styles(frame).items():
        yield from_column("style", name, pairs.drop_nulls("v"), labels, _STYLE_GAIN), pairs["v"].n_unique()
