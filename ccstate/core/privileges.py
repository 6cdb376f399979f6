"""Privileges: what the user behind the credentials may do, asked once before a plan that writes.

A role can be short of some of it: a campaign creator edits campaigns, but may not schedule them. Found out in
the middle of an apply, that would leave half a change. What a call needs is the kind's knowledge
(`Kind.needs`). Scopes cannot be asked for; one that is missing shows at the first read, because reading and
writing share it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ccstate.core.address import Address
from ccstate.core.diagnostics import warning
from ccstate.core.kind import Context, Kinds, Objection, Question
from ccstate.core.plan import Step
from ccstate.core.values import Json
from ccstate.core.wire import Flow, Request, ask

PRIVILEGES: Final = "privileges"
"""The name of the fact: the names of all that the user may do; null where the service does not say."""


def _read() -> Flow[Json]:
    response = yield from ask(Request("GET", "/account/user/privileges", accept=(403,)))
    if not isinstance(response.body, list):
        return None
    return sorted(str(each["privilege_name"]) for each in response.body)


def privileges_question() -> Question:
    """What the user may do."""
    return Question(PRIVILEGES, _read, PRIVILEGES)


def lacking(steps: Sequence[Step], kinds: Kinds, context: Context) -> tuple[Objection, ...]:
    """The changes with a step that the user may not make; such a change is not begun."""
    held = context.snapshot.facts.get(PRIVILEGES)
    if held is None:
        return ()
    missing: dict[Address, dict[str, list[str]]] = {}
    for step in steps:
        for privilege in kinds[step.addresses[0].kind].needs(step):
            if privilege not in held:
                for address in step.addresses:
                    missing.setdefault(address, {}).setdefault(privilege, []).append(step.verb)
    return tuple(_objection(address, found) for address, found in sorted(missing.items()))


def _objection(address: Address, missing: dict[str, list[str]]) -> Objection:
    verbs = ", ".join(dict.fromkeys(verb for found in missing.values() for verb in found))
    names = _joined(missing)
    word = "privilege" if len(missing) == 1 else "privileges"
    return Objection(
        address,
        warning(
            "privilege-missing",
            f"{address}: the user of these credentials lacks the {word} {names}, needed for: {verbs}",
            hint="use the credentials of an Account Owner or Account Manager, or have the owner "
            "give this user such a role",
            address=address,
        ),
    )


def _joined(names: Iterable[str]) -> str:
    return " and ".join(sorted(names))
