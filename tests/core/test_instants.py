"""Instants: every rendering of the service, one spelling of ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstate.core.instants import canonical_instant, format_instant, parse_instant


@pytest.mark.parametrize(
    "text",
    [
        "2026-04-28T21:46:22Z",
        "2026-04-28T21:46:22.000Z",
        "2026-04-28T21:46:22+00:00",
        "2026-04-28T21:46:22.000+0000",
        "2026-04-28T17:46:22-04:00",
        "2026-04-28T17:46:22-0400",
        "2026-04-28T21:46:22",
        " 2026-04-28T21:46:22Z ",
    ],
)
def test_every_documented_rendering_is_read(text: str) -> None:
    assert canonical_instant(text) == "2026-04-28T21:46:22Z"


def test_a_date_is_midnight_in_utc() -> None:
    assert canonical_instant("2022-05-17") == "2022-05-17T00:00:00Z"


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01T00:00:00Z", "0"])
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_instant(text)


def test_fractions_are_read_and_not_written() -> None:
    moment = parse_instant("2026-02-05T07:32:49.766+0000")
    assert moment.microsecond == 766_000
    assert format_instant(moment) == "2026-02-05T07:32:49Z"


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001
    st.integers(-14 * 60, 14 * 60),
)
def test_a_moment_is_the_same_in_every_zone(naive: datetime, minutes: int) -> None:
    moment = naive.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_instant(format_instant(moment)) == moment
    assert parse_instant(moment.isoformat()).tzinfo is UTC
