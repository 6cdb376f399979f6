"""What the tables note by themselves."""

from __future__ import annotations

from tests.emulator.client import Emulated


def test_an_address_that_is_replaced_is_remembered_until_then(emulator: Emulated) -> None:
    emulator.control("contacts", {"count": 1})
    db = emulator.app.state.world.db
    db.run("UPDATE contacts SET first_name = 'Jo', updated_at = 6")
    assert db.rows("SELECT * FROM former_addresses") == []
    db.run("UPDATE contacts SET email_address = 'jo@example.com', updated_at = 7")
    assert db.rows("SELECT * FROM former_addresses") == [
        {"contact": 1, "until": 7, "email_address": "contact1@example.com"}
    ]


def test_a_campaign_remembers_when_it_was_last_sent(emulator: Emulated) -> None:
    campaign_id, activity_id = emulator.ready()
    db = emulator.app.state.world.db
    assert db.value("SELECT last_sent FROM campaigns") is None
    emulator.schedule(activity_id, "0")
    emulator.advance("PT5S")
    assert emulator.status(campaign_id) == "DONE"
    assert db.value("SELECT last_sent FROM campaigns") == db.value("SELECT run_date FROM sends")
