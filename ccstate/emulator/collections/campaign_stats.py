"""Numbers on campaigns: totals and percentages of some that are named, and a summary of all that were sent.

A contact counts once in a campaign, whether the primary mail or the resend reached them. Errors have the
object form here, and where only some of the named ones have numbers, the others are told beside the results.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ccstate.emulator import pages
from ccstate.emulator.access import CAMPAIGN_METRICS
from ccstate.emulator.collections import emails
from ccstate.emulator.errors import ApiError
from ccstate.emulator.mails import counting, reporting
from ccstate.emulator.mails.counting import Counts
from ccstate.emulator.names import is_uuid
from ccstate.emulator.storage.clock import with_milliseconds, with_zeros
from ccstate.emulator.storage.database import Row
from ccstate.emulator.wire import Answer, Call, Operation

MOST_CAMPAIGNS, MOST_ACTIVITIES = 150, 10
_SERVICE = "reports"
_DECIMALS = 1  # of a percentage; observed in one sample


def campaign_stats(call: Call, campaign_ids: str) -> Answer:
    """404 as a whole where no campaign has numbers, as the example of the documentation says."""
    ids = _ids("campaign_ids", campaign_ids, MOST_CAMPAIGNS)
    known = counting.sent_campaigns(call.world, ids)
    if not known:
        message = "Could not find any campaign stats for all requested campaigns."
        raise ApiError(404, _error("not_found", "campaign_ids", message))
    counts = counting.full_counts(call.world, call.now, "campaign_id", known)
    results = [
        {
            "campaign_id": campaign_id,
            "stats": _stats(counts[campaign_id]),
            "percents": _all_percents(counts[campaign_id]),
            "last_refresh_time": with_milliseconds(call.now),
        }
        for campaign_id in known
    ]
    return Answer(200, {"errors": _missing("campaign_ids", ids, known), "results": results})


def activity_stats(call: Call, campaign_activity_ids: str) -> Answer:
    """200 whatever is found: what is not is told under `errors`, says the documentation."""
    ids = _ids("campaign_activity_ids", campaign_activity_ids, MOST_ACTIVITIES)
    known = counting.sent_activities(call.world, ids)
    counts = counting.full_counts(call.world, call.now, "campaign_activity_id", list(known))
    results = [
        {
            "campaign_id": campaign_id,
            "campaign_activity_id": activity_id,
            "stats": _stats(counts[activity_id]) | _bounce_stats(counts[activity_id]),
            "last_refresh_time": with_milliseconds(call.now),
        }
        for activity_id, campaign_id in known.items()
    ]
    return Answer(200, {"errors": _missing("campaign_activity_ids", ids, known), "results": results})


def summaries(call: Call) -> Answer:
    """Every campaign that somebody got, the last one first, and percentages of the page as a whole."""
    page = pages.wanted(call, default=50, most=500, parameter="next")
    rows = _sent(call, page)
    more, rows = len(rows) > page.limit, rows[: page.limit]
    counts = counting.unique_counts(call.world, call.now, [row["campaign_id"] for row in rows])
    body = {
        "bulk_email_campaign_summaries": [_summary(row, counts[row["campaign_id"]]) for row in rows],
        "aggregate_percents": _percents(counting.total(counts.values())),
    }
    key = f"{rows[-1]['last_sent']}.{rows[-1]['seq']}" if more else None
    return Answer(200, body | pages.links(call, page, key))


_PATH = "/reports"
OPERATIONS = (
    Operation(
        "GET", f"{_PATH}/summary_reports/email_campaign_summaries", summaries, _SERVICE, CAMPAIGN_METRICS
    ),
    Operation(
        "GET", f"{_PATH}/stats/email_campaigns/{{campaign_ids}}", campaign_stats, _SERVICE, CAMPAIGN_METRICS
    ),
    Operation(
        "GET",
        f"{_PATH}/stats/email_campaign_activities/{{campaign_activity_ids}}",
        activity_stats,
        _SERVICE,
        CAMPAIGN_METRICS,
    ),
)


def _sent(call: Call, page: pages.Page) -> list[Row]:
    last_sent, seq = pages.position(call, page, 2) or (2**62, 2**62)
    return call.world.db.rows(
        "SELECT * FROM campaigns WHERE last_sent IS NOT NULL AND status != 'REMOVED' "
        "AND (last_sent, seq) < (?, ?) ORDER BY last_sent DESC, seq DESC LIMIT ?",
        last_sent, seq, page.limit + 1,
    )  # fmt: skip


def _ids(name: str, text: str, most: int) -> list[str]:
    """The ids in a path. One that is malformed makes the whole call a 404."""
    ids = list(dict.fromkeys(part.strip().lower() for part in text.split(",")))
    malformed = [known for known in ids if not is_uuid(known)]
    if malformed:
        raise ApiError(404, _error("not_found", name, f"{name} holds an id in an invalid format."))
    if len(ids) > most:
        raise ApiError(400, _error("bad_request", name, f"{name} must not hold more than {most} ids."))
    return ids


def _missing(name: str, ids: Iterable[str], known: Iterable[str]) -> list[dict[str, str]]:
    there = set(known)
    return [
        _error("not_found", name, f"Could not find any stats for {missing}.")
        for missing in ids
        if missing not in there
    ]


def _error(reason: str, parameter: str, message: str) -> dict[str, str]:
    """Keys end in a full stop, as in the one that is documented."""
    return {"error_key": f"reportingsvc.{reason}.invalid_path_param.{parameter}.", "error_message": message}


def _stats(counts: Counts) -> dict[str, int]:
    return {
        "em_sends": counts.sends,
        "em_opens": counts.contacts["open"],
        **_by_device("em_opens_all", "open", counts),
        "em_clicks": counts.contacts["click"],
        **_by_device("em_clicks_all", "click", counts),
        "em_forwards": counts.contacts["forward"],
        "em_optouts": counts.contacts["optout"],
        "em_bounces": counts.contacts["bounce"],
        "em_not_opened": counts.not_opened,
    }


def _by_device(name: str, kind: str, counts: Counts) -> dict[str, int]:
    devices = (*counting.DEVICES, counting.UNKNOWN_DEVICE)
    return {name: counts.all(kind)} | {f"{name}_{device}": counts.times[kind, device] for device in devices}


def _bounce_stats(counts: Counts) -> dict[str, int]:
    """Nobody complains of spam here."""
    codes = {f"em_bounces_{name}": counts.bounces[code] for code, name in reporting.BOUNCES.items()}
    return {"em_abuse": 0} | codes


def _percents(counts: Counts) -> dict[str, float]:
    """Clicks are in relation to opens, bounces to sends, and all else to mails that arrived."""
    return {
        "click": _percent(counts.contacts["click"], counts.contacts["open"]),
        "open": _percent(counts.contacts["open"], counts.arrived),
        "did_not_open": _percent(counts.not_opened, counts.arrived),
        "bounce": _percent(counts.contacts["bounce"], counts.sends),
        "unsubscribe": _percent(counts.contacts["optout"], counts.arrived),
    }


def _all_percents(counts: Counts) -> dict[str, float]:
    percents = _percents(counts)
    for kind in ("open", "click"):
        mobile = counts.times[kind, "mobile"] + counts.times[kind, "tablet"]
        percents[f"desktop_{kind}"] = _percent(counts.times[kind, "computer"], counts.all(kind))
        percents[f"mobile_{kind}"] = _percent(mobile, counts.all(kind))
    return percents


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, _DECIMALS) if whole > 0 else 0.0


def _summary(row: Row, counts: Counts) -> dict[str, Any]:
    return {
        "campaign_id": row["campaign_id"],
        "campaign_type": emails.TYPES[row["type_code"]],  # spelled as elsewhere (assumed)
        "last_sent_date": with_zeros(row["last_sent"]),
        "unique_counts": {
            "sends": counts.sends,
            "opens": counts.contacts["open"],
            "clicks": counts.contacts["click"],
            "forwards": counts.contacts["forward"],
            "optouts": counts.contacts["optout"],
            "abuse": 0,
            "bounces": counts.contacts["bounce"],
            "not_opened": counts.not_opened,
        },
    }
