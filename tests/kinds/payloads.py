"""Answers of the service, in their documented shapes, and intents to write with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ccstate.core.desired import Desired
from ccstate.core.diagnostics import Severity
from ccstate.core.kind import Intent, Kind, Steps
from ccstate.core.live import Live
from ccstate.core.plan import Step
from ccstate.core.steps import encode, resolve_json
from ccstate.core.values import Json, Ref
from ccstate.core.wire import Response
from tests.core.build import KINDS, drive, with_ids

LIST: Json = {
    "list_id": "3f0c1a52-6a11-11f0-9d3e-fa163e6b01c1",
    "name": "Donors 2026",
    "description": "Annual fund",
    "favorite": False,
    "created_at": "2026-05-04T09:15:22Z",
    "updated_at": "2026-05-04T09:15:22Z",
}
TAG: Json = {
    "tag_id": "b7d1c8a0-6a12-11f0-a1a1-fa163e6b01c1",
    "name": "Gala guest",
    "tag_source": "EVENTS",
    "created_at": "2026-05-04T09:21:07Z",
    "updated_at": "2026-05-04T09:21:07Z",
}
TEXT_FIELD: Json = {
    "custom_field_id": "c0a7",
    "label": "Customer ID",
    "name": "customer_id",
    "type": "string",
    "version": 1,
    "created_at": "2026-05-04T09:21:07Z",
    "updated_at": "2026-05-04T09:21:07Z",
}
SELECT_FIELD: Json = {
    "custom_field_id": "c0a8",
    "label": "Tier",
    "name": "tier",
    "type": "single_select",
    "metadata": {"display_type": "dropdown"},
    "choices": [
        {"custom_field_id": "c0a8", "choice_id": 102, "choice_label": "Silver", "display_order": 2},
        {"custom_field_id": "c0a8", "choice_id": 101, "choice_label": "Gold", "display_order": 1},
        {
            "custom_field_id": "c0a8",
            "choice_id": 100,
            "choice_label": "Lead",
            "display_order": 3,
            "deleted_at": "2026-05-05",
        },
    ],
}
SEGMENT_ITEM: Json = {
    "name": "Sleepy 5",
    "segment_id": 14,
    "created_at": "2026-05-04T09:30:00.000Z",
    "edited_at": "2026-05-04T09:30:00.000Z",
}
SEGMENT: Json = {
    **SEGMENT_ITEM,
    "segment_criteria": '{"version":"1.0.0","criteria":{"type":"and","group":[{"source":"tracking",'
    '"field":"not_opened","op":"contains-any","const_value":"last-n-campaigns","param":"5"}]}}',
}
CAMPAIGN_ITEM: Json = {
    "campaign_id": "71a9c14e",
    "name": "May news",
    "type": "CUSTOM_CODE_EMAIL",
    "type_code": 26,
    "current_status": "Draft",
    "created_at": "2026-05-04T09:31:00.000Z",
    "updated_at": "2026-05-04T09:31:00.000Z",
}
CAMPAIGN: Json = {
    **CAMPAIGN_ITEM,
    "current_status": "DRAFT",
    "campaign_activities": [
        {"campaign_activity_id": "f6d2f5d5", "role": "permalink"},
        {"campaign_activity_id": "70b83958", "role": "primary_email"},
    ],
}
ACTIVITY: Json = {
    "campaign_activity_id": "70b83958",
    "campaign_id": "71a9c14e",
    "role": "primary_email",
    "contact_list_ids": ["3f0c"],
    "segment_ids": [],
    "current_status": "DRAFT",
    "format_type": 5,
    "from_email": "news@example.org",
    "from_name": "Example",
    "reply_to_email": "news@example.org",
    "subject": "Hello May",
    "preheader": "What is new",
    "html_content": "<html><body>[[trackingImage]]</body></html>",
}
SCHEDULES: Json = [{"scheduled_date": "2026-06-01T14:00:00.000Z"}]


def read(kind: str, **page: Json) -> tuple[Live, ...]:
    """The objects of a collection of one page."""
    found, _ = drive(KINDS[kind].collection(), Response(200, page))
    return found


def intent(want: Desired, live: Live | None = None, *changed: str) -> Intent:
    return Intent(want.address, want.fields, frozenset(changed), live)


def seen(steps: Iterable[Step]) -> list[tuple[str, Json]]:
    """`("PUT /contact_lists/1", body)` of each step, references as `<address>`."""
    return [
        (f"{each.method} {''.join(_part(part) for part in each.path)}", _plain(each.body)) for each in steps
    ]


def _part(part: Any) -> str:
    return part if isinstance(part, str) else f"<{part.address}.{part.attr}>"


def _plain(body: Any) -> Json:
    blobs: dict[str, str] = {}
    document = encode(body, blobs)
    return resolve_json(document, lambda found: _id(found), blobs)


def _id(reference: Ref) -> str:
    return str(with_ids(reference))


def codes(kind: Kind, want: Desired) -> list[str]:
    """The codes of the kind's complaints."""
    return [each.code for each in kind.check(want)]


def errors(kind: Kind, want: Desired) -> list[str]:
    """The paths of the kind's errors."""
    return [each.path for each in kind.check(want) if each.severity is Severity.ERROR]


def only(steps: Steps) -> Step:
    (found,) = steps
    return found
