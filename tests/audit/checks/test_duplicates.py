"""DUP001-DUP005 on planted copies, edits, quotes and templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from assay.audit.errors import ConfigError
from assay.audit.reading import read
from assay.audit.rules import Audit, Settings, Severity, run

if TYPE_CHECKING:
    from assay.audit.dataset import Dataset

FILLER = [
    "the kettle leaks from its base whenever it is filled past the second line",
    "can the thermostat be set by voice from another room or only by phone",
    "my invoice lists a lamp that was never in the basket to begin with",
    "thank you for the quick answer last week, the vacuum is quiet again",
    "the app asks for a code that never arrives, however often I try",
    "is the heater safe to leave on while the cat sleeps beside it",
]


def data(train: list[str], labels: list[str] | None = None, **splits: list[str]) -> Dataset:
    frames = {"train": pl.DataFrame({"text": train, "label": labels or ["a"] * len(train)})}
    frames |= {name: pl.DataFrame({"text": texts, "label": ["a"] * len(texts)}) for name, texts in splits.items()}
    return read(frames, text=["text"], label="label")


def audit(given: Dataset, code: str, **options: object) -> Audit:
    return run(given, Settings(select=(code,), options={code: options}))


def test_exact_copies_by_how_they_differ() -> None:
    train = [*FILLER, "Where is it?", "where IS it?", "Where  is it?", "Where is it?", "where, is it?"]
    (found,) = audit(data(train), "DUP001").findings
    assert found.hit.rows == (6, 7, 8, 9, 10)
    assert found.hit.evidence["kinds"] == ["case", "identical", "punctuation", "white space"]
    assert found.hit.fix is not None
    assert found.hit.fix.rows == (7, 8, 9, 10)
    assert found.hit.fix.safe


def test_a_fix_that_would_lose_a_label_is_not_safe() -> None:
    (found,) = audit(data([*FILLER, "same", "Same"], ["a"] * 6 + ["a", "b"]), "DUP001").findings
    assert found.hit.fix is not None
    assert not found.hit.fix.safe
    assert "labels differ" in found.hit.message


def test_keep_last() -> None:
    (found,) = audit(data([*FILLER, "same", "Same"]), "DUP001", keep="last").findings
    assert found.hit.fix is not None
    assert found.hit.fix.rows == (6,)


def test_splits_are_looked_at_one_by_one_and_production_not_at_all() -> None:
    given = data([*FILLER, "same text"], test=["same text", "two of me", "Two of me!"], production=["x y z", "x y z"])
    (found,) = audit(given, "DUP001").findings
    assert [given.row(r).split for r in found.hit.rows] == ["test", "test"]
    assert [given.row(r).row for r in found.hit.rows] == [1, 2]


def test_near_duplicates_tell_the_change_and_the_partner() -> None:
    base = "please send the refund for my broken heater to the new card and not the old one"
    given = data([*FILLER, base, base.replace("broken", "brokne")])
    (found,) = audit(given, "DUP002").findings
    assert found.hit.rows == (6, 7)
    assert found.hit.related == (7, 6)
    assert found.hit.evidence["kind"] == "typo"
    assert found.hit.scores[0] > 0.9
    assert found.hit.evidence["difference"]["left"] == [[base.index("broken"), base.index("broken") + 6]]


def test_a_changed_date_comes_first_and_is_a_note() -> None:
    base = "I was promised that the parcel would be here on Monday before noon at the latest"
    (found,) = audit(data([*FILLER, base, base.replace("Monday", "Friday")]), "DUP002").findings
    assert found.hit.evidence["kind"] == "date"
    assert found.hit.message.startswith("'monday' / 'friday': ")
    assert found.hit.evidence["opposites"] == [["monday", "friday"]]
    assert found.severity == Severity.NOTE
    assert found.hit.fix is None


def test_similarity_is_an_option_with_bounds() -> None:
    base = "one two three four five six seven eight nine ten"
    pair = [*FILLER, base, base.replace("ten", "marmalade").replace("nine", "ostrich")]  # Dice .8
    assert audit(data(pair), "DUP002").findings == ()
    assert len(audit(data(pair), "DUP002", similarity=0.78).findings) == 1
    with pytest.raises(ConfigError, match="between"):
        audit(data(pair), "DUP002", similarity=0.2)


def test_exact_copies_are_not_near_duplicates() -> None:
    assert audit(data([*FILLER, "the very same words", "The very same words!"]), "DUP002").findings == ()


def test_quoted_reply_is_contained() -> None:
    quoted = "the heater smells of burning plastic as soon as it is switched to the high setting"
    reply = f"Yes, it is the black model, bought in May from your shop.\n\n> {quoted}"
    given = data([*FILLER, quoted, reply])
    (found,) = audit(given, "DUP004").findings
    assert found.hit.rows == (7, 6)
    assert found.hit.evidence["words_added"] == 12


def test_template_family_once_with_its_slots() -> None:
    cities = ["Leeds", "York", "Bath", "Derby", "Truro", "Ely"]
    mails = [f"Your parcel {4000 + 7 * k} left our depot in {c} and will arrive soon" for k, c in enumerate(cities)]
    given = data([*FILLER, *mails])
    (found,) = audit(given, "DUP005").findings
    assert found.hit.rows == tuple(range(6, 12))
    assert found.hit.evidence["template"] == "Your parcel {…} left our depot in {…} and will arrive soon"
    assert audit(given, "DUP002").findings == ()
    assert audit(given, "DUP005", min_rows=7).findings == ()


def test_duplicate_group_covers_all_splits() -> None:
    given = data([*FILLER, "same text here"], test=["Same text, here"])
    scores = run(given, Settings(select=("DUP",))).scores["duplicate_group"]
    assert scores.to_list() == [None] * 6 + [0, 0]
