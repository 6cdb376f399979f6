"""Contacts for the tests: made, changed and found in one line."""

from __future__ import annotations

from typing import Any

from tests.emulator.client import Emulated

PATH = "/v3/contacts"
SUBRESOURCES = (
    "custom_fields", "phone_numbers", "street_addresses", "list_memberships", "taggings", "notes",
    "sms_channel",
)  # fmt: skip


def body(address: str = "ann@example.com", **more: Any) -> dict[str, Any]:
    return {"email_address": {"address": address}, "create_source": "Account", **more}


def contact(emulator: Emulated, address: str = "ann@example.com", **more: Any) -> str:
    answer = emulator.post(PATH, body(address, **more))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["contact_id"])


def change(emulator: Emulated, contact_id: str, /, **more: Any) -> Any:
    answer = emulator.put(f"{PATH}/{contact_id}", {"update_source": "Account", **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def read(emulator: Emulated, contact_id: str, include: str = ",".join(SUBRESOURCES)) -> Any:
    return emulator.get(f"{PATH}/{contact_id}?include={include}")


def ids(emulator: Emulated, query: str = "") -> list[str]:
    """The contacts that a search finds, all pages of it."""
    return [found["contact_id"] for found in emulator.all(f"{PATH}?{query}", "contacts")]
