"""LEK001 and LEK002 on planted copies across splits, and on BANKING77."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from assay.audit.reading import read
from assay.audit.rules import Finding, Settings, run

if TYPE_CHECKING:
    from pathlib import Path

    from assay.audit.dataset import Dataset

TRAIN = [
    "the kettle leaks from its base whenever it is filled past the second line",
    "can the thermostat be set by voice from another room or only by phone",
    "my invoice lists a lamp that was never in the basket to begin with",
    "the app asks for a code that never arrives, however often I try",
]
OTHER = [
    "thank you for the quick answer last week, the vacuum is quiet again",
    "is the heater safe to leave on while the cat sleeps beside it",
]


def data(labels: dict[str, list[str]] | None = None, **splits: list[str]) -> Dataset:
    frames = {
        name: pl.DataFrame({"text": texts, "label": (labels or {}).get(name, ["a"] * len(texts))})
        for name, texts in splits.items()
    }
    return read(frames, text=["text"], label="label")


def findings(given: Dataset, code: str) -> list[Finding]:
    return list(run(given, Settings(select=(code,))).findings)


def test_a_test_row_that_stands_in_train_is_named_with_its_partner() -> None:
    given = data(train=TRAIN, test=[*OTHER, TRAIN[2].upper()])
    (found,) = findings(given, "LEK001")
    (row,), (partner,) = found.hit.rows, found.hit.related
    assert (given.row(row).split, given.row(row).row) == ("test", 2)
    assert (given.row(partner).split, given.row(partner).row) == ("train", 2)
    assert found.hit.evidence["kind"] == "case"
    assert findings(given, "LEK002") == []


def test_the_fix_drops_the_train_copy_never_the_test_row() -> None:
    given = data(train=TRAIN, test=[TRAIN[0]])
    (found,) = findings(given, "LEK001")
    assert found.hit.fix is not None
    assert found.hit.fix.rows == (0,)


def test_another_label_on_the_leaked_row_is_said() -> None:
    given = data(labels={"train": ["a", "b", "a", "b"], "test": ["b"]}, train=TRAIN, test=[TRAIN[0]])
    (found,) = findings(given, "LEK001")
    assert found.hit.evidence["labels_differ"] is True
    assert not found.hit.fix.safe


def test_near_and_contained_copies() -> None:
    near = TRAIN[1].replace("voice", "vioce")
    quote = "Still waiting for an answer to this, please.\n> " + TRAIN[3]
    given = data(train=TRAIN, test=[*OTHER, near, quote])
    found = {given.row(f.hit.rows[0]).row: f for f in findings(given, "LEK002")}
    assert set(found) == {2, 3}
    assert found[2].hit.evidence["kind"] == "typo"
    assert found[3].hit.evidence["kind"] == "contained"
    assert [given.row(found[r].hit.related[0]).row for r in (2, 3)] == [1, 3]


def test_validation_rows_in_test_are_told_too() -> None:
    given = data(train=TRAIN, validation=OTHER, test=[OTHER[1]])
    (found,) = findings(given, "LEK001")
    assert given.row(found.hit.rows[0]).split == "test"
    assert found.hit.evidence["source"] == "validation"


def test_same_template_in_both_is_no_leak() -> None:
    cities = ["Leeds", "York", "Bath", "Derby", "Truro", "Ely", "Hull", "Rugby"]
    mails = [f"Your parcel {4000 + 7 * k} left our depot in {c} and will arrive soon" for k, c in enumerate(cities)]
    given = data(train=[*TRAIN, *mails[:4]], test=[*OTHER, *mails[4:]])
    assert findings(given, "LEK") == []


def test_production_repeats_train_by_nature() -> None:
    assert findings(data(train=TRAIN, test=OTHER, production=TRAIN), "LEK001") == []


def test_one_split_is_skipped_not_passed() -> None:
    audit = run(data(train=TRAIN), Settings(select=("LEK001", "LEK002")))
    assert audit.ran == ()
    assert "--test" in audit.skipped["LEK001"]


def test_score_towards_the_other_side() -> None:
    given = data(train=TRAIN, test=[*OTHER, TRAIN[0], TRAIN[1].replace("voice", "vioce")])
    scores = run(given, Settings(select=("LEK",))).scores["test_similarity"].to_list()
    assert scores[0] == 1.0
    assert scores[1] == pytest.approx(scores[7])
    assert 0.84 <= scores[1] < 1
    assert scores[2] is None
    assert scores[4] is None
    assert scores[6] == 1.0


def test_a_large_bucket_hides_no_leak() -> None:
    """Over sixteen alike rows meet only their leader; a test row among them must find its train row all the same."""
    base = "please could you look into order number zero which never came although the courier says it did"
    spare = "amber birch cedar dune ember fjord grove heath isle jetty knoll ledge marsh nook oasis pond quay ridge"

    def copy(k: int) -> str:
        words = base.split()
        words[k % len(words)] = spare.split()[k]
        return " ".join(words)

    given = data(
        train=[*TRAIN, *(copy(k) for k in range(0, 18, 2))], test=[*OTHER, *(copy(k) for k in range(1, 18, 2))]
    )
    named = {given.row(f.hit.rows[0]).row for f in findings(given, "LEK")}
    assert named == set(range(2, 11))


def test_banking77_leaks_that_an_independent_count_found(shared_data: Path) -> None:
    folder = shared_data / "banking77"
    given = read({"train": [str(folder / "train.csv")], "test": [str(folder / "test.csv")]})
    assert len(findings(given, "LEK001")) / 3080 == pytest.approx(0.0081, abs=0.0005)
    near = {f.hit.rows[0] for f in findings(given, "LEK")}
    shingles = [_shingles(t) for t in given.text.to_list()]
    owners: dict[str, list[int]] = {}
    for row in range(10003):
        for s in shingles[row]:
            owners.setdefault(s, []).append(row)
    missed, known = 0, 0
    for row in range(10003, 13083):
        shared: dict[int, int] = {}
        for s in shingles[row]:
            for other in owners.get(s, ()):
                shared[other] = shared.get(other, 0) + 1
        if any(n / (len(shingles[row]) + len(shingles[o]) - n) >= 0.8 for o, n in shared.items()):
            known += 1
            missed += row not in near
    assert known > 140
    assert missed / known < 0.03


def _shingles(text: str) -> set[str]:
    folded = " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())
    return {folded[i : i + 5] for i in range(max(1, len(folded) - 4))}
