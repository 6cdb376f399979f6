"""What bulk activities take on an account of 100,000 contacts."""

from __future__ import annotations

import os
import time
from typing import Any, Final

import pytest

from tests.benchmarks.measure import show
from tests.emulator.client import Emulated, emulated

_MANY: Final = int(os.environ.get("BENCHMARK_CONTACTS", "100000"))
_IMPORTED: Final = min(_MANY, 39_999)


@pytest.mark.benchmark
@pytest.mark.usefixtures("unwatched")
def test_bulk_activities_on_a_big_account() -> None:
    emulator = emulated(seed={"lists": [{"name": "Everybody", "members": _MANY}, "News"], "tags": ["VIP"]})
    everybody, news = (each["list_id"] for each in emulator.get("/v3/contact_lists")["lists"])
    (vip,) = (each["tag_id"] for each in emulator.get("/v3/contact_tags")["tags"])
    active, of_list = {"all_active_contacts": True}, {"list_ids": [everybody]}
    contacts = [{"email": f"{n}@example.org", "first_name": str(n)} for n in range(_IMPORTED)]
    rows = [
        (job, f"{persons:,}", f"{_seconds(emulator, job, body):.1f}")
        for job, persons, body in (
            ("add_list_memberships", _MANY, {"source": active, "list_ids": [news]}),
            ("remove_list_memberships", _MANY, {"source": of_list, "list_ids": [news]}),
            ("contacts_taggings_add", _MANY, {"source": active, "tag_ids": [vip]}),
            ("contact_exports", _MANY, {}),
            ("contacts_taggings_remove", _MANY, {"source": of_list, "tag_ids": [vip]}),
            ("contact_delete", _MANY, of_list),
            ("contacts_json_import", _IMPORTED, {"import_data": contacts, "list_ids": [news]}),
        )
    ]
    show(
        "bulk activities, seconds of processor; goal: 2, and 5 for an import",
        ("activity", "contacts", "s"),
        rows,
    )


def _seconds(emulator: Emulated, job: str, body: dict[str, Any]) -> float:
    started = time.process_time()
    answer = emulator.post(f"/v3/activities/{job}", body)
    done = emulator.get(answer.json()["_links"]["self"]["href"])
    assert (done["state"], done["activity_errors"]) == ("completed", [])
    return time.process_time() - started
