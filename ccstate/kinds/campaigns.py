"""Campaigns: a custom-code email (format 5), its audience and the moment at which it goes out.

A campaign is two objects of the service, the campaign (name, status) and its primary activity (all else), and
a schedule that can only be taken down and set. Editing what is scheduled is one unit: unschedule, update,
schedule. What its life allows stands in `_campaign_life`, what holds it back in `_campaign_checks`.

Facts: API contract, guide and release notes for emails, activities and schedules. A PUT of the activity
wipes what it leaves out, but for the HTML and the footer address; statuses differ in case.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

from ccstate.core.desired import Desired
from ccstate.core.diagnostics import Complaint
from ccstate.core.kind import Cached, Intent, Kind, Steps, Subject, Unique
from ccstate.core.live import Live
from ccstate.core.plan import FieldChange, Step, Undo
from ccstate.core.state import Binding
from ccstate.core.steps import AsInteger, Blob
from ccstate.core.values import Fields, Json, Ref, Value, same_name
from ccstate.core.wire import Flow, Request, Response, ask
from ccstate.kinds import _audience, _campaign_checks, _campaign_life, _campaign_times, _uses
from ccstate.kinds._campaign_fields import CONTENT, FIELDS, HISTORY, canonical_schedule, instant, nobody
from ccstate.kinds._common import draft, known, read_all

_NAME_LIMIT: Final = 80
_INCLUDE: Final = {"include": "html_content,physical_address_in_footer"}


# Reading


def _decode(body: Json) -> Fields:
    """What a campaign, an activity or an array of schedules shows of the fields."""
    if isinstance(body, list):
        return {"schedule": canonical_schedule(body[0].get("scheduled_date")) if body else None}
    fields: dict[str, Json] = {}
    if "campaign_activity_id" not in body:
        return {"name": body["name"]} if "name" in body else {}
    fields["from"] = {"name": body.get("from_name") or "", "email": body.get("from_email") or ""}
    fields["reply_to"] = body.get("reply_to_email") or ""
    fields["subject"] = body.get("subject") or ""
    fields["preheader"] = body.get("preheader") or ""
    fields["audience"] = _decode_audience(body)
    if body.get("html_content") is not None:
        fields["html"] = body["html_content"]
    if body.get("physical_address_in_footer"):
        fields["footer"] = _decode_footer(body["physical_address_in_footer"])
    return fields


def _decode_audience(body: Json) -> Json:
    segments = body.get("segment_ids") or ()
    if segments:
        return {"segment": str(segments[0])}
    return {"lists": sorted(body.get("contact_list_ids") or ())}


_FOOTER: Final = (
    "organization_name",
    "address_line1",
    "address_line2",
    "address_line3",
    "city",
    "state_code",
    "state_non_us_name",
    "postal_code",
    "country_code",
)


def _decode_footer(body: Json) -> Json:
    """The writable members; names of country and state are derived by the service."""
    return {key: body[key] for key in _FOOTER if body.get(key)}


def _live(body: Json) -> Live:
    status = str(body.get("current_status") or "").upper()
    return Live(
        kind="campaign",
        remote_id=body["campaign_id"],
        natural_key=body["name"],
        fields={"name": body["name"]},
        status=status,
        extra={
            "created_at": body.get("created_at") or "",
            "updated_at": body.get("updated_at") or "",
            "type": body.get("type") or "",
        },
        gone=status == "REMOVED",
    )


_PAGE = 500


def _collection() -> Flow[tuple[Live, ...]]:
    return (yield from read_all("/emails", {"limit": str(_PAGE)}, "campaigns", _live))


def _detail(live: Live) -> Flow[Live | None]:
    """The activity, its schedule where it has one, and why it failed where it did.

    A remembered id that leads nowhere, or to another campaign's activity, is asked for again.
    """
    found = yield from _with_activity_id(live)
    if found is None or found.gone or not found.sub_ids.get("activity_id"):
        return found
    activity_id = found.sub_ids["activity_id"]
    answer = yield from ask(Request("GET", f"/emails/activities/{activity_id}", _INCLUDE, accept=(404,)))
    if found is live and not _is_of(live, answer):
        return (yield from _detail(live._replace(sub_ids={})))
    if answer.status == 404:
        return _changed(found, gone=True)
    found = _changed(found, fields=_decode(answer.body), activity=answer.body)
    if found.status == "SCHEDULED":
        schedules = yield from ask(Request("GET", f"/emails/activities/{activity_id}/schedules"))
        return found.with_fields(_decode(schedules.body or []))
    if found.status == "ERROR":
        history = yield from ask(Request("GET", f"/emails/activities/{activity_id}/send_history"))
        return _changed(found, reason=_reason(history.body))
    return found.with_fields({"schedule": None})


def _is_of(live: Live, answer: Response) -> bool:
    """Whether an answer is an activity of this campaign."""
    return answer.status != 404 and answer.body.get("campaign_id", live.remote_id) == live.remote_id


def _with_activity_id(live: Live) -> Flow[Live | None]:
    if live.sub_ids.get("activity_id") and live.status:
        return live
    answer = yield from ask(Request("GET", f"/emails/{live.remote_id}", accept=(404,)))
    if answer.status == 404:
        return None
    found = _live(answer.body)
    activities = answer.body.get("campaign_activities") or ()
    primary = next((each for each in activities if each.get("role") == "primary_email"), None)
    sub_ids = {"activity_id": primary["campaign_activity_id"]} if primary else {}
    return _changed(found, sub_ids=sub_ids)


def _changed(
    live: Live,
    *,
    fields: Fields | None = None,
    activity: Json = None,
    sub_ids: Mapping[str, str] | None = None,
    reason: str = "",
    gone: bool = False,
) -> Live:
    """The same campaign, knowing more; the activity's status is fresher than the collection's."""
    activity = activity or {}
    extra = {**live.extra, "reason": reason} if reason else live.extra
    if "format_type" in activity:
        extra = {**extra, "format_type": activity["format_type"]}
    return Live(
        kind=live.kind,
        remote_id=live.remote_id,
        natural_key=live.natural_key,
        fields={**live.fields, **(fields or {})},
        status=str(activity.get("current_status") or live.status).upper(),
        sub_ids=sub_ids if sub_ids is not None else live.sub_ids,
        extra=extra,
        gone=live.gone or gone,
    )


_REASONS: Final = {
    1: "a general error",
    2: "the account is under review",
    3: "the account cannot send (billing, or expired)",
    4: "too many contacts",
    5: "staged",
    6: "sent to a part only",
    7: "images that cannot be reached",
    8: "a link of more than 1,005 characters",
    9: "the sender could not be authenticated",
    10: "the sender could not be authenticated",
    11: "survey invitations are not allowed",
    12: "nobody was eligible",
}


def _reason(history: Json) -> str:
    """The words for the last send's reason code (API contract, send history)."""
    code = (history or [{}])[-1].get("reason_code")
    return f"{_REASONS.get(code, 'unknown')} (reason code {code})"


