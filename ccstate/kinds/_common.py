"""What several kinds share: reading a collection, reading one object, and the shapes of their steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ccstate.core.address import Address
from ccstate.core.kind import Intent
from ccstate.core.live import Live
from ccstate.core.plan import Step
from ccstate.core.values import Json, Ref
from ccstate.core.wire import Flow, Request, ask, pages


def read_all(
    path: str, query: Mapping[str, str], items_key: str, decode: Callable[[Json], Live]
) -> Flow[tuple[Live, ...]]:
    """Every object of a collection, its pages followed to the end; one that moved between pages once."""
    bodies = yield from pages(path, query)
    found = [decode(item) for body in bodies for item in (body or {}).get(items_key) or ()]
    return tuple({each.remote_id: each for each in found}.values())


def read_one(path: str, decode: Callable[[Json], Live]) -> Flow[Live | None]:
    """One object by its id; None where the service says that there is none."""
    response = yield from ask(Request("GET", path, accept=(404,)))
    return None if response.status == 404 else decode(response.body)


def draft(
    address: Address,
    verb: str,
    method: str,
    *path: str | Ref,
    body: Json = None,
    applies: tuple[str, ...] = (),
    clears: tuple[str, ...] = (),
    capture: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    expect: Mapping[str, Json] | None = None,
    observes: bool = False,
    wait: str = "",
    unit: str = "",
    deposed: str = "",
) -> Step:
    """A step without id and order, which the planner adds."""
    return Step(
        id="",
        addresses=(address,),
        verb=verb,
        method=method,
        path=path,
        query=query or {},
        body=body,
        applies=applies,
        clears=clears,
        capture=capture or {},
        expect=expect or {},
        observes=observes,
        wait=wait,
        unit=unit,
        deposed=deposed,
    )


def delete_by_id(intent: Intent, path: str, wait: str = "") -> tuple[Step, ...]:
    """One call that deletes the live object; `wait` selects the activity that does it later, if any."""
    remote_id = known(intent).remote_id
    return (draft(intent.address, "delete", "DELETE", path, remote_id, wait=wait, deposed=remote_id),)


def contacts_lost(contacts: int | None, what: str, uncounted: str) -> str:
    """`the tag on 22,300 contacts`: what goes with an object; empty where nobody is on it."""
    if contacts == 0:
        return ""
    return f"{what} {counted(contacts, 'contact')}" if contacts else uncounted


def counted(number: int, what: str) -> str:
    """`1 contact`, `22,300 contacts`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def known(intent: Intent) -> Live:
    """The live object that a write needs; without one it is a bug of the planner's."""
    assert intent.live is not None, f"{intent.address} is written without having been read"
    return intent.live


def contacts_write(step: Step) -> tuple[str, ...]:
    """What writing tags and custom fields needs, also in bulk (API contract, operation by operation)."""
    return ("contacts:write",)


def lists_write(step: Step) -> tuple[str, ...]:
    """What writing lists and segments needs."""
    return ("contacts:lists:write",)
