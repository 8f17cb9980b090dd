"""The rows of a corpus: clusters of copies, containers, template families, look-alikes and texts of their own."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from edits import COPIES, EDITS, FORMAT, FORMATTERS, bare, copy, half_edit, sentences
from words import Language, date, draw, language, number

CONTAINERS = ("signature", "notice", "quote")
LABELS = 20


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

    def add(  # noqa: PLR0913 - a row has that many columns
        self, text: str, kind: str, label: int, *, cluster: int = -1, of: int = -1, family: int = -1
    ) -> int:
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
            size = int(np.exp(self.rng.uniform(np.log(10), np.log(501))))
            size = rows - made if rows - made - size < 10 else size  # no rest too small for a family
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
            if bare(text) in seen:  # $33.45 and 3,345 must not count as two
                misses += 1
                if misses > 50:
                    template.insert(1, "\0number")
                continue
            seen.add(bare(text))
            self.corpus.add(text, kind, label, family=self.families)
        self.families += 1

    def disclaimers(self, rows: int) -> None:
        """Short bodies of their own under one of twenty long disclaimers."""
        for tokens, topic in self.source.texts(self.rng.integers(12, 26, rows)):
            at = int(self.rng.integers(len(self.notices)))
            text, family = self.tongue.text(tokens + self.notices[at]), self.families + at
            self.corpus.add(text, "disclaimer", topic % LABELS, family=family)
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
        "\0product": lambda r: _product(r, tongue),
    }
    return " ".join(makers[part](rng) if part[0] == "\0" else part for part in template)


def _product(rng, tongue):
    """A content word with a capital and a model number."""
    word = int(rng.integers(tongue.first_number // 10, tongue.first_number))
    return f"{tongue.words[word].capitalize()} {int(rng.integers(1, 30))}"


def _name(rng, tongue):
    return tongue.words[int(rng.integers(tongue.first_name, len(tongue.words)))]
