"""Webhook subscriptions of a partner's application: at most one for each of four topics.

What becomes of them is in `notifications`.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ccstate.emulator.access import PARTNER
from ccstate.emulator.checks import Checks
from ccstate.emulator.errors import not_found
from ccstate.emulator.partners import notifications
from ccstate.emulator.partners.courier import is_local
from ccstate.emulator.partners.notifications import TOPICS
from ccstate.emulator.partners.partnership import SERVICE
from ccstate.emulator.storage.database import Row
from ccstate.emulator.wire import Answer, Call, Operation

_LONGEST = 512  # says the guide
_SAMPLE_ACCOUNT = "a07e1my9tbw0"  # of a test notification: there is no such account
_PATH = "/partner/webhooks/subscriptions"


def collection(call: Call) -> Answer:
    """What the application subscribed to, and nothing about the rest (assumed)."""
    sql = "SELECT * FROM webhooks WHERE api_key = ? ORDER BY topic_id"
    return Answer(200, [_shown(row) for row in call.world.db.rows(sql, _api_key(call))])


def show(call: Call, topic_id: str) -> Answer:
    return Answer(200, _shown(_find(call, topic_id)))


def subscribe(call: Call, topic_id: str) -> Answer:
    """Answers less than the other operations: no name and no description."""
    topic = _topic(topic_id)
    checks = Checks(call)
    checks.only(("hook_uri", "topic_id", "topic_name", "topic_description"))
    hook_uri = checks.text("hook_uri", required=True, most=_LONGEST) or ""
    if not checks.problems and not _is_usable(hook_uri):
        checks.problem("hook_uri must be a URI that begins with https://")
    checks.done()
    call.world.db.run(
        "INSERT INTO webhooks VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET hook_uri = excluded.hook_uri, origin = excluded.origin",
        _api_key(call), topic, hook_uri, call.origin,
    )  # fmt: skip
    return Answer(200, {"topic_id": topic, "hook_uri": hook_uri})


def unsubscribe(call: Call, topic_id: str) -> Answer:
    row = _find(call, topic_id)
    sql = "DELETE FROM webhooks WHERE api_key = ? AND topic_id = ?"
    call.world.db.run(sql, row["api_key"], row["topic_id"])
    return Answer(204)


def test(call: Call, topic_id: str) -> Answer:
    """A notification about an account that does not exist, at once."""
    row = _find(call, topic_id)
    notifications.keep(call.world, call.now, row, _SAMPLE_ACCOUNT)
    return Answer(201, _shown(row))


OPERATIONS = (
    Operation("GET", _PATH, collection, SERVICE, PARTNER),
    Operation("GET", f"{_PATH}/{{topic_id}}", show, SERVICE, PARTNER),
    Operation("PUT", f"{_PATH}/{{topic_id}}", subscribe, SERVICE, PARTNER),
    Operation("DELETE", f"{_PATH}/{{topic_id}}", unsubscribe, SERVICE, PARTNER),
    Operation("POST", f"{_PATH}/{{topic_id}}/tests", test, SERVICE, PARTNER, optional_body=True),
)


def _api_key(call: Call) -> str:
    """Which application it is: its API key, where it named one."""
    return call.caller.api_key or call.caller.client_id


def _topic(text: str) -> int:
    if text not in map(str, TOPICS):
        raise not_found(SERVICE, f"Topic {text} was not found")
    return int(text)


def _find(call: Call, topic_id: str) -> Row:
    sql = "SELECT * FROM webhooks WHERE api_key = ? AND topic_id = ?"
    row = call.world.db.row(sql, _api_key(call), _topic(topic_id))
    if row is None:
        raise not_found(SERVICE, f"There is no subscription to topic {topic_id}")
    return row


def _is_usable(hook_uri: str) -> bool:
    """https, says the guide. http is for receivers on this machine, which the service could not reach."""
    try:
        parts = urlsplit(hook_uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or any(character.isspace() or not character.isprintable() for character in hook_uri):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_local(hook_uri))


def _shown(row: Row) -> dict[str, Any]:
    topic = TOPICS[row["topic_id"]]
    return {
        "topic_id": row["topic_id"],
        "hook_uri": row["hook_uri"],
        "topic_name": topic.name,
        "topic_description": topic.description,
    }
