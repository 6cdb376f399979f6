"""What only some changes need to know: which senders are confirmed, and what is about to go out anyway.

Each question costs calls, so it is asked only for a change that needs the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from ccstate.core.kind import Context, Question
from ccstate.core.live import Live
from ccstate.core.values import Json
from ccstate.core.wire import Flow, Request, ask

SENDERS: Final = "senders"


def _read_senders() -> Flow[Json]:
    """{address in lower case: CONFIRMED | UNCONFIRMED}; case is assumed not to matter in an address."""
    response = yield from ask(Request("GET", "/account/emails"))
    return {
        each["email_address"].lower(): str(each.get("confirm_status", "")).upper()
        for each in response.body or ()
    }


def senders_question() -> Question:
    """Which addresses of the account may send."""
    return Question(SENDERS, _read_senders, "senders")


def neighbours(context: Context, parse: Callable[[str], datetime]) -> tuple[Live, ...]:
    """Unmanaged campaigns that are about to go out or have just gone out: a second send may hide there."""
    since = context.snapshot.now - timedelta(days=context.options.guards.second_send_days)

    def near(live: Live) -> bool:
        if live.remote_id in context.managed:
            return False
        if live.status in ("SCHEDULED", "EXECUTING"):
            return True
        updated = live.extra.get("updated_at") or ""
        return live.status == "DONE" and updated != "" and parse(updated) >= since

    return tuple(each for each in context.snapshot.collections.get("campaign", ()) if near(each))


def neighbour_name(live: Live) -> str:
    """The name of the fact about one unmanaged campaign."""
    return f"campaign:{live.remote_id}"


def neighbour_question(live: Live, why: str = "possible second sends") -> Question:
    """Subject, sender and audience of one unmanaged campaign, or null where it is gone."""

    def flow() -> Flow[Json]:
        activity_id = live.sub_ids.get("activity_id") or (yield from _primary_activity(live))
        if not activity_id:
            return None
        activity = yield from ask(Request("GET", f"/emails/activities/{activity_id}", accept=(404,)))
        if activity.status != 200:
            return None
        return {
            "activity_id": activity_id,
            "subject": activity.body.get("subject"),
            "from_email": activity.body.get("from_email"),
            "lists": [str(each) for each in activity.body.get("contact_list_ids") or ()],
            "segments": [str(each) for each in activity.body.get("segment_ids") or ()],
        }

    def teaches(answer: Json) -> Live | None:
        return live._replace(sub_ids={"activity_id": answer["activity_id"]}) if answer else None

    return Question(neighbour_name(live), flow, why, teaches=teaches)


def _primary_activity(live: Live) -> Flow[str]:
    """The id of a campaign's activity, by a call of its own; empty where the campaign is gone."""
    campaign = yield from ask(Request("GET", f"/emails/{live.remote_id}", accept=(404,)))
    activities = (campaign.body or {}).get("campaign_activities") if campaign.status == 200 else None
    found = [each["campaign_activity_id"] for each in activities or () if each.get("role") == "primary_email"]
    return str(found[0]) if found else ""
