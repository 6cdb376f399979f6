"""What a client account costs its partner: plans, tiers by the number of contacts, prices.

Two limits and one price are documented; the rest goes on in their manner.
"""

from __future__ import annotations

from dataclasses import dataclass

TRIAL_PLAN = "TRIAL"
PLANS = ("BRONZE", "SILVER", "GOLD")
DEFAULT_PLAN_GROUP = 152
TRIAL, OPEN, CANCELED, TRIAL_END = "Trial", "Open", "Canceled", "Trial End"
STATUSES = (TRIAL, OPEN, CANCELED, TRIAL_END)
CANCEL_REASONS = (1, 2, 3, 11, 12, 14, 21, 27, 30)
CURRENCIES = {"en_US": "USD", "en_GB": "GBP"}
# The first two are the contract's examples.
_LIMITS = (500, 1000, 2500, 5000, 10_000, 15_000, 20_000, 25_000, 30_000, 35_000, 40_000, 45_000, 50_000)
_STEP = 50_000  # from there on
_PRICES = {TRIAL_PLAN: 0.0, "BRONZE": 10.0, "SILVER": 15.0}
_PRICE = 20.0  # of a gold plan in its first tier, says the guide


@dataclass(frozen=True)
class Tier:
    level: int
    least: int
    most: int


def tier_for(contacts: int) -> Tier:
    """The tier that so many active contacts belong to."""
    least = 0
    for level, most in enumerate(_LIMITS, 1):
        if contacts <= most:
            return Tier(level, least, most)
        least = most + 1
    beyond = (contacts - 1 - _LIMITS[-1]) // _STEP
    least = _LIMITS[-1] + beyond * _STEP + 1
    return Tier(len(_LIMITS) + 1 + beyond, least, least + _STEP - 1)


def price(plan_type: str, tier: Tier) -> float:
    return _PRICES.get(plan_type, _PRICE) * tier.level
