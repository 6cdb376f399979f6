"""A world whose clock stands still until told, with its events kept and its pauses skipped."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

import pytest

from ccstate.api.client import Client, Endpoint
from ccstate.api.errors import OutcomeUnknown, Unreachable
from ccstate.core.address import Address
from ccstate.core.desired import Desired
from ccstate.core.events import Event, Unscheduled
from ccstate.core.options import Guards, Options
from ccstate.core.plan import Change, Plan
from ccstate.core.state import Binding
from ccstate.core.wire import Request, Response
from ccstate.emulator import Settings
from ccstate.emulator.switches import Switches
from ccstate.engine.apply import apply
from ccstate.engine.outcome import Outcome
from ccstate.kinds import discover
from tests import harness
from tests.harness import World, compiled

T = TypeVar("T")
NOW = "2035-04-01T12:00:00Z"
AT = "2035-05-01T13:00:00Z"
LATER = "2035-06-01T13:00:00Z"
AFTER = "2035-05-01T13:10:00Z"
LOOSE = harness.LOOSE._replace(allow_second_send=())
"""No guard in the way but the one against second sends."""

Way: TypeAlias = Mapping[str, Any]
WAYS: Mapping[str, Way] = {
    "400": {"status": 400},
    "409": {"status": 409},
    "500": {"status": 500},
    "500 after": {"status": 500, "after": True},
    "drop before": {"do": "drop_before"},
    "drop after": {"do": "drop_after"},
    "truncate": {"do": "truncate"},
    "garbage": {"do": "garbage"},
    "no id": {"status": 200, "body": {}},
}
_ENOUGH = ("400", "drop after")

STRICT = Options(guards=Guards(), applying=True)
"""What the command line asks for where nothing was said."""

MAIL: Mapping[str, Any] = {
    "name": "May news",
    "from": {"name": "Jo", "email": "owner@example.com"},
    "subject": "Hello",
    "html": "<html><body>[[trackingImage]]<p>Hello</p></body></html>",
    "audience": {"lists": ["news"]},
    "schedule": {"at": AT},
}
LISTS: Mapping[str, Any] = {"news": {"name": "News"}}


async def _at_once(seconds: float) -> None:
    """No pause at all."""
    await asyncio.sleep(0)


class Blind(Client):
    """A client that loses sight of the account with the first write that gets no answer."""

    lost = False

    async def send(self, request: Request) -> Response:
        if self.lost:
            raise Unreachable(request, "nobody answers any more", status=-1)
        try:
            return await super().send(request)
        except OutcomeUnknown:
            self.lost = True
            raise


@dataclass
class Scene(World):
    """A World that remembers what the last apply said."""

    settings: Settings = field(default_factory=lambda: Settings(clock=NOW))
    events: list[Event] = field(default_factory=list)
    sees: bool = False
    """Whether an apply can look what became of a write without an answer, and so finish by itself."""

    @classmethod
    def of(cls, *, seed: Any = None, clock: str = NOW, delay: float = 0.0, **switches: Any) -> Scene:
        """A scene on an account with a seed and switches."""
        found = Switches(**switches)
        return cls(Settings(clock=clock, seed=seed, switches=found, activity_delay=delay))

    def run(self, work: Callable[[Client], Awaitable[T]]) -> T:
        async def main() -> T:
            url, token = "http://emulator.invalid/v3", "emulator-token"
            endpoint = Endpoint(url, token, rate=0, app=self.app, emulated=True)
            make = Client if self.sees else Blind
            async with make(endpoint, sleep=_at_once) as client:
                return await self.with_clock(client, work)

        return asyncio.run(main())

    def plan(self, desired: tuple[Desired, ...], options: Options = LOOSE, *, full: bool = False) -> Plan:
        return super().plan(desired, options, full=full)

    def apply(self, desired: tuple[Desired, ...], options: Options = LOOSE) -> tuple[Plan, Outcome]:
        return super().apply(desired, options)

    def make(self, found: Plan, stop: Callable[[], bool] = lambda: False) -> Outcome:
        self.events = []
        state = self.store.settle_unfinished(self.store.load())
        return self.run(
            lambda client: apply(found, client, self.store, state, discover(), self.events.append, stop=stop)
        )

    def clock(self, moment: str) -> None:
        """Move the account's clock."""
        self.control("POST", "clock", {"set": moment})

    def fails(self, method: str, path: str, do: str = "status", times: int | None = 1, **more: Any) -> None:
        """From now on, calls like this one fail; `times` of them."""
        match = {"method": method, "path": path, **more.pop("match", {})}
        rule = {"match": match, "do": do, "times": times, **more}
        self.control("POST", "faults", [{name: each for name, each in rule.items() if each is not None}])

    def heals(self) -> None:
        """No call fails any more."""
        self.control("POST", "faults", [])

    def tried(self, method: str = "", path: str = "") -> int:
        """How many calls there were so far, of a method and with this in the path."""
        return sum(method in (each[0], "") and path in each[1] for each in self.log())

    def binding(self, address: str) -> Binding:
        """What the project remembers of an address."""
        return self.state.bindings[Address.parse(address)]

    def activity(self, address: str = "campaign.may") -> str:
        """The path of a campaign's activity."""
        return f"/emails/activities/{self.binding(address).sub_ids['activity_id']}"

    def schedule(self, address: str = "campaign.may") -> str:
        """The moment at which a campaign goes out, or an empty text."""
        found = self.send("GET", f"{self.activity(address)}/schedules").body
        return str(found[0]["scheduled_date"]).replace(".000Z", "Z") if found else ""

    def move_schedule(self, moment: str, address: str = "campaign.may") -> None:
        """As a person does: take it down and, unless the moment is empty, set another."""
        path = f"{self.activity(address)}/schedules"
        self.send("DELETE", path)
        if moment:
            self.send("POST", path, {"scheduled_date": moment})

    def all_of(self, path: str, key: str) -> list[dict[str, Any]]:
        """Every object of a collection of fewer than a page, the removed ones left out."""
        found = self.send("GET", path).body[key]
        return [each for each in found if each.get("current_status") != "Removed"]

    @property
    def lists(self) -> list[str]:
        """The names of the account's lists."""
        return sorted(each["name"] for each in self.all_of("/contact_lists?limit=1000", "lists"))

    @property
    def campaigns(self) -> list[str]:
        """The names of the account's campaigns."""
        return sorted(each["name"] for each in self.all_of("/emails?limit=500", "campaigns"))

    @property
    def unscheduled(self) -> list[tuple[str, str]]:
        """What the last apply said to have left without its schedule."""
        return [(str(each.address), each.since) for each in self.events if isinstance(each, Unscheduled)]


