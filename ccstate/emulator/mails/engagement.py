"""What contacts do with a mail: simulated opens, clicks, forwards, opt-outs and bounces.

Everything is drawn at once when a mail goes out, from a lot that depends on the activity and the contact and
on nothing else, and lies ahead: it counts from its instant on. Opt-outs take effect by the timeline.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ccstate.emulator.contacts import people
from ccstate.emulator.mails import html
from ccstate.emulator.mails.audience import Delivery
from ccstate.emulator.mails.rates import Rates
from ccstate.emulator.storage import timeline
from ccstate.emulator.storage.clock import SECOND
from ccstate.emulator.storage.world import World

OPT_OUT = "opt_out"
SPREAD = 48 * 3600  # seconds in which a mail is opened; half of its openers need an eighth of them
_TRACKING = "[[trackingimage]]"

# `a` and `b` are 62 bits of luck for each contact; every decision takes bits of its own.
_DRAW = """
INSERT INTO engagements (campaign_activity_id, contact, kind, at, detail, device)
WITH got AS MATERIALIZED (
    SELECT contact, lot(:activity || ' a', contact) AS a, lot(:activity || ' b', contact) AS b
    FROM deliveries WHERE campaign_activity_id = :activity AND send_id = :send),
arrived AS MATERIALIZED (
    SELECT contact, a, b, b & 65535 AS hurry, CASE
        WHEN (a >> 48) & 127 < 55 THEN 'computer' WHEN (a >> 48) & 127 < 115 THEN 'mobile'
        WHEN (a >> 48) & 127 < 123 THEN 'tablet' ELSE 'other' END AS device
    FROM got WHERE a & 65535 >= :bounce),
opened AS MATERIALIZED (
    SELECT contact, a, b, device, (a >> 32) & 65535 < :click AS clicks, :sent + :second * (
        60 + CAST(:spread * (hurry / 65536.0) * (hurry / 65536.0) * (hurry / 65536.0) AS INTEGER)) AS at
    FROM arrived WHERE (a >> 16) & 65535 < :open),
urls AS MATERIALIZED (
    SELECT url_id, row_number() OVER (ORDER BY url_id) - 1 AS place FROM links
    WHERE campaign_activity_id = :activity)
SELECT :activity, contact, 'bounce', :known, substr('BBBBDDFFSVXZ', 1 + b % 12, 1), NULL
    FROM got WHERE a & 65535 < :bounce
UNION ALL SELECT :activity, contact, 'open', at, NULL, device FROM opened WHERE :tracked OR clicks AND :urls
UNION ALL SELECT :activity, contact, 'open', at + :second * (3600 + (b >> 16) % 86400), NULL, device
    FROM opened WHERE :tracked AND (b >> 34) & 3 = 0
UNION ALL SELECT :activity, contact, 'click', at + :second * (5 + (b >> 36) % 300), url_id, device
    FROM opened JOIN urls ON place = (b >> 20) % :urls WHERE clicks
UNION ALL SELECT :activity, contact, 'click', at + :second * (305 + (b >> 40) % 300), url_id, device
    FROM opened JOIN urls ON place = (b >> 24) % :urls WHERE clicks AND (b >> 46) & 3 = 0
UNION ALL SELECT :activity, contact, 'forward', at + :second * 600, NULL, device
    FROM opened WHERE (b >> 48) & 8191 < :forward
UNION ALL SELECT :activity, contact, 'optout', :sent + :second * (120 + (b >> 16) % :spread), NULL, NULL
    FROM arrived WHERE lot(:activity || ' c', contact) & 65535 < :optout
"""


def simulate(world: World, delivery: Delivery, row: Mapping[str, Any], known: int) -> None:
    """Draw what those who got a mail will do with it. That it bounced is known at `known`."""
    rates = _rates(world, row)
    markup = row["html_content"] or ""
    urls = _note_links(world, delivery.campaign_activity_id, markup)
    if rates == Rates(0, 0, 0, 0, 0):
        return
    opening = max(rates.open, 0.001)
    parameters = {
        "activity": delivery.campaign_activity_id,
        "send": delivery.send_id,
        "sent": delivery.at // SECOND * SECOND,
        "known": known // SECOND * SECOND,
        "second": SECOND,
        "spread": SPREAD,
        # Without the tracking image who clicked a link counts as who opened, says the guide.
        "tracked": _TRACKING in markup.lower(),
        "urls": urls,
        "bounce": _of(65536, rates.bounce),
        "open": _of(65536, rates.open),
        "click": _of(65536, min(100.0, 100 * rates.click / opening)),
        "forward": _of(8192, min(100.0, 100 * rates.forward / opening)),
        "optout": _of(65536, rates.optout),
    }
    world.db.connection.execute(_DRAW, parameters)
    plan_opt_outs(world, delivery.campaign_activity_id, delivery.at)


def opt_out(world: World, at: int, campaign_activity_id: str) -> None:
    """Those whose instant has come are unsubscribed."""
    columns = {
        "permission_to_send": "unsubscribed",
        "status": people.status_of("unsubscribed"),
        "updated_at": at,
        "email_updated_at": at,
        **people.consent_columns("implicit", "unsubscribed", "Contact", at),
    }
    del columns["opt_out_reason"]
    world.db.run(
        f"UPDATE contacts SET {', '.join(f'{name} = ?' for name in columns)}, opt_out_reason = gone.detail "
        "FROM (SELECT contact, detail FROM engagements WHERE campaign_activity_id = ? AND kind = 'optout' "
        "AND at = ?) gone WHERE contacts.status = 'active' AND contacts.contact = gone.contact",
        *columns.values(), campaign_activity_id, at,
    )  # fmt: skip
    plan_opt_outs(world, campaign_activity_id, at)


HAPPENINGS = {OPT_OUT: opt_out}


def plan_opt_outs(world: World, campaign_activity_id: str, after: int) -> None:
    """The next opt-out takes effect at its instant, and plans the one after it."""
    due = world.db.value(
        "SELECT min(at) FROM engagements WHERE campaign_activity_id = ? AND kind = 'optout' AND at > ?",
        campaign_activity_id, after,
    )  # fmt: skip
    timeline.cancel(world, campaign_activity_id, OPT_OUT)
    if due is not None:
        timeline.plan(world, due, OPT_OUT, campaign_activity_id)


def _rates(world: World, row: Mapping[str, Any]) -> Rates:
    own = json.loads(row["engagement"] or "{}")
    return world.settings.engagement.changed(own)


def _of(whole: int, percent: float) -> int:
    return round(whole * percent / 100)


def _note_links(world: World, campaign_activity_id: str, markup: str) -> int:
    """Give each web address of the mail its number, once; answer how many there are."""
    sql = "SELECT url FROM links WHERE campaign_activity_id = ?"
    known = {row["url"] for row in world.db.rows(sql, campaign_activity_id)}
    urls = [url for url in html.links(markup) if url.lower().startswith(("http://", "https://"))]
    for url in dict.fromkeys(urls):
        if url not in known:
            url_id = world.db.count("url_id")
            world.db.insert("links", campaign_activity_id=campaign_activity_id, url_id=url_id, url=url)
            known.add(url)
    return len(known)
