"""Calls of every shape that the contract allows, and many that it does not: no 500, ever.

schemathesis makes them from the vendor's contract, where that is beside the checkout; ids of real objects are
slipped in, as random ones would mostly end in 404. Comes with the extra `proof`.
"""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.emulator import contract
from tests.emulator.client import TOKEN, Emulated, emulated

requests = pytest.importorskip("requests")
schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed: extra `proof`")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not contract.present(), reason="the vendor's contract is not beside this checkout"),
]
SEED: dict[str, Any] = {
    "lists": [{"name": "Newsletter", "members": 5}, "Volunteers"],
    "tags": [{"name": "VIP", "contacts": 2}],
    "custom_fields": [{"label": "Tier", "type": "single_select", "choices": ["Gold", "Silver"]}],
    "segments": [{"name": "All", "criteria": {"version": "1.0.0", "criteria": {"type": "and", "group": [
        {"source": "contact", "field": "list_membership", "op": "eq", "value": "x"}]}}}],
    "campaigns": [
        {"name": "May", "lists": ["Newsletter"]},
        {"name": "June", "status": "SCHEDULED", "lists": ["Newsletter"],
         "scheduled_date": "2035-06-01T13:00:00Z"},
        {"name": "April", "status": "DONE", "lists": ["Newsletter"], "sent_at": "2026-04-01T13:00:00Z"},
    ],
}  # fmt: skip


def operations() -> list[Any]:
    if not contract.present():
        return []
    document = yaml.load(contract.CONTRACT.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    schema = schemathesis.openapi.from_dict(document)
    return [found.ok() for found in schema.get_all_operations()]


def ids(emulator: Emulated) -> dict[str, list[str]]:
    """What a path parameter of a name may hold, so that some calls hit something."""
    campaigns = [campaign["campaign_id"] for campaign in emulator.get("/v3/emails")["campaigns"]]
    details = [emulator.get(f"/v3/emails/{campaign}")["campaign_activities"] for campaign in campaigns]
    activities = [each["campaign_activity_id"] for detail in details for each in detail]
    return {
        "list_id": [each["list_id"] for each in emulator.get("/v3/contact_lists")["lists"]],
        "tag_id": [each["tag_id"] for each in emulator.get("/v3/contact_tags")["tags"]],
        "custom_field_id": [
            each["custom_field_id"] for each in emulator.get("/v3/contact_custom_fields")["custom_fields"]
        ],
        "segment_id": ["1"],
        "contact_id": [each["contact_id"] for each in emulator.get("/v3/contacts")["contacts"]],
        "campaign_id": campaigns,
        "campaign_ids": campaigns,
        "campaign_activity_id": activities,
        "campaign_activity_ids": activities,
        "resend_request_id": ["DRAFT"],
        "topic_id": ["1", "2"],
    }


@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.label)
def test_any_call_gets_a_documented_answer(operation: Any) -> None:
    emulator = emulated(seed=SEED)
    known = ids(emulator)

    modes = [operation.as_strategy(generation_mode=mode) for mode in schemathesis.GenerationMode]

    @given(case=st.one_of(modes), data=st.data())
    @settings(
        max_examples=25, phases=(Phase.generate,), suppress_health_check=list(HealthCheck), deadline=None
    )
    def holds(case: Any, data: st.DataObject) -> None:
        for name in case.path_parameters or {}:
            if name in known and data.draw(st.booleans(), label=f"a real {name}"):
                case.path_parameters[name] = data.draw(st.sampled_from(known[name]), label=name)
        answer = send(emulator, case)
        assert answer.status_code < 500, answer.text

    holds()


def send(emulator: Emulated, case: Any) -> httpx.Response:
    """The call as requests would put it on the wire, over ASGI."""
    wire = requests.Request(**case.as_transport_kwargs(base_url="http://emulator.test/v3")).prepare()
    body = wire.body.encode() if isinstance(wire.body, str) else wire.body or b""
    headers = {name.encode(): _bytes(value) for name, value in wire.headers.items() if value is not None}
    headers[b"Authorization"] = f"Bearer {TOKEN}".encode()

    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(app=emulator.app)
        async with httpx.AsyncClient(transport=transport) as client:
            return await client.request(wire.method or "GET", wire.url or "", headers=headers, content=body)

    return asyncio.run(run())


def _bytes(value: str | bytes) -> bytes:
    return value.encode("latin-1", "replace") if isinstance(value, str) else value
