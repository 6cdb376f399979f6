"""Every call of an apply goes wrong in every way; a plain second run finishes as if nothing had happened."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccstate.core.desired import Desired, Lifecycle
from ccstate.core.diagnostics import Refused
from ccstate.emulator import Settings
from ccstate.engine.outcome import Outcome
from ccstate.kinds import discover
from ccstate.manifest.project import load
from tests.crash.conftest import POINTS
from tests.crash.point import WAYS, Killed, Point
from tests.engine.scene import NOW, Scene
from tests.harness import compiled
from tests.properties.manifests import manifests

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
UNMANAGED = {"lists": [{"name": "Kept by hand", "members": 3}], "tags": [{"name": "Also by hand"}]}
_FLEETING = {
    "updated_at",
    "edited_at",
    "created_at",
    "deleted_at",
    "campaign_id",
    "campaign_activity_id",
    "campaign_activities",
    "_links",
}


class Account:
    """An emulated account, the memory of its project, and a point at which things go wrong."""

    def __init__(self, settings: Settings) -> None:
        self.scene = Scene(settings, sees=True)
        self._names: dict[str, str] = {}
        self._segments: dict[int, str] = {}
        self.point = Point(self.scene.app, self.scene.store.folder)
        self.scene.app = self.point

    def apply(self, desired: tuple[Desired, ...]) -> Outcome:
        return self.scene.apply(desired)[1]

    def crash(self, desired: tuple[Desired, ...], at: int, way: str) -> None:
        """An apply whose call of that number goes wrong; the process that died left its memory."""
        plan = self.scene.plan(desired)
        self.point.arm(at, way)
        try:
            self.scene.make(plan)
        except Killed:
            self.point.recover_memory()
        self.point.arm(-1, "")

    def calls(self, desired: tuple[Desired, ...]) -> int:
        """How many calls an undisturbed apply makes."""
        plan = self.scene.plan(desired)
        self.point.arm(-1, "")
        assert self.scene.make(plan).ok
        return self.point.calls

    def contents(self) -> Mapping[str, Any]:
        """All that the account holds, by name, without ids and moments."""
        found = {}
        for path, key in _COLLECTIONS.items():
            found[key] = sorted(
                (self._whole(key, each) for each in self.scene.all_of(path, key)),
                key=lambda each: json.dumps(each, sort_keys=True),
            )
        return found

    def _whole(self, key: str, item: Mapping[str, Any]) -> Mapping[str, Any]:
        if key == "segments":
            item = self.scene.send("GET", f"/segments/{item['segment_id']}").body
        if key == "campaigns":
            item = self._campaign(item)
        found: Mapping[str, Any] = self._nameless(item)
        return found

    def _campaign(self, item: Mapping[str, Any]) -> Mapping[str, Any]:
        whole = self.scene.send("GET", f"/emails/{item['campaign_id']}").body
        activities = []
        for each in whole["campaign_activities"]:
            path = f"/emails/activities/{each['campaign_activity_id']}"
            activity = self.scene.send("GET", f"{path}?include=html_content,physical_address_in_footer").body
            schedules = self.scene.send("GET", f"{path}/schedules").body
            activities.append({**activity, "schedules": [one["scheduled_date"] for one in schedules]})
        return {**item, "activities": activities}

    def _nameless(self, value: Any) -> Any:
        """Names in place of ids, so that two accounts can be compared."""
        if isinstance(value, Mapping):
            return {
                name: self._segment_names(each) if name.startswith("segment_id") else self._nameless(each)
                for name, each in value.items()
                if name not in _FLEETING
            }
        if isinstance(value, list):
            return [self._nameless(each) for each in value]
        if isinstance(value, str):
            for remote_id, name in self._names.items():
                value = value.replace(remote_id, name)
        return value

    def _segment_names(self, value: Any) -> Any:
        """A segment's id is a small number, so it is only known by where it stands."""
        return [self._segments[each] for each in value] if isinstance(value, list) else self._segments[value]

    def learn_names(self) -> Account:
        """The names of all that other things refer to."""
        self._names = {
            str(each[id_key]): f"<{each[name_key]}>"
            for path, key, id_key, name_key in _NAMED
            for each in self.scene.all_of(path, key)
        }
        self._segments = {
            each["segment_id"]: f"<{each['name']}>" for each in self.scene.all_of(_SEGMENTS, "segments")
        }
        return self


