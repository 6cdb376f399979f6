"""Campaigns: a custom-code email (format 5), its audience and the moment at which it goes out.

A campaign is two objects of the service, the campaign (name, status) and its primary activity (all else), and
a schedule that can only be taken down and set. Editing what is scheduled is one unit: unschedule, update,
schedule. A campaign that is being sent or was sent is history.

Facts: API contract, guide and release notes for emails, activities and schedules. A PUT of the activity
wipes what it leaves out, but for the HTML and the footer address; statuses differ in case.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from ccstate.core.desired import Desired
from ccstate.core.diagnostics import Complaint, Diagnostic, error, warning
from ccstate.core.instants import canonical_instant, parse_instant
from ccstate.core.kind import (
    Context,
    Draft,
    Field,
    Form,
    Intent,
    Kind,
    Objection,
    Question,
    Stance,
    Steps,
    Subject,
    Unique,
    matches,
    text_or_empty,
)
from ccstate.core.live import Live
from ccstate.core.plan import Action, FieldChange, Status, Step, Undo
from ccstate.core.state import Binding
from ccstate.core.steps import AsInteger, Blob
from ccstate.core.values import UNSET, Fields, Json, Ref, Value, memo, same_name
from ccstate.core.wire import Flow, Request, ask
from ccstate.kinds import _facts, _html
from ccstate.kinds._common import draft, known, read_all

_NAME_LIMIT: Final = 80
_INCLUDE: Final = {"include": "html_content,physical_address_in_footer"}
_HISTORY: Final = ("EXECUTING", "DONE")
_WRITABLE: Final = ("DRAFT", "SCHEDULED")
# Three or four calls at four a second, with room for slow answers (domain practice: a minute ahead at least).
_UNIT_TIME: Final = timedelta(seconds=75)
_CONTENT: Final = ("from", "reply_to", "subject", "preheader", "html", "footer", "audience")


def _canonical_from(value: Value) -> Value:
    return {"name": value.get("name") or "", "email": (value.get("email") or "").lower()} if value else {}


def _canonical_address(value: Value) -> Value:
    """Empty members are no members; the country is shown in either case by different services."""
    kept = {key: item for key, item in (value or {}).items() if item}
    return {**kept, "country_code": kept["country_code"].upper()} if "country_code" in kept else kept


def _canonical_audience(value: Value) -> Value:
    if value and value.get("segment"):
        return {"segment": value["segment"]}
    return {"lists": sorted((value or {}).get("lists") or (), key=str)}


def _canonical_schedule(value: Value) -> Value:
    at = value.get("at") if isinstance(value, Mapping) else value
    return canonical_instant(at) if at else None


def _canonical_html(value: Value) -> Value:
    return _html.canonical(value or "")


def _canonical_email(value: Value) -> Value:
    return (value or "").lower()


_FIELDS = (
    Field("name"),
    Field("from", Form.OBJECT, empty={}, clearable=False, canonical=_canonical_from),
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
    Field("schedule", Form.SCHEDULE, empty=None, canonical=_canonical_schedule),
)


# Reading


def _decode(body: Json) -> Fields:
    """What a campaign, an activity or an array of schedules shows of the fields."""
    if isinstance(body, list):
        return {"schedule": _canonical_schedule(body[0].get("scheduled_date")) if body else None}
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
        extra={"updated_at": body.get("updated_at") or "", "type": body.get("type") or ""},
        gone=status == "REMOVED",
    )


def _collection() -> Flow[tuple[Live, ...]]:
    return (yield from read_all("/emails", {"limit": "500"}, "campaigns", _live))


def _detail(live: Live) -> Flow[Live | None]:
    """The activity, its schedule where it has one, and why it failed where it did."""
    found = yield from _with_activity_id(live)
    if found is None or found.gone or not found.sub_ids.get("activity_id"):
        return found
    activity_id = found.sub_ids["activity_id"]
    answer = yield from ask(Request("GET", f"/emails/activities/{activity_id}", _INCLUDE, accept=(404,)))
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
    if not _nobody(want.get("audience")):
        steps.append(_put_step(intent, ("audience",), html=False))
    if want.get("schedule"):
        steps.extend(_schedule_steps(intent, _instant(want["schedule"]), ("schedule",)))
    return tuple(steps)


def _update(intent: Intent) -> Steps:
    """What differs, in as few calls; around a live schedule as one unit."""
    live = known(intent)
    steps: list[Step] = []
    renames: Steps = ()
    if "name" in intent.changed:
        renames = _patch_name(intent, intent.want["name"], "rename", ("name",))
    content = tuple(name for name in _CONTENT if name in intent.changed)
    reschedule = "schedule" in intent.changed
    if not content and not reschedule:
        return renames
    scheduled = live.status == "SCHEDULED"
    at = _instant(intent.want.get("schedule")) if reschedule else live.fields.get("schedule")
    if scheduled:
        steps.append(_unschedule_step(intent, for_good=not at))
    if content:
        steps.append(_put_step(intent, content, html="html" in content))
    if at:
        steps.extend(_schedule_steps(intent, at, ("schedule",)))
    unit = str(intent.address) if scheduled else ""
    return (*renames, *(replace(step, unit=unit) for step in steps))


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
        body["physical_address_in_footer"] = dict(values["footer"])
    if with_audience:
        body.update(_audience_body(values.get("audience")))
    return body


def _audience_body(audience: Value) -> Json:
    """Always both arrays: an omitted one is wiped as well, and says less."""
    audience = audience or {}
    segment = audience.get("segment")
    return {
        "contact_list_ids": list(audience.get("lists") or ()),
        "segment_ids": [AsInteger(segment)] if segment else [],
    }


def _nobody(audience: Value) -> bool:
    return not audience or not (audience.get("segment") or audience.get("lists"))


def _instant(schedule: Value) -> str:
    """The moment of a schedule as it is sent, or an empty text."""
    found = _canonical_schedule(schedule) if schedule else None
    return str(found) if found else ""


def _unschedule_step(intent: Intent, *, for_good: bool) -> Step:
    """Taken down for good, that is what was wanted; inside a unit, it is a gap that the memory must know."""
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
    first = (_unschedule_step(intent, for_good=True),) if live.status == "SCHEDULED" else ()
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


# Deciding


def _stance(subject: Subject) -> Stance:
    """What the campaign's life allows."""
    live, binding = subject.live, subject.binding
    if binding is not None and binding.sent and live is None:
        return Stance(Status.SENT, frozen=True, forget=True)
    if live is None or live.gone:
        return _absent(subject)
    if live.status in _HISTORY:
        return _history(subject, live)
    if live.status == "ERROR":
        return _failed(subject, live)
    if live.status not in _WRITABLE:
        found = _say(subject, "campaign-status-unknown", f"its status is {live.status}: left alone")
        return Stance(Status.BLOCKED, frozen=True, refuse=True, diagnostics=(found,))
    if live.extra.get("format_type", 5) != 5 and binding is not None:
        found = _say(subject, "campaign-format", "it is no custom-code email any more (format 5): left alone")
        return Stance(Status.BLOCKED, frozen=True, refuse=True, diagnostics=(found,))
    return _writable(subject, live)


