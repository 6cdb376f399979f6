"""Campaign activities: the mail itself, with its sender, content and audience.

A GET leaves the heavy parts out unless they are asked for. A PUT replaces everything at the top level, the
audience included, but four subresources survive being left out: footer address, HTML, permalink, document
properties. The status is the campaign's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ccstate.emulator.access import CAMPAIGNS_READ, CAMPAIGNS_WRITE
from ccstate.emulator.checks import Checks
from ccstate.emulator.collections import account, lists, segments
from ccstate.emulator.errors import not_found
from ccstate.emulator.mails import document_properties, html
from ccstate.emulator.names import checked_uuid
from ccstate.emulator.places import COUNTRIES, STATES
from ccstate.emulator.storage.clock import SECOND, with_zeros
from ccstate.emulator.storage.database import packed
from ccstate.emulator.storage.world import World
from ccstate.emulator.wire import Answer, Call, Operation

LONGEST_FROM_NAME = 100
LONGEST_ADDRESS = 80
LONGEST_SUBJECT = 200  # the contract has none; a production client cuts here
LONGEST_PREHEADER = 200
LONGEST_HTML = 150_000
FORBIDDEN_PAIRS = ("[#", "${", "<@")  # delimiters of the service's template engine
WITH_HTML, WITH_SEGMENTS = (1, 5), (3, 4, 5)  # the format_types that may have these
EDITABLE_AGAIN = 3  # the format_type that may be edited once it was sent
INCLUDES = ("physical_address_in_footer", "permalink_url", "html_content", "document_properties")
_SERVICE = "campaigns"
_FOOTER = (
    "address_line1", "address_line2", "address_line3", "address_optional", "city", "country_code",
    "organization_name", "postal_code", "state_code", "state_non_us_name",
)  # fmt: skip
_FOOTER_DERIVED = ("country_name", "state_name")
HEADERS = ("from_name", "from_email", "reply_to_email", "subject", "preheader")
_COPIED = (
    "html_content", "footer", "permalink_url", "contact_list_ids", "segment_ids", "document_id", "engagement",
)  # fmt: skip
_READ_ONLY = (
    "campaign_activity_id", "campaign_id", "role", "current_status", "format_type", "document_id",
    "permalink_url", "document_properties", "template_id",
)  # fmt: skip


def show(call: Call, campaign_activity_id: str) -> Answer:
    row = find(call, campaign_activity_id)
    return Answer(200, _shown(call.world, row, call.choices("include", INCLUDES)))


def update(call: Call, campaign_activity_id: str) -> Answer:
    row = find(call, campaign_activity_id)
    _refuse_uneditable(call, row)
    checks = Checks(call)
    checks.only(
        (
            *HEADERS,
            *_READ_ONLY,
            "contact_list_ids",
            "segment_ids",
            "html_content",
            "physical_address_in_footer",
        )
    )
    columns = _read_headers(call, checks) | _read_audience(call, checks, row["format_type"])
    if "html_content" in call.body:
        columns["html_content"] = _read_html(call, checks)
        if row["format_type"] not in WITH_HTML:
            checks.problem(f"html_content does not belong to format_type {row['format_type']}")
    if "document_properties" in call.body:
        stored = document_properties.read(checks, row["format_type"], row["document_properties"])
        columns["document_properties"] = stored
    if "physical_address_in_footer" in call.body:
        columns["footer"] = _read_footer(call, checks, json.loads(row["footer"] or "{}"))
    checks.done()
    _save_everywhere(call.world, row["campaign_id"], columns)
    touch(call.world, call.now, row["campaign_id"])
    sent = [name for name in INCLUDES if name in call.body]
    return Answer(200, _shown(call.world, find(call, campaign_activity_id), sent))


def send_history(call: Call, campaign_activity_id: str) -> Answer:
    row = find(call, campaign_activity_id)
    sql = "SELECT * FROM sends WHERE campaign_activity_id = ? AND finished ORDER BY send_id"
    sends = call.world.db.rows(sql, row["campaign_activity_id"])
    return Answer(200, [_shown_send(send) for send in sends])


_PATH = "/emails/activities/{campaign_activity_id}"
OPERATIONS = (
    Operation("GET", _PATH, show, _SERVICE, CAMPAIGNS_READ),
    Operation("PUT", _PATH, update, _SERVICE, CAMPAIGNS_WRITE),
    Operation("GET", f"{_PATH}/send_history", send_history, _SERVICE, CAMPAIGNS_READ),
)


def find(call: Call, campaign_activity_id: str) -> Mapping[str, Any]:
    """An activity with the status of its campaign. Removed ones cannot be fetched."""
    row = load(call.world, checked_uuid(call, "campaign_activity_id", campaign_activity_id))
    if row is None or row["status"] == "REMOVED":
        raise not_found(_SERVICE, f"Campaign activity {campaign_activity_id} was not found")
    return row


def load(world: World, campaign_activity_id: str) -> Mapping[str, Any] | None:
    return world.db.row(
        "SELECT a.*, iif(c.status = 'REMOVED', c.status, coalesce(r.status, c.status)) AS status "
        "FROM campaign_activities a JOIN campaigns c USING (campaign_id) "
        "LEFT JOIN resends r ON r.resend_activity_id = a.campaign_activity_id "
        "WHERE a.campaign_activity_id = ?",
        campaign_activity_id,
    )


def insert(world: World, campaign_id: str, columns: Mapping[str, Any]) -> str:
    """Add the primary activity and its permalink; answer the id of the primary one."""
    defaults = {"format_type": 5, "contact_list_ids": "[]", "segment_ids": "[]"}
    stored: dict[str, Any] = defaults | dict(columns)
    stored["html_content"] = _stored_html(world, stored.get("html_content"))
    stored["permalink_url"] = f"https://conta.cc/{world.ids.token(7)}"
    primary = world.ids.random_based()
    for activity_id, role in ((primary, "primary_email"), (world.ids.random_based(), "permalink")):
        world.db.insert(
            "campaign_activities",
            campaign_activity_id=activity_id,
            campaign_id=campaign_id,
            role=role,
            **stored,
        )
    return primary


def insert_resend(world: World, primary: Mapping[str, Any], subject: str) -> str:
    """Add the activity of a resend: the primary one under another subject."""
    activity_id = world.ids.random_based()
    copied = (*HEADERS, "campaign_id", "format_type", *_COPIED)
    columns = {name: primary[name] for name in copied} | {"subject": subject}
    world.db.insert("campaign_activities", campaign_activity_id=activity_id, role="resend", **columns)
    return activity_id


def references(world: World, campaign_id: str) -> list[dict[str, Any]]:
    rows = world.db.rows(
        "SELECT campaign_activity_id, role, document_id FROM campaign_activities WHERE campaign_id = ? "
        "ORDER BY role != 'primary_email', role",
        campaign_id,
    )
    return [{name: text for name, text in row.items() if text is not None} for row in rows]


def touch(world: World, at: int, campaign_id: str) -> None:
    """Assumed: an edit is a change of the campaign. Its status stays."""
    sql = "UPDATE campaigns SET updated_at = ? WHERE campaign_id = ?"
    world.db.run(sql, at // SECOND * SECOND, campaign_id)


def shown_status(world: World, status: str) -> str:
    """A partner's approval shows as a status that the contract does not list (a switch)."""
    return "PENDING_APPROVAL" if status == "SCHEDULED" and world.switches.pending_approval else status


