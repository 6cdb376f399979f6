"""Killed, interrupted, or two at once: the next run finishes, nothing is made twice, no schedule is lost."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.client import TOKEN
from tests.emulator.served import Served
from tests.engine.scene import AT, LISTS, mail
from tests.engine.test_failures import COLLECTIONS, MANIFEST

PATIENCE = 20.0


@dataclass
class Project:
    """A project on disk, run in processes of their own."""

    root: Path
    url: str = ""

    def write(self, manifest: Any) -> None:
        (self.root / "account.yaml").write_text(json.dumps(manifest), encoding="utf-8")

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """`ccstate apply`, not waited for."""
        hidden = ("CI", "FORCE_COLOR", "GITHUB_ACTIONS", "CCSTATE_API_URL")
        env = {name: value for name, value in os.environ.items() if name not in hidden}
        if self.url:
            env |= {"CCSTATE_API_URL": f"{self.url}/v3", "CCSTATE_ACCESS_TOKEN": TOKEN}
        target = () if self.url else ("--emulator",)
        return subprocess.Popen(
            [sys.executable, "-m", "ccstate", "-C", str(self.root), "apply", *target, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=env,
        )

    def apply(self, *arguments: str) -> tuple[int, str, str]:
        """`ccstate apply --auto-approve`, to its end."""
        process = self.start("--auto-approve", *arguments)
        out, err = process.communicate(timeout=60)
        assert "Traceback" not in err
        return process.returncode, out, err

    @property
    def folder(self) -> Path:
        return self.root / ".ccstate" / ("" if self.url else "emulator")

    def journal(self) -> list[str]:
        """The lines of the journal, as far as there is one."""
        try:
            return (self.folder / "journal.jsonl").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []

    def wait_for_journal(self, process: subprocess.Popen[str], lines: int) -> None:
        """Until it is so long, or the run has ended."""
        deadline = time.monotonic() + PATIENCE
        while len(self.journal()) < lines and process.poll() is None:
            assert time.monotonic() < deadline, "the journal does not grow"
            time.sleep(0.001)

    def wait_for_intent(self, process: subprocess.Popen[str]) -> None:
        """Until a call is under way."""
        deadline = time.monotonic() + PATIENCE
        while not any('"intent"' in line for line in self.journal()):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline, "no call is made"
            time.sleep(0.005)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """The exit code and what it said on stderr."""
    _, err = process.communicate(timeout=60)
    return process.returncode, err


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project on the emulator in its own process."""
    return Project(tmp_path)


@pytest.fixture
def served() -> Iterator[Served]:
    with Served("--rate", "0") as running:
        yield running


@pytest.fixture
def remote(tmp_path: Path, served: Served) -> Project:
    """A project on an emulator over HTTP."""
    return Project(tmp_path, served.base)


def slow(served: Served, method: str, path: str, seconds: float = 1.5) -> None:
    """The next call like this one takes its time."""
    match = {"method": method, "path": path}
    served.post("/_control/faults", [{"match": match, "do": "delay", "delay_ms": seconds * 1000, "times": 1}])


def counts(served: Served) -> list[int]:
    found = []
    for path, key in COLLECTIONS.items():
        items = served.get(f"/v3{path}").json()[key]
        found.append(sum(each.get("current_status") != "Removed" for each in items))
    return found


def schedules(served: Served) -> list[str]:
    """The moments of all that is scheduled."""
    found = []
    for each in served.get("/v3/emails?limit=500").json()["campaigns"]:
        if each["current_status"] == "Scheduled":
            whole = served.get(f"/v3/emails/{each['campaign_id']}").json()
            activity = whole["campaign_activities"][0]["campaign_activity_id"]
            (one,) = served.get(f"/v3/emails/activities/{activity}/schedules").json()
            found.append(one["scheduled_date"].replace(".000Z", "Z"))
    return found


EDITED: dict[str, Any] = {"lists": LISTS, "campaigns": {"may": mail(subject="Edited")}}
PLAIN: dict[str, Any] = {"lists": LISTS, "campaigns": {"may": mail()}}


@pytest.mark.parametrize("lines", [2, 14])
def test_killed_while_the_journal_grows_the_next_run_finishes(project: Project, lines: int) -> None:
    project.write(MANIFEST)
    process = project.start("--auto-approve")
    project.wait_for_journal(process, lines)
    process.kill()
    process.communicate()
    code, out, err = project.apply()
    assert code == 0, err
    code, out, err = project.apply()
    assert (code, "\nNo changes.\n" in out) == (0, True), out
    state = json.loads((project.folder / "state.json").read_text(encoding="utf-8"))
    assert len(state["bindings"]) == 7
    assert not project.journal()


