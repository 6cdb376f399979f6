"""Tags: name and tag_source. Deleting one takes it off every contact.

Facts: API contract and guide for tags. `tag_source` cannot change after creation, and the answer to a PUT
leaves it out: an absent one means unknown, not drift.
"""

from __future__ import annotations

from ccstate.core.kind import BulkDelete, Field, Intent, Kind, Steps, Subject, Unique, text_or_empty
from ccstate.core.live import Live
from ccstate.core.plan import FieldChange
from ccstate.core.values import Fields, Json, same_name
from ccstate.core.wire import Flow
from ccstate.kinds import _counts, _uses
from ccstate.kinds._common import (
    contacts_lost,
    contacts_write,
    delete_by_id,
    draft,
    known,
    read_all,
    read_one,
)

_FIELDS = (
    Field("name"),
    Field(
        "tag_source",
        canonical=text_or_empty,
        clearable=False,
        keeps="the service keeps a tag's source for good",
        forces_replace=True,
        unless_absent=True,
    ),
)


def _decode(body: Json) -> Fields:
    source = body.get("tag_source")
    return {"name": body["name"], **({"tag_source": source} if source else {})}


def _live(body: Json) -> Live:
    return Live(
        kind="tag",
        remote_id=body["tag_id"],
        natural_key=body["name"],
        fields=_decode(body),
        extra={"contacts": body.get("contacts_count"), "created_at": body.get("created_at") or ""},
    )


_PAGE = 500


def _collection() -> Flow[tuple[Live, ...]]:
    query = {"limit": str(_PAGE), "include_count": "true"}
    return (yield from read_all("/contact_tags", query, "tags", _live))


def _detail(live: Live) -> Flow[Live | None]:
    return (yield from read_one(f"/contact_tags/{live.remote_id}", _live))


def _create(intent: Intent) -> Steps:
    body = {name: value for name, value in intent.want.items() if value not in (None, "")}
    return (
        draft(
            intent.address,
            "create",
            "POST",
            "/contact_tags",
            body=body,
            capture={"remote_id": "/tag_id"},
            applies=tuple(sorted(intent.want)),
            observes=True,
        ),
    )


def _update(intent: Intent) -> Steps:
    live = known(intent)
    if not intent.changed:
        return ()
    body = {"name": intent.want["name"]}
    step = draft(
        intent.address,
        "update",
        "PUT",
        "/contact_tags/",
        live.remote_id,
        body=body,
        applies=("name",),
        observes=True,
    )
    return (step,)


def _rename(intent: Intent, name: str) -> Steps:
    body = {"name": name}
    live = known(intent)
    return (draft(intent.address, "step aside", "PUT", "/contact_tags/", live.remote_id, body=body),)


def _delete(intent: Intent) -> Steps:
    return delete_by_id(intent, "/contact_tags/", wait="/activity_id")


def _loses(subject: Subject, fields: tuple[FieldChange, ...], removed: bool) -> str:
    return contacts_lost(_contacts(subject), "the tag on", "the tag on its contacts") if removed else ""


def _contacts(subject: Subject) -> int | None:
    contacts: int | None = subject.live.extra.get("contacts") if subject.live is not None else 0
    return contacts


KIND = Kind(
    name="tag",
    section="tags",
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
    rename=_rename,
    bulk_delete=BulkDelete("/activities/contacts_tags_delete", "tag_ids", fewest=2, most=500),
    unique=(Unique("name", lambda fields: same_name(fields["name"])),),
    loses=_loses,
    needs=contacts_write,
    impact=_counts.contacts_impact(_contacts),
    questions=_counts.both(_uses.asked_by("segment"), _counts.consent_when(_loses)),
)
