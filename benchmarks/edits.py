"""How a copy differs from its base: in words, in the order of sentences, or in characters only."""

from __future__ import annotations

import unicodedata

from words import PUNCTUATION, VARIANTS, Language

FORMAT = ("exact", "case", "space", "punctuation", "unicode")
"""Kinds of copies that are equal to their base after folding Unicode, case, white space and punctuation."""
EDITS = {"edit1": 0.01, "edit2": 0.02, "edit5": 0.05, "edit10": 0.10}
COPIES = (*FORMAT, *EDITS, "short", "typo", "reorder", "mixed")
_MARKS = len(PUNCTUATION)
_STOPS = tuple(PUNCTUATION.index(mark) for mark in ".?!")


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
    bare = [w.strip(',.?!"') or w for w in words]
    if how == 0:
        changed = bare
    elif how == 1:
        changed = [w + w[-1] * 2 if w[-1] in ".?!" else w for w in words]
    elif how == 2:
        changed = [
            b + ("!" if w[-1] == "." else ";" if w[-1] == "," else w[-1]) if b != w else w
            for b, w in zip(bare, words, strict=True)
        ]
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
    return "".join(
        p + ("" if i == len(parts) - 1 else "\u201c" if i % 2 == 0 else "\u201d") for i, p in enumerate(parts)
    )


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


def bare(text: str) -> str:
    """Letters and digits alone, folded: equal for texts that differ in form only."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


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
