"""The pace file: what one process writes the next one reads, and nothing about the file can break a run."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ccstate.core.pace import KEPT, Limit, Log, reserve
from ccstate.store.pace import PaceFile

LIMIT = Limit(4, 1.0)


def reserving(now: float) -> Callable[[Log], tuple[Log, float]]:
    return lambda log: reserve(log, now, LIMIT)


def look(log: Log) -> tuple[Log, float]:
    return log, len(log.starts)


def test_processes_with_a_key_see_each_others_starts(tmp_path: Path) -> None:
    one, other = PaceFile(tmp_path / "key" / "pace"), PaceFile(tmp_path / "key" / "pace")
    found = [each.change(reserving(10.0)) for each in (one, other, one, other, one)]
    assert found == [10, 10, 10, 10, 11]
    one.close()
    other.close()


def test_what_a_throttle_left_is_shared_too(tmp_path: Path) -> None:
    written = Log((1.5, 2.5), 3.5, 4.5, 0.25)
    PaceFile(tmp_path / "pace").change(lambda log: (written, 0.0))
    assert PaceFile(tmp_path / "pace").change(lambda log: (log, float(log == written))) == 1.0


def test_a_full_log_fits(tmp_path: Path) -> None:
    file = PaceFile(tmp_path / "pace")
    file.change(lambda log: (Log(tuple(float(each) for each in range(KEPT))), 0.0))
    assert file.change(look) == KEPT


@pytest.mark.parametrize("data", [b"", b"x", b"\xff" * 2_000, b"ccpace01", b"ccpace01" + b"\xff" * 1_052])
def test_a_broken_file_is_started_anew(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "pace").write_bytes(data)
    file = PaceFile(tmp_path / "pace")
    assert file.change(reserving(10.0)) == 10
    assert file.change(look) == 1


def test_a_log_that_somebody_holds_is_not_waited_for(tmp_path: Path) -> None:
    file = PaceFile(tmp_path / "pace")
    file.change(reserving(10.0))
    holder = os.open(tmp_path / "pace", os.O_RDWR)
    fcntl.flock(holder, fcntl.LOCK_EX)
    assert file.change(look) is None
    os.close(holder)  # as when it is killed
    assert file.change(look) == 1


def test_where_the_disk_refuses_a_process_paces_itself(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a file where a folder should be")
    file = PaceFile(tmp_path / "key" / "pace")
    assert [file.change(reserving(10.0)) for _ in range(5)] == [10, 10, 10, 10, 11]


def test_it_lies_beside_the_counters_of_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    file = PaceFile.of("key")
    assert file is not None
    file.change(reserving(10.0))
    assert (tmp_path / "ccstate" / "calls" / "key" / "pace").stat().st_mode & 0o777 == 0o600
