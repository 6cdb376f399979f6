"""Segments: a name and criteria in the API's own shape, compared by meaning.

Facts: API contract and guide for segments. The collection leaves the criteria out; a deleted segment still
answers by its id, with nothing to tell it from a living one; the criteria travel as a string of JSON.
"""

from __future__ import annotations

from collections.abc import Iterable

from ccstate.core.desired import Desired
from ccstate.core.diagnostics import Complaint
from ccstate.core.kind import Cached, Field, Form, Intent, Kind, Steps, Subject, Unique
from ccstate.core.live import Live
from ccstate.core.plan import FieldChange, Undo
from ccstate.core.steps import AsText
from ccstate.core.values import Fields, Json, same_name
from ccstate.core.wire import Flow
from ccstate.kinds import _audience, _counts, _criteria, _uses
from ccstate.kinds._common import delete_by_id, draft, known, lists_write, read_all, read_one

_FIELDS = (
    Field("name"),
    Field("criteria", Form.CRITERIA, clearable=False, canonical=_criteria.canonical),
)


def _decode(body: Json) -> Fields:
    fields: dict[str, Json] = {"name": body["name"]}
    if body.get("segment_criteria") is not None:
        fields["criteria"] = _criteria.parse(body["segment_criteria"])
    return fields


def _live(body: Json) -> Live:
    return Live(
        kind="segment",
        remote_id=str(body["segment_id"]),
        natural_key=body["name"],
        fields=_decode(body),
        extra={"created_at": body.get("created_at") or "", "edited_at": body.get("edited_at") or ""},
    )


_PAGE = 1000


def _collection() -> Flow[tuple[Live, ...]]:
    return (yield from read_all("/segments", {"limit": str(_PAGE)}, "segments", _live))


def _detail(live: Live) -> Flow[Live | None]:
    return (yield from read_one(f"/segments/{live.remote_id}", _live))


def _body(intent: Intent) -> Json:
    return {
        "name": intent.want["name"],
        "segment_criteria": AsText(_criteria.document(intent.want["criteria"])),
    }


def _create(intent: Intent) -> Steps:
    return (
        draft(
            intent.address,
            "create",
            "POST",
            "/segments",
            body=_body(intent),
            capture={"remote_id": "/segment_id"},
            applies=("criteria", "name"),
            observes=True,
        ),
    )


def _update(intent: Intent) -> Steps:
    """Only the name: PATCH, so that the criteria make no round trip."""
    live = known(intent)
    if not intent.changed:
        return ()
    if "criteria" not in intent.changed:
        return _patch_name(intent, intent.want["name"], "rename", ("name",))
    step = draft(
        intent.address,
        "update",
        "PUT",
        "/segments/",
        live.remote_id,
        body=_body(intent),
        applies=("criteria", "name"),
        observes=True,
    )
    return (step,)


def _patch_name(intent: Intent, name: str, verb: str, applies: tuple[str, ...]) -> Steps:
    path = ("/segments/", known(intent).remote_id, "/name")
    return (draft(intent.address, verb, "PATCH", *path, body={"name": name}, applies=applies),)


def _rename(intent: Intent, name: str) -> Steps:
    return _patch_name(intent, name, "step aside", ())


def _delete(intent: Intent) -> Steps:
    return delete_by_id(intent, "/segments/")


def _check(desired: Desired) -> Iterable[Complaint]:
    return _criteria.complaints(desired.fields.get("criteria"))


def _undo(fields: tuple[FieldChange, ...], subject: Subject) -> Undo:
    """Other criteria are another audience for what is about to go out to them."""
    live = subject.live
    redefined = any(each.path.partition(".")[0] == "criteria" for each in fields)
    if redefined and live is not None and _audience.sends_of(live.remote_id, subject.context):
        return Undo.REACHES_PEOPLE
    return Undo.REVERSIBLE


KIND = Kind(
    name="segment",
    section="segments",
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
    unique=(Unique("name", lambda fields: same_name(fields["name"])),),
    answers_when_deleted=True,
    needs_detail=lambda live: "criteria" not in live.fields,
    cached=Cached(fields=("criteria",), stamp=lambda live: str(live.extra.get("edited_at") or "")),
    check=_check,
    undo_delete=Undo.IRREVERSIBLE,
    refers_to=frozenset({"list", "tag", "custom_field"}),
    uses=_uses.by_segment,
    needs=lists_write,
    undo=_undo,
    impact=_audience.segment_impact,
    questions=_counts.both(
        _uses.asked_by("campaign"), _audience.segment_questions, _counts.consent_when(undo=_undo)
    ),
)
