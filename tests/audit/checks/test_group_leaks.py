from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.audit.checks.group_leaks import group_leak, time_leak
from assay.audit.dataset import Part, Roles, assemble
from assay.audit.errors import MissingInputError
from assay.audit.rules import fingerprint


def data_of(column, **splits):
    """A data set from split name -> values of the column ``group`` or ``time``."""
    parts = []
    for name, values in splits.items():
        size = len(values)
        frame = pl.DataFrame({"text": [f"{name} {i}" for i in range(size)], column: values})
        parts.append(Part(name, frame, np.zeros(size, np.int64), np.zeros(size, np.int32), ()))
    return assemble(parts, Roles(text=("text",), **{column: column}))


def groups(**splits):
    return data_of("group", **splits)


def days(numbers, start=datetime(2025, 1, 1, tzinfo=UTC)):
    return [(start + timedelta(days=float(n))).strftime("%Y-%m-%dT%H:%M:%SZ") for n in numbers]


def dates(**splits):
    return data_of("time", **{name: days(numbers) for name, numbers in splits.items()})


@pytest.mark.parametrize(("check", "role"), [(group_leak, "group"), (time_leak, "time")])
def test_without_the_column_or_a_second_split_the_rule_is_skipped(check, role):
    other = "time" if role == "group" else "group"
    with pytest.raises(MissingInputError, match=f"--{role} COLUMN"):
        list(check(data_of(other, train=["2025-01-01"], test=["2025-01-02"])))
    for splits in ({"train": ["2025-01-01"]}, {"test": ["2025-01-01"]}, {"train": ["2025-01-01"], "production": ["x"]}):
        with pytest.raises(MissingInputError, match="--test FILE"):
            list(check(data_of(role, **splits)))


def test_planted_groups_are_found_with_all_their_held_out_rows():
    train = [f"t{i}" for i in range(200)] + ["x", "y", "x"]
    validation = [f"v{i}" for i in range(50)] + ["y"]
    test = [f"e{i}" for i in range(50)] + ["x", "v3", "y", "x"]
    hits = {hit.subject: hit for hit in group_leak(groups(train=train, validation=validation, test=test))}
    assert set(hits) == {"x", "y"}
    assert hits["x"].rows == (203 + 51 + 50, 203 + 51 + 53)
    assert hits["x"].related in {(200, 200), (202, 202)}, "a train row of the group: whichever its content chooses"
    assert hits["y"].rows == (203 + 50, 203 + 51 + 52)
    assert hits["y"].message == "group 'y' has 1 row in train, 1 in validation and 1 in test"
    assert hits["x"].message == "group 'x' has 2 rows in train and 2 in test"
    assert len({hit.group for hit in hits.values()}) == 2


def test_production_shares_groups_freely():
    assert not list(group_leak(groups(train=["a", "b", "c"], test=["d"], production=["a", "d"])))


@pytest.mark.parametrize("value", [None, "", "  ", "unknown", "Unknown", "N/A", "null", "-", "--", "?", " anonymous "])
def test_values_that_name_no_group_are_left_out(value):
    assert not list(group_leak(groups(train=[value, "a", "b", "c"], test=[value, "d", "e", "f"])))


@pytest.mark.parametrize("value", ["0", "-1"])
def test_zero_is_a_group_unless_it_is_far_more_frequent_than_others(value):
    ordinary = groups(train=[value, "1", "1", "2"], test=[value, "3"])
    assert [hit.subject for hit in group_leak(ordinary)] == [value]
    everywhere = groups(train=[value] * 12 + ["1", "1", *map(str, range(2, 30))], test=[value] * 5 + ["90"])
    assert not list(group_leak(everywhere))


def test_placeholders_are_an_option():
    data = groups(train=["shop", "a"], test=["shop", "b"])
    assert len(list(group_leak(data))) == 1
    assert not list(group_leak(data, placeholders=("shop",)))


def test_a_value_in_most_rows_is_no_group():
    train, test = ["acme"] * 60 + [f"t{i}" for i in range(20)], ["acme"] * 10 + [f"e{i}" for i in range(9)]
    with pytest.raises(MissingInputError, match=r"'acme' stands in 70\.7 % of the rows, which is no group"):
        list(group_leak(groups(train=train, test=test)))
    assert [hit.subject for hit in group_leak(groups(train=train, test=[*test, "t3"]))] == ["t3"]
    assert {hit.subject for hit in group_leak(groups(train=train, test=test), max_share=0.9)} == {"acme"}


@pytest.mark.parametrize("value", ["顧客-7", "клиент 7", "عميل٧", "👩‍👩‍👧"])
def test_groups_in_any_script(value):
    (hit,) = group_leak(groups(train=[value, "1", "2"], test=[value, "3"]))
    assert (hit.subject, hit.rows) == (value, (3,))


def test_a_column_without_any_group_is_no_leak():
    assert not list(group_leak(groups(train=[None, "", None], test=[None, "n/a"])))


def test_messages_hold_odd_values_safely():
    odd = "a\nb\x1b[2J" + "z" * 500
    (hit,) = group_leak(groups(train=[odd, "1"], test=[odd, "2"]))
    assert "\n" not in hit.message
    assert "\x1b" not in hit.message
    assert len(hit.message) < 200


values = st.lists(st.sampled_from(["a", "b", "c", "d", "e", " a", None, "", "unknown"]), min_size=1, max_size=12)