def _say(subject: Subject, code: str, text: str, hint: str = "") -> Diagnostic:
    desired = subject.desired
    return warning(
        code,
        f"{subject.address}: {text}",
        hint=hint,
        address=subject.address,
        range=desired.origin if desired else None,
    )


def _absent(subject: Subject) -> Stance:
    """Not there: new, or removed by a person; a new one whose moment has passed is not made."""
    if subject.binding is not None and subject.desired is not None:
        found = _say(
            subject,
            "campaign-removed",
            "it was removed in the account and is not made again",
            f"take it out of the manifest, or make it anew with --replace {subject.address}",
        )
        return Stance(Status.HELD, frozen=True, diagnostics=(found,))
    return _missed(subject, frozen=True) or Stance()


def _history(subject: Subject, live: Live) -> Stance:
    desired, binding = subject.desired, subject.binding
    if desired is None:
        return Stance(Status.SENT, frozen=True, forget=True)
    if binding is None:
        ahead = _wanted_instant(subject)
        if ahead and parse_instant(ahead) > subject.context.snapshot.now:
            found = error(
                "name-already-sent",
                f"{subject.address}: a campaign named {live.natural_key!r} was already sent",
                hint="give this one a name of its own",
                address=subject.address,
                range=desired.place("name"),
            )
            return Stance(Status.SENT, frozen=True, diagnostics=(found,))
        return Stance(Status.SENT, frozen=True)
    if _edited(subject):
        found = _say(
            subject,
            "campaign-already-sent",
            "it was edited after it went out; what was sent stays as it was",
            "undo the edit, or declare a new campaign",
        )
        return Stance(Status.SENT, frozen=True, diagnostics=(found,))
    return Stance(Status.SENT, frozen=True)


