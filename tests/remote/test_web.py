"""The http protocol and GitLab's rules; what goes wrong is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ccstate.core.diagnostics import Diagnostic, Refused
from ccstate.core.state import State
from ccstate.store.backends.web import Places, WebBackend
from ccstate.store.lock import locked, new_record
from ccstate.store.project import Store
from tests.remote import web

GITLAB = "https://gitlab.example.com/api/v4/projects/7/terraform/state/mail"
PATH = "/api/v4/projects/7/terraform/state/mail"


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CCSTATE_HTTP_USERNAME", web.USER)
    monkeypatch.setenv("CCSTATE_HTTP_PASSWORD", web.PASSWORD)


def backend(server: web.Server, path: str = "/mail", **variables: str) -> WebBackend:
    return WebBackend(Places.of(f"{server.url}{path}", variables))


def told(caught: pytest.ExceptionInfo[Refused]) -> Diagnostic:
    return caught.value.diagnostics[0]


def test_gitlab_is_known_by_its_address() -> None:
    found = Places.of(GITLAB, {})
    assert (found.lock, found.lock_method, found.unlock_method) == (f"{GITLAB}/lock", "POST", "DELETE")
    assert found.run == f"{GITLAB}-run"


def test_others_are_locked_at_the_address_itself_unless_told_otherwise() -> None:
    found = Places.of("https://example.com/state?team=a", {})
    assert (found.lock, found.unlock, found.lock_method) == (found.state, found.state, "LOCK")
    assert found.run == "https://example.com/state-run?team=a"
    told = Places.of(
        "https://example.com/state",
        {
            "CCSTATE_HTTP_LOCK_ADDRESS": "https://example.com/locks/1",
            "CCSTATE_HTTP_LOCK_METHOD": "PUT",
            "CCSTATE_HTTP_UNLOCK_METHOD": "DELETE",
            "CCSTATE_HTTP_UPDATE_METHOD": "PUT",
            "CCSTATE_HTTP_RUN_ADDRESS": "",
        },
    )
    assert told == Places(
        "https://example.com/state",
        "https://example.com/locks/1",
        "https://example.com/locks/1",
        "",
        "PUT",
        "DELETE",
        "PUT",
    )


def test_wrong_credentials_are_told_with_the_variables_that_hold_them(
    web_server: web.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CCSTATE_HTTP_PASSWORD", "wrong")
    with pytest.raises(Refused) as caught:
        backend(web_server).get("state")
    assert (told(caught).code, "CCSTATE_HTTP_PASSWORD" in told(caught).hint) == ("state-forbidden", True)
    assert "wrong" not in told(caught).summary


def test_a_read_is_tried_again_while_the_server_is_down_for_a_moment(
    web_server: web.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ccstate.store.backends.web._PAUSES", (0.01, 0.01))
    web_server.broken = [503, 500]
    assert backend(web_server).get("state") is None
    web_server.broken = [503] * 3
    with pytest.raises(Refused) as caught:
        backend(web_server).get("state")
    assert told(caught).code == "state-unreachable"


def test_a_write_is_made_once(web_server: web.Server) -> None:
    there = backend(web_server)
    web_server.kept["/mail"] = web.Kept()
    there.put("state", "{}", None)
    assert [method for method, _ in web_server.log].count("POST") == 1


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(Refused) as caught:
        WebBackend(Places.of("http://127.0.0.1:9/mail", {})).put("state", "{}", None)
    assert told(caught).code == "state-unreachable"


def test_a_server_without_locks_is_told_and_can_be_used_without(web_server: web.Server) -> None:
    there = backend(web_server, CCSTATE_HTTP_LOCK_METHOD="PATCH")
    with pytest.raises(Refused) as caught:
        there.lock().take(new_record("apply"))
    assert "docs/state.md" in told(caught).hint
    there.put("state", "{}", None)
    assert web_server.kept["/mail"].data == b"{}"


def test_who_lost_the_lock_cannot_write(web_server: web.Server) -> None:
    first, second = backend(web_server), backend(web_server)
    record = new_record("apply")
    assert first.lock().take(record) is None
    second.lock().force(record.id)
    with locked(second.lock(), "apply"), pytest.raises(Refused) as caught:
        first.put("state", "{}", None)
    assert told(caught).code == "lock-lost"
    assert web_server.kept["/mail"].data is None


def test_a_lock_that_the_server_does_not_take_back_is_told_because_it_stays(web_server: web.Server) -> None:
    with pytest.raises(Refused) as caught, locked(backend(web_server).lock(), "apply") as held:
        web_server.broken = [500]
    assert told(caught).code == "lock-not-released"
    assert told(caught).hint == f"ccstate force-unlock {held.run_id}"


def test_what_ended_the_run_is_told_rather_than_that_the_lock_stays(web_server: web.Server) -> None:
    def run() -> None:
        with locked(backend(web_server).lock(), "apply"):
            web_server.broken = [500]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run()


def test_gitlab_shows_who_holds_the_lock_with_its_ci_run(gitlab_server: web.Server) -> None:
    record = new_record("apply")._replace(ci_run="https://gitlab.example.com/jobs/3")
    assert backend(gitlab_server, PATH).lock().take(record) is None
    holder = backend(gitlab_server, PATH).lock().take(new_record("apply"))
    assert holder is not None
    assert (holder.id, holder.who, holder.pid, holder.ci_run) == (
        record.id,
        "ci-user",
        record.pid,
        record.ci_run,
    )


def test_gitlab_gets_each_serial_once_also_of_the_record_of_a_run(
    gitlab_server: web.Server, tmp_path: Path
) -> None:
    there = backend(gitlab_server, PATH)
    token = there.put("run", '{"serial": 1}', None)
    for _ in range(3):
        token = there.put("run", '{"serial": 1}', token)
    assert gitlab_server.kept[f"{PATH}-run"].serials == {1, 2, 3, 4}
    store = Store(tmp_path / ".ccstate", url=f"{gitlab_server.url}{PATH}")
    state = store.save(store.save(State(account_id="a1")))
    assert gitlab_server.kept[PATH].serials == {1, 2}
    gitlab_server.kept[PATH].serials.add(3)
    with pytest.raises(Refused) as caught:
        store.save(state)
    assert told(caught).code == "state-moved"


def test_without_an_address_for_it_no_record_of_a_run_is_kept(web_server: web.Server) -> None:
    there = backend(web_server, CCSTATE_HTTP_RUN_ADDRESS="")
    there.put("run", '{"serial": 1}', there.put("run", "{}", None) or None)
    assert there.get("run") is None
    assert web_server.log == []


def test_what_stands_at_the_address_of_the_record_and_is_none_is_told(
    web_server: web.Server, tmp_path: Path
) -> None:
    web_server.kept["/mail-run"] = web.Kept(data=b"<html>")
    with pytest.raises(Refused) as caught:
        Store(tmp_path / ".ccstate", url=f"{web_server.url}/mail").load()
    assert told(caught).code == "run-unreadable"


@pytest.mark.parametrize("body", [b"", b"[]", b"nonsense", b'{"ID": 7}'])
def test_a_holder_of_whom_the_server_says_little_is_a_holder_all_the_same(
    web_server: web.Server, body: bytes
) -> None:
    try:
        lock = json.loads(body)
    except ValueError:
        lock = {"ID": "someone"}
    web_server.kept["/mail"] = web.Kept(lock=lock if isinstance(lock, dict) else {"ID": "x"})
    assert backend(web_server).lock().take(new_record("apply")) is not None
