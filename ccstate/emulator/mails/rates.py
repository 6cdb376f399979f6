"""How readily simulated contacts open, click, forward, opt out and bounce, in percent of who got a mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any


@dataclass(frozen=True)
class Rates:
    """Nobody bounces or leaves unless asked for, so that the counts of an account stay what they were."""

    open: float = 35.0
    click: float = 6.0  # of those who got the mail, all of them openers: never more than `open`
    forward: float = 0.5
    optout: float = 0.0
    bounce: float = 0.0

    def changed(self, given: Mapping[str, Any]) -> Rates:
        """These rates but for some; a ValueError says what is wrong."""
        names = [field.name for field in fields(self)]
        for name, value in given.items():
            if name not in names:
                raise ValueError(f"{name!r} is no rate: {', '.join(names)} are")
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
                raise ValueError(f"{name} must be a percentage from 0 to 100")
        return replace(self, **{name: float(value) for name, value in given.items()})


def parse(text: str) -> Rates:
    """Read `open=40,click=5`; what is not named keeps its default. `none` is nothing at all."""
    if text == "none":
        return Rates(0, 0, 0, 0, 0)
    given: dict[str, float] = {}
    for part in filter(None, text.split(",")):
        name, _, value = part.partition("=")
        try:
            given[name.strip()] = float(value)
        except ValueError:
            raise ValueError(f"{part!r} is no rate: write open=40,click=5 or none") from None
    return Rates().changed(given)