# Writing


def _create(intent: Intent) -> Steps:
    """POST takes no audience, so that is a PUT; the schedule comes last and is read back."""
    want = intent.want
    activity = _activity_body(intent, with_audience=False, html=True)
    created = ("from", "html", "name", "preheader", "reply_to", "subject", "footer")
    steps = [
        draft(
            intent.address,
            "create",
            "POST",
            "/emails",
            body={"name": want["name"], "email_campaign_activities": [{"format_type": 5, **activity}]},
            capture={
                "remote_id": "/campaign_id",
                "activity_id": "/campaign_activities/[role=primary_email]/campaign_activity_id",
            },
            applies=tuple(each for each in created if each in want),
        )
    ]
    if not nobody(want.get("audience")):
        steps.append(_put_step(intent, ("audience",), html=False))
    if want.get("schedule"):
        steps.extend(_schedule_steps(intent, instant(want["schedule"]), ("schedule",)))
    return tuple(steps)


def _update(intent: Intent) -> Steps:
    """What differs, in as few calls; around a live schedule as one unit."""
    live = known(intent)
    steps: list[Step] = []
    renames: Steps = ()
    if "name" in intent.changed:
        renames = _patch_name(intent, intent.want["name"], "rename", ("name",))
    content = tuple(name for name in CONTENT if name in intent.changed)
    reschedule = "schedule" in intent.changed
    if not content and not reschedule:
        return renames
    scheduled = live.status == "SCHEDULED"
    at = instant(intent.want.get("schedule")) if reschedule else live.fields.get("schedule")
    if scheduled:
        steps.append(_unschedule_step(intent, for_good=not at))
    if content:
        steps.append(_put_step(intent, content, html="html" in content))
    if at:
        steps.extend(_schedule_steps(intent, at, ("schedule",)))
    unit = str(intent.address) if scheduled else ""
    return (*renames, *(step._replace(unit=unit) for step in steps))


