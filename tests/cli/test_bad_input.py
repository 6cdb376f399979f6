"""Whatever is wrong, a user gets one clear diagnostic, exit 1, no traceback, and nothing half done."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.workspace import Ran, Workspace, run

TAG = "tags:\n  vip: {name: VIP}\n"


@contextmanager
def server(status: int, body: bytes, content_type: str = "application/json") -> Iterator[str]:
    """Something on this machine that answers every call alike."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    class Server(HTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Reads run side by side and the first refusal ends them all: the client may hang up."""
            if not isinstance(sys.exception(), ConnectionError):
                super().handle_error(request, client_address)  # type: ignore[arg-type]

    found = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=found.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{found.server_address[1]}/v3"
    finally:
        found.shutdown()
        found.server_close()
        thread.join()


def planned(workspace: Workspace, url: str, token: str = "a-token") -> Ran:
    workspace.write("tags.yaml", TAG)
    return workspace.run("plan", env={"CCSTATE_API_URL": url, "CCSTATE_ACCESS_TOKEN": token})


def test_a_folder_that_is_not_there(workspace: Workspace) -> None:
    assert "nowhere" in workspace.run("validate", "nowhere").failed().err


def test_a_folder_without_a_manifest(workspace: Workspace) -> None:
    ran = workspace.run("validate").failed()
    assert "no-manifest" in ran.err
    assert "hint" in ran.err


def test_a_file_that_is_not_utf_8(workspace: Workspace) -> None:
    (workspace.root / "tags.yaml").write_bytes(b"tags:\n  vip: {name: Stra\xdfe}\n")
    assert "tags.yaml:2" in workspace.run("validate").failed().err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(workspace: Workspace) -> None:
    workspace.write("tags.yaml", TAG).chmod(0)
    assert "tags.yaml" in workspace.run("validate").failed().err


def test_an_alias_bomb(workspace: Workspace) -> None:
    lines = ["x-a: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    workspace.write("tags.yaml", "\n".join(lines) + "\n" + TAG)
    workspace.run("validate").failed()


def test_all_mistakes_are_told_in_one_run_each_with_its_place(workspace: Workspace) -> None:
    workspace.write(
        "account.yaml",
        """\
        lists:
          news: {name: News, descripton: typo}
          other: {name: news}
        campaigns:
          may:
            name: May
            from: {name: Jo, email: owner@example.com}
            subject: [[FirstName]]
            html: <p>x</p>
            audience: {lists: [nws]}
            schedule: {at: 2035-03-11T02:30, timezone: America/New_York}
        """,
    )
    ran = workspace.run("validate").failed()
    for place, words in {
        "account.yaml:2:": "description",
        "account.yaml:3:": "News",
        "account.yaml:8:": "quotes",
        "account.yaml:10:": "news",
        "account.yaml:11:": "2035-03-11",
    }.items():
        assert place in ran.err
        assert words in ran.err


def test_the_same_mistakes_as_json_are_as_their_schema_says(workspace: Workspace) -> None:
    workspace.write("account.yaml", "lists:\n  news: {nam: News}\n")
    document = workspace.run("validate", "--json").failed().json
    assert document["summary"]["errors"] >= 1
    assert document["diagnostics"][0]["range"]["start"]["line"] == 2


def test_no_credentials(workspace: Workspace) -> None:
    workspace.write("tags.yaml", TAG)
    assert "--emulator" in workspace.run("plan").failed().err


def test_a_token_that_is_not_accepted(workspace: Workspace) -> None:
    with server(401, b'{"error_key":"unauthorized","error_message":"Unauthorized"}') as url:
        ran = planned(workspace, url)
    assert "CCSTATE_ACCESS_TOKEN" in ran.failed().err
    assert "a-token" not in ran.err + ran.out


def test_a_user_without_the_privilege(workspace: Workspace) -> None:
    with server(403, b'{"error_key":"access_denied","error_message":"Forbidden"}') as url:
        assert "privilege" in planned(workspace, url).failed().err


def test_a_page_of_html_instead_of_json(workspace: Workspace) -> None:
    with server(200, b"<!doctype html><title>Log in to the hotel wi-fi</title>", "text/html") as url:
        assert "not-the-api" in planned(workspace, url).failed().err


def test_json_that_is_not_the_apis(workspace: Workspace) -> None:
    with server(200, b'{"hello": "world"}') as url:
        assert "not-the-api" in planned(workspace, url).failed().err


def test_a_host_that_cannot_be_reached(workspace: Workspace) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v3"
        assert "unreachable" in planned(workspace, url).failed().err


def test_an_address_that_is_none(workspace: Workspace) -> None:
    assert "bad-api-url" in planned(workspace, "not an address").failed().err


def test_a_token_over_plain_http_to_another_machine(workspace: Workspace) -> None:
    assert "plain-http" in planned(workspace, "http://service.example/v3").failed().err


def test_a_token_with_blanks(workspace: Workspace) -> None:
    assert "bad-token" in planned(workspace, "http://127.0.0.1:9/v3", token="two words").failed().err


def test_the_emulator_and_an_address_contradict_each_other(workspace: Workspace) -> None:
    workspace.write("tags.yaml", TAG)
    ran = workspace.run("plan", "--emulator", env={"CCSTATE_API_URL": "http://127.0.0.1:8025/v3"})
    assert "contradict" in ran.failed().err


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"ccstate_plan": "1"}', '{"ccstate_plan": "1", "format_version": "9.0"}']
)
def test_a_plan_file_that_is_none(workspace: Workspace, text: str) -> None:
    workspace.write("plan.json", text)
    workspace.run("show", "plan.json").failed()


