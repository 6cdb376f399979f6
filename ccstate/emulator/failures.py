"""Why a mail does not go out: what is wrong with it, and what the control plane wants to go wrong.

The reason codes are those of the send history.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ccstate.emulator import html
from ccstate.emulator.collections import account
from ccstate.emulator.world import World

OK, FAILED, PARTLY, BAD_IMAGE, LINK_TOO_LONG, UNVERIFIED_SENDER, NOBODY = 0, 1, 6, 7, 8, 9, 12
REASONS = range(1, 13)
LONGEST_LINK = 1005
_GOOD_SOURCES = ("http://", "https://", "//", "data:image/", "[[")


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


def provoke(world: World, reason: int, campaign_id: str | None, times: int) -> None:
    """Let the next so many mails fail, of one campaign or of any."""
    world.db.insert("send_failures", campaign_id=campaign_id, reason_code=reason, times=times)


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