def read_new(call: Call, checks: Checks, body: dict[str, Any]) -> dict[str, Any]:
    """The activity inside the creation of a campaign, as columns. It has no audience yet."""
    inner = Checks(call, body, "email_campaign_activities[0].")
    inner.only((*HEADERS, *_READ_ONLY, "html_content", "physical_address_in_footer"))
    format_type = inner.integer("format_type")
    # The legacy format 1 is still taken and turned into custom code, says the description of the 200.
    if format_type not in (1, 5):
        inner.problem("format_type is missing" if format_type is None else "format_type must be 5")
    columns = _read_headers(call, inner)
    inner.text("html_content", required=True)
    columns["html_content"] = _read_html(call, inner, check_only=True)
    columns["footer"] = _read_footer(call, inner, {})
    checks.problems += inner.problems
    return columns


def _read_headers(call: Call, checks: Checks) -> dict[str, Any]:
    columns = {
        "from_name": checks.text("from_name", required=True, most=LONGEST_FROM_NAME),
        "from_email": checks.text("from_email", required=True, most=LONGEST_ADDRESS),
        "reply_to_email": checks.text("reply_to_email", required=True, most=LONGEST_ADDRESS),
        "subject": checks.text("subject", required=True, most=LONGEST_SUBJECT),
        "preheader": checks.text("preheader", most=LONGEST_PREHEADER),
    }
    for name in ("from_email", "reply_to_email"):
        address = columns[name]
        if address is not None and not account.is_confirmed(call.world, address):
            checks.problem(f"{name} is not a confirmed email address of the account")
    return columns


def _read_html(call: Call, checks: Checks, *, check_only: bool = False) -> str | None:
    """A missing tracking image is accepted (assumed: only reporting suffers)."""
    text = checks.text("html_content", most=LONGEST_HTML)
    if text is not None and not call.world.switches.accept_forbidden_pairs:
        for pair in FORBIDDEN_PAIRS:
            if pair in text:
                checks.problem(f"html_content must not contain {pair}")
    return text if check_only or text is None else _stored_html(call.world, text)


def _stored_html(world: World, text: str | None) -> str | None:
    return html.rewritten(text) if text is not None and world.switches.rewrite_html else text


