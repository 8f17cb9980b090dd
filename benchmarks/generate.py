"""Corpora with planted duplicates, contained texts, template families, look-alikes and leaks, and the truth of them.

A seed and the settings fix every byte. No outside text is used: see ``words.py`` for the language.

Written to the folder: ``corpus.csv`` (id, text, label), or with ``--leak`` ``train.csv`` and ``test.csv``;
``truth.parquet``, one line a row; ``truth.json``, the settings and counts.

Columns of the truth: ``split`` (train without ``--leak``) ``, row, id, kind, cluster, of, family, words``. ``cluster`` joins a base and its copies
(-1: alone), ``of`` is the ``id`` of the row that this one was made from, ``kind`` one of

- ``base`` or ``single``: a text of its own, with or without copies;
- a kind of ``COPIES``: a duplicate of its base;
- a kind of ``CONTAINERS``: holds its base whole, and is no duplicate of it (scoring leaves such pairs aside);
- ``template``, ``disclaimer``, ``half``, ``skew``: look-alikes that are no duplicates of each other
  (``skew`` rows of ``--skew identical`` are one cluster).
"""

from __future__ import annotations

import argparse
import csv
import json
import unicodedata
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
from words import VARIANTS, Language, date, draw, language, number

FORMAT = ("exact", "case", "space", "punctuation", "unicode")
EDITS = {"edit1": 0.01, "edit2": 0.02, "edit5": 0.05, "edit10": 0.10}
COPIES = (*FORMAT, *EDITS, "short", "typo", "reorder", "mixed")
CONTAINERS = ("signature", "notice", "quote")
LABELS = 20
_MARKS = len("x,.?!") + 1
_STOPS = (2, 3, 4)


@dataclass(frozen=True)
class Settings:
    """What to generate; equal settings give equal bytes."""

    rows: int = 10_000
    seed: int = 0
    vocabulary: str = "large"
    skew: str = "none"
    leak: bool = False
    duplicates: float = 0.17
    contained: float = 0.03
    templates: float = 0.06
    disclaimers: float = 0.03
    half: float = 0.015
    test: float = 0.2


@dataclass
class Corpus:
    """Rows in the making: parallel lists; ``of`` and ``cluster`` count rows in order of making."""

    text: list[str] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)
    label: list[int] = field(default_factory=list)
    cluster: list[int] = field(default_factory=list)
    of: list[int] = field(default_factory=list)
    family: list[int] = field(default_factory=list)

    def add(self, text: str, kind: str, label: int, *, cluster: int = -1, of: int = -1, family: int = -1) -> int:
        """Append a row and return its number."""
        self.text.append(text)
        self.kind.append(kind)
        self.label.append(label)
        self.cluster.append(cluster)
        self.of.append(of)
        self.family.append(family)
        return len(self.text) - 1


class Source:
    """Fresh texts, drawn in blocks: a text is a list of tokens with a topic."""

    def __init__(self, seed: int, tongue: Language, stream: int) -> None:
        """Start a stream of random texts that no other stream shares."""
        self.rng = np.random.default_rng([seed, stream])
        self.tongue = tongue

    def texts(self, lengths):
        """Yield (tokens, topic) for each length."""
        for at in range(0, len(lengths), 20_000):
            block = np.asarray(lengths[at : at + 20_000], np.int64)
            topics = self.rng.integers(0, len(self.tongue.topics), len(block))
            tokens, starts = draw(self.rng, self.tongue, block, topics)
            flat, edges = tokens.tolist(), starts.tolist()
            for i, topic in enumerate(topics.tolist()):
                yield flat[edges[i] : edges[i + 1]], topic

    def one(self, low, high):
        """One text of a length between the two."""
        return next(self.texts([int(self.rng.integers(low, high + 1))]))[0]


def lengths(rng, count, low=8, high=200):
    """Log-normal numbers of words, about 50 on average."""
    return np.clip(np.exp(rng.normal(np.log(41), 0.62, count)), low, high).astype(np.int64)


# --- edits of tokens ---------------------------------------------------------------------------------------------


