"""What a partner is told by webhooks: notifications are kept in an outbox, delivered to this machine only.

A notification points to the plan of a client account and holds no state itself. It is signed as the guide
says: a detached JWS over the unencoded body, whose header carries the instant of the attempt.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from ccstate.emulator.oauth.keys import signing_key
from ccstate.emulator.partners.courier import Job, is_local
from ccstate.emulator.storage.clock import SECOND, exact
from ccstate.emulator.storage.database import packed
from ccstate.emulator.storage.world import World

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

# The guide names the first. The second is a name under which receivers were written before it was known.
SIGNATURE_HEADERS = ("x-ctct-webhook-sig", "x-ctct-signature")
UPGRADE, DOWNGRADE, CANCELLED, DISABLED = 1, 2, 3, 4


@dataclass(frozen=True)
class Topic:
    name: str
    description: str
    event_type: str


TOPICS = {
    UPGRADE: Topic(
        "Billing Tier Upgrade", "Executes when an account's billing tier is upgraded.", "tier.increase"
    ),
    DOWNGRADE: Topic(
        "Billing Tier Downgrade", "Executes when an account's billing tier is downgraded.", "tier.decrease"
    ),
    CANCELLED: Topic("Account Cancelled", "Executes when an account is cancelled.", "account.cancel"),
    DISABLED: Topic("Account Disabled", "Executes when an account is disabled.", "account.disable"),
}


def notify(world: World, at: int, topic_id: int, encoded_account_id: str) -> None:
    """Tell every application that subscribed to the topic."""
    for webhook in world.db.rows("SELECT * FROM webhooks WHERE topic_id = ?", topic_id):
        keep(world, at, webhook, encoded_account_id)


def keep(world: World, at: int, webhook: Mapping[str, Any], encoded_account_id: str) -> None:
    """Put a notification into the outbox; it leaves when the call that caused it is over."""
    local = is_local(webhook["hook_uri"])
    if local:
        signing_key(world)  # made now if ever: nothing can be written when it leaves
    body = {
        "url": f"{webhook['origin']}/v3/partner/accounts/{encoded_account_id}/plan",
        "api_key": webhook["api_key"],
        "event_type": TOPICS[webhook["topic_id"]].event_type,
    }
    world.db.insert(
        "notifications",
        api_key=webhook["api_key"],
        topic_id=webhook["topic_id"],
        hook_uri=webhook["hook_uri"],
        body=packed(body),
        at=at,
        delivery="pending" if local else "kept",
        attempts="[]",
    )
    world.courier.behind = True


def shown(world: World, since: int) -> list[dict[str, Any]]:
    """The outbox, as the control plane shows it. `body` is the text that was signed."""
    rows = world.db.rows("SELECT * FROM notifications WHERE n > ? ORDER BY n", since)
    if not rows:
        return []
    _, key = signing_key(world)
    return [_shown(key, row) for row in rows]


def collect(world: World) -> None:
    """Write down what became of deliveries."""
    outcomes = world.courier.outcomes
    with world.db.transaction():
        while outcomes:
            outcome = outcomes[0]
            attempt = {"at": exact(outcome.at), "status": outcome.status, "error": outcome.error}
            world.db.run(
                "UPDATE notifications SET attempts = json_insert(attempts, '$[#]', json(?)), delivery = ? "
                "WHERE n = ?",
                packed({name: value for name, value in attempt.items() if value is not None}),
                "delivered" if outcome.delivered else "failed" if outcome.last else "pending", outcome.n,
            )  # fmt: skip
            outcomes.popleft()


def hand_over(world: World) -> None:
    """Give the courier what is to be delivered, after the transaction that decided so."""
    courier = world.courier
    if courier.behind or courier.busy:
        courier.tell(world.clock.position())
    if courier.behind:
        courier.behind = False
        for row in world.db.rows("SELECT * FROM notifications WHERE delivery = 'pending' ORDER BY n"):
            # A dump may say anything, and still nothing leaves the machine.
            if is_local(row["hook_uri"]) and not courier.knows(row["n"]):
                courier.deliver(_job(world, row))


def signed(key: RSAPrivateKey, body: bytes, at: int) -> dict[str, str]:
    """The headers of an attempt: `header..signature`, as RFC 7797 leaves an unencoded payload out."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    header = _url(packed({"alg": "RS256", "ts": at // SECOND, "b64": False, "crit": ["b64"]}).encode())
    signature = _url(key.sign(f"{header}.".encode() + body, PKCS1v15(), SHA256()))
    return dict.fromkeys(SIGNATURE_HEADERS, f"{header}..{signature}")


def _job(world: World, row: Mapping[str, Any]) -> Job:
    """Where an earlier process left off: after the attempts that it noted."""
    _, key = signing_key(world)
    body, made = row["body"].encode(), len(json.loads(row["attempts"]))
    return Job(row["n"], row["hook_uri"], body, row["at"], made, partial(signed, key, body))


def _shown(key: RSAPrivateKey, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "n": row["n"],
        "at": exact(row["at"]),
        "api_key": row["api_key"],
        "topic_id": row["topic_id"],
        "hook_uri": row["hook_uri"],
        "headers": signed(key, row["body"].encode(), row["at"]),
        "body": row["body"],
        "delivery": row["delivery"],
        "attempts": json.loads(row["attempts"]),
    }


def _url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
