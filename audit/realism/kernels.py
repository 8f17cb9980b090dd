"""Kernels: texts as code points, counts of 1- to 5-grams and words and their judgement, repetition, languages."""

from __future__ import annotations

import numpy as np

from assay.audit.kernels import inlined, kernel

STRENGTH = 4.0
"""K of the smoothing: a context seen this often weighs as much as the shorter one."""
_FINE = 65536.0
"""Steps of a bit or a nat that results are rounded to: logarithms of two machines may differ in their last place."""
_COARSE = 1024.0
_APART = 1.0 / 256.0
"""Probability of a character that no text has, before any count."""


@kernel
def decode(data, low, high, fold_digits, out):
    """Code points of one UTF-8 text between spaces; digits one digit if folded, runs of white space one space."""
    out[0] = 32
    n, p = 1, low
    while p < high and n < out.size - 1:
        b = np.int64(data[p])
        code, step = b, 1
        if b >= 0xF0:
            code, step = b & 0x07, 4
        elif b >= 0xE0:
            code, step = b & 0x0F, 3
        elif b >= 0xC0:
            code, step = b & 0x1F, 2
        for k in range(1, step):
            if p + k < high:
                code = (code << 6) | (np.int64(data[p + k]) & 0x3F)
        p += step
        if code <= 32 or code == 0xA0:
            code = 32
        elif fold_digits and 48 <= code <= 57:
            code = 48
        if code == 32 and out[n - 1] == 32:
            continue
        out[n] = code
        n += 1
    if out[n - 1] != 32:
        out[n] = 32
        n += 1
    return n


@inlined
def _chain(codes, i, hashes, row):
    """Hashes of the 1- to 5-grams that end at position ``i``."""
    h = np.uint64(0x9E3779B97F4A7C15)
    for k in range(5):
        code = codes[i - k] if i >= k else 32
        h = (h ^ np.uint64(code)) * np.uint64(0xBF58476D1CE4E5B9)
        h ^= h >> np.uint64(29)
        hashes[row, k] = h


@inlined
def _spaceless(code):
    """Scripts written without spaces: Thai, Lao, Myanmar, Khmer, kana, ideographs."""
    return (
        0x0E00 <= code <= 0x0EFF
        or 0x1000 <= code <= 0x109F
        or 0x1780 <= code <= 0x17FF
        or 0x3040 <= code <= 0x30FF
        or 0x3400 <= code <= 0x9FFF
        or 0xF900 <= code <= 0xFAFF
        or 0x20000 <= code <= 0x3FFFF
    )


@inlined
def _in_word(code):
    """Letters of any script; not digits, ASCII signs, general punctuation, symbols or emoji."""
    if code < 128:
        return 97 <= code <= 122
    if code < 0xC0:
        return code == 0xAA or code == 0xB5 or code == 0xBA  # noqa: PLR1714 - a set would be allocated
    return not (
        0x2000 <= code <= 0x2BFF or 0x3000 <= code <= 0x303F or 0xFE00 <= code <= 0xFE6F or 0x1F000 <= code < 0x20000
    )


@kernel
def next_word(codes, at, n, word):
    """The first word at or after position ``at``: writes its hash and letters into ``word`` and returns its end.

    A word is what stands between spaces, without signs at its ends; a pair of characters in a script without spaces.
    ``n`` is returned, with no letters in ``word``, where there is none.
    """
    word[1] = np.uint64(0)
    while at < n and not (_in_word(codes[at]) or codes[at] == 48):
        at += 1
    if at >= n:
        return n
    h = np.uint64(0x51ED270B7A3F)
    if _spaceless(codes[at]):
        h = (h ^ np.uint64(codes[at - 1])) * np.uint64(0x9E3779B97F4A7C15)
        h ^= h >> np.uint64(31)
        h = (h ^ np.uint64(codes[at])) * np.uint64(0x9E3779B97F4A7C15)
        word[0], word[1] = h ^ (h >> np.uint64(29)), np.uint64(1)
        return at + 1
    last, p = at, at
    while p < n and codes[p] != 32 and not _spaceless(codes[p]):
        if _in_word(codes[p]) or codes[p] == 48:
            last = p
        p += 1
    letters = 0
    for k in range(at, last + 1):
        letters += _in_word(codes[k])
        h = (h ^ np.uint64(codes[k])) * np.uint64(0x9E3779B97F4A7C15)
        h ^= h >> np.uint64(31)
    word[0], word[1] = h ^ (h >> np.uint64(29)), np.uint64(letters)
    return last + 1


