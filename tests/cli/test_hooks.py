"""What is called when an apply leaves campaigns without their schedule."""

from __future__ import annotations

import json
from pathlib import Path

from ccstate.cli.hooks import alarm
from ccstate.core.address import Address
from ccstate.core.events import RefreshStarted, Unscheduled
from tests.render.plans import plan_of

LEFT = Unscheduled(Address("campaign", "may"), "2035-05-01T13:00:00Z")


def test_the_command_gets_the_account_and_the_campaigns_as_json(tmp_path: Path) -> None:
    told = tmp_path / "told.json"
    assert alarm(plan_of(), [RefreshStarted(), LEFT], f"cat > {told}") == ()
    found = json.loads(told.read_text(encoding="utf-8"))
    assert found["campaigns"] == [{"address": "campaign.may", "name": "", "since": "2035-05-01T13:00:00Z"}]
    assert set(found["account"]) == {"id", "organisation", "emulated"}


def test_it_is_not_called_where_everything_goes_out(tmp_path: Path) -> None:
    told = tmp_path / "told.json"
    assert alarm(plan_of(), [RefreshStarted()], f"cat > {told}") == ()
    assert not told.exists()


def test_a_command_that_fails_is_told() -> None:
    (found,) = alarm(plan_of(), [LEFT], "echo no such room >&2; exit 3")
    assert (found.code, found.detail) == ("hook-failed", "it ended with 3: no such room")
