"""Addresses of states: which lead nowhere, which lack a package or a credential, and what is told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ccstate.core.diagnostics import Diagnostic, Refused
from ccstate.store.backends import SCHEMES, open_backend
from tests.remote import objects, web
from tests.workspace import Workspace

TAGS = "tags:\n  vip: {name: VIP}\n"


@pytest.fixture(autouse=True)
def _anew() -> None:
    open_backend.cache_clear()


def refused(address: str) -> Diagnostic:
    with pytest.raises(Refused) as caught:
        open_backend(address, Path("/nowhere")).get("state")
    return caught.value.diagnostics[0]


@pytest.mark.parametrize(
    "address",
    [
        "ftp://host/state.json",
        "state.json",
        "s3://bucket",
        "s3:///state.json",
        "s3://bucket/state.json?versionId=7",
        "s3://key:secret@bucket/state.json",
        "http://example.com/state",
        "https://user:secret@example.com/state",
        "https:///state",
        "postgresql://user:secret@host/db",
        "postgresql://host/db?password=secret",
        "postgresql://host/db?nonsense=1",
    ],
)
def test_an_address_that_leads_nowhere_or_holds_a_secret_is_refused_without_showing_it(address: str) -> None:
    if address.startswith("postgresql"):
        pytest.importorskip("psycopg")
    if address.startswith("s3"):
        pytest.importorskip("obstore")
    told = refused(address)
    assert told.code == "bad-state-address"
    assert "secret" not in told.summary + told.hint + told.detail


@pytest.mark.parametrize(
    ("address", "module", "extra"),
    [
        ("s3://bucket/state.json", "obstore.store", "object-store"),
        ("gs://bucket/state.json", "obstore.store", "object-store"),
        ("az://container/state.json", "obstore.store", "object-store"),
        ("postgresql://host/db", "psycopg", "postgres"),
        ("postgres://host/db", "psycopg", "postgres"),
    ],
)
def test_a_missing_package_is_named_with_the_command_that_installs_it(
    address: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, module.partition(".")[0], None)
    told = refused(address)
    assert (told.code, told.hint) == ("extra-missing", f"pip install 'ccstate[{extra}]'")


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_every_scheme_is_described_for_users(scheme: str) -> None:
    text = (Path(__file__).parent.parent.parent / "docs/state.md").read_text(encoding="utf-8")
    assert f"{'postgresql' if scheme == 'postgres' else scheme}://" in text


def test_a_bucket_that_does_not_exist_is_told(
    s3_server: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3_server.items():
        monkeypatch.setenv(name, value)
    assert "NoSuchBucket" in (told := refused("s3://nowhere/state.json")).summary + told.detail
    assert told.code == "state-unreachable"
    with pytest.raises(Refused):
        open_backend("s3://nowhere/state.json", Path("/nowhere")).put("state", "{}", None)
    assert open_backend(f"s3://{objects.BUCKET}/none", Path("/nowhere")).get("state") is None


def test_an_object_store_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("obstore")
    for name, value in {"ACCESS_KEY_ID": "k", "SECRET_ACCESS_KEY": "secret", "ALLOW_HTTP": "true"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    told = refused("s3://bucket/state.json")
    assert told.code == "state-unreachable"
    assert "secret" not in told.summary + told.detail


def test_a_wrong_password_is_told_with_the_variables(
    postgres_server: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**postgres_server, "PGPASSWORD": "wrong"}.items():
        monkeypatch.setenv(name, value)
    told = refused("postgresql:///postgres")
    assert (told.code, "PGPASSWORD" in told.hint) == ("state-forbidden", True)


def test_a_database_that_does_not_exist_or_answer_is_told(
    postgres_server: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in postgres_server.items():
        monkeypatch.setenv(name, value)
    assert refused("postgresql:///nowhere").code == "state-unreachable"
    monkeypatch.setenv("PGPORT", "9")
    assert refused("postgresql:///postgres").code == "state-unreachable"


def test_a_plan_writes_nothing_not_even_the_table(
    postgres_server: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg

    for name, value in postgres_server.items():
        monkeypatch.setenv(name, value)
    with psycopg.connect("dbname=postgres", autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS fresh")
        connection.execute("CREATE DATABASE fresh")
    assert open_backend("postgresql:///fresh", Path("/nowhere")).get("state") is None
    with psycopg.connect("dbname=fresh") as connection:
        assert connection.execute("SELECT to_regclass('ccstate')").fetchone() == (None,)


# The command line


def test_a_project_names_its_state_and_a_mistake_is_told_like_any_other(workspace: Workspace) -> None:
    workspace.write("tags.yaml", TAGS)
    workspace.write("ccstate.yaml", "state: ftp://host/state.json\n")
    ran = workspace.run("plan", "--refresh=none").failed()
    assert "bad-state-address" in ran.err


def test_what_is_no_text_is_a_mistake_of_the_project_file(workspace: Workspace) -> None:
    workspace.write("tags.yaml", TAGS)
    workspace.write("ccstate.yaml", "state: {address: x}\n")
    assert "ccstate.yaml:1:" in workspace.run("validate").failed().err


def test_a_rehearsal_stays_here_whatever_the_project_names(
    workspace: Workspace, web_server: web.Server
) -> None:
    workspace.write("tags.yaml", TAGS)
    workspace.write("ccstate.yaml", f"state: {web_server.url}/mail\n")
    workspace.run("apply", "--emulator", "--auto-approve").ok()
    assert web_server.log == []
    assert (workspace.root / ".ccstate/emulator/state.json").exists()


def test_a_state_that_cannot_be_reached_is_told_without_a_traceback(workspace: Workspace) -> None:
    workspace.write("tags.yaml", TAGS)
    workspace.write("ccstate.yaml", "state: http://127.0.0.1:9/mail\n")
    assert "state-unreachable" in workspace.run("plan", "--refresh=none").failed().err