@kernel
def count_grams(data, offsets, table, codes, hashes):
    """Count 1- to 5-grams and words of all rows into ``table`` (slots, a power of two). Returns the characters."""
    mask = np.uint64(table.size - 1)
    total = 0
    for i in range(offsets.size - 1):
        n = decode(data, offsets[i], offsets[i + 1], 1, codes)
        for at in range(1, n):
            _chain(codes, at, hashes, 0)
            for k in range(5):
                table[np.int64(hashes[0, k] & mask)] += np.uint32(1)
        at = next_word(codes, 0, n, hashes[1])
        while hashes[1, 1] > 0 or at < n:
            table[np.int64(hashes[1, 0] & mask)] += np.uint32(1)
            at = next_word(codes, at, n, hashes[1])
        total += n - 1
    return total


@inlined
def _remember(h, small, local, touched, used):
    slot = np.int64(h & small)
    if local[slot] == 0:
        touched[used] = slot
        used += 1
    local[slot] += 1
    return used


@inlined
def _others(h, mask, small, table, local):
    """How often the other texts have it."""
    return max(0.0, np.float64(table[np.int64(h & mask)]) - np.float64(local[np.int64(h & small)]))


@kernel
def judge_rows(
    data, offsets, own, table, total, often, codes, hashes, local, touched, bits, characters, letters, unknown, common
):  # fmt: skip
    """Bits a character, characters, letters, share of letters in unknown words and of words that are common.

    Rows marked in ``own`` are part of ``table`` and are left out of it; a word is common that the others have
    ``often`` times. ``codes`` (longest), ``hashes`` (2, 5), ``local`` (a power of two, zeros) and ``touched`` are
    scratch.
    """
    mask, small = np.uint64(table.size - 1), np.uint64(local.size - 1)
    for i in range(offsets.size - 1):
        n = decode(data, offsets[i], offsets[i + 1], 1, codes)
        used = 0
        if own[i]:
            for at in range(1, n):
                _chain(codes, at, hashes, 0)
                for k in range(5):
                    used = _remember(hashes[0, k], small, local, touched, used)
            at = next_word(codes, 0, n, hashes[1])
            while hashes[1, 1] > 0 or at < n:
                used = _remember(hashes[1, 0], small, local, touched, used)
                at = next_word(codes, at, n, hashes[1])
        in_words, strange, words, usual = 0, 0, 0, 0
        at = next_word(codes, 0, n, hashes[1])
        while hashes[1, 1] > 0 or at < n:
            in_words += np.int64(hashes[1, 1])
            others = _others(hashes[1, 0], mask, small, table, local)
            words += 1
            usual += others >= often
            if others == 0.0:
                strange += np.int64(hashes[1, 1])
            at = next_word(codes, at, n, hashes[1])
        cost = 0.0
        whole = np.float64(total - (n - 1 if own[i] else 0))
        _chain(codes, 0, hashes, 0)
        for at in range(1, n):
            new, old = at & 1, 1 - (at & 1)
            _chain(codes, at, hashes, new)
            p = _APART
            for k in range(5):
                seen = _others(hashes[new, k], mask, small, table, local)
                context = whole
                if k > 0:
                    context = max(seen, _others(hashes[old, k - 1], mask, small, table, local))
                if context <= 0.0:
                    break
                p = (seen + STRENGTH * p) / (context + STRENGTH)
            cost -= np.log2(p)
        bits[i] = np.float32(np.rint(cost / (n - 1) * _FINE) / _FINE) if n > 1 else np.float32(0.0)
        characters[i] = n - 1
        letters[i] = in_words
        unknown[i] = np.float32(strange / in_words) if in_words else np.float32(0.0)
        common[i] = np.float32(usual / words) if words else np.float32(0.0)
        for u in range(used):
            local[touched[u]] = 0


