"""The fields of a campaign, their canonical forms, and the words that its modules share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ccstate.core.instants import canonical_instant
from ccstate.core.kind import Field, Form, text_or_empty
from ccstate.core.values import Value

CONTENT: Final = ("from", "reply_to", "subject", "preheader", "html", "footer", "audience")
"""What a PUT of the activity writes."""

HISTORY: Final = ("EXECUTING", "DONE")
"""The statuses of a campaign that is being sent or was sent."""


def canonical_from(value: Value) -> Value:
    return {"name": value.get("name") or "", "email": (value.get("email") or "").lower()} if value else {}


def _canonical_address(value: Value) -> Value:
    """Empty members are no members; the country is shown in either case by different services."""
    kept = {key: item for key, item in (value or {}).items() if item}
    return {**kept, "country_code": kept["country_code"].upper()} if "country_code" in kept else kept


def _canonical_audience(value: Value) -> Value:
    if value and value.get("segment"):
        return {"segment": value["segment"]}
    return {"lists": sorted((value or {}).get("lists") or (), key=str)}


def canonical_schedule(value: Value) -> Value:
    at = value.get("at") if isinstance(value, Mapping) else value
    return canonical_instant(at) if at else None


def _canonical_html(value: Value) -> Value:
    from ccstate.kinds import _html  # a parser, which only two unequal mails need

    return _html.canonical(value or "")


def _canonical_email(value: Value) -> Value:
    return (value or "").lower()


FIELDS = (
    Field("name"),
    Field("from", Form.OBJECT, empty={}, clearable=False, canonical=canonical_from),
    Field("reply_to", canonical=_canonical_email, clearable=False),
    Field("subject", clearable=False, canonical=text_or_empty),
    Field("preheader", canonical=text_or_empty),
    Field("html", Form.HTML, clearable=False, canonical=_canonical_html),
    Field(
        "footer",
        Form.OBJECT,
        empty={},
        clearable=False,
        keeps="the service has no way to remove a footer address; it can be changed",
        canonical=_canonical_address,
    ),
    Field("audience", Form.AUDIENCE, empty={"lists": []}, canonical=_canonical_audience),
    Field("schedule", Form.SCHEDULE, empty=None, canonical=canonical_schedule),
)


def nobody(audience: Value) -> bool:
    return not audience or not (audience.get("segment") or audience.get("lists"))


def instant(schedule: Value) -> str:
    """The moment of a schedule as it is sent, or an empty text."""
    found = canonical_schedule(schedule) if schedule else None
    return str(found) if found else ""
