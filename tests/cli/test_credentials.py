"""Getting in with a refresh token, over HTTP: renewed once, kept, shared, never shown."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.served import Served
from tests.workspace import Ran, Workspace

TOKEN_PATH = "/oauth2/default/v1/token"
SCOPES = "account_read contact_data campaign_data offline_access"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served("--rate", "0", "--activity-delay", "0s") as found:
        yield found


@pytest.fixture
def project(
    workspace: Workspace, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Workspace:
    served.post("/_control/reset", {})
    monkeypatch.setenv("CCSTATE_API_URL", f"{served.base}/v3")
    monkeypatch.setenv("CCSTATE_CLIENT_ID", "app")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / ".state"))
    workspace.write("tags.yaml", "tags:\n  vip: {name: VIP}\n")
    workspace.write("ccstate.yaml", "limits: {rate: 100}\n")
    return workspace


def granted(served: Served, scopes: str = SCOPES, **more: Any) -> dict[str, str]:
    found: dict[str, str] = served.post("/_control/tokens", {"client_id": "app", "scopes": scopes, **more})
    return found


def signed_in(served: Served, monkeypatch: pytest.MonkeyPatch, **more: Any) -> dict[str, str]:
    """A grant whose refresh token stands in the environment."""
    found = granted(served, **more)
    monkeypatch.setenv("CCSTATE_REFRESH_TOKEN", found["refresh_token"])
    return found


def refreshes(served: Served) -> list[int]:
    """The answers of the token endpoint so far."""
    return [each["status"] for each in served.get("/_control/requests").json() if each["path"] == TOKEN_PATH]


def kept(project: Workspace) -> list[Path]:
    return sorted((project.root / ".state" / "ccstate" / "tokens").glob("*.json"))


def says_none_of(ran: Ran, *secrets: str) -> None:
    assert not [each for each in secrets if each in ran.out + ran.err]


def test_a_refresh_token_is_enough_and_the_token_it_brings_serves_the_next_runs(
    project: Workspace, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(served, monkeypatch)
    for _ in range(3):
        project.run("plan").ok()
    assert refreshes(served) == [200]


def test_the_token_that_follows_a_used_one_is_kept_for_the_user_alone(
    project: Workspace, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = signed_in(served, monkeypatch)
    project.run("plan").ok()
    (file,) = kept(project)
    document = json.loads(file.read_text(encoding="utf-8"))
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert document["refresh_token"] != made["refresh_token"]
    assert made["refresh_token"] not in file.name
    served.post("/_control/clock", {"advance": "P1DT1H"})  # access tokens live for a day
    project.run("plan").ok()
    assert refreshes(served) == [200, 200]


def test_a_token_that_ended_is_renewed_in_the_middle_of_an_apply(
    project: Workspace, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = signed_in(served, monkeypatch)
    monkeypatch.setenv("CCSTATE_ACCESS_TOKEN", made["access_token"])
    rule = {
        "match": {"method": "POST", "path": "/v3/contact_tags"},
        "do": "status",
        "status": 401,
        "times": 1,
    }
    served.post("/_control/faults", [rule])
    ran = project.run("apply", "--auto-approve").ok()
    assert "1 added" in ran.out
    assert refreshes(served) == [200]
    says_none_of(ran, made["access_token"], made["refresh_token"], kept(project)[0].read_text())


def test_credentials_that_are_refused_also_when_new_are_not_renewed_for_ever(
    project: Workspace, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(served, monkeypatch)
    served.post("/_control/faults", [{"match": {"path": "/v3/*"}, "do": "status", "status": 401}])
    assert "unauthorised" in project.run("plan").failed().err
    assert refreshes(served) == [200]


def test_a_refresh_token_that_was_revoked_is_told_and_not_shown(
    project: Workspace, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = signed_in(served, monkeypatch)
    served.post("/_control/revoke", {"client_id": "app"})
    ran = project.run("plan").failed()
    assert "the refresh token was not accepted" in " ".join(ran.err.split())
    assert "sign in again" in ran.err
    says_none_of(ran, made["refresh_token"])


def test_a_confidential_application_shows_its_secret_to_the_endpoint_alone(
    project: Workspace, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.post(
        "/_control/applications",
        {"client_id": "app", "secret": "s3cret", "redirect_uris": ["https://app.example/back"]},
    )
    signed_in(served, monkeypatch)
    monkeypatch.setenv("CCSTATE_CLIENT_SECRET", "wr0ng")
    ran = project.run("plan").failed()
    says_none_of(ran, "wr0ng")
    monkeypatch.setenv("CCSTATE_CLIENT_SECRET", "s3cret")
    project.run("plan").ok()


def test_runs_at_the_same_time_refresh_once(
    project: Workspace, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(served, monkeypatch)
    command = [sys.executable, "-m", "ccstate", "plan", str(project.root)]
    runs = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(3)]
    said = [each.communicate(timeout=60)[1] for each in runs]
    assert [each.returncode for each in runs] == [0, 0, 0], said
    assert refreshes(served) == [200]


def test_a_folder_that_refuses_is_found_out_before_the_refresh_token_is_used_up(
    project: Workspace, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(served, monkeypatch)
    monkeypatch.setenv("XDG_STATE_HOME", str(project.write("no folder", "")))
    assert "cannot-write" in project.run("plan").failed().err
    assert refreshes(served) == []


def test_a_file_of_tokens_that_was_damaged_counts_as_none(
    project: Workspace, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = signed_in(served, monkeypatch)
    project.run("plan").ok()
    (file,) = kept(project)
    for text in ("", "[]", "{}", '{"access_token": 1, "expires_at": "x", "refresh_token": 2}'):
        file.write_text(text)
        monkeypatch.setenv("CCSTATE_ACCESS_TOKEN", found["access_token"])
        project.run("plan").ok()


def test_a_garbled_answer_of_the_endpoint_is_told(
    project: Workspace, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(served, monkeypatch)
    served.post("/_control/faults", [{"match": {"path": TOKEN_PATH}, "do": "garbage"}])
    assert "token" in project.run("plan").failed().err


def test_the_endpoint_of_another_address(
    project: Workspace, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(served, monkeypatch)
    monkeypatch.setenv("CCSTATE_AUTH_URL", "http://authz.example/oauth2")
    assert "plain-http" in project.run("plan").failed().err
    monkeypatch.setenv("CCSTATE_AUTH_URL", "authz.example")
    assert "CCSTATE_AUTH_URL is no address" in project.run("plan").failed().err
    monkeypatch.setenv("CCSTATE_AUTH_URL", "http://127.0.0.1:9/oauth2")
    assert "unreachable" in project.run("plan").failed().err
    monkeypatch.setenv("CCSTATE_AUTH_URL", f"{served.base}/oauth2/default/v1/")
    project.run("plan").ok()


def test_a_refresh_token_without_its_application(
    project: Workspace, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(served, monkeypatch)
    monkeypatch.delenv("CCSTATE_CLIENT_ID")
    assert "CCSTATE_CLIENT_ID is not" in project.run("plan").failed().err


def test_nothing_at_all(project: Workspace) -> None:
    ran = project.run("plan").failed()
    assert "no-credentials" in ran.err
    assert "CCSTATE_REFRESH_TOKEN" in ran.err


def test_what_a_token_lacks_is_named(
    project: Workspace, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = granted(served, "account_read")
    monkeypatch.setenv("CCSTATE_ACCESS_TOKEN", made["access_token"])
    ran = " ".join(project.run("plan").failed().err.split())
    assert "the token needs the scope contact_data, its user the privilege contacts:read" in ran
