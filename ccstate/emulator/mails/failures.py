"""Why a mail does not go out: what is wrong with it, and what the control plane wants to go wrong.

The reason codes are those of the send history.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ccstate.emulator.collections import account
from ccstate.emulator.mails import html
from ccstate.emulator.names import key_of
from ccstate.emulator.storage.world import World

OK, FAILED, PARTLY, BAD_IMAGE, LINK_TOO_LONG, UNVERIFIED_SENDER, NOBODY = 0, 1, 6, 7, 8, 9, 12
REASONS = range(1, 13)
MOST_TIMES = 1_000_000
PROPERTIES = ("reason_code", "campaign", "times")
LONGEST_LINK = 1005
_GOOD_SOURCES = ("http://", "https://", "//", "data:image/", "[[")


class BadFailure(ValueError):
    """A failure that cannot be provoked; the message says why."""


def of(world: World, row: Mapping[str, Any]) -> int:
    """The reason why an activity that is due fails; 0 where nothing does."""
    wanted = _take(world, row["campaign_id"])
    if wanted:
        return wanted
    if not account.is_confirmed(world, row["from_email"]):
        return UNVERIFIED_SENDER
    return in_content(row)


def in_content(row: Mapping[str, Any]) -> int:
    """Without a network an image is bad that cannot be one: its source is missing or no web address."""
    markup = row["html_content"] or ""
    if any(source is None or not source.lower().startswith(_GOOD_SOURCES) for source in html.images(markup)):
        return BAD_IMAGE
    return LINK_TOO_LONG if any(len(link) > LONGEST_LINK for link in html.links(markup)) else OK


def provoke(world: World, document: Mapping[str, Any]) -> None:
    """Let the next so many mails fail, of one campaign (named by id or name) or of any."""
    reason, times = document.get("reason_code"), document.get("times", 1)
    if type(reason) is not int or reason not in REASONS:
        raise BadFailure("reason_code must be a number from 1 to 12")
    if type(times) is not int or not 1 <= times <= MOST_TIMES:
        raise BadFailure(f"times must be a number from 1 to {MOST_TIMES}")
    campaign_id = _campaign(world, document.get("campaign"))
    world.db.insert("send_failures", campaign_id=campaign_id, reason_code=reason, times=times)


def _campaign(world: World, name: Any) -> str | None:
    if name is None:
        return None
    sql = "SELECT campaign_id FROM campaigns WHERE campaign_id = ? OR name_key = ?"
    found: str | None = world.db.value(sql, name, key_of(name)) if isinstance(name, str) else None
    if found is None:
        raise BadFailure(f"there is no campaign {name!r}")
    return found


def provoked(world: World) -> list[dict[str, Any]]:
    return world.db.rows("SELECT reason_code, campaign_id, times FROM send_failures ORDER BY seq")


def forget(world: World) -> None:
    world.db.run("DELETE FROM send_failures")


def _take(world: World, campaign_id: str) -> int:
    """The first failure that is wanted of this campaign, counted down."""
    wanted = world.db.row(
        "SELECT * FROM send_failures WHERE coalesce(campaign_id, ?) = ? ORDER BY seq LIMIT 1",
        campaign_id, campaign_id,
    )  # fmt: skip
    if wanted is None:
        return OK
    if wanted["times"] > 1:
        world.db.run("UPDATE send_failures SET times = times - 1 WHERE seq = ?", wanted["seq"])
    else:
        world.db.run("DELETE FROM send_failures WHERE seq = ?", wanted["seq"])
    return int(wanted["reason_code"])