def _activity_id(intent: Intent) -> str | Ref:
    return intent.live.sub_ids["activity_id"] if intent.live else Ref(intent.address, "activity_id")


def _put_step(intent: Intent, applies: tuple[str, ...], *, html: bool) -> Step:
    return draft(
        intent.address,
        "update" if intent.live else "set audience",
        "PUT",
        "/emails/activities/",
        _activity_id(intent),
        body=_activity_body(intent, with_audience=True, html=html),
        applies=applies,
        observes=True,
    )


def _activity_body(intent: Intent, *, with_audience: bool, html: bool) -> Json:
    """All that a PUT would wipe goes along; HTML and footer only where they changed."""
    values = {**(intent.live.fields if intent.live else {}), **intent.want}
    body: dict[str, Json] = {
        "from_name": values["from"]["name"],
        "from_email": values["from"]["email"],
        "reply_to_email": values.get("reply_to") or values["from"]["email"],
        "subject": values["subject"],
    }
    if values.get("preheader") or intent.live:
        body["preheader"] = values.get("preheader") or ""
    if html:
        body["html_content"] = Blob(values["html"])
    if values.get("footer") and (not intent.live or "footer" in intent.changed):
        body["physical_address_in_footer"] = _footer_body(values["footer"], intent.live)
    if with_audience:
        body.update(_audience_body(values.get("audience")))
    return body


def _footer_body(footer: Fields, live: Live | None) -> Json:
    """A member that is left out keeps its value (API contract), so one that went is sent empty."""
    was = live.fields.get("footer") or {} if live is not None else {}
    return {**{name: "" for name in was if name not in footer}, **footer}


def _audience_body(audience: Value) -> Json:
    """Always both arrays: an omitted one is wiped as well, and says less."""
    audience = audience or {}
    segment = audience.get("segment")
    return {
        "contact_list_ids": list(audience.get("lists") or ()),
        "segment_ids": [AsInteger(segment)] if segment else [],
    }


def _unschedule_step(intent: Intent, *, for_good: bool) -> Step:
    """Taken down for good, that is what was wanted; else it is a gap that the memory must know."""
    path = ("/emails/activities/", _activity_id(intent), "/schedules")
    said = ("schedule",)
    return draft(
        intent.address,
        "unschedule",
        "DELETE",
        *path,
        applies=said if for_good else (),
        clears=() if for_good else said,
    )


def _schedule_steps(intent: Intent, at: str, applies: tuple[str, ...]) -> tuple[Step, Step]:
    """Set it, then read it back: what counts is the instant that the service holds."""
    path = ("/emails/activities/", _activity_id(intent), "/schedules")
    return (
        draft(intent.address, "schedule", "POST", *path, body={"scheduled_date": at}, applies=applies),
        draft(
            intent.address,
            "verify schedule",
            "GET",
            *path,
            expect={"selector": "/0/scheduled_date", "instant": at},
            observes=True,
        ),
    )


def _patch_name(intent: Intent, name: str, verb: str, applies: tuple[str, ...]) -> Steps:
    path = ("/emails/", known(intent).remote_id)
    return (draft(intent.address, verb, "PATCH", *path, body={"name": name}, applies=applies),)


