"""The lock of a local state: who holds it, who waits, and how it is taken away."""

from __future__ import annotations

import json
import os
import re
import threading
import time
from pathlib import Path

import pytest

from ccstate.core.diagnostics import Diagnostic, Refused
from ccstate.store.backend import LockRecord
from ccstate.store.backends.local import FileLock
from ccstate.store.lock import NOT_LOCKED, Held, ci_run, locked, new_record, whose


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".ccstate" / "lock"


def refused(path: Path, wait: float = 0.0) -> Diagnostic:
    with pytest.raises(Refused) as caught, locked(FileLock(path), "plan", wait=wait):
        pytest.fail("two at once")
    return caught.value.diagnostics[0]


def test_the_second_is_told_who_the_first_one_is_in_words_and_as_json(path: Path) -> None:
    with locked(FileLock(path), "apply") as held:
        told = refused(path)
    assert (told.code, f"apply of {held.record and held.record.who}" in told.summary) == ("locked", True)
    assert f"process {os.getpid()}" in told.summary
    assert json.loads(told.detail) == (held.record and held.record._asdict())
    assert f"ccstate force-unlock {held.run_id}" in told.hint


def test_a_second_in_the_same_process_waits_until_the_first_is_done(path: Path) -> None:
    took: list[float] = []
    waited_for: list[LockRecord] = []

    def second() -> None:
        with locked(FileLock(path), "second", wait=10, waits=waited_for.append):
            took.append(time.monotonic())

    with locked(FileLock(path), "first"):
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.3)
        done = time.monotonic()
    thread.join()
    assert took[0] >= done
    assert [each.operation for each in waited_for] == ["first"]


def test_who_waits_in_vain_is_refused_after_that_time(path: Path) -> None:
    with locked(FileLock(path), "apply"):
        started = time.monotonic()
        refused(path, wait=0.3)
        assert 0.3 <= time.monotonic() - started < 3


def test_what_stands_in_the_file_of_a_killed_run_is_no_holder(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(json.dumps(new_record("apply")._asdict()))
    assert FileLock(path).holder() is None
    with locked(FileLock(path), "apply"):
        pass


def test_a_file_that_holds_no_record_does_not_hide_that_somebody_holds_the_lock(path: Path) -> None:
    with locked(FileLock(path), "apply"):
        path.write_text("{half")
        assert refused(path).code == "locked"


def test_nothing_is_left_in_the_file_afterwards(path: Path) -> None:
    with locked(FileLock(path), "apply"):
        assert path.read_text()
    assert path.read_text() == ""


def test_force_frees_the_lock_and_its_holder_finds_out(path: Path) -> None:
    with locked(FileLock(path), "apply") as held:
        assert held.trouble() is None
        FileLock(path).force(held.run_id)
        with locked(FileLock(path), "apply") as other:
            found = held.trouble()
            assert (found and found.code, other.trouble()) == ("lock-lost", None)
            assert held.trouble(0.0) is not None
    assert FileLock(path).holder() is None


def test_a_holder_that_lost_its_lock_does_not_take_the_next_one_away(path: Path) -> None:
    first = FileLock(path)
    with locked(first, "apply") as held:
        FileLock(path).force(held.run_id)
        second = FileLock(path)
        assert second.take(new_record("apply")) is None
    assert second.left() > 0
    assert refused(path).code == "locked"
    second.release()


def test_force_needs_the_id_that_is_shown(path: Path) -> None:
    with locked(FileLock(path), "apply") as held, pytest.raises(Refused) as caught:
        FileLock(path).force("another")
    assert caught.value.diagnostics[0].code == "lock-not-held"
    assert held.run_id in caught.value.diagnostics[0].detail


def test_force_where_nobody_holds_a_lock_is_told(path: Path) -> None:
    with pytest.raises(Refused) as caught:
        FileLock(path).force("any")
    assert caught.value.diagnostics[0].code == "lock-not-held"


def test_without_a_lock_there_is_never_trouble() -> None:
    assert NOT_LOCKED.trouble() is None


class Leased:
    """A lock of which so many seconds are left."""

    def __init__(self, left: float) -> None:
        self._left = left

    def left(self) -> float:
        return self._left

    def take(self, record: LockRecord) -> LockRecord | None:
        return None

    def release(self) -> None:
        return None

    def holder(self) -> LockRecord | None:
        return None

    def force(self, lock_id: str) -> None:
        return None


@pytest.mark.parametrize(("left", "fine"), [(31.0, True), (30.0, False), (0.0, False), (-5.0, False)])
def test_a_unit_begins_only_with_more_than_thirty_seconds_left(left: float, fine: bool) -> None:
    assert (Held(Leased(left)).trouble() is None) is fine


def test_within_a_unit_the_last_seconds_may_be_used() -> None:
    assert Held(Leased(1.0)).trouble(0.0) is None


@pytest.mark.parametrize(
    ("variables", "shown"),
    [
        ({}, ""),
        ({"GITHUB_RUN_ID": "7"}, "7"),
        (
            {"GITHUB_RUN_ID": "7", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "a/b"},
            "https://github.com/a/b/actions/runs/7",
        ),
        ({"CI_JOB_URL": "https://gitlab/job/3", "CI_PIPELINE_ID": "9"}, "https://gitlab/job/3"),
        ({"CI_PIPELINE_ID": "9"}, "9"),
        ({"BUILD_URL": "https://jenkins/1"}, "https://jenkins/1"),
    ],
)
def test_the_run_of_a_ci_is_named(variables: dict[str, str], shown: str) -> None:
    assert ci_run(variables) == shown


def test_a_holder_is_shown_with_its_ci_run_and_its_expiry() -> None:
    record = new_record("apply")._replace(ci_run="https://ci/7", expires="2035-01-01T00:00:00+00:00")
    assert re.search(r"process \d+, https://ci/7, since .*, until 2035-", whose(record))


def test_a_folder_that_cannot_be_written_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only(self: Path, *arguments: object, **named: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", read_only)
    with pytest.raises(Refused) as caught, locked(FileLock(path), "apply"):
        pytest.fail("locked what cannot be written")
    assert caught.value.diagnostics[0].code == "cannot-write"
