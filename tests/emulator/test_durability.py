"""An account in a file: it survives its process, restarts, and many writers."""

from __future__ import annotations

import sqlite3
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any

import httpx
import pytest

from ccstate.emulator import Settings, create_app
from tests.emulator.client import NOW, Emulated, emulated
from tests.emulator.served import Served

LISTS = "/v3/contact_lists"


def open_file(path: Path, **settings: Any) -> Emulated:
    return emulated(db=str(path / "account.db"), **settings)


def test_everything_is_there_for_the_next_app(tmp_path: Path) -> None:
    first = open_file(tmp_path, quota=10)
    campaign_id, activity_id = first.ready()
    first.schedule(activity_id, "2026-05-10T00:00:00Z")
    first.advance("P1D")
    second = open_file(tmp_path)
    assert second.control("dump") == first.control("dump")
    assert second.control("clock")["now"] == "2026-05-05T09:15:22Z"
    second.advance("P10D")
    assert first.status(campaign_id) == "DONE"


def test_the_quota_is_counted_across_restarts(tmp_path: Path) -> None:
    statuses = [open_file(tmp_path, quota=2).call("GET", LISTS).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_a_seed_is_for_a_fresh_file_only(tmp_path: Path) -> None:
    for _ in range(2):
        emulator = open_file(tmp_path, seed={"lists": ["A"]})
    assert len(emulator.get(LISTS)["lists"]) == 1


def test_a_seed_that_failed_leaves_no_half_made_account(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="colour"):
        open_file(tmp_path, seed={"lists": ["A"], "colour": []})
    assert open_file(tmp_path, seed={"lists": ["B"]}).get(LISTS)["lists"][0]["name"] == "B"


def test_the_clock_of_a_file_is_kept_until_another_one_is_asked_for(tmp_path: Path) -> None:
    open_file(tmp_path).advance("P1D")
    assert open_file(tmp_path).control("clock")["now"] == "2026-05-05T09:15:22Z"
    assert open_file(tmp_path, clock="real").control("clock")["now"] == "2026-05-05T09:15:22Z"
    assert open_file(tmp_path, clock="2027-01-01").control("clock")["now"] == "2027-01-01T00:00:00Z"


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("this is no database at all" * 100)
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE t (a)")
    other.close()
    for name in ("text.db", "other.db", "no/folder.db"):
        with pytest.raises(OSError, match=name):
            create_app(Settings(db=str(tmp_path / name)))


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    database = tmp_path / "account.db"
    with Served("--db", str(database), "--rate", "0") as served:
        answered = [served.post(LISTS, {"name": f"List {n}"})["list_id"] for n in range(30)]
        served.kill()
    found = Emulated(create_app(Settings(db=str(database), clock=NOW))).all(LISTS, "lists")
    assert [each["list_id"] for each in found] == answered


def test_many_clients_at_once_lose_nothing(tmp_path: Path) -> None:
    emulator = open_file(tmp_path)
    calls = [("POST", LISTS, {"name": f"List {n}"}) for n in range(200)]
    calls += [("POST", "/v3/contact_tags", {"name": f"Tag {n % 50}"}) for n in range(200)]
    statuses = [answer.status_code for answer in emulator.together(calls)]
    assert statuses == [201] * 250 + [409] * 150
    assert len(emulator.get(f"{LISTS}?limit=1000")["lists"]) == 200


@pytest.mark.slow
def test_sixty_four_clients_over_http_lose_nothing(tmp_path: Path) -> None:
    """Each makes lists of its own, fights for the same tags, and changes the one list that all share."""
    with Served("--db", str(tmp_path / "account.db"), "--rate", "0", "--quota", "0") as served:
        shared = served.post(LISTS, {"name": "Shared"})["list_id"]

        def client(number: int) -> list[tuple[str, int]]:
            calls: list[tuple[str, str, Any]] = [
                ("POST", LISTS, {"name": f"List {number}.{n}"}) for n in range(10)
            ]
            calls += [("POST", "/v3/contact_tags", {"name": f"Tag {n}"}) for n in range(5)]
            calls += [("PUT", f"{LISTS}/{shared}", {"name": "Shared", "description": f"by {number}"})]
            calls += [("GET", f"{LISTS}?limit=1000", None)]
            with httpx.Client(base_url=served.base, headers=served.client.headers, trust_env=False) as http:
                answers = [(path, http.request(method, path, json=body)) for method, path, body in calls]
            return [(path, answer.status_code) for path, answer in answers]

        with ThreadPoolExecutor(64) as pool:
            found = Counter(answer for answers in pool.map(client, range(64)) for answer in answers)
        served.kill()
    assert found == {
        (LISTS, 201): 640,
        ("/v3/contact_tags", 201): 5,
        ("/v3/contact_tags", 409): 315,
        (f"{LISTS}/{shared}", 200): 64,
        (f"{LISTS}?limit=1000", 200): 64,
    }
    after = Emulated(create_app(Settings(db=str(tmp_path / "account.db"), clock=NOW)))
    names = [each["name"] for each in after.all(LISTS, "lists")]
    assert len(names) == len(set(names)) == 641
    assert sorted(each["name"] for each in after.all("/v3/contact_tags", "tags")) == [
        f"Tag {n}" for n in range(5)
    ]


@pytest.mark.slow
def test_killed_in_the_middle_of_writing_every_answered_write_is_there(tmp_path: Path) -> None:
    database = tmp_path / "account.db"
    answered: list[str] = []
    for life in range(5):
        with Served("--db", str(database), "--rate", "0", "--quota", "0") as served:
            clients = [
                Thread(target=_write_until_killed, args=(served, f"{life}.{n}", answered)) for n in range(8)
            ]
            for each in clients:
                each.start()
            sleep(0.3)
            served.kill()
            for each in clients:
                each.join()
    with Served("--db", str(database), "--rate", "0", "--quota", "0") as served:
        there = [each["name"] for each in _all(served, "/v3/contact_tags", "tags")]
    assert set(answered) <= set(there)
    assert len(there) == len(set(there))


def _write_until_killed(served: Served, who: str, answered: list[str]) -> None:
    with httpx.Client(base_url=served.base, headers=served.client.headers, trust_env=False) as http:
        for n in range(10_000):
            try:
                answer = http.post("/v3/contact_tags", json={"name": f"{who}.{n}"})
            except httpx.TransportError:
                return  # killed: this one may be there or not
            assert answer.status_code == 201, answer.text
            answered.append(answer.json()["name"])


def _all(served: Served, path: str, section: str) -> list[Any]:
    found: list[Any] = []
    href: str | None = f"{path}?limit=500"
    while href:
        page = served.get(href).json()
        found += page[section]
        href = page.get("_links", {}).get("next", {}).get("href")
    return found


def test_two_apps_on_one_file_take_turns(tmp_path: Path) -> None:
    first, second = open_file(tmp_path), open_file(tmp_path)
    for n in range(20):
        (first, second)[n % 2].list(f"List {n}")
    assert len(first.get(LISTS)["lists"]) == len(second.get(LISTS)["lists"]) == 20
