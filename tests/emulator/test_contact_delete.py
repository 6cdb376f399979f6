"""The bulk activity that deletes contacts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Emulated
from tests.emulator.people import ABSENT, fabricate, members, numbers, run, tagged

JOB = "contact_delete"


def deleted(emulator: Emulated) -> list[str]:
    rows = emulator.control("dump")["tables"]["contacts"]
    return [row["contact_id"] for row in rows if row["status"] == "deleted"]


def test_contacts_are_deleted_by_their_ids(emulator: Emulated) -> None:
    news = emulator.list("News")
    tag_id = emulator.post("/v3/contact_tags", {"name": "VIP"}).json()["tag_id"]
    chosen = fabricate(emulator, 3, lists=["News"], tags=["VIP"])
    done = run(emulator, JOB, {"contact_ids": chosen[:2]})
    assert (done["state"], done["status"], done["activity_errors"]) == ("completed", numbers(2, 2), [])
    assert (deleted(emulator), members(emulator, news)) == (chosen[:2], chosen[2:])
    assert tagged(emulator, tag_id) == chosen, "a contact that comes back has its tags"


def test_all_members_of_lists_are_deleted_and_the_lists_stay(emulator: Emulated) -> None:
    news, staff = emulator.list("News"), emulator.list("Staff")
    chosen = fabricate(emulator, 2, lists=["News"]) + fabricate(emulator, 1, lists=["News", "Staff"])
    rest = fabricate(emulator, 1, lists=["Staff"])
    done = run(emulator, JOB, {"list_ids": [news, ABSENT]})
    assert done["status"] == numbers(3, 3, list_count=2)
    assert done["activity_errors"] == [f"List {ABSENT} was not found"]
    assert (deleted(emulator), members(emulator, staff)) == (chosen, rest)
    assert len(emulator.get("/v3/contact_lists")["lists"]) == 2


def test_a_contact_is_deleted_once(emulator: Emulated) -> None:
    chosen = fabricate(emulator, 1)
    run(emulator, JOB, {"contact_ids": chosen})
    done = run(emulator, JOB, {"contact_ids": chosen})
    assert (done["state"], done["status"]) == ("completed", numbers(1, 0))
    assert done["activity_errors"] == [f"Contact {chosen[0]} was not found"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"contact_ids": []},
        {"contact_ids": [1]},
        {"contact_ids": ["x"]},
        {"contact_ids": [ABSENT], "list_ids": [ABSENT]},
        {"contact_ids": [ABSENT] * 501},
        {"list_ids": [ABSENT] * 51},
    ],
)
def test_a_body_that_is_not_documented_is_400(emulator: Emulated, body: Any) -> None:
    answer = emulator.post(f"/v3/activities/{JOB}", body)
    assert (answer.status_code, answer.json()[0]["error_key"]) == (400, "contacts.api.validation.error")