def _edited(subject: Subject) -> bool:
    """Whether the manifest asks for something else than what was applied before it went out."""
    if subject.desired is None or subject.binding is None:
        return False
    applied = subject.binding.applied
    return any(
        applied[field.name] != memo(field.canonical(subject.desired.fields[field.name]))
        for field in _FIELDS
        if field.form is not Form.AUDIENCE and field.name in subject.desired.fields and field.name in applied
    )


def _failed(subject: Subject, live: Live) -> Stance:
    reason = live.extra.get("reason") or "unknown"
    found = _say(
        subject,
        "campaign-failed",
        f"the service could not send it: {reason}",
        f"mend the cause, then make it anew with --replace {subject.address}",
    )
    return Stance(Status.BLOCKED, frozen=True, diagnostics=(found,))


def _writable(subject: Subject, live: Live) -> Stance:
    if subject.desired is None:
        return Stance()
    held = _held(subject, live)
    return held or _missed(subject, frozen=False) or Stance()


def _held(subject: Subject, live: Live) -> Stance | None:
    """A schedule of ours that a person took down or moved stays so until the manifest or a flag says more."""
    binding, desired = subject.binding, subject.desired
    if binding is None or desired is None or "schedule" not in desired.fields:
        return None
    ours = binding.applied.get("schedule")
    want = _wanted_instant(subject) or None
    is_now = live.fields.get("schedule", UNSET)
    if not ours or is_now is UNSET or is_now == ours or want != ours:
        return None
    if matches(subject.address, subject.context.options.reschedule):
        return None
    what = f"moved to {is_now}" if is_now else "taken down"
    found = _say(
        subject,
        "campaign-held",
        f"its schedule ({ours}) was {what} by somebody else; it is left so",
        f"put it back with --reschedule {subject.address}, or edit its schedule",
    )
    return Stance(Status.HELD, skip=frozenset({"schedule"}), diagnostics=(found,))


def _missed(subject: Subject, *, frozen: bool) -> Stance | None:
    """A wanted moment that has passed while nothing was sent."""
    at = _wanted_instant(subject)
    live = subject.live
    snapshot = subject.context.snapshot
    if not at or snapshot.offline or parse_instant(at) > snapshot.now:
        return None
    if live is not None and live.fields.get("schedule") == at:
        return None
    make = error if subject.context.options.guards.missed == "error" else warning
    found = make(
        "schedule-missed",
        f"{subject.address}: its time {at} has passed and nothing was sent",
        hint="give it a new time, or take the schedule out",
        address=subject.address,
        range=subject.desired.place("schedule") if subject.desired else None,
    )
    return Stance(Status.MISSED, frozen=frozen, skip=frozenset({"schedule"}), diagnostics=(found,))


def _wanted_instant(subject: Subject) -> str:
    desired = subject.desired
    return _instant(desired.fields.get("schedule")) if desired else ""


