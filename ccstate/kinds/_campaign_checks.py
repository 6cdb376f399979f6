"""What holds one campaign back, or the whole plan: senders, times, audiences, second sends."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from ccstate.core.diagnostics import error, warning
from ccstate.core.instants import parse_instant
from ccstate.core.kind import Context, Draft, Objection, Question, matches
from ccstate.core.plan import Action
from ccstate.core.values import Fields
from ccstate.kinds import _facts
from ccstate.kinds._campaign_fields import CONTENT, canonical_from, instant, nobody

# Three or four calls at four a second, with room for slow answers (domain practice: a minute ahead at least).
_UNIT_TIME: Final = timedelta(seconds=75)


def _writes_mail(each: Draft) -> bool:
    return each.change.action in (Action.CREATE, Action.UPDATE, Action.REPLACE, Action.ADOPT) and bool(
        set(CONTENT) & _touched(each) or "schedule" in _touched(each)
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


def questions(drafts: tuple[Draft, ...], context: Context) -> tuple[Question, ...]:
    asked = [_facts.senders_question()] if any(_writes_mail(each) for each in drafts) else []
    if any(_makes_or_schedules(each) for each in drafts):
        asked.extend(_facts.neighbour_question(live) for live in _facts.neighbours(context, parse_instant))
    return tuple(asked)


def objections(drafts: tuple[Draft, ...], context: Context) -> tuple[Objection, ...]:
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
    if schedule and nobody(each.want.get("audience", seen.get("audience"))):
        yield _blocked(each, "schedule-without-audience", "it has a schedule, but no list and no segment")


def _time_objections(each: Draft, context: Context) -> Iterable[Objection]:
    """Too near, too far, or a unit that would not be through in time.

    Pulling a mail for good is never too late to be tried: nothing has to go up again.
    """
    live, desired = each.subject.live, each.subject.desired
    touched = _touched(each)
    content = bool(set(CONTENT) & touched)
    new = instant(each.want.get("schedule")) if "schedule" in touched else ""
    old = live.fields.get("schedule") if live is not None and live.status == "SCHEDULED" else None
    at = new or ((old or "") if content and "schedule" not in touched else "")
    pulled = "schedule" in touched and not new
    if desired is None or context.snapshot.offline or pulled or not (at or old):
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
    mine = (each.want.get("subject"), canonical_from(each.want.get("from"))["email"])
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