def _read_footer(call: Call, checks: Checks, before: dict[str, Any]) -> str | None:
    """What is left out inside a footer address keeps its value; null takes the address away (assumed)."""
    given = checks.object("physical_address_in_footer")
    if given is None:
        return None
    inner = Checks(call, given, "physical_address_in_footer.")
    inner.only((*_FOOTER, *_FOOTER_DERIVED))
    read = {name: inner.text(name) for name in _FOOTER}
    merged = {**before, **{name: text for name, text in read.items() if name in given}}
    footer = {name: text for name, text in merged.items() if text is not None and name not in _FOOTER_DERIVED}
    required = ["address_line1", "country_code", "organization_name"]
    american = str(footer.get("country_code", "")).upper() == "US"
    for name in [*required, "state_code"] if american else required:
        if not footer.get(name):
            inner.problem(f"{name} is missing")
    checks.problems += inner.problems
    return packed(footer | _derived(footer))


def _derived(footer: Mapping[str, str]) -> dict[str, str]:
    country, state = footer.get("country_code", "").upper(), footer.get("state_code", "").upper()
    derived = {"country_name": COUNTRIES[country]} if country in COUNTRIES else {}
    return derived | ({"state_name": STATES[state][0]} if country == "US" and state in STATES else {})


def _read_audience(call: Call, checks: Checks, format_type: int) -> dict[str, Any]:
    """Lists or one segment; left out, the audience is empty."""
    list_ids = list(
        dict.fromkeys(
            item.lower() for item in checks.items("contact_list_ids", str, most=lists.LARGEST_ACCOUNT)
        )
    )
    segment_ids = checks.items("segment_ids", int, most=1)
    if list_ids and segment_ids:
        checks.problem("contact_list_ids and segment_ids cannot be used together")
    if segment_ids and format_type not in WITH_SEGMENTS:
        checks.problem(f"segment_ids cannot be used with format_type {format_type}")
    for list_id in list_ids:
        if not lists.exists(call.world, list_id):
            checks.problem(f"contact_list_ids holds {list_id}, which is not a list of the account")
    for segment_id in segment_ids:
        if not segments.exists(call.world, segment_id):
            checks.problem(f"segment_ids holds {segment_id}, which is not a segment of the account")
    return {"contact_list_ids": packed(list_ids), "segment_ids": packed(segment_ids)}


def _refuse_uneditable(call: Call, row: Mapping[str, Any]) -> None:
    """The contract also lets DONE be edited, the guide only in one format; we follow the guide."""
    if row["role"] != "primary_email":
        call.refuse(f"an activity with the role {row['role']} cannot be updated")
    editable_again = row["status"] == "DONE" and row["format_type"] == EDITABLE_AGAIN
    if row["status"] != "DRAFT" and not editable_again:
        call.refuse(f"an activity that is {shown_status(call.world, row['status'])} cannot be updated")


def set_schedule(world: World, campaign_activity_id: str, instant: int | None, before: str | None) -> None:
    """Note when the mail is due and the status to go back to, or neither."""
    _save(world, campaign_activity_id, {"scheduled_date": instant, "status_before": before})


def _save(world: World, campaign_activity_id: str, columns: Mapping[str, Any]) -> None:
    assignments = ", ".join(f"{name} = ?" for name in columns)
    sql = f"UPDATE campaign_activities SET {assignments} WHERE campaign_activity_id = ?"
    world.db.run(sql, *columns.values(), campaign_activity_id)


def _save_everywhere(world: World, campaign_id: str, columns: Mapping[str, Any]) -> None:
    """The permalink and the resend show the same mail, but for what is their own."""
    own = {"subject": "resend", "contact_list_ids": "permalink", "segment_ids": "permalink"}
    assignments = ", ".join(
        f"{name} = iif(role = '{own[name]}', {name}, ?)" if name in own else f"{name} = ?" for name in columns
    )
    sql = f"UPDATE campaign_activities SET {assignments} WHERE campaign_id = ?"
    world.db.run(sql, *columns.values(), campaign_id)


def _shown(world: World, row: Mapping[str, Any], include: list[str]) -> dict[str, Any]:
    formatted = row["format_type"]
    shown = {
        "campaign_activity_id": row["campaign_activity_id"],
        "campaign_id": row["campaign_id"],
        "role": row["role"],
        "contact_list_ids": json.loads(row["contact_list_ids"]),
        "segment_ids": json.loads(row["segment_ids"]),
        "current_status": shown_status(world, row["status"]),
        "format_type": formatted,
        **{name: row[name] for name in (*HEADERS, "document_id") if row[name] is not None},
    }
    extras = {
        "html_content": row["html_content"] if formatted in WITH_HTML else None,
        "physical_address_in_footer": None if row["footer"] is None else json.loads(row["footer"]),
        "permalink_url": row["permalink_url"],
        "document_properties": document_properties.shown(formatted, row["document_properties"]),
    }
    return shown | {name: extras[name] for name in include if extras[name] is not None}


def _shown_send(send: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "send_id": send["send_id"],
        "contact_list_ids": json.loads(send["contact_list_ids"]),
        "segment_ids": json.loads(send["segment_ids"]),
        "count": send["count"],
        "run_date": with_zeros(send["run_date"]),
        "send_status": send["send_status"],
        "reason_code": send["reason_code"],
    }
