# ruff: noqa: SIM905 - word lists read best as words
"""A language of its own for the benchmark corpora: real function words, invented content words, names, numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FUNCTION_WORDS = """
the of and to a in is that for it was on with as i you be this have are not but at from by we they or an my he will
your can all if there has would so what one our about which do when out their up more had been just me some no like
get them she who know also how time any its other than then only his after new now into because over could her two
see way these work go first use even him make most please need want us here well very back good still where don't
did before take being through down between both too may long should each day look every never same last think while
made such since under those does us off it's i'm can't didn't doesn't isn't won't i've we're you're that's there's
let again against already always another anyone anything around ask away because become began behind below beside
best better beyond bring called came come done during early either else enough ever everyone everything far few find
found full further gave give given goes gone got great help high himself however hour house i'll i'd instead keep
kept kind knew known large later least left less let's life line little live lot main many matter maybe mean might
moment money month much must myself name near next nobody none nothing number often old once open order others ought
own part people per perhaps place point put quite rather really right said say seem seen several shall show side
small someone something sometimes soon start state stop sure tell thank thanks that'll themselves thing things though
thought three till today together told tomorrow tonight took toward tried true try turn twice until upon used using
usual wait week went weren't wasn't what's whatever whenever whether whole whom whose why wish within without word
world wouldn't year years yes yesterday yet you'd you'll you've yours yourself across along among apart despite
except inside outside unless unlike via hello dear sir madam regards sincerely kindly hi sorry account
""".split()
NEGATIONS = frozenset(
    (
        "not no never none nothing nobody without don't can't didn't doesn't isn't won't weren't wasn't wouldn't yes "
        "unless unlike except"
    ).split(),
)
PUNCTUATION = ("", ",", ".", "?", "!", '"')  # the last one stands on both sides of the word
VARIANTS = 2 * len(PUNCTUATION)
_ONSETS = (
    "b c d f g h j k l m n p r s t v w z b c d f h l m n p r s t d l m n r s t bl br ch cl cr dr fl fr gl gr pl pr "
    "qu sc sh sl sp st str th tr wh"
).split()
_NUCLEI = "a a a a e e e e e i i i i o o o o u u ai ea ee ie oa oo ou".split()
_CODAS = [""] * 6 + "l m n n r r s s t t d l n r s t ck ct ll nd ng nk nt rd rk rn rt sh ss st x".split()
_ENDINGS = "ing ed er ion al ly ment ness able ous ive ity ate ist ize ful".split()
_ACCENTS = {"a": "àáâä", "e": "éèêë", "i": "íîï", "o": "óôö", "u": "úûü"}
MONTHS = "January February March April May June July August September October November December".split()


@dataclass(frozen=True)
class Language:
    """Words with their frequencies. A token is ``word * VARIANTS + capital * 6 + punctuation``."""

    words: list[str]
    surfaces: list[str]
    table: np.ndarray
    """Words at equal quantiles of their frequency: an index drawn evenly gives a word by Zipf's law."""
    topics: np.ndarray
    """The same for the words of each topic."""
    phrases: np.ndarray
    """Set phrases of 2 to 5 words, padded with -1, in order of frequency."""
    stock: np.ndarray
    """Openers and closers of 3 to 8 words that many texts share."""
    first_number: int
    first_name: int
    protected: np.ndarray
    """Words that edits leave alone: numbers, names, negations. Changing one changes what the text says."""

    def text(self, tokens: list[int]) -> str:
        """The text of some tokens."""
        return " ".join(map(self.surfaces.__getitem__, tokens))


def _content_words(rng, count, taken):
    """Pronounceable words, all different; the frequent ones come first and are short."""
    words, seen = [], set(taken)
    while len(words) < count:
        rank = (len(words) + 1) / count
        u = rng.random(24).tolist()
        syllables = 1 + (u[0] < 4 * rank) + (u[1] < rank) + (u[2] < 0.3 * rank)
        word = ""
        for i in range(syllables):
            closed = i == syllables - 1 or u[3 + i] < 0.25
            word += _pick(_ONSETS, u[7 + i]) + _pick(_NUCLEI, u[11 + i]) + (_pick(_CODAS, u[15 + i]) if closed else "")
        if u[19] < 0.2:
            word += _pick(_ENDINGS, u[20])
        places = [i for i, c in enumerate(word) if c in _ACCENTS]
        if u[21] < 0.03 and places:
            at = places[int(u[22] * len(places))]
            word = word[:at] + _pick(_ACCENTS[word[at]], u[23]) + word[at + 1 :]
        if len(word) > 1 and word not in seen:
            seen.add(word)
            words.append(word)
    return words


def _pick(options, u):
    return options[int(u * len(options))]


def _quantiles(frequencies, size):
    cumulative = np.cumsum(frequencies) / np.sum(frequencies)
    picked = np.searchsorted(cumulative, (np.arange(size) + 0.5) / size)
    return np.minimum(picked, len(frequencies) - 1).astype(np.int32)


def number(rng) -> str:
    """A number as people write one: amount, price, time, share, order code."""
    kind, value = int(rng.integers(7)), int(rng.integers(1, 100_000))
    return (
        str(int(rng.integers(1, 100))),
        str(value),
        f"{value:,}",
        f"${value / 100:.2f}",
        f"{value % 12 + 1}:{value % 60:02d}",
        f"{value % 100}%",
        f"{chr(65 + value % 26)}{chr(65 + value % 7)}-{value:05d}",
    )[kind]


