"""An emulator of the Constant Contact V3 API: Starlette on the outside, SQLite inside.

A product of its own that imports nothing from the rest of ccstate. It was written from the documentation of
the API and may not learn from the client: otherwise the two would only ever agree with themselves.
"""

from typing import TYPE_CHECKING, Any

from ccstate.emulator.faults import ConnectionDropped
from ccstate.emulator.rates import Rates
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