def mail(**fields: Any) -> dict[str, Any]:
    """One campaign to one list; a field given as None is left out."""
    return {name: value for name, value in {**MAIL, **fields}.items() if value is not None}


def campaign(**fields: Any) -> Any:
    """A project of one list and one campaign."""
    return compiled({"lists": LISTS, "campaigns": {"may": mail(**fields)}})


def only(plan: Plan) -> Change:
    """The one active change."""
    assert len(plan.active) == 1, [(str(each.address), each.action) for each in plan.active]
    return plan.active[0]


def codes(plan: Plan) -> list[str]:
    """The codes of a plan's diagnostics, but for what an empty, emulated account causes."""
    return [each.code for each in plan.diagnostics if each.code not in ("schedule-too-far", "audience-empty")]


def verbs(plan: Plan) -> list[str]:
    """The verbs of the steps, in order."""
    return [each.verb for each in plan.steps]


def loosely(**more: Any) -> Options:
    """No guard in the way, and what else is asked."""
    return LOOSE._replace(**more)


def ways(*names: str) -> pytest.MarkDecorator:
    """Parametrise `way` by how a call fails; all but two ways are left to the slow runs."""
    chosen = {name: WAYS[name] for name in names or WAYS}
    return pytest.mark.parametrize(
        "way",
        [
            pytest.param(way, id=name, marks=() if name in _ENOUGH else pytest.mark.slow)
            for name, way in chosen.items()
        ],
    )
