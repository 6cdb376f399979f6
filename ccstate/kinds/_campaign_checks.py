"""What holds one campaign back, or the whole plan: senders, times, audiences, second sends."""

from __future__ import annotations

from collections.abc import Iterable

from ccstate.core.diagnostics import error, warning
from ccstate.core.instants import parse_instant
from ccstate.core.kind import Context, Draft, Objection, Question, matches
from ccstate.core.options import Moment
from ccstate.core.plan import Action
from ccstate.core.values import Fields
from ccstate.kinds import _audience, _campaign_times, _expected, _facts
from ccstate.kinds._audience import touched
from ccstate.kinds._campaign_fields import CONTENT, canonical_from, instant, nobody
from ccstate.kinds._campaign_times import Times


def _writes_mail(each: Draft) -> bool:
    return each.change.action in (Action.CREATE, Action.UPDATE, Action.REPLACE, Action.ADOPT) and bool(
        set(CONTENT) & touched(each) or "schedule" in touched(each)
    )


def _makes_or_schedules(each: Draft) -> bool:
    action = each.change.action
    return action in (Action.CREATE, Action.REPLACE) or (
        action in (Action.UPDATE, Action.ADOPT)
        and "schedule" in touched(each)
        and bool(each.want.get("schedule"))
    )


def questions(drafts: tuple[Draft, ...], context: Context) -> tuple[Question, ...]:
    asked = [_facts.senders_question()] if any(_writes_mail(each) for each in drafts) else []
    if any(_makes_or_schedules(each) for each in drafts):
        asked.extend(_facts.neighbour_question(live) for live in _facts.neighbours(context, parse_instant))
    affected = _audience.affected(drafts)
    return (*asked, *_audience.questions(drafts, context), *_expected.questions(affected, context))


def objections(drafts: tuple[Draft, ...], context: Context) -> tuple[Objection, ...]:
    found: list[Objection] = []
    for each in drafts:
        if _writes_mail(each):
            found.extend(_sender_objections(each, context))
            found.extend(_time_objections(each, context))
            found.extend(_audience_objections(each))
        if _makes_or_schedules(each):
            found.extend(_second_send_objections(each, context))
    left_alone = (
        Objection(told.address, told, blocks=False)
        for told in _expected.warnings(_audience.affected(drafts), context)
        if told.address is not None
    )
    return (*found, *_audience.objections(drafts, context), *left_alone)


def _sender_objections(each: Draft, context: Context) -> Iterable[Objection]:
    senders = context.snapshot.facts.get(_facts.SENDERS)
    desired = each.subject.desired
    if senders is None or desired is None:
        return
    sender = each.want.get("from") or {}
    paths = {each.want.get("reply_to"): "reply_to", sender.get("email"): "from.email"}
    for email, path in reversed(paths.items()):
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
        text = "it has a schedule, but no list and no segment"
        yield _blocked(each, "schedule-without-audience", text, "add a list or segment, or take the time out")


def _time_objections(each: Draft, context: Context) -> Iterable[Objection]:
    """Too near, too far, or a unit that would not be through in time."""
    if each.subject.desired is None or context.snapshot.offline:
        return
    options, account = context.options, context.snapshot.account
    moment = Moment(context.snapshot.now, options.guards, account.emulated)
    found = _campaign_times.problem(_times(each), moment)
    if found is not None:
        blocked = _blocked(each, found.code, found.text, found.hint)
        yield blocked._replace(blocks=_campaign_times.blocks(found, moment))


def _times(each: Draft) -> Times:
    live, names = each.subject.live, touched(each)
    new = instant(each.want.get("schedule")) if "schedule" in names else ""
    if "schedule" in names and not new:
        return Times()  # pulled for good
    old = live.fields.get("schedule") if live is not None and live.status == "SCHEDULED" else None
    stays = bool(set(CONTENT) & names) and "schedule" not in names
    return Times(old or "", new or (old or "" if stays else ""), new)


def _blocked(each: Draft, code: str, text: str, hint: str) -> Objection:
    desired = each.subject.desired
    address = each.subject.address
    place = desired.place("schedule") if desired else None
    return Objection(address, warning(code, f"{address}: {text}", hint=hint, address=address, range=place))


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
