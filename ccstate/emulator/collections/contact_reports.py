"""Reports on one contact: what they did, mail by mail and as rates. A deleted contact keeps its history.

Dates bound when a mail was sent, both ends included (assumed). Landing pages are not emulated, so nobody ever
visited one.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Any

from ccstate.emulator import pages
from ccstate.emulator.access import CONTACT_METRICS
from ccstate.emulator.errors import not_found
from ccstate.emulator.mails import reporting
from ccstate.emulator.mails.reporting import MAIL_TYPES, Event, Period
from ccstate.emulator.names import checked_uuid
from ccstate.emulator.storage.clock import DAY, parse_instant, with_zeros
from ccstate.emulator.storage.database import Row
from ccstate.emulator.wire import Answer, Call, Operation

MOST_DETAILS = 100
MOST_SUMMARIES = 200  # on a page, says the guide; nobody can ask for fewer
LONGEST_RANGE = (5 * 365 + 2) * DAY  # five years, leap days included
_PAGE_TYPES = ("p_contact_open", "p_contact_click", "p_contact_add", "p_contact_update")
_EVENT = re.compile(r"(-?\d{1,18})\.(?:(0)\.([0-9a-f-]{36})|([1-5])\.(\d{1,18}))", re.ASCII)
_MAIL = re.compile(r"(-?\d{1,18})\.([0-9a-f-]{36})", re.ASCII)
_SERVICE = "reports"


def activity_details(call: Call, contact_id: str) -> Answer:
    """Everything of the wanted types, the latest first."""
    contact, types = _contact(call, contact_id), _types(call)
    named = call.flag("include_campaign_activity_names", default=True)
    page = pages.wanted(call, default=MOST_DETAILS, most=MOST_DETAILS, parameter="next")
    before = _before_event(call, page)
    events = [
        event
        for type_ in MAIL_TYPES
        if type_ in types
        for event in reporting.history(call.world, contact, type_, before, page.limit + 1, call.now)
    ]
    events.sort(reverse=True)
    more, events = len(events) > page.limit, events[: page.limit]
    names = reporting.names(call.world, [event.campaign_activity_id for event in events]) if named else {}
    shown = [_shown_event(contact_id, event, names) for event in events]
    key = f"{events[-1].at}.{events[-1].rank}.{events[-1].key}" if more else None
    return Answer(200, {"tracking_activities": shown} | pages.links(call, page, key))


def open_and_click_rates(call: Call, contact_id: str) -> Answer:
    """How many of the mails that a contact was sent were opened and clicked, from 0 to 1."""
    contact, period = _contact(call, contact_id), _period(call)
    if period.end - period.start > LONGEST_RANGE:
        call.refuse("start and end must not be more than five years apart")
    mails, opened, clicked = reporting.engaged_mails(call.world, contact, period, call.now)
    rates = {
        "contact_id": contact_id.lower(),
        "included_activities_count": mails,
        "average_open_rate": opened / mails if mails else 0.0,
        "average_click_rate": clicked / mails if mails else 0.0,
    }
    return Answer(200, rates)


def activity_summary(call: Call, contact_id: str) -> Answer:
    """The mails that a contact was sent, the latest first (assumed), and how often they did what."""
    contact, period = _contact(call, contact_id), _period(call)
    page = _page_of_summaries(call)
    mails = reporting.mails(call.world, contact, period, _before_mail(call, page), page.limit + 1)
    more, mails = len(mails) > page.limit, mails[: page.limit]
    activity_ids = [mail["campaign_activity_id"] for mail in mails]
    times = reporting.times(call.world, contact, activity_ids, call.now)
    summaries = [_summary(mail, times) for mail in mails]
    key = f"{mails[-1]['at']}.{mails[-1]['campaign_activity_id']}" if more else None
    body = {"contact_id": contact_id.lower(), "campaign_activities": summaries}
    return Answer(200, body | pages.links(call, page, key))


_PATH = "/reports/contact_reports/{contact_id}"
OPERATIONS = (
    Operation("GET", f"{_PATH}/activity_details", activity_details, _SERVICE, CONTACT_METRICS),
    Operation("GET", f"{_PATH}/open_and_click_rates", open_and_click_rates, _SERVICE, CONTACT_METRICS),
    Operation("GET", f"{_PATH}/activity_summary", activity_summary, _SERVICE, CONTACT_METRICS),
)


def _contact(call: Call, contact_id: str) -> int:
    known = checked_uuid(call, "contact_id", contact_id)
    contact: int | None = call.world.db.value("SELECT contact FROM contacts WHERE contact_id = ?", known)
    if contact is None:
        raise not_found(_SERVICE, f"Contact {contact_id} was not found")
    return contact


def _types(call: Call) -> set[str]:
    """One of two parameters names them. Lists by comma and by repetition both occur in the wild."""
    names = ("tracking_activities_list", "tracking_activity_type")
    given = [name for name in names if call.parameter(name) is not None]
    if len(given) != 1:
        call.refuse(f"either {names[0]} or {names[1]} is wanted")
    types = {word.strip() for text in call.repeated(given[0]) for word in text.split(",") if word.strip()}
    allowed = (*MAIL_TYPES, *_PAGE_TYPES)
    if not types or not types.issubset(allowed):
        call.refuse(f"{given[0]} does not have a valid value (of {', '.join(allowed)})")
    return types


def _period(call: Call) -> Period:
    start, end = _instant(call, "start"), _instant(call, "end")
    if start > end:
        call.refuse("start must not be later than end")
    return Period(start, end)


def _instant(call: Call, name: str) -> int:
    text = call.parameter(name)
    if text is None:
        call.refuse(f"{name} is missing")
    try:
        return parse_instant(text)
    except ValueError:
        call.refuse(f"{name} does not have a valid value: an ISO-8601 date and time")


def _page_of_summaries(call: Call) -> pages.Page:
    """This report takes no `limit`, so one is ignored like any parameter that is not known."""
    query = {name: text for name, text in call.query.items() if name != "limit"}
    return pages.wanted(
        replace(call, query=query), default=MOST_SUMMARIES, most=MOST_SUMMARIES, parameter="next"
    )


def _before_event(call: Call, page: pages.Page) -> Event | None:
    if page.after is None:
        return None
    match = _EVENT.fullmatch(page.after)
    if match is None:
        call.refuse("next does not have a valid value")
    at, _, activity_id, rank, seq = match.groups()
    return Event(int(at), 0, activity_id, "") if rank is None else Event(int(at), int(rank), int(seq), "")


def _before_mail(call: Call, page: pages.Page) -> tuple[int, str] | None:
    if page.after is None:
        return None
    match = _MAIL.fullmatch(page.after)
    if match is None:
        call.refuse("next does not have a valid value")
    return int(match[1]), match[2]


def _shown_event(contact_id: str, event: Event, names: dict[str, str]) -> dict[str, Any]:
    shown = {
        "contact_id": contact_id.lower(),
        "campaign_activity_id": event.campaign_activity_id,
        "created_time": with_zeros(event.at),
        "tracking_activity_type": event.type,
    }
    name = names.get(event.campaign_activity_id)
    return shown if name is None else shown | {"campaign_activity_name": name}


def _summary(mail: Row, times: Counter[tuple[str, str]]) -> dict[str, Any]:
    """Opt-outs have another name here than elsewhere."""
    activity_id = mail["campaign_activity_id"]
    counts = {
        "em_unsubscribes" if type_ == "em_optouts" else type_: times[activity_id, kind]
        for type_, kind in MAIL_TYPES.items()
        if kind is not None
    }
    return {
        "campaign_activity_id": activity_id,
        "start_on": with_zeros(mail["at"]),
        "em_sends": 1,  # nobody gets a mail twice; a resend is an activity of its own
        **counts,
    }