@given(values, values, values)
def test_groups_agree_with_sets(train, validation, test):
    data = groups(train=train, validation=validation, test=test)
    names = [value.strip() if value else "" for value in (*train, *validation, *test)]
    ours, held_out = set(names[: len(train)]), set(names[len(train) :])
    hits = {hit.subject: hit for hit in group_leak(data, max_share=1.0)}
    assert set(hits) == (ours & held_out) - {"", "unknown"}
    for name, hit in hits.items():
        assert hit.rows == tuple(i for i, value in enumerate(names) if value == name and i >= len(train))
        (related,) = set(hit.related)
        assert related < len(train)
        assert names[related] == name
        json.dumps(hit.evidence)


def test_planted_late_train_rows_are_found():
    rng = np.random.default_rng(3)
    early, late = rng.uniform(0, 300, 1000), rng.uniform(301, 365, 25)
    period = np.sort(np.concatenate([[300.0], rng.uniform(300, 365, 299)]))
    train = rng.permutation(np.concatenate([early, late]))
    data = dates(train=train, test=period)
    (hit,) = time_leak(data)
    assert hit.rows == tuple(np.flatnonzero(train > 300).tolist())
    assert set(hit.related) == {1025}
    assert hit.evidence["rows"] == 25
    assert hit.evidence["period_start"] == "2025-10-28"
    assert hit.evidence["split_rows_older_than_latest"] == int((period < late.max()).sum())
    assert hit.message.startswith("25 rows of train (2.44 %) are later than 2025-10-28, where the period of test")
    assert hit.fix.rows == hit.rows
    json.dumps(hit.evidence)


def test_a_clean_split_by_time_has_no_finding():
    assert not list(time_leak(dates(train=range(100), validation=range(100, 120), test=range(120, 150))))


def test_the_same_moment_on_both_sides_is_no_leak():
    assert not list(time_leak(dates(train=[*range(10), 10, 10], test=[10, 10, 11])))


def test_a_stray_test_row_is_named_instead_of_most_of_train():
    (hit,) = time_leak(dates(train=range(100), test=[5, *range(100, 160)]))
    assert hit.rows == (100,)
    assert "1 row of test (1.64 %) is earlier than 2025-04-11, where its period starts" in hit.message


def test_a_split_that_ignores_time_is_one_finding_with_the_shares():
    rng = np.random.default_rng(5)
    (hit,) = time_leak(dates(train=rng.uniform(0, 365, 5000), test=rng.uniform(0, 365, 1000)))
    assert "ignores time" in hit.message
    assert hit.evidence["overlap"] > 0.9
    assert hit.evidence["train_later_than_first"] > 0.99
    assert len(hit.rows) == 1


def test_a_test_set_older_than_train_is_one_finding():
    (hit,) = time_leak(dates(train=range(100, 200), test=range(50)))
    assert "ignores time: 100 % of train is later than the first row of test" in hit.message


def test_each_pair_of_splits_has_a_finding_with_an_identity_of_its_own():
    data = dates(train=[*range(100), 145], validation=range(100, 120), test=range(120, 150))
    first, second = time_leak(data)
    assert first.rows == second.rows == (100,)
    assert [hit.evidence["split"] for hit in (first, second)] == ["validation", "test"]
    assert fingerprint(data, "LEK005", first) != fingerprint(data, "LEK005", second)


def test_an_accepted_leak_that_grows_is_told_again():
    old, new = (dates(train=[*range(100), *late], test=range(120, 150)) for late in ([130], [130, 131]))
    marks = [fingerprint(data, "LEK005", hit) for data in (old, new) for hit in time_leak(data)]
    assert len(set(marks)) == 2


def test_times_that_cannot_be_read_are_told():
    train, test = days(range(50)), days(range(60, 90))
    data = data_of("time", train=[*train, "soon", None, days([70])[0]], test=test)
    (hit,) = time_leak(data)
    assert hit.message.endswith("(2.41 % of the times could not be read)")
    with pytest.raises(MissingInputError, match=r"only 49\.4 % of column 'time' could be read"):
        list(time_leak(data_of("time", train=[*train, *["?"] * 82], test=test)))


def test_a_split_without_times_is_left_alone():
    data = data_of("time", train=days(range(50)), validation=[None] * 3, test=days(range(60, 90)))
    assert not list(time_leak(data))


def test_ambiguous_dates_need_the_order():
    data = data_of("time", train=["03/04/2024", "05/06/2024"], test=["06/05/2024"])
    with pytest.raises(MissingInputError, match="date_order"):
        list(time_leak(data))
    assert not list(time_leak(data, date_order="month-first"))[1:]
    assert list(time_leak(data, date_order="day-first", overlap=1.0)) != list(
        time_leak(data, date_order="month-first", overlap=1.0)
    )


moments = st.lists(st.integers(0, 20), min_size=1, max_size=15)


@given(moments, moments)
def test_the_start_of_the_period_misplaces_the_smallest_shares(train, test):
    def shares(start):
        late, early = [t for t in train if t > start], [t for t in test if t < start]
        return len(late) / len(train) + len(early) / len(test)

    rows = [row for hit in time_leak(dates(train=train, test=test), overlap=2.0) for row in hit.rows]
    best = min(map(shares, test))
    late = sum(row < len(train) for row in rows)
    assert late / len(train) + (len(rows) - late) / len(test) == pytest.approx(best)
    if best > 0.5:
        (hit,) = time_leak(dates(train=train, test=test))
        assert hit.subject == "test ignores time"
