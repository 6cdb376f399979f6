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
_RECENT: Final = timedelta(days=7)


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
    since = context.snapshot.now - _RECENT

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


def neighbour_question(live: Live) -> Question:
    """Subject and sender of one unmanaged campaign: {"subject", "from_email"}, or null where it is gone."""

    def flow() -> Flow[Json]:
        campaign = yield from ask(Request("GET", f"/emails/{live.remote_id}", accept=(404,)))
        activities = (campaign.body or {}).get("campaign_activities") if campaign.status == 200 else None
        primary = [each for each in activities or () if each.get("role") == "primary_email"]
        if not primary:
            return None
        path = f"/emails/activities/{primary[0]['campaign_activity_id']}"
        activity = yield from ask(Request("GET", path, accept=(404,)))
        if activity.status != 200:
            return None
        return {"subject": activity.body.get("subject"), "from_email": activity.body.get("from_email")}

    return Question(neighbour_name(live), flow, "possible second sends")
