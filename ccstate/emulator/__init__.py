"""An emulator of the Constant Contact V3 API: Starlette on the outside, SQLite inside.

    serve, app, gateway    HTTP, the app, and the way of a request through it
    dispatch, wire         from a request that was let in to an operation's answer
    collections/           the API's operations, a module per collection
    oauth/                 signing in; `access` says what an operation needs
    contacts/ segments/ mails/ bulk/ partners/    what several collections share, by subject
    storage/               tables, clock, what is planned, ids, dumps
    seeding/, control      accounts by hand, and what a test may do
    settings, switches     how it is set up, and what nobody documents

A product of its own that imports nothing from the rest of ccstate. It was written from the documentation of
the API and may not learn from the client: otherwise the two would only ever agree with themselves.
"""

from typing import TYPE_CHECKING, Any

from ccstate.emulator.faults import ConnectionDropped
from ccstate.emulator.mails.rates import Rates
from ccstate.emulator.settings import Settings
from ccstate.emulator.switches import Switches

if TYPE_CHECKING:
    from ccstate.emulator.app import create_app

__all__ = ["ConnectionDropped", "Rates", "Settings", "Switches", "create_app"]


def __getattr__(name: str) -> Any:
    """Import Starlette only when an app is wanted: `Settings` alone must stay cheap."""
    if name == "create_app":
        from ccstate.emulator.app import create_app

        return create_app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
