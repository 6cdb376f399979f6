"""Looking at a mail before it goes out: the preview, and test mails.

A preview speaks to the owner of the account; a test mail leaves the merge tags as they are. Test mails go to
an outbox in place of anybody's mailbox; the control plane shows it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ccstate.emulator.access import CAMPAIGNS_READ, CAMPAIGNS_SEND
from ccstate.emulator.checks import Checks, is_email_address
from ccstate.emulator.collections.campaign_activities import HEADERS, find
from ccstate.emulator.errors import quota_exceeded
from ccstate.emulator.mails import html, mail
from ccstate.emulator.storage.clock import exact, utc_day
from ccstate.emulator.storage.database import packed
from ccstate.emulator.storage.world import World
from ccstate.emulator.wire import Answer, Call, Operation

MOST_RECIPIENTS, MOST_A_DAY = 5, 50
LONGEST_OUTBOX = 1000  # test mails that are remembered
_SERVICE = "campaigns"
_PATH = "/emails/activities/{campaign_activity_id}"
_FILLED = ("subject", "preheader")


def show(call: Call, campaign_activity_id: str) -> Answer:
    row = find(call, campaign_activity_id)
    values = mail.owners_values(call.world, row)
    rendered = mail.filled(_with_footer(call.world, row), values)
    headers = {name: row[name] for name in HEADERS if row[name] is not None}
    filled = {name: mail.filled(headers[name], values, str) for name in _FILLED if name in headers}
    return Answer(200, {
        "campaign_activity_id": row["campaign_activity_id"],
        **headers,
        **filled,
        "preview_html_content": rendered,
        "preview_text_content": html.text(rendered),
    })  # fmt: skip


def test(call: Call, campaign_activity_id: str) -> Answer:
    """No mail leaves the emulator: it is put into the outbox."""
    row = find(call, campaign_activity_id)
    checks = Checks(call)
    checks.only(("email_addresses", "personal_message"))
    addresses = checks.items("email_addresses", str, most=MOST_RECIPIENTS)
    if not addresses and not checks.problems:
        checks.problem("email_addresses is missing")
    for address in addresses:
        if not is_email_address(address):
            checks.problem(f"email_addresses holds {address}, which is not an email address")
    message = checks.text("personal_message")
    checks.done()
    if row["role"] != "primary_email":
        call.refuse("only a primary_email activity can be sent as a test")
    _count(call, len(addresses))
    _put(call, row, addresses, message)
    return Answer(204)


OPERATIONS = (
    Operation(
        "GET",
        f"{_PATH}/previews",
        show,
        _SERVICE,
        CAMPAIGNS_READ,
        missing="style sheets are not turned into inline CSS",
    ),
    Operation("POST", f"{_PATH}/tests", test, _SERVICE, CAMPAIGNS_SEND),
)


def outbox(world: World, since: int) -> list[dict[str, Any]]:
    """The test mails after a number, oldest first."""
    rows = world.db.rows("SELECT * FROM test_mails WHERE seq > ? ORDER BY seq", since)
    return [
        {
            "n": row["seq"],
            "at": exact(row["at"]),
            "campaign_activity_id": row["campaign_activity_id"],
            "email_addresses": json.loads(row["email_addresses"]),
            **json.loads(row["mail"]),
        }
        for row in rows
    ]


def _with_footer(world: World, row: Mapping[str, Any]) -> str:
    footer = None if row["footer"] is None else json.loads(row["footer"])
    return mail.with_footer(world, row, footer, row["html_content"] or "")


def _count(call: Call, recipients: int) -> None:
    """Fifty recipients in a day, then 429, says the guide; a list of them counts as a whole or not at all."""
    series = f"tests {utc_day(call.now)}"
    used = call.world.db.value("SELECT value FROM counters WHERE name = ?", series) or 0
    if used + recipients > MOST_A_DAY:
        raise quota_exceeded()
    call.world.db.run(
        "INSERT INTO counters VALUES (?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value",
        series, recipients,
    )  # fmt: skip


def _put(call: Call, row: Mapping[str, Any], addresses: list[str], message: str | None) -> None:
    text = mail.with_message(_with_footer(call.world, row), message)
    seq = call.world.db.insert(
        "test_mails",
        at=call.now,
        campaign_activity_id=row["campaign_activity_id"],
        email_addresses=packed(addresses),
        mail=packed({name: row[name] for name in HEADERS} | {"html_content": text}),
    )
    call.world.db.run("DELETE FROM test_mails WHERE seq <= ?", seq - LONGEST_OUTBOX)
