"""Which column plays which part, where the user did not say: by name first, then by what stands in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from assay.audit.errors import DataError
from assay.audit.reading.names import known_split

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_TEXT = [
    "text",
    "utterance",
    "sentence",
    "query",
    "message",
    "body",
    "content",
    "review",
    "ticket",
    "question",
    "comment",
    "prompt",
    "instruction",
    "input",
    "post",
    "tweet",
    "email",
    "document",
    "passage",
    "paragraph",
    "description",
    "transcript",
    "request",
    "user_input",
    "title",
    "subject",
    "headline",
    "summary",
]
_LABEL = [
    "label",
    "category",
    "intent",
    "class",
    "target",
    "topic",
    "sentiment",
    "labels",
    "intents",
    "categories",
    "topics",
    "tags",
    "class_name",
    "label_text",
    "label_name",
    "tag",
    "y",
    "department",
    "queue",
    "emotion",
    "rating",
    "stars",
    "score",
]
_ID = [
    "id",
    "uuid",
    "guid",
    "_id",
    "row_id",
    "example_id",
    "sample_id",
    "ticket_id",
    "message_id",
    "text_id",
    "key",
    "index",
    "idx",
    "row",
]
_GROUP = [
    "group",
    "group_id",
    "customer_id",
    "customer",
    "user_id",
    "user",
    "username",
    "thread_id",
    "thread",
    "conversation_id",
    "conversation",
    "dialogue_id",
    "dialog_id",
    "session_id",
    "session",
    "author",
    "author_id",
    "document_id",
    "doc_id",
    "account_id",
    "client_id",
    "patient_id",
    "speaker_id",
    "speaker",
    "cluster_id",
    "source_id",
]
_TIME = [
    "created_at",
    "timestamp",
    "date",
    "datetime",
    "time",
    "created",
    "creation_date",
    "created_date",
    "sent_at",
    "received_at",
    "published_at",
    "published",
    "updated_at",
    "submitted_at",
    "posted_at",
    "event_time",
]
_SPLIT = ["split", "set", "subset", "partition", "data_split", "dataset_split", "split_name"]
_PAIRS = (("premise", "hypothesis"), ("text_a", "text_b"))
_NO_LABEL = frozenset(
    [
        "language",
        "lang",
        "locale",
        "country",
        "region",
        "channel",
        "source",
        "platform",
        "priority",
        "status",
        "gender",
        "version",
        "fold",
        "domain",
        "product",
        "year",
        "month",
    ]
)
_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?([T ].*)?|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})( .*)?|1\d{9}(\d{3})?(\.\d+)?"
    r"|(\w{3,9},? )?\d{1,2} \w{3,9} \d{4}.*|\w{3,9} \d{1,2},? \d{4}.*"
)
_SAMPLE = 2_000
_WIDE = 300
"""Of so many columns what stands in them is looked at; of those after them only the name."""
_FEW = 20
"""Below this number of rows, how often values repeat says nothing."""


def _plain(name: str) -> str:
    """``CustomerID`` and ``Customer Id`` as ``customer_id``."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[\s.\-]+", "_", split).lower()


def _by_name(frame: pl.DataFrame, names: Sequence[str], taken: Iterable[str]) -> list[str]:
    """Columns of these names, best first; then those whose last or first word is one of them."""
    rank = {name: i for i, name in enumerate(names)}
    used = set(taken)
    left = [c for c in frame.columns if c not in used]
    exact = sorted((rank[_plain(c)], i, c) for i, c in enumerate(left) if _plain(c) in rank)
    words = {c: _plain(c).split("_") for c in left if _plain(c) not in rank}
    part = sorted((min(rank.get(w[-1], 99), rank.get(w[0], 99)), i, c) for i, (c, w) in enumerate(words.items()))
    return [c for *_, c in exact] + [c for r, _, c in part if r < len(names)]


