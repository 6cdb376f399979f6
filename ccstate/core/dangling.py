"""Dangling use: what is deleted or replaced while something that stays refers to it still.

The service deletes a list under a scheduled campaign, or a tag under a segment, without a word: the mail then
goes to nobody, or the segment holds the wrong people. Managed ones that merely wait hold the delete back
(`guard.spare_the_used`). Here are the rest: what nobody manages, what is only forgotten, and managed ones
that refer to it past the manifest's references, by an id written by hand or in a field that is not declared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from ccstate.core.decide import Decision
from ccstate.core.diagnostics import Diagnostic, error, warning
from ccstate.core.kind import Context, Kind, Kinds, Uses, matches
from ccstate.core.live import Live
from ccstate.core.match import Match
from ccstate.core.plan import Action, Status
from ccstate.core.sequence import writes

_NAMED: Final = 3
"""Users that one diagnostic names; the rest is counted."""


class _User(NamedTuple):
    """Who refers to something after the plan: in words, and whether anything comes of it for now."""

    words: str
    uses: Uses


def guard_dangling(
    decisions: tuple[Decision, ...], same: tuple[Match, ...], kinds: Kinds, context: Context
) -> tuple[Diagnostic, ...]:
    """Refused where something that goes out, or a segment, would be left with a reference to nothing."""
    going = [each for each in decisions if each.removes and each.status is not Status.BLOCKED]
    going = [each for each in going if not matches(each.address, context.options.allow_dangling)]
    if not going or context.snapshot.offline:
        return ()
    users: dict[tuple[str, str], list[_User]] = {}
    ids = {(each.kind.name, each.match.remote_id) for each in going}
    for kind in kinds:
        of_kind = {remote_id for name, remote_id in ids if name in kind.refers_to}
        for user in _users(kind, decisions, same, context) if of_kind else ():
            for remote_id in of_kind & user.uses.ids:
                for name in kind.refers_to:
                    users.setdefault((name, remote_id), []).append(user)
    found = ((each, users.get((each.kind.name, each.match.remote_id))) for each in going)
    return tuple(_dangling(each, using, context) for each, using in found if using)


def _users(
    kind: Kind, decisions: Iterable[Decision], same: Iterable[Match], context: Context
) -> Iterator[_User]:
    """What of a kind there will be when the plan is done, and what it refers to then."""
    for each in decisions:
        after = _after(each) if each.kind is kind else None
        if after is not None:
            yield _User(str(each.address), kind.uses(after, context))
    for match in same:
        if match.live is not None and match.address.kind == kind.name:
            yield _User(str(match.address), kind.uses(match.live, context))
    for live in context.snapshot.collections.get(kind.name, ()):
        if live.remote_id not in context.managed and not live.gone:
            status = f" ({live.status})" if live.status else ""
            words = f"the unmanaged {kind.name} {live.natural_key!r}{status}"
            yield _User(words, kind.uses(live, context))


def _after(each: Decision) -> Live | None:
    """The object as the plan leaves it; None where there is none then, or where it is history."""
    live = each.match.live if each.match.live is not None and not each.match.live.gone else None
    if each.action is Action.DELETE or (live is not None and each.stance.status is Status.SENT):
        return None
    if each.status is Status.BLOCKED or not writes(each):
        return live
    key = str(each.want[each.kind.natural_key])
    return (live or Live(each.kind.name, "", key)).with_fields(each.resolved)


def _dangling(each: Decision, users: list[_User], context: Context) -> Diagnostic:
    """One diagnostic for what goes, naming its users, those first of which something comes."""
    users = sorted(users, key=lambda user: user.uses.idle)
    idle = all(user.uses.idle for user in users)
    named = ", ".join(user.words for user in users[:_NAMED])
    more = f" and {len(users) - _NAMED} more" if len(users) > _NAMED else ""
    word = "replaced" if each.action is Action.REPLACE else "deleted"
    verb = "uses" if len(users) == 1 else "use"
    summary = f"{each.address} would be {word}, and {named}{more} still {verb} it"
    desired = each.match.desired
    place = desired.origin if desired else None
    if idle or context.options.guards.dangling_use == "warning":
        hint = f"see to {users[0].words} too"
        return warning("dangling-use", summary, hint=hint, address=each.address, range=place)
    hint = (
        f"take it out of {users[0].words} first; if it is meant to stay like that, "
        f"pass --allow-dangling {each.address}"
    )
    return error("dangling-use", summary, hint=hint, address=each.address, range=place)
