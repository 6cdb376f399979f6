"""Every sort of backend, each with a real server behind it.

What needs a package that is not installed is skipped, saying so; with NEEDS_SERVERS=1 it fails instead.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from ccstate.store.backend import Backend
from ccstate.store.backends import open_backend
from tests.remote import google, objects, postgres, web
from tests.workspace import Workspace

SORTS = ("local", "s3", "gs", "postgres", "http", "gitlab")
LEASED = ("s3", "gs", "postgres")


def _needs(what: str, *, present: bool) -> None:
    if present:
        return
    if os.environ.get("NEEDS_SERVERS"):
        pytest.fail(f"{what} is needed here")
    pytest.skip(f"{what} is not installed: extra `proof`")


@pytest.fixture(scope="session")
def s3_server() -> Iterator[dict[str, str]]:
    """Variables that lead to an S3-compatible server."""
    _needs("moto's server, and obstore", present=all(map(find_spec, ("moto", "flask", "obstore"))))
    with objects.serving() as variables:
        yield variables


@pytest.fixture(scope="session")
def gs_server() -> Iterator[dict[str, str]]:
    """Variables that lead to a stand-in for Google's store."""
    _needs("obstore", present=find_spec("obstore") is not None)
    with google.serving() as variables:
        yield variables


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[dict[str, str]]:
    """Variables that lead to a PostgreSQL server."""
    _needs("PostgreSQL, and psycopg", present=bool(find_spec("psycopg") and postgres.binaries()))
    with postgres.serving() as variables:
        yield variables


@pytest.fixture
def web_server() -> Iterator[web.Server]:
    """A server of the http protocol."""
    with web.serving(as_gitlab=False) as server:
        yield server


@pytest.fixture
def gitlab_server() -> Iterator[web.Server]:
    """The same, with GitLab's rules."""
    with web.serving(as_gitlab=True) as server:
        yield server


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty project."""
    return Workspace(tmp_path)


@pytest.fixture(params=SORTS)
def sort(request: pytest.FixtureRequest) -> str:
    """Each sort of backend in turn."""
    return str(request.param)


@pytest.fixture
def address(sort: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A state that nobody has written yet; the environment holds what leads there."""
    name = uuid.uuid4().hex
    if sort in ("http", "gitlab"):
        server = request.getfixturevalue("web_server" if sort == "http" else "gitlab_server")
        monkeypatch.setenv("CCSTATE_HTTP_USERNAME", web.USER)
        monkeypatch.setenv("CCSTATE_HTTP_PASSWORD", web.PASSWORD)
        path = f"/api/v4/projects/7/terraform/state/{name}" if sort == "gitlab" else f"/{name}"
        return f"{server.url}{path}"
    if sort == "local":
        return ""
    for variable, value in request.getfixturevalue(f"{sort}_server").items():
        monkeypatch.setenv(variable, value)
    return {
        "s3": f"s3://{objects.BUCKET}/{name}/state.json",
        "gs": f"gs://{google.BUCKET}/{name}/state.json",
        "postgres": f"postgresql:///postgres?project={name}",
    }[sort]


@pytest.fixture
def backend(address: str, tmp_path: Path) -> Backend:
    """The backend of that state."""
    open_backend.cache_clear()
    return open_backend(address, tmp_path / ".ccstate")


def another(address: str, tmp_path: Path) -> Backend:
    """The same place, as another process sees it."""
    open_backend.cache_clear()
    return open_backend(address, tmp_path / ".ccstate")