def edit_words(rng, tongue: Language, tokens: list[int], count: int, stop: int | None = None) -> list[int]:
    """Substitute, delete or insert that many words, never a number, a name or a negation."""
    free = [i for i, t in enumerate(tokens[:stop]) if not tongue.protected[t // VARIANTS]]
    picked = {free[i] for i in rng.permutation(len(free))[:count].tolist()}
    out: list[int] = []
    for i, token in enumerate(tokens):
        action = int(rng.integers(3)) if i in picked else -1
        if action == 1 and len(tokens) > 4:
            if token % _MARKS in _STOPS and out:
                out[-1] = out[-1] // _MARKS * _MARKS + token % _MARKS
            continue
        if action == 2:
            out.append(_other_word(rng, tongue, token) * VARIANTS)
        out.append(_other_word(rng, tongue, token) * VARIANTS + token % VARIANTS if action in {0, 1} else token)
    return out


def _other_word(rng, tongue, token):
    while True:
        word = int(tongue.table[rng.integers(len(tongue.table))])
        if word != token // VARIANTS and not tongue.protected[word]:
            return word


def sentences(tokens: list[int]) -> list[list[int]]:
    """Split tokens after every full stop, question and exclamation mark."""
    out: list[list[int]] = [[]]
    for token in tokens:
        out[-1].append(token)
        if token % _MARKS in _STOPS:
            out.append([])
    return [s for s in out if s]


def reorder(rng, tokens: list[int]) -> list[int]:
    """The sentences in another order."""
    parts = sentences(tokens)
    while True:
        order = rng.permutation(len(parts)).tolist()
        if order != sorted(order):
            return [t for i in order for t in parts[i]]


def half_edit(rng, tongue: Language, tokens: list[int]) -> list[int]:
    """Another text in every second word, or in one half: half of the words are replaced."""
    size = len(tokens)
    if rng.random() < 0.5:
        picked = set(rng.permutation(size)[: (size + 1) // 2].tolist())
    else:
        picked = set(range(size // 2)) if rng.random() < 0.5 else set(range(size // 2, size))
    return [_other_word(rng, tongue, t) * VARIANTS + t % VARIANTS if i in picked else t for i, t in enumerate(tokens)]


# --- edits of characters -----------------------------------------------------------------------------------------


def change_case(rng, text: str) -> str:
    """Capitals, small letters, titles or a mixture."""
    changed = (text.upper(), text.lower(), text.title(), text.swapcase())
    order = rng.permutation(4).tolist()
    return next(c for c in (changed[i] for i in order) if c != text)


def change_space(rng, text: str) -> str:
    """Other white space between some words, and at the ends."""
    spaces = (" ", " ", "  ", "\t", "\n", "   ", " \n", "\r\n")
    words = text.split(" ")
    picks = rng.integers(0, len(spaces), len(words)).tolist()
    picks[int(rng.integers(max(1, len(words) - 1)))] = 2
    body = "".join(w + spaces[p] for w, p in zip(words[:-1], picks, strict=False)) + words[-1]
    return (body, body + " ", "  " + body, body + "\n")[int(rng.integers(4))]


def change_punctuation(rng, text: str) -> str:
    """Punctuation at the ends of words dropped, doubled, exchanged or added."""
    how = int(rng.integers(5))
    words = text.split(" ")
    bare = [w.strip(',.?!"') if w.strip(',.?!"') else w for w in words]
    if how == 0:
        changed = bare
    elif how == 1:
        changed = [w + w[-1] * 2 if w[-1] in ".?!" else w for w in words]
    elif how == 2:
        changed = [b + ("!" if w[-1] == "." else ";" if w[-1] == "," else w[-1]) if b != w else w for b, w in zip(bare, words, strict=True)]
    elif how == 3:
        at = int(rng.integers(len(words)))
        changed = [*words[:at], f"({words[at]})", *words[at + 1 :]]
    else:
        commas = (rng.random(len(words)) < 0.15).tolist()
        changed = [w + "," if c and w[-1].isalpha() else w for w, c in zip(words, commas, strict=True)]
    out = " ".join(changed)
    return out if out != text else f'"{text}"'


def change_unicode(rng, text: str) -> str:
    """Other code points for the same letters: curly quotes, NFD, full width, zero width, hard spaces."""
    ways = (_curly, _decomposed, _wide, _zero_width, _hard_space)
    out = text
    for i in rng.permutation(len(ways)).tolist():
        if out == text or rng.random() < 0.25:
            out = ways[i](rng, out)
    return out


def _curly(_, text):
    out = text.replace("'", "\u2019")
    parts = out.split('"')
    return "".join(p + ("" if i == len(parts) - 1 else "\u201c" if i % 2 == 0 else "\u201d") for i, p in enumerate(parts))


def _decomposed(_, text):
    return unicodedata.normalize("NFD", text)


def _wide(rng, text):
    words = text.split(" ")
    picked = rng.random(len(words)) < (1.0 if rng.random() < 0.3 else 0.2)
    picked[int(rng.integers(len(words)))] = True
    wide = [
        "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in w) if p else w
        for w, p in zip(words, picked.tolist(), strict=True)
    ]
    return " ".join(wide)


def _zero_width(rng, text):
    out = list(text)
    for at in sorted(rng.integers(0, len(text) + 1, int(rng.integers(1, 6))).tolist(), reverse=True):
        out.insert(at, "\u200b\u200c\u200d\u2060\ufeff\u00ad"[int(rng.integers(6))])
    return "".join(out)


def _hard_space(rng, text):
    return text.replace(" ", "\u00a0\u2009\u3000"[int(rng.integers(3))])


def typos(rng, text: str) -> str:
    """Two to four wrong characters, each in another word of four letters or more."""
    words = text.split(" ")
    places = [i for i, w in enumerate(words) if sum(c.isalpha() for c in w) >= 4 and not any(c.isdigit() for c in w)]
    for i in rng.permutation(len(places))[: int(rng.integers(2, 5))].tolist():
        words[places[i]] = _typo(rng, words[places[i]])
    return " ".join(words)


def _typo(rng, word):
    at = int(rng.choice([i for i, c in enumerate(word) if c.isalpha()][:-1]))
    how = int(rng.integers(4))
    if how == 0 and word[at + 1].isalpha() and word[at] != word[at + 1]:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if how == 1:
        return word[:at] + word[at + 1 :]
    if how == 2:
        return word[:at] + word[at] + word[at:]
    letter = "abcdefghijklmnopqrstuvwxyz"[int(rng.integers(26))]
    return word[:at] + (letter if letter != word[at].lower() else "q" if letter != "q" else "w") + word[at + 1 :]


FORMATTERS = {
    "exact": lambda _, text: text,
    "case": change_case,
    "space": change_space,
    "punctuation": change_punctuation,
    "unicode": change_unicode,
}


def copy(rng, tongue: Language, tokens: list[int], kind: str, body: int | None = None) -> str:
    """A duplicate of a text; word edits stay within its first ``body`` words."""
    size = len(tokens) if body is None else body
    if kind in FORMATTERS:
        return FORMATTERS[kind](rng, tongue.text(tokens))
    if kind in EDITS or kind == "short":
        return tongue.text(edit_words(rng, tongue, tokens, max(1, round(EDITS.get(kind, 0) * size)), body))
    if kind == "typo":
        return typos(rng, tongue.text(tokens))
    if kind == "reorder":
        return tongue.text(reorder(rng, tokens))
    edited = tongue.text(edit_words(rng, tongue, tokens, max(1, round(0.02 * size)), body))
    return change_punctuation(rng, change_case(rng, edited))


# --- the parts of a corpus ---------------------------------------------------------------------------------------


class Maker:
    """Fills a corpus part by part, each from its own stream of random numbers."""

    def __init__(self, settings: Settings) -> None:
        """Make the language and the texts that rows share."""
        self.settings = settings
        self.tongue = language(settings.seed, small=settings.vocabulary == "small")
        self.corpus = Corpus()
        self.source = Source(settings.seed, self.tongue, 1)
        self.rng = np.random.default_rng([settings.seed, 2])
        self.notices = [self.source.one(60, 90) for _ in range(20)]
        self.signatures = [self.source.one(15, 40) for _ in range(30)]
        self.clusters = 0
        self.families = 0

    def clusters_of_copies(self, copies: int) -> None:
        """Clusters of two to six rows: a base and copies of it, mostly of one kind."""
        rng, made = self.rng, 0
        while made < copies:
            size = min(int(rng.choice(5, p=[0.6, 0.2, 0.1, 0.06, 0.04])) + 1, copies - made)
            kinds = self._kinds(size)
            if rng.random() < 0.06 and kinds[0] in (*FORMAT, *EDITS):
                self._notice_cluster(kinds)
            elif rng.random() < 0.03 and kinds[0] in FORMAT:
                self._template_cluster(kinds)
            else:
                self._plain_cluster(kinds)
            self.clusters += 1
            made += size

    def _kinds(self, size):
        """The kinds of a cluster's copies; the first one is drawn evenly and the others mostly repeat it."""
        rng = self.rng
        first = COPIES[int(rng.integers(len(COPIES)))]
        rest = [k for k in COPIES if k != "short"] if first not in {"short", "reorder"} else FORMAT
        if first not in {"short", "reorder"}:
            rest = [k for k in rest if k != "reorder"]
        return [first, *(first if rng.random() < 0.6 else rest[int(rng.integers(len(rest)))] for _ in range(size - 1))]

    def _base(self, kind):
        rng = self.rng
        if kind == "short":
            return self.source.one(8, 15)
        while True:
            tokens = next(self.source.texts(lengths(rng, 1, low=25 if kind == "reorder" else 8)))[0]
            if kind != "reorder" or len(sentences(tokens)) >= 3:
                return tokens

    def _plain_cluster(self, kinds):
        tokens = self._base(kinds[0])
        self._add_cluster(self.tongue.text(tokens), [(k, copy(self.rng, self.tongue, tokens, k)) for k in kinds])

    def _notice_cluster(self, kinds):
        """Copies of a short body under a long disclaimer; only the body is edited."""
        rng = self.rng
        body = self.source.one(12, 25)
        tokens = body + self.notices[int(rng.integers(len(self.notices)))]
        allowed = [k if k in (*FORMAT, *EDITS) else "exact" for k in kinds]
        texts = [(k, copy(rng, self.tongue, tokens, k, len(body))) for k in allowed]
        self._add_cluster(self.tongue.text(tokens), texts)

    def _template_cluster(self, kinds):
        """Copies of one row of a template family; only its form differs."""
        text = _fill(self.rng, self.tongue, self._template())
        allowed = [k if k in FORMAT else "exact" for k in kinds]
        self._add_cluster(text, [(k, FORMATTERS[k](self.rng, text)) for k in allowed])

    def _add_cluster(self, base, copies):
        label = int(self.rng.integers(LABELS))
        of = self.corpus.add(base, "base", label, cluster=self.clusters)
        for kind, text in copies:
            other = int(self.rng.integers(LABELS)) if self.rng.random() < 0.1 else label
            self.corpus.add(text, kind, other, cluster=self.clusters, of=of)

    def _template(self):
        """Fixed words with two to five slots: a list of texts and slot names."""
        rng = self.rng
        fixed = [self.tongue.surfaces[t] for t in self.source.one(20, 40)]
        slots = [("number", "date", "name", "product")[int(k)] for k in rng.integers(0, 4, int(rng.integers(2, 6)))]
        for slot in slots:
            fixed.insert(int(rng.integers(1, len(fixed))), "\0" + slot)
        return fixed

    def templates(self, rows: int) -> None:
        """Families of 10 to 500 rows that differ in their slots only."""
        made = 0
        while made < rows:
            size = min(int(np.exp(self.rng.uniform(np.log(10), np.log(501)))), rows - made)
            self.family(size, "template")
            made += size

    def family(self, size: int, kind: str) -> None:
        """One template's rows, no two alike."""
        rng, template, label, seen = self.rng, self._template(), int(self.rng.integers(LABELS)), set()
        if size > 5_000:  # slots enough for that many different rows
            template[2:2] = ["\0number", "\0name"]
        misses = 0
        while len(seen) < size:
            text = _fill(rng, self.tongue, template)
            if text.casefold() in seen:
                misses += 1
                if misses > 50:
                    template.insert(1, "\0number")
                continue
            seen.add(text.casefold())
            self.corpus.add(text, kind, label, family=self.families)
        self.families += 1

    def disclaimers(self, rows: int) -> None:
        """Short bodies of their own under one of twenty long disclaimers."""
        for tokens, topic in self.source.texts(self.rng.integers(12, 26, rows)):
            at = int(self.rng.integers(len(self.notices)))
            self.corpus.add(self.tongue.text(tokens + self.notices[at]), "disclaimer", topic % LABELS, family=self.families + at)
        self.families += len(self.notices)

    def containers(self, rows: int) -> None:
        """Texts with a signature or notice below them, and quoted replies."""
        rng, made = self.rng, 0
        while made < rows:
            tokens = next(self.source.texts(lengths(rng, 1, low=12)))[0]
            label = int(rng.integers(LABELS))
            base = self.corpus.add(self.tongue.text(tokens), "single", label)
            for _ in range(min(int(rng.choice(3, p=[0.8, 0.15, 0.05])) + 1, rows - made)):
                kind = CONTAINERS[made % 3]
                self.corpus.add(self._container(kind, tokens), kind, label, of=base)
                made += 1

    def _container(self, kind, tokens):
        text = self.tongue.text(tokens)
        if kind == "quote":
            return self._quoted(text)
        shared = self.signatures[int(self.rng.integers(len(self.signatures)))]
        added = self.tongue.text(shared if kind == "notice" else self.source.one(15, 40))
        return text + ("\n\n", "\n-- \n", " ", "\n")[int(self.rng.integers(4))] + added

    def _quoted(self, text):
        rng, width = self.rng, int(self.rng.integers(50, 79))
        lines, line = [], ""
        for word in text.split(" "):
            if line and len(line) + len(word) >= width:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}" if line else word
        quoted = "\n".join("> " + each for each in [*lines, line])
        if rng.random() < 0.4:
            name = self.tongue.words[int(rng.integers(self.tongue.first_name, len(self.tongue.words)))]
            quoted = f"On {date(rng)}, {name} wrote:\n{quoted}"
        own = self.tongue.text(self.source.one(10, 40))
        return f"{own}\n\n{quoted}" if rng.random() < 0.75 else f"{quoted}\n\n{own}"

    def halves(self, rows: int) -> None:
        """Texts of which half of the words are another text's."""
        rng = self.rng
        for tokens, topic in self.source.texts(lengths(rng, rows // 2, low=16)):
            base = self.corpus.add(self.tongue.text(tokens), "single", topic % LABELS)
            self.corpus.add(self.tongue.text(half_edit(rng, self.tongue, tokens)), "half", topic % LABELS, of=base)

    def singles(self, rows: int) -> None:
        """Texts of their own."""
        for tokens, topic in self.source.texts(lengths(self.rng, rows)):
            self.corpus.add(self.tongue.text(tokens), "single", topic % LABELS)

    def skewed(self, rows: int) -> None:
        """Half of all rows from one template, or one and the same text."""
        if self.settings.skew == "template":
            self.family(rows, "skew")
            return
        text, label = self.tongue.text(self.source.one(30, 60)), int(self.rng.integers(LABELS))
        for _ in range(rows):
            self.corpus.add(text, "skew", label, cluster=self.clusters)
        self.clusters += 1

    def make(self) -> Corpus:
        """Fill the corpus."""
        chosen = self.settings
        skewed = chosen.rows // 2 if chosen.skew != "none" else 0
        rest = chosen.rows - skewed
        if skewed:
            self.skewed(skewed)
        self.clusters_of_copies(round(rest * chosen.duplicates))
        self.templates(round(rest * chosen.templates))
        self.disclaimers(round(rest * chosen.disclaimers))
        self.containers(round(rest * chosen.contained))
        self.halves(round(rest * chosen.half) * 2)
        if len(self.corpus.text) > chosen.rows:
            raise ValueError(f"{chosen.rows} rows are too few for these shares")
        self.singles(chosen.rows - len(self.corpus.text))
        return self.corpus


def _fill(rng, tongue, template):
    """A template's text with fresh slots."""
    makers = {
        "\0number": number,
        "\0date": date,
        "\0name": lambda r: _name(r, tongue) + " " + _name(r, tongue),
        "\0product": lambda r: tongue.words[int(r.integers(400, tongue.first_number)) if tongue.first_number > 1000 else int(r.integers(tongue.first_number))].capitalize() + f" {int(r.integers(1, 30))}",
    }
    return " ".join(makers[part](rng) if part[0] == "\0" else part for part in template)


def _name(rng, tongue):
    return tongue.words[int(rng.integers(tongue.first_name, len(tongue.words)))]


# --- splits and files --------------------------------------------------------------------------------------------


def split_rows(settings: Settings, corpus: Corpus) -> np.ndarray:
    """Which rows stand in test: some clusters and containers straddle the splits, the others do not.

    A tenth of the clusters has one copy in test and the rest in train, a tenth stands in test as a whole. Of the
    containers a fifth stands in test with its base in train, a tenth the other way round, a tenth whole in test.
    All other rows, look-alikes with them, fall as chance has it.
    """
    rng = np.random.default_rng([settings.seed, 3])
    test = rng.random(len(corpus.text)) < settings.test
    fate = rng.random(max(corpus.cluster) + 2)
    leaked: set[int] = set()
    of_fate = rng.random(len(corpus.text))
    held = [of for kind, of in zip(corpus.kind, corpus.of, strict=True) if kind in CONTAINERS]
    for i, (kind, cluster, of) in enumerate(zip(corpus.kind, corpus.cluster, corpus.of, strict=True)):
        if cluster >= 0 and kind != "skew":
            test[i] = fate[cluster] < 0.1
            if 0.1 <= fate[cluster] < 0.2 and of >= 0 and cluster not in leaked:
                leaked.add(cluster)
                test[i] = True
        elif kind in CONTAINERS:
            test[i] = of_fate[of] < 0.3
    for base in held:
        test[base] = 0.2 <= of_fate[base] < 0.4
    return test


def frames(settings: Settings) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """The corpus as one frame a split (id, text, label), and its truth."""
    corpus = Maker(settings).make()
    size = len(corpus.text)
    order = np.random.default_rng([settings.seed, 4]).permutation(size)
    place = np.empty(size, np.int64)
    place[order] = np.arange(size)
    of = np.asarray(corpus.of)
    test = split_rows(settings, corpus)[order] if settings.leak else np.zeros(size, bool)
    names = np.where(test, "test", "train")
    whole = pl.DataFrame(
        {
            "split": names,
            "id": [f"r{i:07d}" for i in range(size)],
            "text": [corpus.text[i] for i in order.tolist()],
            "label": [f"class {corpus.label[i]:02d}" for i in order.tolist()],
            "kind": [corpus.kind[i] for i in order.tolist()],
            "cluster": np.asarray(corpus.cluster)[order],
            "of": np.where(of >= 0, place[np.maximum(of, 0)], -1)[order],
            "family": np.asarray(corpus.family)[order],
        },
    )
    whole = whole.with_columns(
        pl.when(pl.col("of") >= 0).then(pl.format("r{}", pl.col("of").cast(pl.String).str.zfill(7))).alias("of"),
        pl.int_range(pl.len()).over("split").alias("row"),
        pl.col("text").str.count_matches(r"\S+").alias("words"),
    )
    truth = whole.select("split", "row", "id", "kind", "cluster", "of", "family", "words")
    splits = whole.select("split", "id", "text", "label").partition_by("split", as_dict=True, include_key=False)
    return {str(key[0]): frame for key, frame in splits.items()}, truth


def generate(folder: Path, settings: Settings) -> pl.DataFrame:
    """Write a corpus with its truth to a folder, and return the truth."""
    folder.mkdir(parents=True, exist_ok=True)
    splits, truth = frames(settings)
    for name, frame in splits.items():
        with (folder / f"{name if settings.leak else 'corpus'}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(frame.columns)
            writer.writerows(frame.iter_rows())
    truth.write_parquet(folder / "truth.parquet")
    counts = {"settings": asdict(settings), "rows": {n: f.height for n, f in splits.items()}, "kinds": dict(sorted(Counter(truth["kind"].to_list()).items()))}
    (folder / "truth.json").write_text(json.dumps(counts, indent=1) + "\n", encoding="utf-8")
    return truth


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder to write to")
    parser.add_argument("--rows", type=int, default=10_000, help="rows in all")
    parser.add_argument("--seed", type=int, default=0, help="seed of everything")
    parser.add_argument("--vocabulary", choices=["large", "small"], default="large", help="30,000 words, or 400")
    parser.add_argument("--skew", choices=["none", "template", "identical"], default="none", help="what half of all rows are")
    parser.add_argument("--leak", action="store_true", help="write train.csv and test.csv with known leaks")
    options = parser.parse_args()
    chosen = Settings(options.rows, options.seed, options.vocabulary, options.skew, options.leak)
    truth = generate(options.folder, chosen)
    print(f"{truth.height} rows, {truth['words'].mean():.1f} words a row; kinds {dict(sorted(Counter(truth['kind'].to_list()).items()))}")


if __name__ == "__main__":
    main()