def _sample(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.gather_every(max(1, frame.height // _SAMPLE)) if frame.height > _SAMPLE else frame


def guess_text(frame: pl.DataFrame, taken: Iterable[str] = ()) -> tuple[str, ...]:
    """The text column, two for a pair of texts, or none.

    A column of a known name that holds words wins; else the one with the longest average text. A column that says the
    same in every row, or holds JSON objects, is taken only where nothing else is text.
    """
    some = _sample(frame)
    strings = [c for c, t in frame.schema.items() if t == pl.String and c not in set(taken)]
    telling = [c for c in strings if not _says_one_thing(some[c]) and not _objects(some[c])]
    found = _text_among(some, telling) if len(telling) < len(strings) else ()
    return found or _text_among(some, strings)


def _text_among(some: pl.DataFrame, strings: Sequence[str]) -> tuple[str, ...]:
    plain = {_plain(c): c for c in reversed(strings)}
    pairs = [*_PAIRS, *((name + "1", name + "2") for name in _TEXT), *((name + "_1", name + "_2") for name in _TEXT)]
    for one, two in pairs:
        if one in plain and two in plain and _wordy(some[plain[one]]) and _wordy(some[plain[two]]):
            return plain[one], plain[two]
    named = _by_name(some.select(strings), _TEXT, ())
    exact = [c for c in named if _plain(c) in _TEXT]
    for column in exact + [c for c in named if c not in exact and _wordy(some[c])]:
        if _any_letters(some[column]):
            return (column,)
    wordy = [c for c in strings[:_WIDE] if _wordy(some[c]) and not _is_time(some[c])]
    if wordy:
        return (max(wordy, key=lambda c: _mean_length(some[c])),)
    return (strings[0],) if len(some.columns) == 1 and strings else ()


def _says_one_thing(column: pl.Series) -> bool:
    """Whether every row has the same value: the fixed instruction of a prompt, which tells no row from another."""
    known = column.drop_nulls()
    return len(known) >= _FEW and known.n_unique() == 1


def _objects(column: pl.Series) -> bool:
    """Whether the values are JSON objects: nested fields of JSON Lines, neither a text nor a class."""
    known = column.drop_nulls()
    return bool(len(known) and known.str.contains(r'^\{\s*".*\}$').all())


def _any_letters(column: pl.Series) -> bool:
    return bool(column.drop_nulls().str.contains(r"\pL").any())


def _mean_length(column: pl.Series) -> float:
    return float(column.drop_nulls().str.len_chars().mean() or 0)  # type: ignore[arg-type]  # a mean of counts


def _wordy(column: pl.Series) -> bool:
    """Whether the values are several words, mostly different ones (scripts without spaces: several characters)."""
    known = column.drop_nulls()
    if not len(known) or known.n_unique() * 5 < len(known):
        return False
    spaces = known.str.count_matches(r"\s").mean() or 0
    unspaced = known.str.contains(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]").mean() or 0
    return bool(spaces >= 1 or (unspaced > 0.5 and _mean_length(known) >= 4))  # type: ignore[operator]  # noqa: PLR2004


def guess_label(frame: pl.DataFrame, taken: Iterable[str]) -> str | None:
    """A column with a label's name whose values repeat; or the only other column with few short values."""
    left = [c for c in frame.columns if c not in set(taken)]
    named = _by_name(frame, _LABEL, taken)
    for column in named:
        if _repeats(frame[column]):
            return column
    rest = [c for c in left if not _NO_LABEL & set(_plain(c).split("_")) and c not in named]
    known = {*_ID, *_GROUP, *_TIME, *_SPLIT}
    rest = [c for c in rest[:_WIDE] if _plain(c) not in known and _few_values(frame[c])]
    return rest[0] if len(rest) == 1 else None


def _repeats(column: pl.Series) -> bool:
    """Whether values may be classes: plain, not each row its own, and not a long text."""
    if column.dtype.is_nested() or column.dtype.is_temporal() or column.dtype == pl.Null:
        return False
    known = column.drop_nulls()
    if not len(known):
        return False
    if column.dtype == pl.String and _objects(known.head(_SAMPLE)):
        return False
    if len(known) < _FEW:
        return True
    return known.n_unique() * 10 <= len(known) * 9


def _few_values(column: pl.Series) -> bool:
    if not _repeats(column) or column.dtype.is_float() or len(column) < _FEW:
        return False
    known = column.drop_nulls()
    short = column.dtype != pl.String or _mean_length(known) <= 40  # noqa: PLR2004 - longer is a text
    return short and 2 <= known.n_unique() <= min(300, len(known) // 5)  # noqa: PLR2004


def guess_id(frame: pl.DataFrame, taken: Iterable[str]) -> str | None:
    """A column with an id's name in which every row has its own value."""
    ends = [c for c in frame.columns if c not in set(taken) and _plain(c).endswith(("_id", "_uuid", "_key"))]
    for column in [*_by_name(frame, _ID, taken), *ends]:
        exact = _plain(column) in _ID or column in ends
        series = frame[column]
        if exact and not series.dtype.is_nested() and not series.null_count() and series.n_unique() == len(series):
            return column
    return None


def guess_group(frame: pl.DataFrame, taken: Iterable[str]) -> str | None:
    """A column with a group's name in which several rows share a value, and several values stand."""
    for column in _by_name(frame, _GROUP, taken):
        known = frame[column].drop_nulls()
        if _plain(column) in _GROUP and not known.dtype.is_nested() and 1 < known.n_unique() < len(known):
            return column
    return None


def guess_time(frame: pl.DataFrame, taken: Iterable[str]) -> str | None:
    """A column with a time's name that holds dates."""
    some = _sample(frame)
    ends = [c for c in frame.columns if c not in set(taken) and _plain(c).endswith(("_at", "_date", "_time"))]
    named = [c for c in _by_name(frame, _TIME, taken) if _plain(c) in _TIME]
    return next((c for c in [*named, *ends] if _is_time(some[c])), None)


def _is_time(column: pl.Series) -> bool:
    known = column.drop_nulls()
    if column.dtype in {pl.Date, pl.Datetime} or isinstance(column.dtype, pl.Datetime):
        return True
    if column.dtype.is_integer():
        known = known.cast(pl.String)
    if known.dtype != pl.String or not len(known):
        return False
    return bool((known.str.contains(f"^(?:{_DATE.pattern})$").mean() or 0) > 0.9)  # type: ignore[operator]  # noqa: PLR2004


def guess_split(frame: pl.DataFrame, taken: Iterable[str]) -> str | None:
    """A column with a split's name whose every value names a split."""
    return next((column for column, others in _split_columns(frame, taken) if not others), None)


def doubtful_split(frame: pl.DataFrame, taken: Iterable[str]) -> tuple[str, str] | None:
    """A column with a split's name in which some values name a split and others do not, and one of the others."""
    return next(((column, others[0]) for column, others in _split_columns(frame, taken) if others), None)


def _split_columns(frame: pl.DataFrame, taken: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Columns with a split's name and at least one value that is a split; and the values that are none, sorted."""
    for column in frame.columns:
        if column in set(taken) or _plain(column) not in _SPLIT or frame[column].dtype != pl.String:
            continue
        values = frame[column].unique().fill_null("").to_list()
        others = sorted(value for value in values if not known_split(value))
        if len(others) < len(values):
            yield column, others


def no_text(frame: pl.DataFrame, path: str) -> DataError:
    """No column looks like text."""
    listed = ", ".join(frame.columns[:30])
    return DataError(
        "no column looks like text", path=path, cure=f"Name it with --text COLUMN; the columns are: {listed}"
    )
