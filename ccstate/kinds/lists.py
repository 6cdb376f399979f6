"""Contact lists: name, description, favorite. Their names are public, their members are people.

Facts: API contract and guide for contact lists. A list is deleted by an activity (202) that removes its
memberships; membership is not remembered. An account keeps at least one list (knowledge base 31720).
"""

from __future__ import annotations

from ccstate.core.kind import (
    NEVER_REPLACED,
    BulkDelete,
    Field,
    Form,
    Intent,
    Kind,
    Steps,
    Subject,
    Unique,
    text_or_empty,
)
from ccstate.core.live import Live
from ccstate.core.plan import FieldChange, Step, Undo
from ccstate.core.values import Fields, Json, same_name
from ccstate.core.wire import Flow
from ccstate.kinds import _counts, _uses
from ccstate.kinds._common import contacts_lost, delete_by_id, draft, known, read_all, read_one

_FIELDS = (
    Field("name", undo=Undo.VISIBLE),
    Field("description", canonical=text_or_empty),
    Field("favorite", Form.FLAG, empty=False, canonical=bool),
)

# The prose of the contract says 500, its schema 1,000: 500 is safe under both.
_PAGE = 500
_BULK = BulkDelete("/activities/list_delete", "list_ids", fewest=2, most=100)


def _decode(body: Json) -> Fields:
    return {
        "name": body["name"],
        "description": body.get("description") or "",
        "favorite": bool(body.get("favorite")),
    }


def _live(body: Json) -> Live:
    return Live(
        kind="list",
        remote_id=body["list_id"],
        natural_key=body["name"],
        fields=_decode(body),
        extra={"members": body.get("membership_count"), "created_at": body.get("created_at") or ""},
        gone=bool(body.get("deleted_at")),
    )


def _collection() -> Flow[tuple[Live, ...]]:
    """With the members who can be mailed: a campaign reaches those. What a delete loses is asked apart."""
    query = {"limit": str(_PAGE), "include_count": "true", "include_membership_count": "active"}
    return (yield from read_all("/contact_lists", query, "lists", _live))


def _detail(live: Live) -> Flow[Live | None]:
    return (yield from read_one(f"/contact_lists/{live.remote_id}", _live))


def _create(intent: Intent) -> Steps:
    body = {name: value for name, value in intent.want.items() if value is not None}
    return (
        draft(
            intent.address,
            "create",
            "POST",
            "/contact_lists",
            body=body,
            capture={"remote_id": "/list_id"},
            applies=tuple(sorted(intent.want)),
            observes=True,
        ),
    )


def _put(intent: Intent, want: Fields, applies: tuple[str, ...], verb: str) -> Steps:
    """A PUT replaces all three fields, so those that nobody asked to change go back as just read."""
    live = known(intent)
    body = {field.name: want.get(field.name, live.fields[field.name]) for field in _FIELDS}
    step = draft(
        intent.address,
        verb,
        "PUT",
        "/contact_lists/",
        live.remote_id,
        body=body,
        applies=applies,
        observes=bool(applies),
    )
    return (step,)


def _update(intent: Intent) -> Steps:
    return _put(intent, intent.want, tuple(sorted(intent.want)), "update") if intent.changed else ()


def _rename(intent: Intent, name: str) -> Steps:
    return _put(intent, {"name": name}, (), "step aside")


def _delete(intent: Intent) -> Steps:
    return delete_by_id(intent, "/contact_lists/", wait="/activity_id")


def _loses(subject: Subject, fields: tuple[FieldChange, ...], removed: bool) -> str:
    if not removed:
        return ""
    return contacts_lost(_counts.all_members(subject), "the membership of", "its members")


def _needs(step: Step) -> tuple[str, ...]:
    """A bulk delete is the contacts' business, and so is asking how a delete went (API contract)."""
    if step.path == (_BULK.path,):
        return ("contacts:write",)
    return ("contacts:lists:write", "contacts:write") if step.wait else ("contacts:lists:write",)


def _undo(fields: tuple[FieldChange, ...], subject: Subject) -> Undo:
    return Undo.VISIBLE if any(each.path == "name" for each in fields) else Undo.REVERSIBLE


KIND = Kind(
    name="list",
    section="lists",
    natural_key="name",
    key_limit=255,
    fields=_FIELDS,
    page=_PAGE,
    collection=_collection,
    detail=_detail,
    decode=_decode,
    create=_create,
    update=_update,
    delete=_delete,
    replaces=NEVER_REPLACED,
    rename=_rename,
    bulk_delete=_BULK,
    most=1_000,
    fewest=1,
    unique=(Unique("name", lambda fields: same_name(fields["name"])),),
    loses=_loses,
    undo=_undo,
    needs=_needs,
    impact=_counts.contacts_impact(_counts.all_members),
    questions=_counts.both(
        _uses.asked_by("campaign", "segment"), _counts.members_when_deleted, _counts.consent_when(_loses)
    ),
)
