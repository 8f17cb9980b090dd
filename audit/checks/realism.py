"""RLS001-RLS004: texts that nobody could have meant: empty, damaged, gibberish, in a language of their own.

One verdict a kind, and one kind a row: a text is empty before it is damaged, damaged before it is gibberish, and
gibberish before it is foreign. All splits are judged together, production too: junk there says what the model will
be asked, and what must not be collected for training.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit.dataset import Dataset
from assay.audit.errors import ConfigError
from assay.audit.realism import damage, readings
from assay.audit.realism.emptiness import MIN_LETTERS, USUAL
from assay.audit.realism.judgement import GIBBERISH, Judgement
from assay.audit.realism.languages import MIN_SHARE, NAMES, load_model
from assay.audit.rules import Fix, Hit, Severity, rule
from assay.audit.wording import counted, percent, quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

_REPETITION = 0.7
_SHOWN = 300
"""Characters of a repaired text that go into the evidence."""


@rule("RLS001", "empty-text", Severity.WARNING)
def empty_text(data: Dataset, *, min_letters: int = MIN_LETTERS, usual: float = USUAL) -> Iterator[Hit]:
    """Find texts that say nothing: empty, punctuation only, placeholders, too few letters to mean anything.

    "n/a", "null", "xxx", "test test", "(no message)", "[image]", "lorem ipsum" and their like in some twenty
    languages; a number alone and a text under min_letters letters where such texts are rare. Emoji are a text.

    Why: a model can only learn its label's frequency from such a row, and a test row of this kind measures nothing.
    Fix: drop the row, or fetch its text again where it came from.
    Options: min_letters is the fewest letters that mean something (an ideograph, a kana or a hangul syllable counts
    three); usual is the share of texts as short that makes short answers normal in the row's class, or in the set
    where there are no classes: then "3" is no finding; a quarter of it is enough for "ok" or "hi". Real placeholders
    are left alone only in a class of short answers.
    """
    if min_letters < 0 or not 0 < usual <= 1:
        raise ConfigError(f"min_letters must be 0 or more and usual in 0..1, not {min_letters} and {usual}")
    found = readings.empty(data, min_letters, usual)
    texts = data.text.gather(found.rows).to_list()
    for row, reason, text, score in zip(found.rows.tolist(), found.reasons, texts, found.scores.tolist(), strict=True):
        said = "" if not text.strip() else f" {quoted(text, 40)}"
        nothing = not text.strip()
        yield Hit(
            (row,),
            f"text{said} says nothing: {reason}",
            {"reason": reason, "characters": len(text)},
            Fix("drop", (row,), safe=nothing),
            scores=(round(score, 3),),
        )


@rule("RLS002", "damaged-text", Severity.WARNING)
def damaged_text(data: Dataset, *, usual: float = readings.SYSTEMATIC) -> Iterator[Hit]:
    r"""Find damaged texts: mojibake, lost or control characters, remains of markup, codes and escapes, quoted mail.

    Mojibake ("Â£40", "dÃ©jÃ vu") is found and repaired by ftfy. Remains are HTML tags and entities, entities without
    their ampersand ("#39;"), BBCode, slots of templates that nobody filled in ("{{first_name}}"), URL-encoded
    characters ("%20"), codes of quoted-printable mail ("=20") and escapes ("\n" in two characters); quoted code and
    addresses are left alone. A mail is damaged where half of it is quoted or forwarded. The evidence shows the
    repaired text, or the mail's own part.

    Why: the model learns the damage as words, and real users will not write it; damage that comes from one source
    gives away the source's label, and what a mail quotes was written by someone else about something else.
    Fix: read the source again with the right encoding, strip its markup, or take the repaired text; drop the row
    where characters are lost.
    Options: usual is the share of rows (and twenty at least) with one kind of damage from which they make one finding.
    Markup, codes, slots and quotations in a twentieth of the rows are how the set is written: a note.
    """
    if not 0 < usual <= 1:
        raise ConfigError(f"usual must be in 0..1, not {usual}")
    taken = np.zeros(len(data), np.bool_)
    taken[readings.empty(data).rows] = True
    common = readings.systematic_damage(data, usual)
    kinds: dict[int, list[str]] = {}
    for kind, rows in readings.damaged(data).items():
        whole = rows[~taken[rows]]
        if kind in common and whole.size:
            yield _everywhere(data, kind, whole)
            continue
        for row in whole.tolist():
            kinds.setdefault(row, []).append(kind)
    rows_hit = sorted(kinds)
    for row, text in zip(rows_hit, data.text.gather(rows_hit).to_list(), strict=True):
        yield _damage_hit(damage.describe(row, text, tuple(kinds[row])))


def _everywhere(data: Dataset, kind: str, rows: NDArray[np.int64]) -> Hit:
    share = rows.size / len(data)
    texts = data.text.gather(rows)
    lowest = texts.min()  # the same example however the rows are ordered
    example = damage.describe(int(rows[0]), str(lowest), (kind,)).example
    written = kind in readings.usual_damage(data)
    cause = "the set is written so, or was exported without decoding" if written else "one step of the export made them"
    return Hit(
        tuple(rows.tolist()),
        f"{counted(rows.size, 'row')} ({percent(share)}) with {kind}, like {quoted(example, 60)}: {cause}",
        {"kinds": [kind], "rows": int(rows.size), "share": round(share, 6), "example": example[:_SHOWN]},
        subject=f"{kind} throughout",
        severity=Severity.NOTE if written else None,
    )


def _damage_hit(found: damage.Damage) -> Hit:
    repaired = found.repaired
    evidence: dict[str, Any] = {"kinds": list(found.kinds), "example": found.example[:_SHOWN]}
    evidence["repaired"] = repaired[:_SHOWN] if repaired is not None else None
    return Hit(
        (found.row,),
        f"damaged text ({', '.join(found.kinds)}): {quoted(found.example, 60)}"
        + ("; what is lost cannot be known" if repaired is None else ""),
        evidence,
        Fix("drop", (found.row,), safe=False),
        scores=(round(found.score, 3),),
    )


@rule("RLS003", "gibberish", Severity.WARNING)
def gibberish(data: Dataset, *, disorder: float = GIBBERISH, repetition: float = _REPETITION) -> Iterator[Hit]:
    """Find texts in no language: keyboard mash, random characters, shuffled letters, one thing over and over.

    Two judges must agree: a 5-gram model of the letters of the set's other texts, so that no language is foreign to
    it (weighed by the share of letters in words that no other text has, and by py3langid's class for no language), and
    a table of letter trigrams of words and names in Latin script, so that rare words and names are not reported.
    Addresses, mentions, hashtags, paths, hashes and code are left out before. Texts in a script or a language that the
    dataset has little of are RLS004's. Repetition is the share of equal 5-grams of characters.

    Why: nobody means it, so its label teaches nothing; a model that saw it in training answers noise with confidence.
    Fix: drop the row; where such rows come from one form or one user, fix the source.
    Options: disorder is the score to reach (4; 3 and lower leave the table of trigrams out: more shuffled words, more
    rare names); repetition, 0..1, is the share of repeated 5-grams that is too much for a text of up to 200 characters
    (longer ones may have more).
    What it misses: single words under ten letters that could be names, shuffled words that can be pronounced, real
    words in random order, and a word repeated fewer than ten times, which is emphasis.
    """
    if disorder <= 0 or not 0 < repetition <= 1:
        raise ConfigError(f"disorder must be over 0 and repetition in 0..1, not {disorder} and {repetition}")
    judged, free = readings.judged(data), readings.whole_rows(data)
    repeated = judged.repeated >= repetition / _REPETITION
    wild = judged.gibberish >= disorder
    for row in np.flatnonzero(free & (repeated | wild)).tolist():
        text = data.text[row]
        if repeated[row]:
            yield _repetition_hit(row, text, float(judged.repeated[row]))
        else:
            yield _letters_hit(row, text, judged)


def _repetition_hit(row: int, text: str, repeated: float) -> Hit:
    return Hit(
        (row,),
        f"repeats one phrase: {quoted(text, 60)}",
        {"kind": "repetition", "repetition": round(repeated * _REPETITION, 3), "limit": _REPETITION},
        Fix("drop", (row,)),
        scores=(_bounded(repeated),),
    )


def _letters_hit(row: int, text: str, judged: Judgement) -> Hit:
    letters, score = judged.letters, float(judged.gibberish[row])
    mash = bool(judged.languages.no_language[row] > 0)
    kind = "keyboard mash or random characters" if mash else "letters in no order"
    return Hit(
        (row,),
        f"{kind}: {quoted(text, 60)}",
        {
            "kind": kind,
            "bits_per_character": round(float(letters.bits[row]), 2),
            "median_of_the_set": round(judged.median_bits, 2),
            "letters_in_unknown_words": round(float(letters.unknown[row]), 2),
            "score": round(score, 1),
        },
        Fix("drop", (row,)),
        scores=(_bounded(score / GIBBERISH),),
    )


def _bounded(evidence: float) -> float:
    """Evidence of 0 and more as 0..1: a half where it is just enough."""
    return round(1.0 - float(0.5 ** max(0.0, evidence)), 3)


@rule("RLS004", "wrong-language", Severity.WARNING)
def wrong_language(data: Dataset, *, min_share: float = MIN_SHARE, languages: tuple[str, ...] = ()) -> Iterator[Hit]:
    """Find texts in a language that is none of the set's: those are found by looking, not assumed.

    py3langid's model says how far another language leads the best of the set's own; 14 nats and .4 nats a byte are
    needed, whatever the length, so that a short text must be plain. Unless the lead is overwhelming, the set's own
    letters and common words must not speak against it: "play la vie en rose" is an English request.

    Why: the tokens of another language are rare in training, so the row teaches little and is answered by chance.
    Fix: translate the row, drop it, or collect enough of the language, if its users are to be served.
    Options: min_share is the share of texts that makes a language one of the set's own (.01; .0025 where a twentieth of
    the texts is not in the main language: such a set is multilingual on purpose), and three rows at least; languages
    are ISO 639 codes that are welcome whatever their share.
    """
    if not 0 < min_share <= 1:
        raise ConfigError(f"min_share must be in 0..1, not {min_share}")
    if unknown := sorted(set(languages) - set(load_model().names)):
        raise ConfigError(f"languages has {unknown[0]!r}, which is no ISO 639 code that py3langid knows")
    judged, free = readings.judged(data, min_share, languages), readings.orderly_rows(data)
    spoken = judged.languages
    own = ", ".join(f"{NAMES.get(n, n)} {percent(s)}" for n, s in list(spoken.languages.items())[:4])
    for row in np.flatnonzero(free & (judged.foreign >= 1.0)).tolist():
        code = spoken.names[spoken.language[row]]
        yield Hit(
            (row,),
            f"looks {NAMES.get(code, code)}, unlike the set ({own}): {quoted(data.text[row], 60)}",
            {
                "language": code,
                "evidence_nats": round(float(spoken.foreign[row]), 1),
                "languages_of_the_set": {n: round(s, 4) for n, s in spoken.languages.items()},
            },
            Fix("drop", (row,)),
            scores=(_bounded(float(judged.foreign[row])),),
        )