def test_a_damaged_state_is_told_and_left_alone(workspace: Workspace) -> None:
    workspace.write("tags.yaml", TAG)
    path = workspace.write(".ccstate/emulator/state.json", "{")
    assert "state-unreadable" in workspace.apply().failed().err
    assert path.read_text() == "{"


def test_a_full_disk_leaves_the_state_as_it_was(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.write("tags.yaml", TAG)
    workspace.apply().ok()
    before = (workspace.root / ".ccstate/emulator/state.json").read_bytes()
    workspace.write("tags.yaml", TAG.replace("VIP", "VIPs"))

    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        assert "cannot-write" in workspace.apply().failed().err
    assert (workspace.root / ".ccstate/emulator/state.json").read_bytes() == before
    workspace.apply().ok()


def test_an_unknown_flag_fails_and_does_nothing(workspace: Workspace) -> None:
    workspace.write("tags.yaml", TAG)
    assert "--dry_run" in workspace.apply("--dry_run").failed().err
    assert not (workspace.root / ".ccstate").exists()


def test_an_unknown_command_is_told_with_the_nearest(workspace: Workspace) -> None:
    assert "'apply'" in workspace.run("aply").failed().err


def test_an_unknown_variable_is_a_warning_with_the_nearest(workspace: Workspace) -> None:
    workspace.write("tags.yaml", TAG)
    ran = workspace.run("validate", env={"CCSTATE_ACESS_TOKEN": "x"}).ok()
    assert "CCSTATE_ACCESS_TOKEN" in ran.err


@pytest.mark.parametrize(
    "name", ["CCSTATE_AUTO_APPROVE", "CCSTATE_ALLOW_DATA_LOSS", "CCSTATE_TARGET", "CCSTATE_DESTROY"]
)
def test_what_approves_or_overrides_is_never_read_from_the_environment(
    workspace: Workspace, name: str
) -> None:
    workspace.write("tags.yaml", TAG)
    ran = workspace.run("apply", "--emulator", env={name: "1"}).failed()
    assert name in ran.err
    assert "--auto-approve" in ran.err


def test_an_account_other_than_the_pinned_one(workspace: Workspace) -> None:
    workspace.write("tags.yaml", TAG)
    workspace.apply().ok()
    workspace.write("ccstate.yaml", "account: {id: a1b2c3d4e5f6}\n")
    ran = workspace.plan().failed()
    assert "account-mismatch" in ran.err
    assert "No changes." not in ran.out


def test_a_live_account_must_be_pinned_before_the_first_apply(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ccstate.cli.credentials.is_loopback", lambda host: False)
    workspace.write("tags.yaml", TAG)
    body = json.dumps({"encoded_account_id": "a1", "organization_name": "Shop", "tags": []}).encode()
    with server(200, body) as url:
        monkeypatch.setattr("ccstate.cli.credentials.urlsplit", _as_https)
        env = {"CCSTATE_API_URL": url, "CCSTATE_ACCESS_TOKEN": "t"}
        plan = workspace.run("plan", env=env).ok()
        applied = workspace.run("apply", "--auto-approve", env=env).failed()
    assert "account: {id: a1}" in plan.err
    assert "account-not-pinned" in applied.err


def _as_https(url: str) -> object:
    from urllib.parse import urlsplit

    return urlsplit(url.replace("http:", "https:"))


def test_help_and_version_need_no_project(tmp_path: Path) -> None:
    assert run("--version").ok().out.startswith("ccstate ")
    assert "Exit codes:" in run("--help").ok().out
