"""Wall clocks and zones become instants, or a diagnostic that says what to write."""

from __future__ import annotations

import zoneinfo

import pytest

from ccstate.manifest.times import Mistake, Moment, moment, unknown_zone, zone, zone_names

NEW_YORK = "America/New_York"


def mistake(at: str, timezone: str = NEW_YORK, fold: int | None = None) -> Mistake:
    found = moment(at, timezone, fold)
    assert isinstance(found, Mistake)
    return found


@pytest.mark.parametrize(
    "at", ["2035-05-01T09:00", "2035-05-01 09:00", "2035-05-01 09:00:00", "2035-05-01t09:00"]
)
def test_a_wall_clock_in_a_zone_is_an_instant(at: str) -> None:
    assert moment(at, NEW_YORK, None) == Moment("2035-05-01T13:00:00Z", "2035-05-01T09:00", NEW_YORK)


def test_seconds_are_kept() -> None:
    found = moment("2035-05-01T09:00:30", NEW_YORK, None)
    assert found == Moment("2035-05-01T13:00:30Z", "2035-05-01T09:00:30", NEW_YORK)


@pytest.mark.parametrize("at", ["2035-05-01T09:00-04:00", "2035-05-01T09:00-0400", "2035-05-01T13:00Z"])
def test_an_offset_needs_no_zone(at: str) -> None:
    assert moment(at, "", None) == Moment("2035-05-01T13:00:00Z", "2035-05-01T13:00", "UTC")


def test_an_offset_is_shown_in_the_zone() -> None:
    found = moment("2035-05-01T13:00Z", NEW_YORK, None)
    assert found == Moment("2035-05-01T13:00:00Z", "2035-05-01T09:00", NEW_YORK)


def test_a_time_without_any_zone_is_refused() -> None:
    assert mistake("2035-05-01T09:00", "").code == "time-without-zone"


def test_a_date_alone_is_refused() -> None:
    found = mistake("2035-05-01")
    assert (found.code, found.hint) == ("time-without-clock", "write 2035-05-01T09:00")


@pytest.mark.parametrize(
    "at",
    ["tomorrow", "2035-05-01T9:00", "2035-13-01T09:00", "2035-05-01T24:00", "2035-05-01T09:00+99:00"],
)
def test_what_is_no_time_is_refused(at: str) -> None:
    assert mistake(at).code == "bad-time"


@pytest.mark.parametrize("at", ["0001-01-01T00:00", "9999-12-31T23:59"])
@pytest.mark.parametrize("timezone", [NEW_YORK, "Pacific/Kiritimati"])
def test_the_ends_of_the_calendar_are_no_traceback(at: str, timezone: str) -> None:
    assert isinstance(moment(at, timezone, None), Mistake | Moment)


def test_a_time_in_the_gap_names_the_next_one() -> None:
    found = mistake("2035-03-11T02:30")
    assert found.code == "time-does-not-exist"
    assert found.hint.endswith("2035-03-11T03:00")


def test_a_gap_of_half_an_hour_ends_where_it_ends() -> None:
    assert mistake("2035-10-07T02:10", "Australia/Lord_Howe").hint.endswith("2035-10-07T02:30")


def test_a_day_that_never_was_names_the_next_one() -> None:
    assert mistake("2011-12-30T12:00", "Pacific/Apia").hint.endswith("2011-12-31T00:00")


def test_a_time_that_exists_twice_shows_both() -> None:
    found = mistake("2035-11-04T01:30")
    assert found.code == "time-is-ambiguous"
    assert "2035-11-04T05:30:00Z" in found.hint
    assert "2035-11-04T06:30:00Z" in found.hint


@pytest.mark.parametrize(("fold", "at"), [(0, "2035-11-04T05:30:00Z"), (1, "2035-11-04T06:30:00Z")])
def test_fold_chooses_one_of_the_two(fold: int, at: str) -> None:
    found = moment("2035-11-04T01:30", NEW_YORK, fold)
    assert isinstance(found, Moment)
    assert found.at == at


def test_an_unknown_zone_names_the_nearest() -> None:
    assert unknown_zone("america/new_york").hint == "did you mean America/New_York?"


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "America", "UTC\0", "/UTC"])
def test_only_names_of_zones_are_zones(name: str) -> None:
    assert zone(name) is None


def test_zones_do_not_come_from_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    zone.cache_clear()
    monkeypatch.setattr(zoneinfo, "TZPATH", ())
    assert zone("Europe/Berlin") is not None


def test_every_zone_can_be_read() -> None:
    assert all(zone(name) for name in zone_names())