@kernel
def count_different(data, offsets, codes, seen, touched, different, length):
    """Different 5-grams and characters of every row.

    ``codes`` (longest), ``seen`` (a power of two, zeros) and ``touched`` are scratch.
    """
    small = np.uint64(seen.size - 1)
    for i in range(offsets.size - 1):
        n = decode(data, offsets[i], offsets[i + 1], 0, codes)
        used = 0
        for at in range(5, n - 1):
            h = np.uint64(0x9E3779B97F4A7C15)
            for k in range(5):
                h = (h ^ np.uint64(codes[at - k])) * np.uint64(0xBF58476D1CE4E5B9)
                h ^= h >> np.uint64(29)
            slot = np.int64(h & small)
            if seen[slot] == 0:
                seen[slot] = 1
                touched[used] = slot
                used += 1
        different[i] = used
        length[i] = max(0, n - 2)
        for u in range(used):
            seen[touched[u]] = 0


@kernel
def _score(data, low, high, next_row, row_of, feature, table, counts, seen, scores):
    """Add the evidence of one text to the log-posteriors in ``scores`` (languages)."""
    state, used = np.int64(0), 0
    for p in range(low, high):
        state = np.int64(next_row[(np.int64(row_of[state]) << 8) + np.int64(data[p])])
        f = np.int64(feature[state])
        if f < 0:
            continue
        if counts[f] == 0:
            if used == seen.size:
                continue
            seen[used] = f
            used += 1
        counts[f] += 1
    for u in range(used):
        f = seen[u]
        weight = np.float32(np.rint(np.log1p(np.float64(counts[f])) * _FINE) / _FINE)
        counts[f] = 0
        for k in range(scores.size):
            scores[k] += weight * table[f, k]


@kernel
def score_rows(data, offsets, next_row, row_of, feature, table, prior, counts, seen, out):
    """Log-posterior (nats) of every language for every row; ``counts`` (features, zeros) and ``seen`` are scratch."""
    for i in range(offsets.size - 1):
        for k in range(prior.size):
            out[i, k] = prior[k]
        _score(data, offsets[i], offsets[i + 1], next_row, row_of, feature, table, counts, seen, out[i])


@kernel
def lead_rows(
    data, offsets, next_row, row_of, feature, table, prior, counts, seen,
    kinds, scores, foreign, language, minority, none,
):  # fmt: skip
    """By how much the best other language leads the best own one, which it is, and how much no language leads both.

    ``kinds`` says of each language 0 other, 1 own, 2 the main own one, 3 no language. ``scores`` (languages) is
    scratch, as are ``counts`` and ``seen``.
    """
    for i in range(offsets.size - 1):
        for k in range(prior.size):
            scores[k] = prior[k]
        _score(data, offsets[i], offsets[i + 1], next_row, row_of, feature, table, counts, seen, scores)
        other, own, main, silent = -1e30, -1e30, -1e30, -1e30
        for k in range(prior.size):
            value = np.float64(scores[k])
            if kinds[k] == 0 and value > other:
                other = value
                language[i] = k
            if (kinds[k] == 1 or kinds[k] == 2) and value > own:
                own = value
            if kinds[k] == 2 and value > main:
                main = value
            if kinds[k] == 3 and value > silent:
                silent = value
        foreign[i] = np.float32(np.rint((other - own) * _COARSE) / _COARSE) if own > -1e30 else np.float32(0.0)
        minority[i] = own > main
        none[i] = np.float32(np.rint((silent - max(own, other)) * _COARSE) / _COARSE)
