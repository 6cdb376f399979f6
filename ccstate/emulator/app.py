"""Puts the emulator together: a Starlette application around the gateway and the collections."""

from __future__ import annotations

import weakref

from starlette.applications import Starlette
from starlette.types import ASGIApp

from ccstate.emulator import coverage, oauth
from ccstate.emulator.collections import operations
from ccstate.emulator.faults import Faults
from ccstate.emulator.gateway import Gateway
from ccstate.emulator.partners import clients
from ccstate.emulator.requests import RequestLog
from ccstate.emulator.routing import Routes
from ccstate.emulator.seeding import seeds
from ccstate.emulator.settings import Settings
from ccstate.emulator.storage.world import identify, make_fresh, open_world

OPERATIONS = (*operations(), *oauth.operations())
_ROUTES = Routes(OPERATIONS, coverage.CONTRACT)


class Emulator(Starlette):
    """Starlette without its error pages: the gateway answers everything, and a drop must stay a drop."""

    def build_middleware_stack(self) -> ASGIApp:
        gateway: Gateway = self.state.gateway
        return gateway


def create_app(settings: Settings | None = None) -> Starlette:
    """An emulated account as an ASGI app. Everything that it knows is in its `state` and its database."""
    settings = settings or Settings()
    world = open_world(settings)
    # In one transaction: a file whose seed could not be planted must not pass for a finished account.
    with world.db.transaction():
        if world.fresh:
            make_fresh(world)
            if settings.seed is not None:
                seeds.plant(world, settings.seed)
        identify(world)
        clients.sweep(world)
    app = Emulator()
    app.state.world = world
    app.state.faults = Faults(settings.faults, settings.random_seed)
    app.state.requests = RequestLog()
    app.state.gateway = Gateway(world, _ROUTES, app.state.faults, app.state.requests)
    weakref.finalize(app, world.close)
    return app