def date(rng) -> str:
    """A date in one of three spellings."""
    day, month, year = int(rng.integers(1, 29)), int(rng.integers(12)), int(rng.integers(2015, 2027))
    forms = (f"{day} {MONTHS[month]} {year}", f"{year}-{month + 1:02d}-{day:02d}", f"{month + 1}/{day}/{year}")
    return forms[int(rng.integers(3))]


def _fixed(rng, table, count, low, high):
    """Set phrases from frequent words, padded with -1."""
    lengths = rng.integers(low, high + 1, count)
    words = table[rng.integers(0, len(table), (count, high))]
    return np.where(np.arange(high) < lengths[:, None], words, -1)


def language(seed: int, *, small: bool = False) -> Language:
    """Make the language of a seed; ``small`` has 400 words and few names and numbers."""
    rng = np.random.default_rng([seed, 11])
    function = list(dict.fromkeys(FUNCTION_WORDS))[: 100 if small else None]
    content = _content_words(rng, 400 - len(function) if small else 30_000 - len(function), function)
    syllabled = _content_words(rng, 100 if small else 5_000, function + content)
    names = [w.capitalize() for w in syllabled]
    numbers = list(
        dict.fromkeys(number(rng) if rng.random() < 0.85 else date(rng) for _ in range(200 if small else 20_000))
    )
    words = function + content + numbers + names
    share = 0.45  # of running text that is function words
    front = 1 / (np.arange(len(function)) + 3.0)
    tail = 1 / (np.arange(len(content)) + 20.0)
    table = _quantiles(np.concatenate([share * front / front.sum(), (1 - share) * tail / tail.sum()]), 1 << 20)
    topic_size, topic_count = (60, 8) if small else (600, 40)
    zipf = _quantiles(1 / (np.arange(topic_size) + 5.0), 4096)
    own = np.stack([rng.choice(len(content), topic_size, replace=False) for _ in range(topic_count)]) + len(function)
    protected = np.zeros(len(words), bool)
    protected[len(function) + len(content) :] = True
    protected[: len(function)] = [w in NEGATIONS for w in function]
    surfaces = []
    for word in words:
        for form in (word, word[:1].upper() + word[1:]):
            surfaces += [form + p for p in PUNCTUATION[:-1]]
            surfaces.append(f'"{form}"')
    return Language(
        words=words,
        surfaces=surfaces,
        table=table,
        topics=own[:, zipf].astype(np.int32),
        phrases=_fixed(rng, table, 100 if small else 1500, 2, 5),
        stock=_fixed(rng, table[: 1 << 19], 20 if small else 120, 3, 8),
        first_number=len(function) + len(content),
        first_name=len(function) + len(content) + len(numbers),
        protected=protected,
    )


def draw(rng, tongue: Language, lengths, topics) -> tuple[np.ndarray, np.ndarray]:
    """Texts of the given numbers of words: all tokens in one array, and where each text starts.

    Words follow Zipf's law, three in ten come from the text's topic, and set phrases, openers and closers
    recur in texts that have nothing else in common.
    """
    starts = np.concatenate([[0], np.cumsum(lengths)])
    total = int(starts[-1])
    words = tongue.table[rng.integers(0, len(tongue.table), total)]
    row = np.repeat(np.arange(len(lengths)), lengths)
    topical = rng.random(total) < 0.3
    words[topical] = tongue.topics[topics[row[topical]], rng.integers(0, tongue.topics.shape[1], int(topical.sum()))]
    ends = starts[1:][row]
    at = np.flatnonzero(rng.random(total) < 0.03)
    _overlay(words, at, ends[at], tongue.phrases[_rank(rng, len(tongue.phrases), len(at))])
    for place, share in ((starts[:-1], 0.2), (starts[1:] - tongue.stock.shape[1], 0.2)):
        long = (lengths > 15) & (rng.random(len(lengths)) < share)
        _overlay(words, place[long], starts[1:][long], tongue.stock[_rank(rng, len(tongue.stock), int(long.sum()))])
    kind = rng.random(total)
    digits, named = kind < 0.025, kind > 0.985
    words[digits] = rng.integers(tongue.first_number, tongue.first_name, int(digits.sum()))
    words[named] = rng.integers(tongue.first_name, len(tongue.words), int(named.sum()))
    return _punctuate(rng, words, starts), starts


def _rank(rng, size, count):
    """Ranks by Zipf's law, flattened so that the first ones do not make up whole texts."""
    ranks = 10 * ((size / 10 + 1) ** rng.random(count) - 1)
    return np.minimum(ranks, size - 1).astype(np.int64)


def _overlay(words, places, ends, phrases):
    for k in range(phrases.shape[1]):
        inside = (phrases[:, k] >= 0) & (places + k < ends)
        words[places[inside] + k] = phrases[inside, k]


def _punctuate(rng, words, starts):
    """Sentences of 4 to 20 words, with capitals, commas and the odd quotation mark."""
    total = len(words)
    lengths = np.clip(rng.normal(11, 4, total // 6 + 8), 4, 20).astype(np.int64)
    ends = np.cumsum(lengths) - 1
    last = np.zeros(total, bool)
    last[ends[ends < total]] = True
    last[starts[1:] - 1] = True
    first = np.concatenate([[True], last[:-1]])
    u = rng.random(total)
    mark = np.where(u < 0.07, 1, np.where(u > 0.996, 5, 0))
    mark[last] = np.where(u[last] < 0.84, 2, np.where(u[last] < 0.94, 3, 4))
    return (words * VARIANTS + first * (VARIANTS // 2) + mark).astype(np.int64)
