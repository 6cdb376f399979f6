"""Two to eight runs of one project at once, in processes of their own, each in a checkout of its own.

One works, the others wait or refuse; who dies leaves a lock that expires, who was paused finds out.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ccstate.core.state import State
from ccstate.store.project import Store
from tests.emulator.client import TOKEN
from tests.emulator.served import Served
from tests.remote.conftest import LEASED, another

SHORT = 6.0
"""The seconds of a lease here; a unit begins with more than one of them left."""

PROGRAM = f"""
import sys
from ccstate.store import lease, lock
lease.LeasedLock.standard = lease.Lease({SHORT}, 0.5)
lock.RESERVE = 1.0
from ccstate.cli import run
sys.exit(run(sys.argv[1:]))
"""
MANIFEST = {
    "lists": {f"list_{number}": {"name": f"List {number}"} for number in range(8)},
    "tags": {"vip": {"name": "VIP"}},
}
"""More than leave side by side, so that a run has a next change."""
APPLY = ("apply", "--auto-approve")
PATIENCE = 60.0


@dataclass
class Fleet:
    """Checkouts of one project, and what runs in them."""

    address: str
    folder: Path
    served: Served
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    def checkout(self, name: str) -> Path:
        """A folder with the project; a local state has only the one."""
        root = self.folder / (name if self.address else "checkout")
        root.mkdir(exist_ok=True)
        (root / "account.yaml").write_text(json.dumps(MANIFEST), encoding="utf-8")
        summary = self.served.get("/v3/account/summary").json()
        pin = {"id": summary["encoded_account_id"], "organisation": summary["organization_name"]}
        config = {"account": pin, **({"state": self.address} if self.address else {})}
        (root / "ccstate.yaml").write_text(json.dumps(config), encoding="utf-8")
        return root

    def start(self, name: str, *arguments: str) -> subprocess.Popen[str]:
        """`ccstate ARGUMENTS` in a checkout, not waited for."""
        hidden = ("CI", "FORCE_COLOR", "GITHUB_ACTIONS")
        env = {key: value for key, value in os.environ.items() if key not in hidden}
        env |= {"CCSTATE_API_URL": f"{self.served.base}/v3", "CCSTATE_ACCESS_TOKEN": TOKEN}
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "-C", str(self.checkout(name)), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=env,
        )
        self.running.append(process)
        return process

    def apply(self, name: str, *arguments: str) -> tuple[int, str]:
        """`ccstate apply --auto-approve` to its end: the code, and all that it said."""
        return ended(self.start(name, *APPLY, *arguments))

    def made(self) -> list[str]:
        """The names of what was created, in order."""
        calls = self.served.get("/_control/requests?bodies=1").json()
        return [each["request_body"]["name"] for each in calls if each["method"] == "POST" and _is_api(each)]

    def slow(self, seconds: float, *, times: int | None = 1) -> None:
        """The next lists take so long to be made; all of them, where `times` is None."""
        match = {"method": "POST", "path": "/v3/contact_lists"}
        rule = {"match": match, "do": "delay", "delay_ms": seconds * 1000, "times": times}
        rules = [{name: each for name, each in rule.items() if each is not None}]
        self.served.post("/_control/faults", rules)

    def wait_for_intent(self, name: str) -> None:
        """Until a run has a call under way."""
        journal = self.checkout(name) / ".ccstate" / "journal.jsonl"
        deadline = time.monotonic() + PATIENCE
        while not journal.exists() or b'"intent"' not in journal.read_bytes():
            assert time.monotonic() < deadline, "no call is made"
            time.sleep(0.01)

    def state(self) -> State:
        """What the backend remembers."""
        folder = self.checkout("reader") / ".ccstate"
        another(self.address, folder.parent)
        return Store(folder, url=self.address).load()


def _is_api(call: Any) -> bool:
    return str(call["path"]).startswith("/v3/") and call["status"] in (200, 201)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, err = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in err, err
    return process.returncode, out + err


@pytest.fixture
def fleet(address: str, tmp_path: Path) -> Iterator[Fleet]:
    with Served("--rate", "0") as served:
        found = Fleet(address, tmp_path, served)
        yield found
        for process in found.running:
            if process.poll() is None:
                process.kill()
                process.communicate()
    shutil.rmtree(tmp_path, ignore_errors=True)


def everything() -> list[str]:
    return sorted(each["name"] for section in MANIFEST.values() for each in section.values())


@pytest.mark.slow
@pytest.mark.parametrize("number", [2, 8])
def test_of_many_at_once_one_works_and_the_others_refuse(fleet: Fleet, number: int) -> None:
    fleet.slow(3)
    results = [ended(each) for each in [fleet.start(f"c{n}", *APPLY) for n in range(number)]]
    assert sorted(fleet.made()) == everything()
    for code, said in results:
        assert code == 0 or ("another run is changing this project: apply of" in said), said
    assert sorted(code for code, _ in results)[0] == 0
    assert len(fleet.state().bindings) == len(everything())


@pytest.mark.slow
@pytest.mark.parametrize("number", [2, 8])
def test_of_many_that_wait_each_gets_its_turn(fleet: Fleet, number: int) -> None:
    fleet.slow(1)
    runs = [fleet.start(f"c{n}", *APPLY, "--lock-timeout", "50s") for n in range(number)]
    results = [ended(each) for each in runs]
    assert [code for code, _ in results] == [0] * number, results
    assert sum("No changes." in said for _, said in results) == number - 1
    assert sorted(fleet.made()) == everything()
    assert len(fleet.state().bindings) == len(everything())


@pytest.mark.slow
def test_the_lease_of_a_killed_holder_expires_and_the_next_run_finishes(fleet: Fleet, sort: str) -> None:
    fleet.slow(2)
    first = fleet.start("first", *APPLY)
    fleet.wait_for_intent("first")
    first.kill()
    first.communicate()
    if sort != "local":
        code, said = fleet.apply("second")
        assert (code, "ccstate force-unlock" in said) == (1, True), said
        if sort not in LEASED:
            found = re.search(r"force-unlock ([0-9a-f-]+)", said)
            assert found is not None
            assert ended(fleet.start("second", "force-unlock", found[1]))[0] == 0
    time.sleep(2)  # the call reaches the service all the same
    code, said = fleet.apply("second", "--lock-timeout", "20s")
    assert code == 0, said
    assert sorted(fleet.made()) == everything()
    assert len(fleet.state().bindings) == len(everything())


@pytest.mark.slow
@pytest.mark.parametrize("sort", LEASED, indirect=True)
def test_a_paused_holder_finds_out_and_stops(fleet: Fleet) -> None:
    fleet.slow(2)
    first = fleet.start("first", *APPLY)
    fleet.wait_for_intent("first")
    first.send_signal(signal.SIGSTOP)
    code, said = fleet.apply("second", "--lock-timeout", "30s")
    assert code == 0, said
    after = fleet.state()
    first.send_signal(signal.SIGCONT)
    code, said = ended(first)
    assert (code, "no longer holds the lock" in said or "another run" in said) == (1, True), said
    assert fleet.state() == after
    assert sorted(fleet.made()) == everything()
    assert "No changes." in fleet.apply("third")[1]


@pytest.mark.slow
def test_a_run_whose_lock_is_forced_stops_before_its_next_change(fleet: Fleet, sort: str) -> None:
    fleet.slow(4, times=None)
    first = fleet.start("first", *APPLY)
    fleet.wait_for_intent("first")
    code, said = fleet.apply("second")
    found = re.search(r"force-unlock ([0-9a-f-]+)", said)
    assert (code, found is not None) == (1, True), said
    assert found is not None
    assert ended(fleet.start("second", "force-unlock", found[1]))[0] == 0
    code, said = ended(first)
    if sort in ("http", "gitlab"):  # the protocol tells nobody; what the run did is in the state all the same
        assert code in (0, 1), said
    else:
        assert (code, "lock" in said, len(fleet.made()) < len(everything())) == (1, True, True), said
    fleet.slow(0)
    assert fleet.apply("third")[0] == 0
    assert sorted(fleet.made()) == everything()
