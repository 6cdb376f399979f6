"""Cursor paging, the same for every collection."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.emulator.client import Emulated, criteria

SEED: dict[str, Any] = {
    "lists": [{"name": "List {n}", "repeat": 7}],
    "tags": [{"name": "Tag {n}", "repeat": 7}],
    "custom_fields": [{"label": "Field {n}", "repeat": 7}],
    "segments": [{"name": "Segment {n}", "criteria": criteria(), "repeat": 7}],
    "campaigns": [{"name": "Campaign {n}", "repeat": 7}],
}
COLLECTIONS = [
    ("/v3/contact_lists", "lists", "cursor", 1000),
    ("/v3/contact_tags", "tags", "cursor", 500),
    ("/v3/contact_custom_fields", "custom_fields", "cursor", 100),
    ("/v3/segments", "segments", "cursor", 1000),
    ("/v3/emails", "campaigns", "next", 500),
]
every_collection = pytest.mark.parametrize(("path", "section", "parameter", "most"), COLLECTIONS)


@pytest.fixture
def full(emulator: Emulated) -> Emulated:
    emulator.control("load", SEED)
    return emulator


@every_collection
def test_pages_hold_everything_once_and_the_last_has_no_links(
    full: Emulated, path: str, section: str, parameter: str, most: int
) -> None:
    whole = full.get(path)
    assert "_links" not in whole
    assert full.all(f"{path}?limit=3", section) == whole[section]
    assert len(whole[section]) == 7


@every_collection
def test_the_link_is_a_path_whose_cursor_freezes_the_limit(
    full: Emulated, path: str, section: str, parameter: str, most: int
) -> None:
    href = full.get(f"{path}?limit=2")["_links"]["next"]["href"]
    start, cursor = href.split(f"{parameter}=", 1)
    assert start == f"{path}?"
    assert base64.b64decode(cursor).startswith(b"limit=2&next=")
    assert len(full.get(f"{href}&limit=5")[section]) == 2


@every_collection
def test_a_limit_out_of_range_is_400(
    full: Emulated, path: str, section: str, parameter: str, most: int
) -> None:
    for limit in (0, -1, most + 1, "x", "", "9" * 5000):
        assert full.call("GET", f"{path}?limit={limit}").status_code == 400, limit
    assert full.call("GET", f"{path}?limit={most}").status_code == 200


@every_collection
def test_a_broken_cursor_is_400(full: Emulated, path: str, section: str, parameter: str, most: int) -> None:
    broken = (
        "x",
        "bGltaXQ9",
        "bGltaXQ9MSZuZXh0PXg=",
        base64.b64encode(b"limit=1&next=" + b"9" * 30).decode(),
    )
    for cursor in broken:
        assert full.call("GET", f"{path}?{parameter}={cursor}").status_code == 400, cursor


def test_a_page_is_not_shifted_by_what_was_deleted_before_it(full: Emulated) -> None:
    first = full.get("/v3/contact_tags?limit=3")
    full.delete(f"/v3/contact_tags/{first['tags'][0]['tag_id']}")
    rest = full.all(first["_links"]["next"]["href"], "tags")
    assert [tag["name"] for tag in rest] == ["Tag 4", "Tag 5", "Tag 6", "Tag 7"]


def test_the_link_keeps_the_other_parameters(full: Emulated) -> None:
    href = full.get("/v3/contact_lists?limit=3&include_count=true&status=all")["_links"]["next"]["href"]
    assert full.get(href)["lists_count"] == 7


def test_segments_come_by_date_of_edit_or_by_name(full: Emulated) -> None:
    full.advance("PT1H")
    full.patch("/v3/segments/4/name", {"name": "A first one"})
    assert full.get("/v3/segments")["segments"][0]["segment_id"] == 4
    by_name = [segment["name"] for segment in full.all("/v3/segments?sort_by=name&limit=2", "segments")]
    assert by_name == sorted(by_name)
    assert len(by_name) == 7


def test_campaigns_come_with_the_latest_change_first(full: Emulated) -> None:
    full.advance("PT1H")
    campaign_id, _ = full.campaign("Newest")
    assert full.get("/v3/emails")["campaigns"][0]["campaign_id"] == campaign_id
