"""Moves, imports and forgetting at random: every object keeps its id, and nothing is made or deleted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ccstate.core.diagnostics import has_errors
from ccstate.core.kind import Kinds
from ccstate.core.takeover import Blocks, Forget, Import, Moved, check
from ccstate.engine.offline import Job
from ccstate.engine.refresh import plan as refresh
from ccstate.kinds import discover
from ccstate.store.cache import CacheFile
from tests.core.build import at, blocks, forget, imported, moved
from tests.harness import LOOSE, World, compiled
from tests.properties.manifests import campaigns, custom_fields, lists, tags
from tests.properties.test_promises import RELAXED, objects, switches, world

KINDS: Kinds = discover()
FATES = (
    "kept",
    "renamed",
    "moved",
    "moved and renamed",
    "moved twice",
    "imported",
    "imported, renamed",
    "forgotten",
)
KEY = {"custom_fields": "label"}


@dataclass
class Turn:
    """One manifest, what becomes of each of its resources, and the manifest after that."""

    before: dict[str, Any]
    fates: dict[str, str]
    after: dict[str, dict[str, Any]] = field(default_factory=dict)
    by: list[Import | Moved | Forget] = field(default_factory=list)

    def take(self, ids: dict[str, str]) -> Blocks:
        """The manifest and the blocks after it; `ids` are those of the addresses before."""
        for section, resources in self.before.items():
            kind = KINDS.by_section()[section].name
            for key, resource in resources.items():
                address, new = f"{kind}.{key}", f"{kind}.{key}_new"
                fate = self.fates[address]
                keeps_key = not fate.startswith("moved")
                if fate == "forgotten":
                    self.by.append(forget(address))
                    continue
                name = KEY.get(section, "name")
                renamed = {name: f"{resource[name]} 2"} if "renamed" in fate else {}
                target = self.after.setdefault(section, {})
                target[key if keeps_key else f"{key}_new"] = {**resource, **renamed}
                if fate == "moved twice":
                    self.by += [moved(address, f"{new}er"), moved(f"{new}er", new)]
                elif fate == "moved and renamed":
                    self.by.append(moved(address, new))
                elif fate.startswith("imported"):
                    self.by.append(imported(address, id=ids[address]))
        if not self.after:
            self.after = {"lists": {"spare": {"name": "Spare"}}}
        return blocks(*self.by)


@st.composite
def turns(draw: st.DrawFn) -> Turn:
    before = {
        "lists": draw(lists()),
        "tags": draw(tags()),
        "custom_fields": draw(custom_fields()),
        "campaigns": draw(campaigns([], [])),
    }
    before = {section: each for section, each in before.items() if each}
    fates = {
        f"{KINDS.by_section()[section].name}.{key}": draw(st.sampled_from(FATES))
        for section, resources in before.items()
        for key in resources
    }
    return Turn(before, fates)


def planned(account: World, wants: Any, said: Blocks, **options: Any) -> Any:
    job = Job(wants, account.state, KINDS, LOOSE._replace(**options), CacheFile(account.store.cache_path))
    return account.run(lambda client: refresh(job._replace(blocks=said), client, lambda event: None))


@RELAXED
@given(turns(), switches(), st.sampled_from(["by-name", "never"]))
def test_whatever_is_taken_over_keeps_its_object_and_the_next_plan_is_empty(
    turn: Turn, found: Any, adopt: str
) -> None:
    account = world(found)
    account.make(account.plan(compiled(turn.before or {"lists": {}})))
    ids = {str(address): each.remote_id for address, each in account.state.bindings.items()}
    lost = [at(address) for address, fate in turn.fates.items() if fate.startswith("imported")]
    account.store.save(account.state.forget(lost))
    said = turn.take(ids)
    wants = compiled(turn.after)
    assert list(check(said, [each.address for each in wants], KINDS)) == []
    there, before = objects(account), len(account.log())

    plan = planned(account, wants, said, adopt=adopt)
    assert not has_errors(plan.diagnostics), plan.diagnostics
    outcome = account.make(plan)
    assert outcome.ok, outcome

    now = {str(address): each.remote_id for address, each in account.state.bindings.items()}
    for address, fate in turn.fates.items():
        moved_to = f"{address}_new" if fate.startswith("moved") else address
        assert now.get(moved_to) == (None if fate == "forgotten" else ids[address]), (address, fate)
    changed = {ids[address] for address, fate in turn.fates.items() if "renamed" in fate}
    after = objects(account)
    assert {each for each in there if after[each] != there[each]} <= changed
    spare = turn.after.get("lists", {}).get("spare")
    writes = account.writes_since(before)
    assert len([each for each in writes if each[0] == "POST"]) == (1 if spare else 0), writes
    assert [each for each in writes if each[0] == "DELETE"] == []

    again = planned(account, wants, said, adopt=adopt)
    assert again.empty, [(str(each.address), each.action, each.fields) for each in again.active]
    assert [each.code for each in again.diagnostics if each.severity == "error"] == []
    count = len(account.log())
    account.make(again)
    assert account.writes_since(count) == []
