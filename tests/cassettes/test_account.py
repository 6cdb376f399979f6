"""The account: whose it is, and who may send."""

from __future__ import annotations

from ccstate.engine.reading import read_account
from ccstate.kinds import _facts
from tests.cassettes.scene import Scene, recorded


@recorded("summary")
def test_the_summary_says_whose_account_it_is(scene: Scene) -> None:
    account = scene.runner.run(read_account(scene.client))
    assert account.id
    assert account.organisation
    assert "/" in account.time_zone


@recorded("senders")
def test_the_senders_are_known_with_their_confirmation(scene: Scene) -> None:
    senders = scene.read(_facts.senders_question().flow())
    assert "CONFIRMED" in senders.values()
    assert set(senders.values()) <= {"CONFIRMED", "UNCONFIRMED"}


@recorded("clock")
def test_the_time_of_the_service_is_known_from_its_first_answer(scene: Scene) -> None:
    scene.send("GET", "/account/summary")
    assert scene.client.now is not None
