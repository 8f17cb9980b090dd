from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.audit.errors import MissingInputError
from assay.audit.times import read_times


def shown(column, **options):
    times = read_times(column, **options)
    return [times.show(m) if k else None for m, k in zip(times.micros, times.known, strict=True)]


@pytest.mark.parametrize(
    "text",
    [
        "2023-01-25T10:00:00",
        " 2023-01-25 10:00:00 ",
        "2023-01-25 10:00",
        "2023-01-25 10:00:00.000",
        "2023-01-25 10:00:00,000",
        "2023-01-25T10:00:00Z",
        "2023-01-25t10:00:00z",
        "2023-01-25T12:00:00.000000+02:00",
        "2023-01-25T04:30:00-05:30",
        "2023-01-25 12:00:00 +0200",
        "2023-01-25 10:00:00 UTC",
        "2023-01-25T12:00:00+02",
        "20230125T100000",
        "20230125T100000Z",
        "2023/01/25 10:00",
        "25.01.2023 10:00",
        "25/01/2023 10:00:00",
        "1/25/2023 10:00 AM",
        "1/25/23 10:00",
        "Wed, 25 Jan 2023 12:00:00 +0200",
        "Wed, 25 Jan 2023 10:00:00 GMT",
        "Wed Jan 25 10:00:00 +0000 2023",
        "Wed Jan 25 10:00:00 2023",
        "25 January 2023 10:00",
        "January 25, 2023 10:00 AM",
        "1674640800",
        "1674640800000",
        "1674640800.0",
    ],
)
def test_one_moment_in_many_hands(text):
    assert shown(pl.Series([text, None])) == ["2023-01-25T10:00:00Z", None]


@pytest.mark.parametrize(
    "text",
    ["2023-01-25", "20230125", "2023/01/25", "25.01.2023", "25-01-2023", "25 Jan 2023", "Jan 25, 2023", "1/25/23"],
)
def test_one_day_in_many_hands(text):
    assert shown(pl.Series([text])) == ["2023-01-25"]


@pytest.mark.parametrize("text", ["2023-02-30", "soon", "", "12", "0023-01-05", "2023-13-01", "25:00", "nan"])
def test_no_times(text):
    assert shown(pl.Series([text])) == [None]


@pytest.mark.parametrize(
    ("column", "wanted"),
    [
        (pl.Series([2023, 2024]), ["2023-01-01", "2024-01-01"]),
        (pl.Series([20230125]), ["2023-01-25"]),
        (pl.Series([1674640800.0, float("nan")]), ["2023-01-25T10:00:00Z", None]),
        (pl.Series([1674640800 * 10**9]), ["2023-01-25T10:00:00Z"]),
        (pl.Series([1674640800 * 10**6]), ["2023-01-25T10:00:00Z"]),
        (pl.Series([1, 2, 3]), [None] * 3),
        (pl.Series([None]), [None]),
        (pl.Series([True]), [None]),
        (pl.Series([[1]]), [None]),
        (pl.Series([timedelta(days=1)]), [None]),
        (pl.Series([date(2023, 1, 25)]), ["2023-01-25"]),
        (pl.Series([datetime(2023, 1, 25, 10)]), ["2023-01-25T10:00:00Z"]),  # noqa: DTZ001 - without a zone on purpose
        (
            pl.Series([datetime(2023, 1, 25, 10, tzinfo=UTC)]).dt.convert_time_zone("Asia/Tokyo"),
            ["2023-01-25T10:00:00Z"],
        ),
    ],
)
def test_typed_columns(column, wanted):
    assert shown(column) == wanted


def test_zones_and_forms_may_mix():
    column = ["2023-01-25T12:00:00+02:00", "2023-01-25T10:00:00Z", "2023-01-25 05:00:00-05:00", "25.01.2023", "junk"]
    assert shown(pl.Series(column * 50)) == (["2023-01-25T10:00:00Z"] * 3 + ["2023-01-25", None]) * 50


def test_the_order_of_day_and_month_is_found_told_or_asked_for():
    assert shown(pl.Series(["03/04/2024", "25/04/2024"])) == ["2024-04-03", "2024-04-25"]
    assert shown(pl.Series(["03/04/2024", "04/25/2024"])) == ["2024-03-04", "2024-04-25"]
    assert shown(pl.Series(["03/04/2024"]), order="month-first") == ["2024-03-04"]
    with pytest.raises(MissingInputError, match="'03/04/2024' may have the day or the month first"):
        read_times(pl.Series(["03/04/2024"]))


@given(
    st.lists(
        st.tuples(
            st.datetimes(datetime(1971, 1, 1), datetime(2150, 1, 1)),  # noqa: DTZ001 - the zone is drawn
            st.integers(-14 * 60, 14 * 60),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_iso_times_with_any_offset_are_read_exactly(drawn):
    moments = [moment.replace(tzinfo=timezone(timedelta(minutes=offset))) for moment, offset in drawn]
    times = read_times(pl.Series([moment.isoformat() for moment in moments]))
    assert times.known.all()
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert times.micros.tolist() == [(moment - epoch) // timedelta(microseconds=1) for moment in moments]
