"""A scene: the client and one account, with the kinds' own flows and steps, one call after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final, TypeVar

import pytest

from ccstate.api.client import Client
from ccstate.api.drive import drive
from ccstate.api.errors import ApiError, Rejected
from ccstate.core.address import Address
from ccstate.core.instants import format_instant
from ccstate.core.kind import Intent, Kind, Kinds, Steps
from ccstate.core.live import Live
from ccstate.core.plan import Step
from ccstate.core.steps import encode, resolve_step, select
from ccstate.core.values import Json, Ref
from ccstate.core.wire import Flow, Request, Response, ask, pages
from ccstate.kinds import discover

T = TypeVar("T")
KINDS: Final[Kinds] = discover()
ENDED: Final = ("completed", "cancelled", "failed", "timed_out")


def recorded(name: str) -> Callable[[Any], Any]:
    """The test whose calls are kept in `cassettes/<section>/<name>.yaml`."""

    def mark(test: Any) -> Any:
        return pytest.mark.vcr(pytest.mark.default_cassette(name)(test))

    return mark


def case(value: Any, name: str) -> Any:
    """A row of a table of tests, with a cassette of its own."""
    return pytest.param(value, id=name, marks=[pytest.mark.vcr, pytest.mark.default_cassette(name)])


@dataclass(frozen=True, slots=True)
class Written:
    """What the steps of an intent came to: the answers in order, and the ids that they captured."""

    answers: tuple[Response, ...]
    ids: dict[str, str]

    @property
    def statuses(self) -> tuple[int, ...]:
        return tuple(each.status for each in self.answers)

    @property
    def body(self) -> Json:
        """What the last answer said."""
        return self.answers[-1].body


@dataclass
class Scene:
    """The hand of a test. `pause` is the wait between two looks at an activity; replayed there is none."""

    client: Client
    runner: asyncio.Runner
    pause: float = 0.0
    made: list[tuple[Kind, str]] = field(default_factory=list)

    def read(self, flow: Flow[T]) -> T:
        """What a flow returns."""
        return self.runner.run(drive(flow, self.client))

    def send(self, method: str, path: str, body: Json = None) -> Response:
        """One call that no kind makes."""
        return self.read(ask(Request(method, path, body=body)))

    def write(self, steps: Steps) -> Written:
        """Send the steps of one intent, each with the ids that those before it captured."""
        answers: list[Response] = []
        ids: dict[str, str] = {}
        for step in steps:
            answer = self.read(ask(_request(step, ids)))
            answers.append(answer)
            ids |= {name: str(select(answer.body, selector)) for name, selector in step.capture.items()}
            if "remote_id" in step.capture:
                self.made.append((KINDS[step.addresses[0].kind], ids["remote_id"]))
        return Written(tuple(answers), ids)

    def make(self, kind: Kind, /, **want: Any) -> Live:
        """A new object, read back by its id."""
        return self.found(kind, self.write(kind.create(wish(kind, **want))))

    def found(self, kind: Kind, written: Written) -> Live:
        """What was just created, read by its id."""
        live = self.look(kind, written.ids["remote_id"])
        assert live is not None
        return live

    def look(self, kind: Kind, remote_id: str) -> Live | None:
        """One object by its id; None where there is none."""
        return self.read(kind.detail(Live(kind.name, remote_id, "")))

    def listed(self, kind: Kind) -> dict[str, Live]:
        """The collection, by id, without what is gone."""
        return {each.remote_id: each for each in self.read(kind.collection()) if not each.gone}

    def pages(self, path: str, limit: int) -> tuple[Json, ...]:
        """A collection in pages so small that there must be several."""
        return self.read(pages(path, {"limit": str(limit)}))

    def delete_many(self, kind: Kind, remote_ids: list[str]) -> Response:
        """The kind's bulk delete."""
        bulk = kind.bulk_delete
        assert bulk is not None
        return self.send("POST", bulk.path, {bulk.body_key: remote_ids})

    def ended(self, activity_id: str) -> Json:
        """An activity, once it has ended."""
        while True:
            body = self.send("GET", f"/activities/{activity_id}").body
            if body["state"] in ENDED:
                return body
            self.runner.run(asyncio.sleep(self.pause))

    def sender(self) -> dict[str, str]:
        """A `from` that the account may use: its first confirmed address."""
        emails = self.send("GET", "/account/emails").body
        confirmed = (each["email_address"] for each in emails if each["confirm_status"] == "CONFIRMED")
        return {"name": "Olive Owner", "email": next(confirmed)}

    def soon(self, days: int = 30) -> str:
        """A moment to come, reckoned from the service's clock as the last answer showed it."""
        assert self.client.now is not None
        moment = self.client.now.replace(minute=0, second=0, microsecond=0)
        return format_instant(moment + timedelta(days=days))

    def tidy(self) -> None:
        """Delete what was made, the last first; what is gone already is as it should be."""
        for kind, remote_id in reversed(self.made):
            live = self.look(kind, remote_id)
            if live is None or live.gone:
                continue
            try:
                self._delete(kind, live)
            except Rejected as refusal:
                if refusal.status != 404:
                    raise

    def _delete(self, kind: Kind, live: Live) -> None:
        """Delete, and wait until the name is free again."""
        steps = kind.delete(wish(kind, live))
        written = self.write(steps)
        if steps[-1].wait:
            self.ended(select(written.body, steps[-1].wait))


def wish(kind: Kind, live: Live | None = None, /, **want: Any) -> Intent:
    """An intent for a resource of this kind; all that is wanted counts as changed."""
    return Intent(Address(kind.name, "recorded"), want, frozenset(want), live)


def refused(attempt: Callable[[], object]) -> ApiError:
    """The error that an attempt ends with."""
    with pytest.raises(ApiError) as caught:
        attempt()
    return caught.value


def _request(step: Step, ids: dict[str, str]) -> Request:
    """As the planner encodes it and the executor resolves it."""
    blobs: dict[str, str] = {}
    path = tuple(encode(part, blobs) for part in step.path)
    encoded = step._replace(path=path, body=encode(step.body, blobs))

    def look_up(reference: Ref) -> str:
        return ids[reference.attr]

    return resolve_step(encoded, look_up, blobs)