UNIT = ("DELETE */schedules", "PUT /v3/emails/activities/*", "POST */schedules")


@pytest.mark.slow
@pytest.mark.parametrize("call", UNIT, ids=["unschedule", "update", "schedule"])
def test_killed_in_a_call_of_a_unit_the_next_run_puts_the_schedule_back(
    remote: Project, served: Served, call: str
) -> None:
    remote.write(PLAIN)
    assert remote.apply()[0] == 0
    remote.write(EDITED)
    method, _, path = call.partition(" ")
    slow(served, method, path)
    process = remote.start("--auto-approve")
    wanted = ["DELETE", "PUT", "POST"].index(method) + 1
    deadline = time.monotonic() + PATIENCE
    while sum('"intent"' in line for line in remote.journal()) < wanted:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.kill()
    process.communicate()
    time.sleep(1.6)  # the call reaches the service all the same
    code, _, err = remote.apply()
    assert code == 0, err
    assert (schedules(served), counts(served)) == ([AT], [1, 0, 0, 0, 1])


def test_interrupted_it_records_the_call_in_flight_and_the_next_run_finishes(
    remote: Project, served: Served
) -> None:
    remote.write({**PLAIN, "tags": {"vip": {"name": "VIP"}}})
    slow(served, "POST", "/v3/emails", seconds=1)
    process = remote.start("--auto-approve")
    remote.wait_for_intent(process)
    process.send_signal(signal.SIGINT)
    code, err = ended(process)
    assert code == 130, err
    state = json.loads((remote.folder / "state.json").read_text(encoding="utf-8"))
    assert 0 < len(state["bindings"]) == sum(counts(served)) < 3
    assert not remote.journal()
    assert remote.apply()[0] == 0
    assert (counts(served), schedules(served)) == ([1, 1, 0, 0, 1], [AT])


@pytest.mark.slow
def test_interrupted_twice_it_leaves_at_once_and_the_next_run_finishes(
    remote: Project, served: Served
) -> None:
    remote.write(PLAIN)
    assert remote.apply()[0] == 0
    remote.write(EDITED)
    slow(served, "DELETE", "*/schedules", seconds=3)
    process = remote.start("--auto-approve")
    remote.wait_for_intent(process)
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    code, err = ended(process)
    assert (code, "Traceback" in err, time.monotonic() - started < 2.5) == (130, False, True)
    time.sleep(3)  # the call reaches the service all the same
    code, _, err = remote.apply()
    assert code == 0, err
    assert (schedules(served), counts(served)) == ([AT], [1, 0, 0, 0, 1])


def test_of_two_applies_at_once_one_is_refused_and_may_wait(remote: Project, served: Served) -> None:
    remote.write({"lists": LISTS})
    slow(served, "POST", "/v3/contact_lists", seconds=2)
    first = remote.start("--auto-approve")
    remote.wait_for_intent(first)
    code, _, err = remote.apply()
    assert (code, "locked" in err, first.poll()) == (1, True, None)
    assert str(first.pid) in err
    code, out, err = remote.apply("--lock-timeout", "30s")
    assert (code, "\nNo changes.\n" in out) == (0, True), err
    assert ended(first)[0] == 0
    assert counts(served)[0] == 1


@pytest.mark.slow
def test_a_killed_run_leaves_no_lock_behind(remote: Project, served: Served) -> None:
    remote.write({"lists": LISTS})
    slow(served, "POST", "/v3/contact_lists")
    process = remote.start("--auto-approve")
    remote.wait_for_intent(process)
    process.kill()
    process.communicate()
    time.sleep(1.6)
    assert remote.apply()[0] == 0
    assert counts(served)[0] == 1


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_killed_at_a_random_moment_over_http_the_next_run_finishes(
    remote: Project, served: Served, seed: int
) -> None:
    moments = random.Random(seed)
    edited = json.loads(json.dumps(MANIFEST))
    edited["lists"]["donors"]["name"] = "Givers"
    edited["campaigns"]["may"]["subject"] = "Edited"
    for manifest in (MANIFEST, edited):
        remote.write(manifest)
        for _ in range(2):
            process = remote.start("--auto-approve")
            remote.wait_for_journal(process, moments.randint(1, 20))
            time.sleep(moments.random() * 0.3)
            process.kill()
            process.communicate()
    code, _, err = remote.apply()
    assert code == 0, err
    assert "\nNo changes.\n" in remote.apply()[1]
    assert (counts(served), schedules(served)) == ([2, 1, 1, 1, 2], [AT])
