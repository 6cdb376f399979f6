"""How much of the API key's rate is used, and whether the service ever says that it was too much."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import pytest

from tests.benchmarks import calling
from tests.benchmarks.measure import CCSTATE, PYTHON, show
from tests.emulator.served import Served

RATE = 4
SECONDS = int(os.environ.get("CCSTATE_BENCHMARK_SECONDS", "20"))
"""Of each row; `CCSTATE_BENCHMARK_SECONDS=60` measures for longer."""
LISTS = "lists:\n" + "".join(f"  l{number}: {{name: List {number}}}\n" for number in range(60))


class Calls(NamedTuple):
    """What a service saw of some processes."""

    rate: float
    throttled: int
    most: int

    @classmethod
    def of(cls, log: Sequence[Any]) -> Calls:
        moments = [datetime.fromisoformat(each["at"]).timestamp() for each in log]
        return cls(
            (len(moments) - 1) / (moments[-1] - moments[0]),
            Counter(each["status"] for each in log)[429],
            max(sum(0 <= each - first < 1 for each in moments) for first in moments),
        )


def calls(processes: int, latency: str, folder: Path) -> Calls:
    """Processes with as much to do as there is time."""
    script = str(Path(calling.__file__))
    with Served("--rate", str(RATE), "--latency", latency) as served:
        command = (PYTHON, script, f"{served.base}/v3", str(folder), str(SECONDS), "6")
        running = [subprocess.Popen(command) for _ in range(processes)]
        assert [each.wait() for each in running] == [0] * processes
        log = served.get("/_control/requests").json()
    return Calls.of(log)


@pytest.mark.benchmark
def test_the_rate_is_held_by_one_process_and_by_three(tmp_path: Path) -> None:
    rows = []
    for processes, latency in ((1, "0ms"), (3, "0ms"), (3, "300ms")):
        folder = tmp_path / f"{processes}-{latency}"
        found = calls(processes, latency, folder)
        share = f"{found.rate / RATE * 100:.1f} %"
        rows.append((f"{processes}, latency {latency}", share, str(found.most), str(found.throttled)))
    show(
        f"Pace: {SECONDS} s of calls to `emulator serve --rate {RATE}` "
        f"(goal for three: 97 % of the rate, none throttled; load {os.getloadavg()[0]:.1f})",
        ("processes", "of the rate", "most in a second", "throttled"),
        rows,
    )


@pytest.mark.benchmark
def test_a_plan_and_an_apply_take_as_long_as_their_calls(tmp_path: Path) -> None:
    (tmp_path / "lists.yaml").write_text(LISTS, encoding="utf-8")
    rows = []
    with Served("--rate", str(RATE), "--activity-delay", "0s") as served:
        environment = {
            **os.environ,
            "CCSTATE_API_URL": f"{served.base}/v3",
            "CCSTATE_ACCESS_TOKEN": "emulator-token",
            "XDG_STATE_HOME": str(tmp_path / ".state"),
        }
        for command in (("plan",), ("apply", "--auto-approve"), ("plan",)):
            before = len(served.get("/_control/requests").json())
            started = perf_counter()
            subprocess.run(
                [*CCSTATE, *command, str(tmp_path)], env=environment, check=True, capture_output=True
            )
            took = perf_counter() - started
            made = len(served.get("/_control/requests").json()) - before
            goal = 1.03 * (made - 1) / RATE + 1
            rows.append((command[0], str(made), f"{took:.2f}", f"{goal:.2f}"))
    show(
        "Wall time at 4 calls a second (goal: at most 1.03 x (calls - 1) / 4 + 1 s)",
        ("", "calls", "s", "goal"),
        rows,
    )


@pytest.mark.slow
def test_processes_with_a_key_keep_its_rate_together_and_a_killed_one_holds_up_nobody(tmp_path: Path) -> None:
    script = str(Path(calling.__file__))
    with Served("--rate", str(RATE)) as served:
        command = (PYTHON, script, f"{served.base}/v3", str(tmp_path), "20", "6")
        running = [subprocess.Popen(command) for _ in range(3)]
        with pytest.raises(subprocess.TimeoutExpired):
            running[0].wait(timeout=8)
        running[0].kill()
        assert [each.wait() for each in running] == [-9, 0, 0]
        log = served.get("/_control/requests").json()
    assert longest_gap(each["at"] for each in log) < 3
    assert len(log) >= 0.75 * RATE * 20
    assert Calls.of(log).throttled <= 2  # a machine that is very busy may be told off


def longest_gap(moments: Iterable[str]) -> float:
    found = [datetime.fromisoformat(each).timestamp() for each in moments]
    return max(later - earlier for earlier, later in pairwise(found))