def _follow(subject: Subject, want: Fields) -> Fields:
    """reply_to defaults to the sender: where it is not declared and was the sender, it moves with it."""
    live = subject.live
    if "reply_to" in want or live is None or "from" not in want or "from" not in live.fields:
        return want
    old, new = live.fields["from"]["email"], want["from"]["email"]
    if old.lower() != new.lower() and (live.fields.get("reply_to") or "").lower() == old.lower():
        return {**want, "reply_to": new}
    return want


def _adoptable(subject: Subject, differs: bool) -> Diagnostic | None:
    """A draft of format 5 is taken as it is; anything else only where nothing would be written."""
    live = subject.live
    if live is None or live.status in _HISTORY:
        return None
    plain = live.extra.get("format_type", 5) == 5
    if not differs or (live.status == "DRAFT" and plain):
        return None
    why = f"is {live.status}" if plain else "is no custom-code email (format 5)"
    return error(
        "campaign-not-adoptable",
        f"{subject.address}: the account's campaign {live.natural_key!r} {why} and differs from the manifest",
        hint="make the manifest equal to it first, or give this campaign a name of its own",
        address=subject.address,
        range=subject.desired.place("name") if subject.desired else None,
    )


def _writes_mail(each: Draft) -> bool:
    return each.change.action in (Action.CREATE, Action.UPDATE, Action.REPLACE, Action.ADOPT) and bool(
        set(_CONTENT) & _touched(each) or "schedule" in _touched(each)
    )


def _touched(each: Draft) -> set[str]:
    if each.change.action in (Action.CREATE, Action.REPLACE):
        return {name for name, value in each.want.items() if value not in (None, "")}
    return {change.path.partition(".")[0] for change in each.fields}


def _makes_or_schedules(each: Draft) -> bool:
    action = each.change.action
    return action in (Action.CREATE, Action.REPLACE) or (
        action in (Action.UPDATE, Action.ADOPT)
        and "schedule" in _touched(each)
        and bool(each.want.get("schedule"))
    )


def _questions(drafts: tuple[Draft, ...], context: Context) -> tuple[Question, ...]:
    asked = [_facts.senders_question()] if any(_writes_mail(each) for each in drafts) else []
    if any(_makes_or_schedules(each) for each in drafts):
        asked.extend(_facts.neighbour_question(live) for live in _facts.neighbours(context, parse_instant))
    return tuple(asked)


def _objections(drafts: tuple[Draft, ...], context: Context) -> tuple[Objection, ...]:
    found: list[Objection] = []
    for each in drafts:
        if _writes_mail(each):
            found.extend(_sender_objections(each, context))
            found.extend(_time_objections(each, context))
            found.extend(_audience_objections(each))
        if _makes_or_schedules(each):
            found.extend(_second_send_objections(each, context))
    return tuple(found)


def _sender_objections(each: Draft, context: Context) -> Iterable[Objection]:
    senders = context.snapshot.facts.get(_facts.SENDERS)
    desired = each.subject.desired
    if senders is None or desired is None:
        return
    sender = each.want.get("from") or {}
    for email, path in ((sender.get("email"), "from.email"), (each.want.get("reply_to"), "reply_to")):
        status = senders.get((email or "").lower())
        if not email or status == "CONFIRMED":
            continue
        state = "is not confirmed yet" if status else "is no address of the account"
        yield Objection(
            desired.address,
            warning(
                "sender-unconfirmed",
                f"{desired.address}: {email} {state}, and the service takes only confirmed ones",
                hint="add it in the account and click the link in the mail that it gets; then apply again",
                address=desired.address,
                range=desired.place(path),
            ),
        )


def _audience_objections(each: Draft) -> Iterable[Objection]:
    """The service schedules nothing that nobody gets; found out in the middle of a unit it would be late."""
    live = each.subject.live
    seen: Fields = live.fields if live is not None and each.change.action is not Action.REPLACE else {}
    schedule = each.want.get("schedule", seen.get("schedule"))
    if schedule and _nobody(each.want.get("audience", seen.get("audience"))):
        yield _blocked(each, "schedule-without-audience", "it has a schedule, but no list and no segment")


