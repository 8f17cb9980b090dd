"""SLC003-SLC005: what production has and the data have not: other shares, new topics, untested edge cases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from assay.audit.dataset import PRODUCTION, TRAIN, Dataset, Split
from assay.audit.errors import MissingInputError
from assay.audit.features import alike
from assay.audit.rules import Hit, Severity, rule
from assay.audit.slices import cluster_counts, measured, members, production
from assay.audit.slicing.drift import Drift, Word, drift
from assay.audit.slicing.exact import sample
from assay.audit.slicing.novelty import Topic, topics
from assay.audit.slicing.pools import pool
from assay.audit.slicing.power import differ, holm, interval
from assay.audit.slicing.properties import PROPERTIES, Property
from assay.audit.wording import counted, percent, quoted

_SHOWN = 20
_SAID = 5


@dataclass(frozen=True, slots=True)
class _Gap:
    """A share in production beside the same in another split, of distinct texts."""

    number: int
    split: Split
    here: tuple[int, int]
    """Members and texts in production."""
    there: tuple[int, int]
    p_value: float
    """Corrected for the number of comparisons."""

    @property
    def shares(self) -> tuple[float, float]:
        return self.here[0] / self.here[1], self.there[0] / self.there[1]

    @property
    def more(self) -> bool:
        """Whether production has more of it."""
        here, there = self.shares
        return here > there


@rule("SLC003", "production-gap", Severity.WARNING)
def production_gap(
    data: Dataset, *, confidence: float = 0.95, factor: float = 1.5, min_share: float = 0.01, min_auc: float = 0.55
) -> Iterator[Hit]:
    """Find slices whose share in production differs from train or test, and whether production reads differently.

    Why: a model is as good as its data where they resemble what it will meet; an average over a test set with other
    shares than production's is an average over another world.
    Fix: label production rows of what is under-represented, for train and for test; weigh the test score by
    production's shares.
    Options: confidence is that of all comparisons together (Fisher's exact test, Holm's correction, near-duplicates
    counted once); factor is by how much a share must differ to be reported, and min_share the share that a slice
    must have on one side unless it is critical. min_auc is how well a classifier over words
    must tell production from train (0.5: not at all, lower end of its interval) for a finding of its own, which names
    the words. What production has less of is a note.
    """
    here = production(data)
    splits = [s for s in (data.split(TRAIN), *measured(data)) if s and s.rows]
    if not splits:
        raise MissingInputError("nothing to compare production with: no train and no test split")
    gaps = _gaps(data, here, splits)
    drifts = _drifts(data, here, splits)
    corrected = holm([g.p_value for g in gaps] + [d.p_value for _, d in drifts])
    proven: dict[int, list[_Gap]] = {}
    for gap, p in zip(gaps, corrected, strict=False):
        high, low = max(gap.shares), min(gap.shares)
        large = high >= min_share or members(data).slices[gap.number].critical
        if large and p <= 1 - confidence and high >= factor * low:
            proven.setdefault(gap.number, []).append(_Gap(gap.number, gap.split, gap.here, gap.there, p))
    for n, _ in members(data):
        if n in proven:
            yield _gap_hit(data, here, proven[n], confidence)
    for (split, found), p in zip(drifts, corrected[len(gaps) :], strict=True):
        if p <= 1 - confidence and found.low >= min_auc:
            yield _drift_hit(split, found, p)


def _gaps(data: Dataset, here: Split, splits: list[Split]) -> list[_Gap]:
    """Every slice in every split beside production, with its own p-value."""
    distinct, whole = cluster_counts(data)
    at = {s.name: i for i, s in enumerate(data.splits)}
    out, rows = [], []
    for n in range(len(members(data).slices)):
        for split in splits:
            a, n_a = int(distinct[n, at[here.name]]), int(whole[at[here.name]])
            b, n_b = int(distinct[n, at[split.name]]), int(whole[at[split.name]])
            if a >= 0 and b >= 0 and a + b > 0:
                rows.append((a, n_a, b, n_b))
                out.append((n, split))
    if not rows:
        return []
    p_values = differ(*zip(*rows, strict=True))
    return [
        _Gap(n, split, (a, n_a), (b, n_b), p)
        for (n, split), (a, n_a, b, n_b), p in zip(out, rows, p_values, strict=True)
    ]


def _drifts(data: Dataset, here: Split, splits: list[Split]) -> list[tuple[Split, Drift]]:
    found = [(s, drift(pool(data, s, here))) for s in splits if s.name == TRAIN] if data.roles.text else []
    return [(split, d) for split, d in found if d]


def _gap_hit(data: Dataset, here: Split, gaps: list[_Gap], confidence: float) -> Hit:
    each = members(data).slices[gaps[0].number]
    rows = members(data).rows(gaps[0].number, here)
    if not rows.size:
        rows = members(data).rows(gaps[0].number, gaps[0].split)
    rows = sample(data, rows, _SHOWN)
    own = interval(*gaps[0].here, confidence)
    told = ", ".join(f"{g.split.name} {percent(g.shares[1])}" for g in gaps)
    message = (
        f"slice {quoted(each.name)} is {percent(gaps[0].shares[0])} of production"
        f" ({percent(own[0])} to {percent(own[1])}), but {told}"
    )
    evidence: dict[str, Any] = {
        "slice": each.name,
        "condition": each.condition,
        "production": {"rows": gaps[0].here[0], "of": gaps[0].here[1], **_share(gaps[0].here, confidence)},
    }
    for gap in gaps:
        facts = {"rows": gap.there[0], "of": gap.there[1], **_share(gap.there, confidence)}
        evidence[gap.split.name] = {**facts, "p_value": _brief(gap.p_value)}
    mild = None if any(g.more for g in gaps) else Severity.NOTE
    return Hit(tuple(rows.tolist()), message, evidence, subject=each.name, severity=mild)


def _share(counts: tuple[int, int], confidence: float) -> dict[str, float]:
    low, high = interval(*counts, confidence)
    return {"share": round(counts[0] / counts[1], 4), "low": round(low, 4), "high": round(high, 4)}


def _brief(p_value: float) -> float:
    return float(f"{p_value:.2g}")


def _drift_hit(split: Split, found: Drift, p_value: float) -> Hit:
    more, less = (_quoted(words) for words in (found.more, found.less))
    message = (
        f"production does not read like {split.name}: a classifier over words tells them apart (area under the curve"
        f" {found.auc:.2f}, {found.low:.2f} to {found.high:.2f}; 0.5 is not at all)"
        + (f"; more of {more}" if more else "")
        + (f"; less of {less}" if less else "")
    )
    evidence = {
        "split": split.name,
        "auc": round(found.auc, 4),
        "low": round(found.low, 4),
        "high": round(found.high, 4),
        "p_value": _brief(p_value),
        "more": [_word(w, split) for w in found.more],
        "less": [_word(w, split) for w in found.less],
    }
    rows = tuple(found.likeliest[:_SHOWN].tolist())
    return Hit(rows, message, evidence, subject=f"production against {split.name}")


def _quoted(words: tuple[Word, ...]) -> str:
    return ", ".join(quoted(w.gram) for w in words[:_SAID])


def _word(word: Word, split: Split) -> dict[str, Any]:
    return {"words": word.gram, split.name: round(word.first, 4), PRODUCTION: round(word.second, 4)}


@rule("SLC004", "uncovered-region", Severity.WARNING)
def uncovered_region(
    data: Dataset, *, confidence: float = 0.95, max_ratio: float = 0.05, max_topics: int = 10
) -> Iterator[Hit]:
    """Find topics of production traffic with nothing like them in train.

    Why: about what is new a model guesses, and no score of a test set that lacks it too will tell.
    Fix: label rows of the topic and add them to train and test, or let the model decline it.
    Options: confidence is 1 minus the probability of any such finding where production and train are drawn from one
    source; max_ratio is how frequent the topic may be in train, as a share of its frequency in production; max_topics
    is how many topics are reported, the largest first. Where over half of production is new it is no region: production
    as a whole is different, which SLC003 reports.
    A topic is proven by words that production has and train lacks, or by a neighbourhood of meaning that is nearly all
    production; it is then grown by the rows that lie nearer to it than to train. scores are 1 minus the cosine with
    the nearest train row, which is related.
    """
    here, train = production(data), data.split(TRAIN)
    if train is None or not train.rows:
        raise MissingInputError("no train split to look for production's topics in")
    found = topics(data, train, here, confidence, max_ratio)
    for topic in found[:max_topics]:
        yield _topic_hit(data, topic, len(found), (train, here), confidence)


def _topic_hit(data: Dataset, topic: Topic, many: int, splits: tuple[Split, Split], confidence: float) -> Hit:
    """A topic, one of so many, as a finding; splits are train and production."""
    train, here = splits
    rows = topic.rows.tolist()
    counts = (len(rows), here.rows)
    share = _share(counts, confidence)
    named = ", ".join(topic.words) or "no telling words"
    message = (
        f"topic of {counted(len(rows), 'production row')} ({percent(counts[0] / counts[1])}, {percent(share['low'])} to"
        f" {percent(share['high'])}) that train hardly has ({counted(topic.train_rows, 'row')}): {named}"
    )
    evidence = {
        "words": list(topic.words),
        "rows": len(rows),
        **share,
        "train_rows": topic.train_rows,
        "train_share": round(topic.train_rows / train.rows, 6),
        "proof": topic.proof,
        "topics": many,
        "examples": [_beginning(str(data.text[row])) for row in rows[:_SAID]],
    }
    scores = tuple(float(s) for s in np.clip(1 - topic.similarity, 0, 1).round(2).tolist())
    related = tuple(topic.nearest.tolist())
    return Hit(tuple(rows), message, evidence, related=related, scores=scores, subject=f"topic {topic.key}")


def _beginning(text: str, size: int = 120) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= size else flat[: size - 1] + "…"


@rule("SLC005", "untested-edge-case", Severity.WARNING)
def untested_edge_case(data: Dataset, *, min_rows: int = 5, min_expected: float = 3.0) -> Iterator[Hit]:
    """Find edge cases that train or production has and test lacks.

    Why: negation, typos, capitals, numbers, emoji, very short and very long texts are where models break (Ribeiro et
    al. 2020, CheckList); what no test row has, no score speaks of.
    Fix: add rows of the kind to the test set, from production where it has them.
    Options: min_rows is how many different rows of train and production must have it; min_expected is how many rows
    test would have by their share in production (in train, if production has none): where 3 are expected, none is
    there by chance once in 20 times. Kinds are recognized by patterns: negation, number, amount, date, capitals, emoji,
    typo, very short, very long, mixed languages, politeness, anger, urgency. Without any in production it is a note.
    """
    splits = measured(data)
    if not splits:
        raise MissingInputError("no held-out split; give a test set with --test FILE or [data] test")
    sources = [s for s in (data.split(TRAIN), data.split(PRODUCTION)) if s and s.rows]
    for each in PROPERTIES.values():
        if each.edge:
            told = _told(data, each)
            if not any(int(told.slice(s.start, s.rows).sum()) for s in splits):
                yield from _untested(data, each, told, sources, splits, (min_rows, min_expected))


def _told(data: Dataset, each: Property) -> pl.Series:
    key = ("property", each.name)
    if key not in data.memo:
        data.memo[key] = each.tell(data.text).fill_null(value=False)
    told: pl.Series = data.memo[key]
    return told


def _untested(  # noqa: PLR0913, PLR0917 - what the message says
    data: Dataset,
    each: Property,
    told: pl.Series,
    sources: list[Split],
    splits: tuple[Split, ...],
    least: tuple[int, float],
) -> Iterator[Hit]:
    group = alike(data).found.group
    rows = {s.name: told.slice(s.start, s.rows).arg_true().to_numpy().astype(np.int64) + s.start for s in sources}
    different = {name: int(np.unique(group[found]).size) for name, found in rows.items()}
    tested = sum(s.rows for s in splits)
    main = next((s for s in reversed(sources) if different[s.name]), sources[0])
    expected = different[main.name] / main.rows * tested
    if sum(different.values()) < least[0] or expected < least[1]:
        return
    have = " and ".join(f"{counted(len(rows[s.name]), 'row')} of {s.name}" for s in sources if len(rows[s.name]))
    names = ", ".join(s.name for s in splits)
    message = (
        f"no row of {names} has {each.words}; {have} {'has' if have.startswith('1 ') and 'and' not in have else 'have'}"
        f" ({names} would have about {expected:.0f} by the share in {main.name})"
    )
    evidence = {
        "property": each.name,
        "rows": {name: len(found) for name, found in rows.items()},
        "distinct": different,
        "expected": round(expected, 2),
        "tested_rows": tested,
    }
    told_rows = sample(data, rows[main.name], _SHOWN)
    mild = None if rows.get(PRODUCTION, np.array([])).size or len(sources) == 1 else Severity.NOTE
    yield Hit(tuple(told_rows.tolist()), message, evidence, subject=each.name, severity=mild)
