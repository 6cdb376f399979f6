"""Replaying is the default; with `--record-mode=rewrite` the calls go to a service and are written down."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccstate.api.client import Client, Endpoint
from tests.cassettes.files import CASSETTES
from tests.cassettes.scene import Scene
from tests.cassettes.scrub import Scrubber
from tests.cassettes.service import Service, recorded_service


@pytest.fixture(scope="session")
def recording(record_mode: str) -> bool:
    return record_mode != "none"


@pytest.fixture
def service(recording: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """The real address when replaying: nothing is there but the cassette."""
    if not recording:
        # Nobody is to be trusted, and reading the certificates of all that are would take most of the time.
        monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
        yield Service()
        return
    with recorded_service() as service:
        yield service


@pytest.fixture
def scrubber(service: Service) -> Scrubber:
    return Scrubber(service.origin)


@pytest.fixture
def vcr_config(scrubber: Scrubber) -> dict[str, Any]:
    return {
        "match_on": ["method", "scheme", "host", "port", "path", "query", "body"],
        "decode_compressed_response": True,
        # pytest-recording copies what it is given, bound methods with their objects, but not functions.
        "before_record_request": lambda request: scrubber.request(request),
        "before_record_response": lambda answer: scrubber.answer(answer),
    }


@pytest.fixture(scope="module")
def vcr_cassette_dir(request: pytest.FixtureRequest) -> str:
    """`test_lists.py` has its cassettes in `cassettes/lists`."""
    section = Path(request.node.path).stem.removeprefix("test_")
    return str(CASSETTES / section)


@pytest.fixture
def endpoint(service: Service) -> Endpoint:
    return Endpoint(service.url, service.token, service.rate)


@pytest.fixture
def scene(
    vcr: Any, endpoint: Endpoint, service: Service, scrubber: Scrubber, recording: bool
) -> Iterator[Scene]:
    """One client for one test; replayed, it must make every call that was recorded."""
    with asyncio.Runner() as runner:
        client = runner.run(Client(endpoint).__aenter__())
        scene = Scene(client, runner, pause=1.0 if recording else 0.0)
        yield scene
        scrubber.muted = True
        if service.lasting:
            scene.tidy()
        runner.run(client.__aexit__(None, None, None))
    assert recording or vcr.all_played, "a recorded call was not made again"
