"""A hand for tests of bulk activities: who is on a list, and an activity from its POST to its end."""

from __future__ import annotations

from typing import Any

from tests.emulator.client import Emulated

ABSENT = "3f0c1a52-6a11-11f0-9d3e-fa163e6b01c1"


def contact_ids(emulator: Emulated, table: str = "contacts", **where: Any) -> list[str]:
    """Of everybody, or of those in `memberships` or `taggings` of a list or tag; deleted ones too."""
    tables = emulator.control("dump")["tables"]
    wanted = {
        row["contact"] for row in tables[table] if all(row[name] == value for name, value in where.items())
    }
    return [row["contact_id"] for row in tables["contacts"] if row["contact"] in wanted]


def members(emulator: Emulated, list_id: str) -> list[str]:
    return contact_ids(emulator, "memberships", list_id=list_id)


def tagged(emulator: Emulated, tag_id: str) -> list[str]:
    return contact_ids(emulator, "taggings", tag_id=tag_id)


def fabricate(emulator: Emulated, count: int = 1, **more: Any) -> list[str]:
    """New contacts; answers their ids."""
    before = set(contact_ids(emulator))
    emulator.control("contacts", {"count": count, **more})
    return [each for each in contact_ids(emulator) if each not in before]


def run(emulator: Emulated, job: str, body: dict[str, Any]) -> Any:
    """Start an activity and answer what became of it."""
    started = emulator.post(f"/v3/activities/{job}", body)
    assert started.status_code == 201, started.text
    return emulator.get(started.json()["_links"]["self"]["href"])


def numbers(total: int, completed: int, **more: int) -> dict[str, int]:
    return {"items_total_count": total, "items_completed_count": completed, **more}
