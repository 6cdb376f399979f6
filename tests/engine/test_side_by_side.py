"""Reads overlap: kinds and objects side by side, never more than four in flight, nothing after a failure."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from ccstate.api.drive import side_by_side
from ccstate.api.errors import Unauthorised
from ccstate.emulator import Settings, create_app
from tests.engine.scene import LISTS, NOW, Scene, mail
from tests.engine.test_cache import criteria
from tests.harness import compiled

MANIFEST = {
    "lists": LISTS,
    "segments": {f"s{n}": {"name": f"S{n}", "criteria": criteria(n)} for n in range(1, 9)},
    "campaigns": {f"c{n}": mail(name=f"C{n}") for n in range(1, 5)},
}


class Watched:
    """An application that takes its time, and notes who comes and who goes."""

    def __init__(self, settings: Settings, pause: Callable[[str], float]) -> None:
        self._app, self._pause = create_app(settings), pause
        self.state = self._app.state
        self.paths: list[str] = []
        self.done: list[str] = []
        self.most = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"].removeprefix("/v3")
        self.paths.append(path)
        self.most = max(self.most, len(self.paths) - len(self.done))
        await asyncio.sleep(self._pause(path))
        await self._app(scope, receive, send)
        self.done.append(path)


def watched(pause: Callable[[str], float]) -> tuple[Watched, Scene, Any]:
    app = Watched(Settings(clock=NOW), lambda path: 0.0)
    scene, desired = Scene(app=app), compiled(MANIFEST)
    scene.apply(desired)
    app.paths, app.done, app.most, app._pause = [], [], 0, pause
    return app, scene, desired


def test_details_of_one_kind_do_not_wait_for_the_pages_of_another() -> None:
    app, scene, desired = watched(lambda path: 0.05 if path == "/emails" else 0.0)
    assert scene.plan(desired).empty
    segments = [each for each in app.done if each.startswith("/segments/")]
    assert len(segments) == 8
    assert max(map(app.done.index, segments)) < app.done.index("/emails")


def test_four_calls_are_in_flight_and_never_more() -> None:
    app, scene, desired = watched(lambda path: 0.001)
    assert scene.plan(desired).empty
    assert app.most == 4


def test_a_refusal_of_the_account_is_what_is_told_whatever_else_fails() -> None:
    app, scene, desired = watched(lambda path: 0.01 if path == "/account/summary" else 0.0)
    scene.fails("GET", "/v3/*", times=None, status=401)
    with pytest.raises(Unauthorised, match="/account/summary"):
        scene.plan(desired)
    assert len(app.paths) < 10


def test_where_one_fails_the_others_end() -> None:
    ended: list[str] = []

    async def waits() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("waits")

    async def fails() -> None:
        await asyncio.sleep(0)
        raise ValueError("no")

    async def main() -> None:
        await side_by_side([fails(), waits()])

    with pytest.raises(ValueError, match="no"):
        asyncio.run(main())
    assert ended == ["waits"]


def test_results_come_in_the_order_of_the_work() -> None:
    async def after(seconds: float) -> float:
        await asyncio.sleep(seconds)
        return seconds

    async def main() -> tuple[float, ...]:
        return await side_by_side(after(each) for each in (0.02, 0.0, 0.01))

    assert asyncio.run(main()) == (0.02, 0.0, 0.01)