def _rename(intent: Intent, name: str) -> Steps:
    return _patch_name(intent, name, "step aside", ())


def _delete(intent: Intent) -> Steps:
    """A scheduled one cannot be deleted, and a removed one keeps its name: unschedule, rename, delete."""
    live = known(intent)
    first = (_unschedule_step(intent, for_good=False),) if live.status == "SCHEDULED" else ()
    path = ("/emails/", live.remote_id)
    return (
        *first,
        *_patch_name(intent, _tombstone(live), "free the name", ()),
        draft(intent.address, "delete", "DELETE", *path, deposed=live.remote_id),
    )


def _tombstone(live: Live) -> str:
    """`<name> ~deleted <8 hex>`, cut to what a name holds; the same for the same campaign every time."""
    suffix = " ~deleted " + hashlib.sha256(live.remote_id.encode()).hexdigest()[:8]
    return str(live.fields["name"])[: _NAME_LIMIT - len(suffix)] + suffix


def _needs(step: Step) -> tuple[str, ...]:
    """Scheduling and deleting are privileges of their own (for deletes contract and guide disagree: both)."""
    if step.method == "GET":
        return ("campaign:read",)
    if step.path[-1] == "/schedules":
        return ("campaign:send",)
    return ("campaign:delete", "campaign:write") if step.method == "DELETE" else ("campaign:write",)


# Saying


def _undo(fields: tuple[FieldChange, ...], subject: Subject) -> Undo:
    """Whatever touches a schedule, or the content of what is scheduled, reaches people."""
    paths = {each.path.partition(".")[0] for each in fields}
    scheduled = subject.live is not None and subject.live.status == "SCHEDULED"
    if "schedule" in paths or (scheduled and paths - {"name"}):
        return Undo.REACHES_PEOPLE
    return Undo.REVERSIBLE


def _remembered_status(binding: Binding) -> str:
    """The status that a campaign had when it was last applied, for plans that read nothing."""
    if binding.sent:
        return "DONE"
    return "SCHEDULED" if binding.observed.get("schedule", binding.applied.get("schedule")) else "DRAFT"


def _check(desired: Desired) -> Iterable[Complaint]:
    """A moment without anybody to get the mail is refused by the service."""
    fields = desired.fields
    if fields.get("schedule") and "audience" in fields and nobody(fields["audience"]):
        yield Complaint(
            "schedule",
            "schedule-without-audience",
            "a campaign that nobody gets cannot be scheduled",
            "add lists or a segment under `audience`",
        )
    least, most = desired.expect.get("min"), desired.expect.get("max")
    if least is not None and most is not None and least > most:
        summary = f"no audience has at least {least:,} and at most {most:,} contacts"
        yield Complaint("audience.expect", "expect-impossible", summary, "make min the smaller one")


KIND = Kind(
    name="campaign",
    section="campaigns",
    natural_key="name",
    key_limit=_NAME_LIMIT,
    fields=FIELDS,
    page=_PAGE,
    collection=_collection,
    detail=_detail,
    decode=_decode,
    create=_create,
    update=_update,
    delete=_delete,
    rename=_rename,
    replaces="delete",  # never two of them scheduled at once
    unique=(Unique("name", lambda fields: same_name(fields["name"])),),
    needs_detail=lambda live: live.status not in HISTORY and not live.gone,
    cached=Cached(sub_ids=("activity_id",)),
    check=_check,
    stance=_campaign_life.stance,
    follow=_campaign_life.follow,
    adoptable=_campaign_life.adoptable,
    refers_to=frozenset({"list", "segment"}),
    uses=_uses.by_campaign,
    needs=_needs,
    questions=_campaign_checks.questions,
    objections=_campaign_checks.objections,
    too_late=_campaign_times.too_late,
    impact=_audience.impact,
    recount=_audience.recount,
    rejudge=_audience.rejudge,
    undo=_undo,
    undo_delete=Undo.RESTORABLE,
    remembered_status=_remembered_status,
)