_SEGMENTS = "/segments?limit=1000"
_COLLECTIONS = {
    "/contact_lists?limit=1000": "lists",
    "/contact_tags?limit=500": "tags",
    "/contact_custom_fields?limit=100": "custom_fields",
    "/segments?limit=1000": "segments",
    "/emails?limit=500": "campaigns",
}
_NAMED = (
    ("/contact_lists?limit=1000", "lists", "list_id", "name"),
    ("/contact_tags?limit=500", "tags", "tag_id", "name"),
    ("/contact_custom_fields?limit=100", "custom_fields", "custom_field_id", "label"),
)


@pytest.fixture
def accounts() -> Iterator[Callable[[Settings], Account]]:
    """Accounts whose leftovers are cleared away."""
    made: list[Account] = []

    def make(settings: Settings) -> Account:
        made.append(Account(settings))
        return made[-1]

    yield make
    for each in made:
        each.point.close()


def finishes(account: Account, desired: tuple[Desired, ...], wanted: Mapping[str, Any], what: str) -> None:
    """A plain second run converges, and the account is that of an undisturbed run."""
    try:
        outcome = account.apply(desired)
    except Refused as why:
        raise AssertionError(f"{what}: {why}") from why
    assert outcome.ok, (what, outcome)
    again = account.scene.plan(desired)
    assert again.empty, (what, [(str(each.address), each.action, each.fields) for each in again.active])
    assert account.learn_names().contents() == wanted, what
    assert account.scene.state.pending == {}, what


def example(name: str) -> tuple[tuple[Desired, ...], Settings]:
    """An example's resources, and the account that it begins with."""
    root = EXAMPLES / name
    project = load(root, discover())
    seed = project.config.emulator_seed
    return project.desired, Settings(
        clock=NOW, seed=json.loads(seed.read_text(encoding="utf-8")) if seed else None
    )


def edited(desired: tuple[Desired, ...]) -> tuple[Desired, ...]:
    """Every third resource is gone, every other gets another text; what is used stays."""
    used = {address for each in desired for address in each.depends_on()}
    stays = {each.address for each in desired if each.lifecycle != Lifecycle()}
    kept = [each for n, each in enumerate(desired) if n % 3 or each.address in used | stays]
    return tuple(_reworded(each) if n % 2 else each for n, each in enumerate(kept))


def _reworded(each: Desired) -> Desired:
    for name in ("subject", "description"):
        if isinstance(each.fields.get(name), str):
            return each._replace(fields={**each.fields, name: each.fields[name] + " again"})
    return each


@pytest.mark.crash
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("what", ["made", "edited"])
def test_every_call_of_the_nonprofit_example(
    accounts: Callable[[Settings], Account],
    what: str,
    way: str,
    record_property: Any,
) -> None:
    desired, settings = example("nonprofit")
    start: tuple[tuple[Desired, ...], ...] = ()
    if what == "edited":
        start, desired = (desired,), edited(desired)
    calm = accounts(settings)
    for each in start:
        assert calm.apply(each).ok
    count = calm.calls(desired)
    wanted = calm.learn_names().contents()
    for at in range(count):
        account = accounts(settings)
        for each in start:
            assert account.apply(each).ok
        account.crash(desired, at, way)
        finishes(account, desired, wanted, f"call {at}: {way}")
        account.point.close()
    record_property(POINTS, count)


@settings(
    deadline=None,
    max_examples=12,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
@given(manifests(), manifests(), st.integers(0, 10_000), st.sampled_from(WAYS))
def test_any_call_of_a_random_change(
    before: dict[str, Any], after: dict[str, Any], at: int, way: str
) -> None:
    calm, account = (Account(Settings(clock=NOW, seed=UNMANAGED)) for _ in range(2))
    try:
        _crashes_like(calm, account, compiled(before), compiled(after), at, way)
    finally:
        calm.point.close()
        account.point.close()


def _crashes_like(
    calm: Account,
    account: Account,
    before: tuple[Desired, ...],
    after: tuple[Desired, ...],
    at: int,
    way: str,
) -> None:
    for each in (calm, account):
        if any(found.severity == "error" for found in each.scene.plan(before).diagnostics):
            return
        if not each.apply(before).ok:
            return
    plan = calm.scene.plan(after)
    if any(found.severity == "error" for found in plan.diagnostics):
        return
    if any(each.status == "blocked" for each in plan.changes):
        return
    count = calm.calls(after)
    wanted = calm.learn_names().contents()
    if count:
        account.crash(after, at % count, way)
    finishes(account, after, wanted, f"call {at % count if count else 0} of {count}: {way}")
