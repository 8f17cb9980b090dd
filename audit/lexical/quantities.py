"""Numbers, times and relative dates in one form: "half past six" and "6:30", "two hundred dollars" and "$200"."""

from __future__ import annotations

import re

from assay.audit.lexical.synonyms import listed

_UNITS = listed("""
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen
""")
_SMALL = {word: value for value, word in enumerate(_UNITS)}
_TENS = {
    w: 10 * k
    for k, w in enumerate(
        listed("""
twenty thirty forty fifty sixty seventy eighty ninety
"""),
        2,
    )
}
_LARGE = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000}
_ORDINALS = {
    w: k
    for k, w in enumerate(
        listed("""
third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
"""),
        3,
    )
}
_HOURS, _MINUTES_TENS = range(1, 13), 10
_SYMBOLS = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yen", "%": "percent", "₹": "rupee"}
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_ATTACHED = re.compile(r"(?<=\d)(?=[a-z%])|(?<=[$€£¥₹])(?=\d)")
_ORDINAL_END = re.compile(r"(\d)(?:st|nd|rd|th)\b")
_LONGER = {
    ("minute", 60): "hour",
    ("hour", 24): "day",
    ("day", 7): "week",
    ("month", 12): "year",
}
_SHIFTED = re.compile(r"\b(?:the )?(?:next|following) (?=day|morning|afternoon|evening)(?:day\b)?")
_RANGES = (
    (re.compile(r"\bmonday (?:to|through|till|until) friday\b|\bworking days?\b|\bweek days?\b"), "weekday"),
    (re.compile(r"\bsaturdays? (?:and|or|to) sundays?\b"), "weekend"),
    (re.compile(r"\bday after tomorrow\b"), "overmorrow"),
    (re.compile(r"\bo ?['\u2019]? ?clock\b"), " "),
    (re.compile(r"\b(?:noon|midday)\b"), "12 pm"),
    (re.compile(r"\bmidnight\b"), "12 am"),
    (re.compile(r"\ba\.m\.?|\ba m\b"), "am"),
    (re.compile(r"\bp\.m\.?|\bp m\b"), "pm"),
    (re.compile(r"\bhalf (?:an?|of an) hour\b"), "30 minutes"),
    (re.compile(r"\b(?:one|an|1) hour and a half\b|\b(?:one|1) and a half hours?\b"), "90 minutes"),
    (re.compile(r"\bquarter of an hour\b"), "15 minutes"),
    (re.compile(r"\bfortnight\b"), "2 weeks"),
    (re.compile(r"\btwice\b"), "2 times"),
    (re.compile(r"\ba (?=hundred|thousand|million|dozen)"), "one "),
)
_PAST = re.compile(r"\b(?:a )?(half|quarter|\d+) (past|after|to|before) (\d+)\b(?! (?:percent|minute|hour|day))")
WEAK = frozenset({"1"})
"""Said of anything: no number that a text is about."""


def canonical(text: str) -> str:
    """Lower-case text with numbers in digits, clock times as ``6:30``, and the next day as ``tomorrow``."""
    text = _ORDINAL_END.sub(r"\1", text.lower().replace("\u2019", "'"))
    text = _ATTACHED.sub(" ", text)
    for symbol, word in _SYMBOLS.items():
        if symbol in text:
            text = text.replace(symbol, f" {word} ")
    text = _SHIFTED.sub("tomorrow ", text)
    for pattern, instead in _RANGES:
        text = pattern.sub(instead, text)
    words = _in_digits(re.findall(r"\d+(?:[.,:/-]\d+)*|[^\s\d]+", text.replace("-", " ") if "-" in text else text))
    text = _PAST.sub(_clock, " ".join(words))
    return " ".join(_longer(text.split()))


def _in_digits(words: list[str]) -> list[str]:
    """Number words as digits; neighbours that form no one number are an hour and minutes ("six thirty")."""
    out: list[str] = []
    k = 0
    while k < len(words):
        size, value = _number_at(words, k)
        if not size:
            out.append(_plain(words[k]))
            k += 1
            continue
        again, minutes = _number_at(words, k + size)
        if again and value in _HOURS and size == 1 and _MINUTES_TENS <= minutes < 60:
            out.append(f"{value}:{minutes}")
            k += size + again
        else:
            out.append(str(value))
            k += size
    return out


def _number_at(words: list[str], at: int) -> tuple[int, int]:
    """How many words from a place are one number in words, and the number; 0 for none."""
    total, current, last, k = 0, 0, 0, at
    while k < len(words):
        word = words[k].strip(".,;:!?()\"'")
        if word in _LARGE and k > at:
            if word == "hundred":
                current = max(1, current) * 100
            else:
                total, current = total + max(1, current) * _LARGE[word], 0
            last = _LARGE[word]
        elif word in _TENS and (k == at or last >= 100):
            current, last = current + _TENS[word], 10
        elif (word in _SMALL or word in _ORDINALS) and (k == at or last >= 10):
            value = _SMALL.get(word, _ORDINALS.get(word, 0))
            if last == 10 and value > 9:
                break
            current, last = current + value, 1
        elif word == "and" and last >= 100 and k + 1 < len(words) and words[k + 1] in {*_SMALL, *_TENS}:
            pass
        elif word == "dozen" and k > at and not total and current == 1:
            current, last = 12, 1
        else:
            break
        k += 1
        if word != words[k - 1]:  # punctuation ends a number
            break
    return k - at, total + current


def _plain(word: str) -> str:
    """A number without thousands separators and full hours; any other word as it is."""
    if not _NUMBER.fullmatch(word):
        return word
    word = re.sub(r",(?=\d{3}\b)", "", word)
    if match := re.fullmatch(r"(\d{1,2})[:.]00", word):
        word = match[1]
    if (match := re.fullmatch(r"(\d{1,2}):(\d\d)", word)) and int(match[1]) > 12:
        word = f"{int(match[1]) - 12}:{match[2]}"
    return word.lstrip("0") or "0"


def _clock(match: re.Match[str]) -> str:
    minutes = {"half": 30, "quarter": 15}.get(match[1]) or int(match[1])
    hour = int(match[3])
    if not (hour in _HOURS and 0 < minutes < 60):
        return match[0]
    if match[2] in {"to", "before"}:
        if match[1] != "quarter" and minutes not in {5, 10, 20, 25}:
            return match[0]
        hour, minutes = (hour - 2) % 12 + 1, 60 - minutes
    return f"{hour}:{minutes:02d}"


def _longer(words: list[str]) -> list[str]:
    """Sixty minutes as an hour, and so on."""
    for k in range(len(words) - 1):
        unit = words[k + 1].rstrip(".,!?").removesuffix("s")
        if words[k].isdigit():
            for (small, times), large in _LONGER.items():
                if unit == small and int(words[k]) and int(words[k]) % times == 0:
                    words[k], words[k + 1] = str(int(words[k]) // times), large
    return words
