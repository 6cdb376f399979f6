"""Audience: how many people a send reaches, and the guards that look at that number. Pure.

A plan keeps in the `impact` of a change whom it counted and which limits it was held to. So the same guards
can be asked again when the plan is applied, with fresh counts and no flag.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from ccstate.core.address import Address
from ccstate.core.diagnostics import Diagnostic, Range, error, warning
from ccstate.core.instants import parse_instant
from ccstate.core.values import EMPTY, Json

CONSENT: Final = "consent"
"""The fact that holds the account's consent counts."""

_SOON: Final = timedelta(hours=24)


class Member(NamedTuple):
    """A list or a segment of an audience.

    `id` is empty where the plan makes it; `contacts` is None where the number is not known.
    """

    name: str
    id: str
    contacts: int | None
    kind: str = "list"


class Reach(NamedTuple):
    """How many contacts: at most `contacts` (exactly, where `exact`), at least `least`.

    `contacts` is None where nothing bounds it.
    """

    contacts: int | None
    exact: bool
    least: int

    def to_json(self) -> Json:
        """The form in a plan."""
        return self._asdict()


NOBODY: Final = Reach(0, exact=True, least=0)


def reach(members: Iterable[Member], union: int | None = None, everybody: int | None = None) -> Reach:
    """The reach of several lists or of one segment.

    Whoever is on two lists gets one mail, so the sum is an upper bound and the longest list a lower one;
    `union` is the counted number, where somebody asked for it. What is not known is bounded by `everybody`
    whom the account may mail.
    """
    if union is not None:
        return Reach(union, exact=True, least=union)
    numbers = [each.contacts for each in members]
    known = [each for each in numbers if each]
    least = max(known, default=0)
    if None in numbers:
        return Reach(everybody, exact=False, least=least)
    return Reach(sum(known), exact=len(known) <= 1, least=least)


class Held(NamedTuple):
    """What one send is held to: `expect` of its audience, and `most`, the project's `max_audience`.

    `remembered` is the number at the last apply, by which growth is judged; `allowed` says that
    `--allow-sends` was given.
    """

    expect: Mapping[str, Json] = EMPTY
    remembered: int | None = None
    most: int | None = None
    allowed: bool = False

    def to_json(self) -> Json:
        """The form in a plan."""
        return {
            "expect": dict(sorted(self.expect.items())),
            "remembered": self.remembered,
            "max_audience": self.most,
            "allowed": self.allowed,
        }

    @classmethod
    def from_json(cls, document: Json) -> Held:
        """Read the form in a plan."""
        return cls(document["expect"], document["remembered"], document["max_audience"], document["allowed"])

    @property
    def asks(self) -> bool:
        """Whether any number could refuse it."""
        return bool(self.expect) or (self.most is not None and not self.allowed)


class Send(NamedTuple):
    """One send to be judged: when it goes out (`at`), to whom, and what of that is known after apply only.

    `made` names what the same plan makes, `redefined` a segment whose criteria it changes.
    """

    address: Address
    members: tuple[Member, ...]
    reach: Reach
    held: Held
    at: str = ""
    made: tuple[str, ...] = ()
    redefined: tuple[str, ...] = ()
    place: Range | None = None

    @property
    def only_made(self) -> bool:
        """Whether nobody at all is on it yet."""
        return bool(self.made) and all(each.name in self.made for each in self.members)


def judge(send: Send, now: datetime) -> tuple[Diagnostic, ...]:
    """What is wrong with the number of people that a send reaches."""
    return (*_too_many(send), *_unexpected(send), *_nobody(send, now))


def _too_many(send: Send) -> Iterator[Diagnostic]:
    """Above the limit, or not certainly below it."""
    most, reached = send.held.most, send.reach
    if most is None or send.held.allowed or (reached.contacts is not None and reached.contacts <= most):
        return
    yield error(
        "audience-too-large",
        f"{send.address} goes to {said(reached)}, above the max_audience of {most:,}",
        hint=f"if that is meant, pass --allow-sends{_more_exactly(send)}",
        address=send.address,
        range=send.place,
    )


def _unexpected(send: Send) -> Iterator[Diagnostic]:
    """Outside of what the manifest expects: the most it can be is held to max, the least it is to min."""
    for why in _surprises(send.reach, send.held):
        yield error(
            "audience-unexpected",
            f"{send.address} goes to {said(send.reach)}: {why}",
            hint=f"see to the audience, or correct `expect` under `audience`{_more_exactly(send)}",
            address=send.address,
            range=send.place,
        )


