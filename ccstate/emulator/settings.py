"""How an emulator is set up: one frozen value, everything defaulted for use inside a process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ccstate.emulator.mails.rates import Rates
from ccstate.emulator.switches import Switches


@dataclass(frozen=True)
class Settings:
    db: str | None = None  # a SQLite file; None lives in memory
    token: str = "emulator-token"  # always valid, with every scope and privilege
    rate: int = 0  # calls in any second; 0 for no limit (`serve` passes 4)
    quota: int = 0  # calls in a UTC day; 0 for no limit (`serve` passes 10,000)
    latency: float = 0.0  # seconds added to every answer
    activity_delay: float = 0.0  # seconds a bulk activity takes (`serve` passes 1.0)
    seed: Mapping[str, Any] | None = None  # loaded into a fresh account only
    random_seed: int | None = None  # makes the ids (and the odds of faults) repeatable
    clock: str = "real"  # or an ISO instant: a clock that stands still until the control plane moves it
    account_id: str | None = None  # the encoded_account_id; also replaces the one in an existing file
    organisation: str | None = None  # likewise
    engagement: Rates = Rates()  # what simulated contacts do with a mail
    faults: Sequence[Mapping[str, Any]] = ()
    switches: Switches = Switches()
