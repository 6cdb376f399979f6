"""The meter: several runs add up, days are apart, and a disk that refuses breaks nothing."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path

import pytest

from ccstate.store.meter import Meter, state_folder

TODAY = date(2026, 5, 4)
TOMORROW = date(2026, 5, 5)


def test_calls_of_several_runs_add_up(tmp_path: Path) -> None:
    one, other = Meter(tmp_path / "key"), Meter(tmp_path / "key")
    for each in (one, other, one):
        each.count(TODAY)
    assert (one.used(TODAY), other.used(TODAY), Meter(tmp_path / "key").used(TODAY)) == (3, 3, 3)
    one.close()
    other.close()


def test_calls_at_the_same_time_are_all_counted(tmp_path: Path) -> None:
    def work() -> None:
        meter = Meter(tmp_path)
        for _ in range(200):
            meter.count(TODAY)
        meter.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert Meter(tmp_path).used(TODAY) == 800


def test_a_day_begins_with_nothing_and_the_one_before_goes(tmp_path: Path) -> None:
    meter = Meter(tmp_path)
    meter.count(TODAY)
    meter.count(TOMORROW)
    meter.close()
    assert (meter.used(TODAY), meter.used(TOMORROW)) == (0, 1)
    assert [each.name for each in tmp_path.iterdir()] == ["2026-05-05"]


def test_before_the_first_call_there_is_none(tmp_path: Path) -> None:
    assert Meter(tmp_path / "no" / "such").used(TODAY) == 0


def test_a_disk_that_refuses_means_that_nobody_knows(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a file where a folder should be")
    meter = Meter(tmp_path / "key")
    meter.count(TODAY)
    meter.count(TODAY)
    meter.close()
    assert meter.used(TODAY) is None


def test_it_is_kept_in_the_users_state_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_folder() == tmp_path / "ccstate"
    monkeypatch.setenv("XDG_STATE_HOME", "relative")  # must be ignored, says the specification
    monkeypatch.setenv("HOME", str(tmp_path))
    assert state_folder() == tmp_path / ".local" / "state" / "ccstate"


def test_without_a_home_nobody_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", nowhere)
    assert Meter.of("key") is None
