"""Match: which address, which memory and which live object belong together.

By binding first, then moved (an address that left the manifest and a new one with the same natural key are
one resource, as are those that `moved:` names), then what `import:` names, then by natural key among what
nobody claims. Pure; reads nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from operator import itemgetter
from typing import Final, NamedTuple, TypeAlias

from ccstate.core.address import Address
from ccstate.core.desired import Desired
from ccstate.core.diagnostics import Diagnostic, error
from ccstate.core.kind import Kinds
from ccstate.core.live import Live
from ccstate.core.state import Binding, State
from ccstate.core.takeover import NO_BLOCKS, Block, Blocks, Leaving, claims, leaving
from ccstate.core.values import same_name


class Match(NamedTuple):
    """One address with its desired, its binding and its live object, as far as there are any.

    `missing`: bound, but not in the collection that was read; whoever reads asks for it by id. `block` is the
    one by which the manifest itself says how they belong together.
    """

    address: Address
    desired: Desired | None = None
    binding: Binding | None = None
    live: Live | None = None
    previous_address: Address | None = None
    block: Block | None = None

    @property
    def remote_id(self) -> str:
        """The id of the object: as it was seen, else as it is remembered; empty where there is none."""
        if self.live is not None and self.live.remote_id:
            return self.live.remote_id
        return self.binding.remote_id if self.binding is not None else ""

    @property
    def missing(self) -> bool:
        """Bound to something that was not seen."""
        return self.binding is not None and self.live is None


def match(
    desired: Iterable[Desired],
    state: State,
    collections: Mapping[str, tuple[Live, ...]],
    kinds: Kinds,
    blocks: Blocks = NO_BLOCKS,
) -> tuple[tuple[Match, ...], tuple[Diagnostic, ...]]:
    """Match everything, sorted by address; what could be several live objects is a diagnostic."""
    wanted = sorted(desired, key=itemgetter(0))
    bound = _bound(wanted, state.bindings)
    left = _left(wanted, bound, state.bindings)
    if not left and not collections:
        return tuple(map(Match, map(itemgetter(0), wanted), wanted, bound)), ()
    declared = {each.address for each in wanted} if any(blocks) else frozenset()
    gone = leaving(blocks, declared, state)
    claimed, claim_problems = claims(blocks.imports, declared, state, collections, kinds, gone)
    free = [each for each in wanted if each.address not in claimed] if claimed else wanted
    moves = _moves(free, left, state, kinds, gone)
    moved = set(moves.values())
    entries = _entries(wanted, bound, (each for each in left if each not in moved), state)
    by_id = {kind: {each.remote_id: each for each in found} for kind, found in collections.items()}
    refused = {each.address for each in claim_problems}
    taken = {(live.kind, live.remote_id) for _, live in claimed.values()}
    claimable = _Claimable(state, collections, gone, taken) if collections else None
    found: list[Match] = []
    problems = [*gone.problems, *claim_problems]
    for address, want, binding in entries:
        previous = moves.get(address) if moves else None
        block: Block | None = gone.forgotten.get(address)
        if previous is not None:
            binding = state.bindings[previous]
        live = None
        if binding is not None and collections:
            live = by_id.get(address.kind, {}).get(binding.remote_id)
        if address in claimed:
            block, live = claimed[address]
            binding = None
        elif claimable is None or want is None or address in refused:
            pass
        elif live is None or live.gone:
            # Names are unique: one of this name means that the bound object is gone and was made anew.
            namesake, problem = claimable.by_name(want, kinds)
            problems.extend(problem)
            binding, live = (None, namesake) if namesake is not None else (binding, live)
        found.append(Match(address, want, binding, live, previous, block))
    return tuple(found), tuple(problems)


_Entry: TypeAlias = tuple[Address, Desired | None, Binding | None]


def _bound(wanted: Iterable[Desired], bindings: Mapping[Address, Binding]) -> list[Binding | None]:
    """The binding of each, or None.

    A state file is sorted as `wanted` is, so the next one is mostly the right one: in a big project walking
    side by side takes half the time of looking each up. Where the order is another, each is looked up.
    """
    found: list[Binding | None] = []
    following = iter(bindings.items())
    ahead, binding = next(following, _END)
    for each in wanted:
        address = each.address
        while ahead is not None and ahead < address:
            ahead, binding = next(following, _END)
        if ahead == address:
            found.append(binding)
            ahead, binding = next(following, _END)
        else:
            found.append(bindings.get(address))
    return found


_END: Final[tuple[Address | None, Binding | None]] = (None, None)


def _left(
    wanted: Iterable[Desired], bound: Iterable[Binding | None], bindings: Mapping[Address, Binding]
) -> list[Address]:
    """The addresses that are bound and left the manifest."""
    if sum(binding is not None for binding in bound) == len(bindings):
        return []
    declared = {each.address for each in wanted}
    return [each for each in bindings if each not in declared]


def _entries(
    wanted: Iterable[Desired], bound: Iterable[Binding | None], left: Iterable[Address], state: State
) -> list[_Entry]:
    """Each address once, with its desired and its binding, sorted."""
    entries: list[_Entry] = [(each.address, each, its) for each, its in zip(wanted, bound, strict=True)]
    entries += ((each, None, state.bindings[each]) for each in left)
    return sorted(entries, key=itemgetter(0))


def _moves(
    wanted: Iterable[Desired], left: Iterable[Address], state: State, kinds: Kinds, gone: Leaving
) -> dict[Address, Address]:
    """New address -> the one that became it: said by a block, or of the same natural key and gone."""
    moves = dict(gone.moves)
    spoken_for = {*moves.values(), *gone.forgotten}
    orphans: dict[tuple[str, str], list[Address]] = defaultdict(list)
    for address in left:
        if address not in spoken_for:
            orphans[address.kind, same_name(state.bindings[address].natural_key)].append(address)
    if not orphans:
        return moves
    for each in wanted:
        address = each.address
        if address not in state.bindings and address not in moves:
            key = kinds[address.kind].key_of(each.fields)
            candidates = orphans.get((address.kind, key))
            if candidates:
                moves[address] = candidates.pop(0)
    return moves


class _Claimable:
    """Live objects by natural key that no binding owns: each can be claimed once."""

    def __init__(
        self,
        state: State,
        collections: Mapping[str, tuple[Live, ...]],
        gone: Leaving,
        taken: AbstractSet[tuple[str, str]],
    ) -> None:
        kept = state.bindings.items()
        if gone.forgotten:
            kept = {address: each for address, each in kept if address not in gone.forgotten}.items()
        owned = {(address.kind, each.remote_id) for address, each in kept}
        owned |= {(address.kind, old) for address, each in kept for old in each.deposed}
        owned |= taken
        self._free: dict[tuple[str, str], list[Live]] = defaultdict(list)
        for kind, found in collections.items():
            for live in found:
                if not live.gone and (kind, live.remote_id) not in owned:
                    self._free[kind, same_name(live.natural_key)].append(live)

    def by_name(self, want: Desired, kinds: Kinds) -> tuple[Live | None, tuple[Diagnostic, ...]]:
        """The one live object of that natural key; of several, the one spelled alike."""
        if not self._free:
            return None, ()
        kind = kinds[want.address.kind]
        found = self._free.get((kind.name, kind.key_of(want.fields)), [])
        if not found:
            return None, ()
        exact = [each for each in found if each.natural_key == want.fields[kind.natural_key]]
        chosen = exact if len(exact) == 1 else found
        if len(chosen) > 1:
            ids = ", ".join(sorted(each.remote_id for each in chosen))
            what = f"{len(chosen)} {kind.section} of the account have this {kind.natural_key}"
            problem = error(
                "ambiguous-name",
                f"{want.address}: {what}",
                detail=f"Their ids: {ids}",
                hint=f"say which: `ccstate import {want.address} ID`, or rename all but one in the account",
                address=want.address,
                range=want.place(kind.natural_key),
            )
            return None, (problem,)
        (one,) = chosen
        found.remove(one)
        return one, ()
