"""Shapes: what the contract and the guide say of the bodies that answers carry, for what is read of them.

A shape names the members that must be there and the types of those that may. Services add members without
notice, so that one which is not named is no mistake.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator

from ccstate.core.values import Json
from tests.cassettes.files import Exchange

Shape = Mapping[str, Any]

TEXT: Final[Shape] = {"type": "string"}
FLAG: Final[Shape] = {"type": "boolean"}
NUMBER: Final[Shape] = {"type": "integer"}
MAYBE_TEXT: Final[Shape] = {"type": ["string", "null"]}
UUID: Final[Shape] = {"type": "string", "pattern": r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}
MOMENT: Final[Shape] = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$",
}
HREF: Final[Shape] = {"type": ["string", "null"], "pattern": "^(/v3/.*)?$"}
LINKS: Final[Shape] = {
    "type": ["object", "null"],
    "properties": {"next": {"type": ["object", "null"], "properties": {"href": HREF}}},
}


def thing(required: Mapping[str, Shape], **optional: Shape) -> Shape:
    return {
        "type": "object",
        "required": sorted(required),
        "properties": {**required, **optional},
    }


def many(items: Shape, fewest: int = 0) -> Shape:
    return {"type": "array", "items": items, "minItems": fewest}


def collection(key: str, items: Shape) -> Shape:
    return thing({key: many(items)}, _links=LINKS)


LIST: Final = thing(
    {"list_id": UUID, "name": TEXT},
    description=MAYBE_TEXT,
    favorite=FLAG,
    created_at=MOMENT,
    updated_at=MOMENT,
    deleted_at=MOMENT,
    membership_count=NUMBER,
)
TAG: Final = thing(
    {"tag_id": UUID, "name": TEXT},
    tag_source=MAYBE_TEXT,
    contacts_count=NUMBER,
    created_at=MOMENT,
    updated_at=MOMENT,
)
CHOICE: Final = thing({"choice_id": NUMBER, "choice_label": TEXT, "display_order": NUMBER}, deleted_at=TEXT)
METADATA: Final[Shape] = {
    "type": ["object", "null"],
    "properties": {
        "display_type": {"enum": ["dropdown", "checkbox", "radio", None]},
        "allow_negative": FLAG,
        "decimal_places": NUMBER,
        "currency_code": {"type": "string", "pattern": "^[A-Za-z]{3}$"},
        "integer": FLAG,
        "display_format": TEXT,
    },
}
FIELD: Final = thing(
    {"custom_field_id": UUID, "label": TEXT, "name": TEXT, "type": TEXT},
    choices=many(CHOICE),
    metadata=METADATA,
    version=NUMBER,
    created_at=MOMENT,
    updated_at=MOMENT,
)
# An int32, and no UUID as everywhere else.
SEGMENT: Final = thing(
    {
        "segment_id": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
        "name": TEXT,
        "created_at": MOMENT,
        "edited_at": MOMENT,
    }
)
# The criteria are JSON inside a text.
WHOLE_SEGMENT: Final = {"allOf": [SEGMENT, thing({"segment_criteria": {**TEXT, "maxLength": 20_000}})]}
STATUS: Final[Shape] = {
    "type": "string",
    "pattern": "^(?i:draft|scheduled|executing|done|error|removed)$",
}
CAMPAIGN: Final = thing(
    {"campaign_id": UUID, "name": TEXT, "current_status": STATUS, "created_at": MOMENT, "updated_at": MOMENT},
    type=TEXT,
    type_code=NUMBER,
)
ROLE: Final = thing({"campaign_activity_id": UUID, "role": TEXT})
WHOLE_CAMPAIGN: Final = {"allOf": [CAMPAIGN, thing({"campaign_activities": many(ROLE, fewest=1)})]}
FOOTER: Final = thing(
    {"address_line1": TEXT, "country_code": TEXT, "organization_name": TEXT},
    city=TEXT,
    state_code=TEXT,
    postal_code=TEXT,
)
MAIL: Final = thing(
    {
        "campaign_activity_id": UUID,
        "campaign_id": UUID,
        "role": {"const": "primary_email"},
        "current_status": STATUS,
        "format_type": NUMBER,
        "from_email": TEXT,
        "from_name": TEXT,
        "reply_to_email": TEXT,
        "subject": TEXT,
        "contact_list_ids": many(UUID),
        "segment_ids": {**many(NUMBER), "maxItems": 1},
    },
    preheader=MAYBE_TEXT,
    html_content=TEXT,
    physical_address_in_footer=FOOTER,
)
WHOLE_MAIL: Final = {"allOf": [MAIL, thing({"html_content": TEXT})]}
SCHEDULES: Final = many(thing({"scheduled_date": MOMENT}))
ACTIVITY: Final = thing(
    {
        "activity_id": UUID,
        "state": {"enum": ["initialized", "processing", "completed", "cancelled", "failed", "timed_out"]},
        "percent_done": NUMBER,
        "activity_errors": many({"anyOf": [TEXT, thing({"message": TEXT})]}),
    }
)
SUMMARY: Final = thing({"encoded_account_id": TEXT, "organization_name": TEXT, "time_zone_id": TEXT})
EMAILS: Final = many(
    thing(
        {"email_id": NUMBER, "email_address": TEXT, "confirm_status": {"enum": ["CONFIRMED", "UNCONFIRMED"]}},
        confirm_time=MOMENT,
    ),
    fewest=1,
)
ERROR: Final = thing({"error_key": TEXT, "error_message": TEXT})
NOTHING: Final[Shape] = {"type": "null"}

CALLS: Final[Mapping[str, tuple[int, Shape]]] = {
    "GET /contact_lists": (200, collection("lists", LIST)),
    "POST /contact_lists": (201, LIST),
    "GET /contact_lists/ID": (200, LIST),
    "PUT /contact_lists/ID": (200, LIST),
    "DELETE /contact_lists/ID": (202, ACTIVITY),
    "POST /activities/list_delete": (201, ACTIVITY),
    "GET /contact_tags": (200, collection("tags", TAG)),
    "POST /contact_tags": (201, TAG),
    "GET /contact_tags/ID": (200, TAG),
    "PUT /contact_tags/ID": (200, TAG),
    "DELETE /contact_tags/ID": (202, ACTIVITY),
    "POST /activities/contacts_tags_delete": (201, ACTIVITY),
    "GET /contact_custom_fields": (200, collection("custom_fields", FIELD)),
    "POST /contact_custom_fields": (201, FIELD),
    "GET /contact_custom_fields/ID": (200, FIELD),
    "PUT /contact_custom_fields/ID": (200, FIELD),
    "DELETE /contact_custom_fields/ID": (204, NOTHING),
    "POST /activities/custom_fields_delete": (201, ACTIVITY),
    "GET /activities/ID": (200, ACTIVITY),
    "GET /segments": (200, collection("segments", SEGMENT)),
    "POST /segments": (201, WHOLE_SEGMENT),
    "GET /segments/ID": (200, WHOLE_SEGMENT),
    "PUT /segments/ID": (200, WHOLE_SEGMENT),
    "PATCH /segments/ID/name": (200, WHOLE_SEGMENT),
    "DELETE /segments/ID": (204, NOTHING),
    "GET /emails": (200, collection("campaigns", CAMPAIGN)),
    # Not 201: the one create of the API that answers 200.
    "POST /emails": (200, WHOLE_CAMPAIGN),
    "GET /emails/ID": (200, WHOLE_CAMPAIGN),
    "PATCH /emails/ID": (200, WHOLE_CAMPAIGN),
    "DELETE /emails/ID": (204, NOTHING),
    "GET /emails/activities/ID": (200, WHOLE_MAIL),
    "PUT /emails/activities/ID": (200, MAIL),
    "GET /emails/activities/ID/schedules": (200, SCHEDULES),
    "POST /emails/activities/ID/schedules": (201, SCHEDULES),
    "DELETE /emails/activities/ID/schedules": (204, NOTHING),
    "GET /account/summary": (200, SUMMARY),
    "GET /account/emails": (200, EMAILS),
}
"""Each call that is recorded: what success is, and what comes with it."""


def call_of(exchange: Exchange) -> str:
    """The key of a call in `CALLS`, or what it looks like where there is none."""
    path = urlsplit(exchange.url).path.removeprefix("/v3")
    said = f"{exchange.method} {path}"
    if said in CALLS:
        return said
    patterns = ((each, each.replace("ID", r"[\w-]+")) for each in CALLS)
    return next((each for each, pattern in patterns if re.fullmatch(pattern, said)), said)


def complaints(exchange: Exchange) -> Iterator[str]:
    """Where an answer differs from what is documented."""
    call = call_of(exchange)
    if call not in CALLS:
        yield f"{call}: not documented here"
        return
    status, shape = CALLS[call]
    if exchange.status >= 400:
        yield from _differences(call, _error_shape(exchange.status), exchange.answer)
        return
    if exchange.status != status:
        yield f"{call}: {exchange.status}, documented is {status}"
    yield from _differences(call, shape, exchange.answer)


def _error_shape(status: int) -> Shape:
    """Gateways answer with one error, the services with an array of them."""
    return ERROR if status in (401, 403, 429) else many(ERROR, fewest=1)


def _differences(call: str, shape: Shape, body: Json) -> Iterator[str]:
    for error in Draft202012Validator(shape).iter_errors(body):
        yield f"{call}: {error.json_path}: {error.message}"
