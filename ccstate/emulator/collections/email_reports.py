"""Reports on one mail: who got it, opened it or not, clicked what, passed it on, unsubscribed, or bounced.

One report is like the other: the latest first, each contact with the address that the mail went to. A mail
that was not sent has empty reports, and only a primary mail and its resend have any.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ccstate.emulator import pages
from ccstate.emulator.access import CAMPAIGN_METRICS
from ccstate.emulator.collections import campaign_activities
from ccstate.emulator.errors import not_found
from ccstate.emulator.mails import reporting
from ccstate.emulator.mails.reporting import Span
from ccstate.emulator.names import checked_uuid
from ccstate.emulator.storage.clock import utc_day, with_zeros
from ccstate.emulator.storage.database import Row
from ccstate.emulator.storage.world import World
from ccstate.emulator.wire import Answer, Call, Operation

MOST = 500
LARGEST_URL_ID = 2**63 - 1
_SERVICE = "reports"
Query = Callable[[World, Span], list[Row]]


def links(call: Call, campaign_activity_id: str) -> Answer:
    """The links that were clicked; all of them where `no_clicks` says so."""
    activity_id, all_of_them = _activity(call, campaign_activity_id), call.flag("no_clicks")
    clicks = reporting.clicks_by_link(call.world, activity_id, call.now)
    counts = [
        {"link_url": url, "url_id": url_id, "unique_clicks": clicks.get(url_id, 0)}
        for url_id, url in reporting.links(call.world, activity_id).items()
        if all_of_them or url_id in clicks
    ]
    return Answer(200, {"campaign_activity_id": activity_id, "link_click_counts": counts})


def sends(call: Call, campaign_activity_id: str) -> Answer:
    return _report(call, campaign_activity_id, "em_sends", reporting.sends)


def opens(call: Call, campaign_activity_id: str) -> Answer:
    return _report(call, campaign_activity_id, "em_opens", _of_kind("open"))


def unique_opens(call: Call, campaign_activity_id: str) -> Answer:
    """The last time that each contact opened the mail."""
    return _report(call, campaign_activity_id, "em_opens", reporting.unique_opens)


def did_not_opens(call: Call, campaign_activity_id: str) -> Answer:
    return _report(call, campaign_activity_id, "em_didnotopens", reporting.did_not_opens)


def clicks(call: Call, campaign_activity_id: str) -> Answer:
    return _report(call, campaign_activity_id, "em_clicks", _of_kind("click", _url_id(call)))


def forwards(call: Call, campaign_activity_id: str) -> Answer:
    return _report(call, campaign_activity_id, "em_forwards", _of_kind("forward"))


def optouts(call: Call, campaign_activity_id: str) -> Answer:
    return _report(call, campaign_activity_id, "em_optouts", _of_kind("optout"), always_links=True)


def bounces(call: Call, campaign_activity_id: str) -> Answer:
    codes = call.repeated("bounce_code")
    unknown = [code for code in codes if code not in reporting.BOUNCES]
    if unknown:
        call.refuse(f"bounce_code does not have a valid value (of {', '.join(reporting.BOUNCES)})")
    query = _of_kind("bounce", codes)
    return _report(call, campaign_activity_id, "em_bounces", query, always_links=True)


_PATH = "/reports/email_reports/{campaign_activity_id}"
OPERATIONS = (
    Operation("GET", f"{_PATH}/links", links, _SERVICE, CAMPAIGN_METRICS),
    *(
        Operation("GET", f"{_PATH}/tracking/{name}", handler, _SERVICE, CAMPAIGN_METRICS)
        for name, handler in {
            "sends": sends,
            "opens": opens,
            "unique_opens": unique_opens,
            "didnotopens": did_not_opens,
            "clicks": clicks,
            "forwards": forwards,
            "optouts": optouts,
            "bounces": bounces,
        }.items()
    ),
)


def _activity(call: Call, campaign_activity_id: str) -> str:
    """The id of a mail that has reports. That the others are 404 is assumed."""
    known = checked_uuid(call, "campaign_activity_id", campaign_activity_id)
    row = campaign_activities.load(call.world, known)
    if row is None or row["status"] == "REMOVED" or row["role"] not in reporting.REPORTED:
        raise not_found(_SERVICE, f"There are no reports on campaign activity {campaign_activity_id}")
    return known


def _of_kind(kind: str, details: list[str] | None = None) -> Query:
    return lambda world, span: reporting.engagements(world, span, kind, details or ())


def _report(
    call: Call, campaign_activity_id: str, type_: str, query: Query, *, always_links: bool = False
) -> Answer:
    activity_id = _activity(call, campaign_activity_id)
    page = pages.wanted(call, default=MOST, most=MOST, parameter="next")
    span = Span(activity_id, pages.position(call, page, 2), page.limit + 1, call.now)
    rows = query(call.world, span)
    more, rows = len(rows) > page.limit, rows[: page.limit]
    urls = reporting.links(call.world, activity_id) if type_ == "em_clicks" else {}
    shown = [_shown(row, activity_id, type_) | _extras(row, type_, urls) for row in rows]
    key = f"{rows[-1]['at']}.{rows[-1]['key']}" if more else None
    # Opt-outs and bounces are the two reports whose `_links` must be there on the last page too.
    empty: dict[str, Any] = {"_links": {}} if always_links else {}
    return Answer(200, {"tracking_activities": shown} | empty | pages.links(call, page, key))


def _shown(row: Row, activity_id: str, type_: str) -> dict[str, Any]:
    shown = {
        "contact_id": row["contact_id"],
        "campaign_activity_id": activity_id,
        "tracking_activity_type": type_,
        "email_address": row["email_address"],
        "first_name": row["first_name"],
        "last_name": row["last_name"],
        "created_time": with_zeros(row["at"]),
        "deleted_at": None if row["deleted_at"] is None else utc_day(row["deleted_at"]),
    }
    return _filled(shown)


def _extras(row: Row, type_: str, urls: Mapping[str, str]) -> dict[str, Any]:
    """What one kind of report tells beyond the others."""
    match type_:
        case "em_opens":
            return _filled({"device_type": row["device"]})
        case "em_clicks":
            url_id = row["detail"] or ""
            url = {"url_id": url_id, "link_url": urls.get(url_id, "")}
            return url | _filled({"device_type": row["device"]})
        case "em_optouts":
            return _filled({"opt_out_reason": row["detail"]})
        case "em_bounces":
            code = {"bounce_code": row["detail"] or reporting.OTHER_BOUNCE}
            return code | _filled({"current_email_address": row["current_email_address"]})
    return {}


def _filled(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if value is not None}


def _url_id(call: Call) -> list[str]:
    """The one link that is asked for. Of an id that no link has there are no clicks (assumed)."""
    text = call.parameter("url_id")
    if text is None:
        return []
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= LARGEST_URL_ID):
        call.refuse("url_id does not have a valid value: an integer of 64 bits")
    return [str(int(text))]