def _time_objections(each: Draft, context: Context) -> Iterable[Objection]:
    """Too near, too far, or a unit that would not be through in time."""
    live, desired = each.subject.live, each.subject.desired
    touched = _touched(each)
    content = bool(set(_CONTENT) & touched)
    new = _instant(each.want.get("schedule")) if "schedule" in touched else ""
    old = live.fields.get("schedule") if live is not None and live.status == "SCHEDULED" else None
    at = new or ((old or "") if content and "schedule" not in touched else "")
    if desired is None or context.snapshot.offline or not (at or old):
        return
    now, guards = context.snapshot.now, context.options.guards
    lead = timedelta(minutes=guards.lead_time_minutes)
    if old and parse_instant(old) - now < max(lead, _UNIT_TIME):
        yield _blocked(each, "schedule-too-soon", f"it goes out at {old}: too near to be taken down safely")
    elif at and parse_instant(at) - now < max(lead, _UNIT_TIME):
        minutes = guards.lead_time_minutes
        yield _blocked(each, "schedule-too-soon", f"{at} is nearer than the lead time of {minutes} minutes")
    elif new and parse_instant(new) - now > timedelta(days=guards.horizon_days):
        yield _too_far(each, context, new)


def _too_far(each: Draft, context: Context, at: str) -> Objection:
    """The account's own UI ends after a year; on an emulated account, where nobody waits, it is only said."""
    days = context.options.guards.horizon_days
    emulated = context.snapshot.account.emulated
    more = ": the live service would refuse it" if emulated else ""
    found = _blocked(each, "schedule-too-far", f"{at} is more than {days} days ahead{more}")
    return Objection(found.address, found.diagnostic, blocks=not emulated)


def _blocked(each: Draft, code: str, text: str) -> Objection:
    desired = each.subject.desired
    address = each.subject.address
    place = desired.place("schedule") if desired else None
    return Objection(address, warning(code, f"{address}: {text}", address=address, range=place))


def _second_send_objections(each: Draft, context: Context) -> Iterable[Objection]:
    desired = each.subject.desired
    if desired is None or matches(desired.address, context.options.allow_second_send):
        return
    mine = (each.want.get("subject"), _canonical_from(each.want.get("from"))["email"])
    for live in _facts.neighbours(context, parse_instant):
        fact = context.snapshot.facts.get(_facts.neighbour_name(live))
        if fact and (fact.get("subject"), (fact.get("from_email") or "").lower()) == mine:
            found = error(
                "possible-second-send",
                f"{desired.address}: the unmanaged campaign {live.natural_key!r} ({live.status}) has the "
                "same subject and sender: people might get the mail twice",
                hint=f"if that is meant, pass --allow-second-send {desired.address}",
                address=desired.address,
                range=desired.place("subject"),
            )
            yield Objection(desired.address, found, blocks=False)


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
    if fields.get("schedule") and "audience" in fields and _nobody(fields["audience"]):
        yield Complaint(
            "schedule",
            "schedule-without-audience",
            "a campaign that nobody gets cannot be scheduled",
            "add lists or a segment under `audience`",
        )


KIND = Kind(
    name="campaign",
    section="campaigns",
    natural_key="name",
    key_limit=_NAME_LIMIT,
    fields=_FIELDS,
    collection=_collection,
    detail=_detail,
    decode=_decode,
    create=_create,
    update=_update,
    delete=_delete,
    rename=_rename,
    replaces="delete",  # never two of them scheduled at once
    unique=(Unique("name", lambda fields: same_name(fields["name"])),),
    needs_detail=lambda live: live.status not in _HISTORY and not live.gone,
    check=_check,
    stance=_stance,
    follow=_follow,
    adoptable=_adoptable,
    questions=_questions,
    objections=_objections,
    undo=_undo,
    undo_delete=Undo.RESTORABLE,
    remembered_status=_remembered_status,
)
