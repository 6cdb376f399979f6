"""Refusals: what one address may not do, whatever else the plan does. Pure words; `decide` says when."""

from __future__ import annotations

from ccstate.core.desired import Desired
from ccstate.core.diagnostics import Diagnostic, error
from ccstate.core.kind import NEVER_REPLACED, Kind, Stance
from ccstate.core.live import Live
from ccstate.core.plan import Status


def not_adopted(desired: Desired, kind: Kind, live: Live) -> Diagnostic:
    """A live namesake, in a project that adopts nothing by name."""
    address = desired.address
    summary = f"{address}: the account has a {kind.name} named {live.natural_key!r} already"
    return error(
        "not-adopted",
        summary,
        detail="`adopt: never` in ccstate.yaml: nothing is taken over because of its name",
        hint=f"if it is the one, run `ccstate import {address} {live.remote_id}`, or say it in the manifest: "
        f"import: [{{to: {address}, id: {live.remote_id!r}}}]",
        address=address,
        range=desired.place(kind.natural_key),
    )


def not_replaced(desired: Desired, kind: Kind, stance: Stance) -> Diagnostic | None:
    """Why `--replace` is not for this one; None where it is."""
    address = desired.address
    if kind.replaces == NEVER_REPLACED:
        why = f"a {kind.name} is never replaced: its contacts would no longer be on it"
        hint = "leave the flag out; to start with an empty one, declare another under a key of its own"
    elif stance.status is Status.SENT:
        why = "it was sent, and a replace would delete its report and send it once more"
        hint = "leave the flag out; to send it again, declare a campaign with a key and a name of its own"
    elif stance.refuse:
        why = "it is in a state in which ccstate leaves it alone"
        hint = "leave the flag out, and see to it in the account"
    else:
        return None
    return error("never-replaced", f"{address}: {why}", hint=hint, address=address, range=desired.origin)