def judge_unchanged(send: Send) -> Iterator[Diagnostic]:
    """The same of a send that the plan leaves as it is: refusing would not keep it from going out.

    A number that nobody counted is nothing to warn of, unless this plan is why it is not known.
    """
    if not send.redefined and any(each.contacts is None for each in send.members):
        return
    whys = list(_surprises(send.reach, send.held))
    if whys and send.redefined:
        yield _known_later(send)
        return
    for why in whys:
        yield warning(
            "audience-unexpected",
            f"{send.address} is scheduled, and goes to {said(send.reach)}: {why}",
            hint="see to the audience, take the schedule down, or correct `expect` under `audience`"
            + _more_exactly(send),
            address=send.address,
            range=send.place,
        )


def _known_later(send: Send) -> Diagnostic:
    return warning(
        "audience-unexpected",
        f"{send.address} is scheduled, and goes to {send.redefined[0]}, whose criteria this plan changes: "
        "whether it is as `expect` says is known after apply",
        hint="after apply, `plan --count-segments` counts it and says so",
        address=send.address,
        range=send.place,
    )


def _surprises(reached: Reach, held: Held) -> Iterator[str]:
    least, most = held.expect.get("min"), held.expect.get("max")
    contacts = reached.contacts
    if least is not None and reached.least < least:
        known = "" if reached.exact else f", and {reached.least:,} is all that is certain"
        yield f"expect.min is {least:,}{known}"
    if most is not None and (contacts is None or contacts > most):
        yield f"expect.max is {most:,}"
    growth, before = held.expect.get("max_growth"), held.remembered
    if growth is None or before is None:
        return
    if contacts is None or (contacts - before) * 100 > growth * before:
        yield f"{_grown(contacts, before)} at the last apply, expect.max_growth is {growth:g} %"


def _grown(contacts: int | None, before: int) -> str:
    if contacts is None or not before:
        return f"it was {before:,}"
    return f"{(contacts - before) * 100 / before:+.3g} % on {before:,}"


def _more_exactly(send: Send) -> str:
    """How a bound becomes a number."""
    if send.reach.exact:
        return ""
    if open_ := (*send.made, *send.redefined):
        return f"; to know the number first, apply {open_[0]} alone with --target"
    return "; `impact: union` in ccstate.yaml counts everybody once" if len(send.members) > 1 else ""


def _nobody(send: Send, now: datetime) -> Iterator[Diagnostic]:
    """What the same plan makes has nobody on it yet, and ccstate adds nobody."""
    if not send.made:
        return
    soon = bool(send.at) and parse_instant(send.at) - now < _SOON
    refused = soon and send.only_made and not send.held.allowed
    names = ", ".join(send.made)
    made, them = ("is made", "it") if len(send.made) == 1 else ("are made", "them")
    when = f", and it goes out at {send.at}, within 24 hours" if soon else ""
    make = error if refused else warning
    yield make(
        "audience-empty",
        f"{send.address} goes to {names}, which {made} by this plan: as of now nobody is on {them}{when}",
        hint="ccstate adds no contacts: see that they are there before it goes out"
        + (", or pass --allow-sends if that is meant" if refused else ""),
        address=send.address,
        range=send.place,
    )


def said(reached: Reach) -> str:
    """`at most 61,975 contacts as of now`."""
    if reached.contacts is None:
        return "a number of contacts that is not known"
    number = f"{reached.contacts:,} contact{'' if reached.contacts == 1 else 's'} as of now"
    return number if reached.exact else f"at most {number}"


# What a plan keeps, and is judged by again


def to_json(send: Send | None, before: Reach | None, after: Reach, members: tuple[Member, ...]) -> Json:
    """The `audience` of a change's `impact`; `send` is None where nothing goes out."""
    return {
        "before": before.to_json() if before else None,
        "after": after.to_json(),
        "members": [each._asdict() for each in members],
        "send": None
        if send is None
        else {
            **send.held.to_json(),
            "at": send.at,
            "made": list(send.made),
            "redefined": list(send.redefined),
        },
    }


def send_of(address: Address, audience: Json, place: Range | None = None) -> Send | None:
    """The send that a change's `impact` in a plan describes; None where nothing goes out."""
    found = audience["send"]
    if found is None:
        return None
    return Send(
        address,
        tuple(Member(**each) for each in audience["members"]),
        Reach(**audience["after"]),
        Held.from_json(found),
        found["at"],
        tuple(found["made"]),
        tuple(found["redefined"]),
        place,
    )
