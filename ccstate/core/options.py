"""Options: what the command line and ccstate.yaml ask of a plan, with the thresholds of its guards."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from ccstate.core.address import Address


class Guards(NamedTuple):
    """The `guards:` of ccstate.yaml: the thresholds of what a plan refuses or blocks."""

    lead_time_minutes: int = 15
    horizon_days: int = 365
    mass_change_percent: int = 30
    mass_change_from: int = 10
    missed: str = "warning"
    dangling_use: str = "error"
    second_send_days: int = 7
    max_audience: int | None = None


class Moment(NamedTuple):
    """When a plan is made or applied, and the guards that look at the clock; emulated ones block less."""

    now: datetime
    guards: Guards = Guards()
    emulated: bool = False


class Limits(NamedTuple):
    """The `limits:` of ccstate.yaml: calls a second and a day of the API key; `daily` 0 is no limit."""

    rate: int = 4
    daily: int = 10_000


ADOPT_BY_NAME: Final = "by-name"
ADOPT_NEVER: Final = "never"
"""`adopt:` of ccstate.yaml: whether an object may be taken over because of its natural key alone."""


class Options(NamedTuple):
    """What the command line and ccstate.yaml ask of a plan. Globs match addresses (`list.*`).

    `metered`: the limits are real, as they are not where the emulator runs inside this process. `within` is
    what a PATH inside the project declares, None where the run is about all of it. `union` counts the
    audience of several lists, `count_segments` also segments that nothing is about to go out to.
    """

    guards: Guards = Guards()
    limits: Limits = Limits()
    metered: bool = False
    account_id: str = ""
    organisation: str = ""
    adopt: str = ADOPT_BY_NAME
    targets: tuple[str, ...] = ()
    within: tuple[Address, ...] | None = None
    excludes: tuple[str, ...] = ()
    destroy: bool = False
    replace: tuple[str, ...] = ()
    reschedule: tuple[str, ...] = ()
    rebind: tuple[str, ...] = ()
    allow_data_loss: tuple[str, ...] = ()
    allow_second_send: tuple[str, ...] = ()
    allow_dangling: tuple[str, ...] = ()
    allow_mass_change: bool = False
    allow_sends: bool = False
    union: bool = False
    count_segments: bool = False
    include_sent: bool = False
    refresh_only: bool = False
    applying: bool = False

    @property
    def narrowed(self) -> bool:
        """Whether the run is about what was named, and not about the whole project."""
        return bool(self.targets) or self.within is not None
