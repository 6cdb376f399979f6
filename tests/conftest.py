"""What all tests share: how hypothesis runs, and that answers are held to the vendor's contract.

`--hypothesis-profile=soak` looks longer.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina
from hypothesis import HealthCheck, settings

from ccstate.emulator.access import Caller
from ccstate.emulator.dispatch import Arrival
from ccstate.emulator.gateway import Gateway
from ccstate.emulator.wire import Answer
from tests.emulator import contract

settings.register_profile(
    "house", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("soak", settings.get_profile("house"), max_examples=2_000)
settings.load_profile("house")


_ANSWER = Gateway._answer


@pytest.fixture(autouse=True, scope="session")
def held_to_the_contract() -> Iterator[None]:
    """Look at each answer on its way out of the gateway, before faults spoil it."""
    if not contract.present():
        yield
        return

    def watched(gateway: Gateway, arrival: Arrival, caller: Caller, now: int) -> Answer:
        given = _ANSWER(gateway, arrival, caller, now)
        found = contract.complaints(arrival.method, arrival.path, given.status, given.body)
        assert not found, "\n".join(found)
        return given

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Gateway, "_answer", watched)
        yield


@pytest.fixture(autouse=True, scope="session")
def own_counters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Calls are counted, but not in the folder of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(autouse=True, scope="session")
def no_pauses() -> Iterator[None]:
    """Calls are repeated as often as ever, but nobody waits in between."""
    with stamina.set_testing(True, attempts=100, cap=True):
        yield


@pytest.fixture
def unwatched(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a benchmark: the gateway as everybody has it."""
    monkeypatch.setattr(Gateway, "_answer", _ANSWER)
