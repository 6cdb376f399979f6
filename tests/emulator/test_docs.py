"""The page about the emulator says what the code says."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

from ccstate.cli.emulator import command
from ccstate.emulator import Settings, Switches, oauth
from ccstate.emulator.collections import operations
from ccstate.emulator.coverage import PARTLY, table
from ccstate.emulator.faults import DOINGS
from ccstate.emulator.oauth import users
from ccstate.emulator.seeding import seeds
from tests.emulator.client import Emulated

PAGE = (Path(__file__).parents[2] / "docs/emulator.md").read_text(encoding="utf-8")


def test_every_flag_is_explained() -> None:
    flags = {name for parameter in command.commands["serve"].params for name in parameter.opts}
    assert [flag for flag in sorted(flags) if f"`{flag}" not in PAGE and f", `{flag}" not in PAGE] == []


def test_every_switch_says_what_it_does_and_on_what_the_default_rests() -> None:
    assert all(set(field.metadata) == {"does", "source"} for field in fields(Switches))
    assert Switches() == Settings().switches


def test_what_is_partly_emulated_is_told() -> None:
    for known in table(operations()):
        if known.status == PARTLY:
            assert f"| `{known.method} {known.path}` | {known.missing} |" in PAGE


def test_every_fault_and_control_call_is_explained(emulator: Emulated) -> None:
    assert [doing for doing in DOINGS if f"`{doing}`" not in PAGE] == []
    calls = (
        "POST reset",
        "GET requests",
        "GET dump",
        "POST load",
        "POST clock",
        "POST faults",
        "POST contacts",
        "POST sends",
        "GET outbox",
        "GET notifications",
        "POST client_accounts",
        "POST engagements",
        "POST applications",
        "POST tokens",
        "POST revoke",
    )
    assert [call for call in calls if f"`{call}" not in PAGE] == []


def test_every_way_to_sign_in_is_explained() -> None:
    for operation in oauth.operations():
        assert f"{operation.path}`" in PAGE, operation.path
    assert all(f"`{user.role}` | {user.email_address}" in PAGE for user in users.USERS)


def test_the_application_of_the_page_can_be_registered(emulator: Emulated) -> None:
    text = PAGE.split("### Applications", 1)[1].split("```json", 1)[1].split("```", 1)[0]
    assert emulator.control("applications", json.loads(text)) == json.loads(text)


def test_the_partner_of_the_page_can_be_planted(emulator: Emulated) -> None:
    text = PAGE.split("## Partners", 1)[1].split("```json", 1)[1].split("```", 1)[0]
    emulator.control("load", json.loads(text))
    names = [found["site_owner_name"] for found in emulator.get("/v3/partner/accounts")["site_owner_list"]]
    assert names == ["riverbend_client", "quay_street", "former_client"]


def test_the_seed_of_the_page_can_be_planted(emulator: Emulated) -> None:
    text = PAGE.split("## Seeds", 1)[1].split("```json", 1)[1].split("```", 1)[0]
    emulator.control("load", json.loads(text))
    assert len(emulator.get("/v3/emails")["campaigns"]) == 5
    assert all(f"`{status}`" in PAGE for status in seeds.CAMPAIGN_STATUSES)
