"""Takeover: what `import:`, `moved:` and `forget:` say, and what comes of it. Pure.

The blocks may stand in a manifest for as long as somebody finds them useful: one whose work is done does
nothing and says nothing. `check` finds what is wrong with them whatever the account is like, `leaving`
what the state adds to that, and `claims` which live objects they name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from ccstate.core.address import Address
from ccstate.core.desired import Desired
from ccstate.core.diagnostics import Diagnostic, Range, error, nearest
from ccstate.core.kind import Kind, Kinds
from ccstate.core.live import Live
from ccstate.core.state import Binding, State
from ccstate.core.values import same_name


class Import(NamedTuple):
    """`import:`: the live object of this id, or of this natural key, is what `address` stands for."""

    address: Address
    id: str
    name: str
    origin: Range
    key_place: Range

    @property
    def what(self) -> str:
        """The object as the block names it."""
        return self.id or repr(self.name)


class Moved(NamedTuple):
    """`moved:`: what was `old` is called `address` now."""

    old: Address
    address: Address
    origin: Range
    new_place: Range


class Forget(NamedTuple):
    """`forget:`: the address leaves the state, and its live object stays as it is."""

    address: Address
    origin: Range


Block: TypeAlias = Import | Moved | Forget


class Blocks(NamedTuple):
    """All blocks of a project, in the order in which they were read."""

    imports: tuple[Import, ...] = ()
    moved: tuple[Moved, ...] = ()
    forget: tuple[Forget, ...] = ()

    @property
    def all(self) -> tuple[Block, ...]:
        """Every block."""
        return (*self.imports, *self.moved, *self.forget)

    def of(self, kind: str) -> Blocks:
        """Those about one kind."""
        return Blocks(
            tuple(each for each in self.imports if each.address.kind == kind),
            tuple(each for each in self.moved if each.address.kind == kind),
            tuple(each for each in self.forget if each.address.kind == kind),
        )


NO_BLOCKS: Final = Blocks()


# What is wrong whatever the account is like


def check(blocks: Blocks, declared: Collection[Address], kinds: Kinds) -> Iterator[Diagnostic]:
    """Mistakes that need no state: addresses, twice the same, both ends declared, circles."""
    if not any(blocks):
        return
    yield from _unknown_kinds(blocks, kinds)
    yield from _twice(blocks)
    yield from _imports(blocks, declared, kinds)
    yield from _moves(blocks, declared)
    for forget in blocks.forget:
        if forget.address in declared:
            yield _error(
                "forget-declared",
                f"{forget.address} is to be forgotten, but is declared",
                "take its block out of the manifest too, or leave it out of `forget`",
                forget,
            )


def _error(code: str, summary: str, hint: str, block: Block, at: Range | None = None) -> Diagnostic:
    return error(code, summary, hint=hint, address=block.address, range=at or block.origin)


def _unknown_kinds(blocks: Blocks, kinds: Kinds) -> Iterator[Diagnostic]:
    names = [each.name for each in kinds]
    for block in blocks.all:
        if block.address.kind not in names:
            meant = nearest(block.address.kind, names)
            hint = f"did you mean {meant}.{block.address.key}?" if meant else f"kinds are {', '.join(names)}"
            yield _error("bad-address", f"there is no kind `{block.address.kind}`", hint, block)
        elif isinstance(block, Moved) and block.old.kind != block.address.kind:
            summary = f"{block.old} cannot become {block.address}: a {block.old.kind} stays one"
            yield _error("bad-address", summary, "both addresses must be of one kind", block)


def _twice(blocks: Blocks) -> Iterator[Diagnostic]:
    """An address is named once by each sort of block, and an object is imported once."""
    seen: dict[tuple[str, str], Block] = {}
    for block in blocks.all:
        for key, what in _claimed(block):
            first = seen.setdefault(key, block)
            if first is not block:
                hint = f"keep one of the two; the other one is at {first.origin}"
                yield _error("duplicate-block", what, hint, block)


def _claimed(block: Block) -> Iterator[tuple[tuple[str, str], str]]:
    if isinstance(block, Import):
        yield ("to", str(block.address)), f"{block.address} is given two objects"
        key = ("id", block.id) if block.id else ("name", same_name(block.name))
        yield (f"{key[0]} {block.address.kind}", key[1]), f"{block.what} is imported twice"
    elif isinstance(block, Moved):
        yield ("from", str(block.old)), f"{block.old} leaves twice"
        yield ("into", str(block.address)), f"two addresses become {block.address}"
    else:
        yield ("from", str(block.address)), f"{block.address} leaves twice"


def _imports(blocks: Blocks, declared: Collection[Address], kinds: Kinds) -> Iterator[Diagnostic]:
    for block in blocks.imports:
        if block.address not in declared and kinds.get(block.address.kind):
            yield _undeclared(block, "an object can be imported only by what is declared", declared)


def _undeclared(block: Block, why: str, declared: Collection[Address]) -> Diagnostic:
    meant = nearest(str(block.address), [str(each) for each in declared])
    hint = f"did you mean {meant}?" if meant else "declare it, or take this block out"
    at = block.new_place if isinstance(block, Moved) else block.origin
    return _error("undeclared-address", f"{block.address} is not declared: {why}", hint, block, at)


def _moves(blocks: Blocks, declared: Collection[Address]) -> Iterator[Diagnostic]:
    leaving = {each.old for each in blocks.moved} | {each.address for each in blocks.forget}
    by_old = {each.old: each for each in blocks.moved}
    circles = {each.old for each in blocks.moved if _is_circle(each, by_old)}
    for block in blocks.moved:
        if block.old in circles:
            if block.old == min(circles & _chain(block, by_old)):
                names = " -> ".join(map(str, _walk(block, by_old)))
                hint = "an address that is free again needs no block; take one of them out"
                yield _error("moved-cycle", f"these move in a circle: {names}", hint, block)
        elif block.old in declared:
            summary = f"{block.old} is said to be {block.address} now, but is declared still"
            hint = f"take {block.old} out of the manifest, or this block"
            yield _error("moved-from-declared", summary, hint, block)
        elif block.address not in declared and block.address not in leaving:
            yield _undeclared(block, f"so {block.old} cannot have become it", declared)


def _walk(block: Moved, by_old: Mapping[Address, Moved]) -> list[Address]:
    """The addresses from a block's old one on, until the chain ends or comes back."""
    found = [block.old, block.address]
    while found[-1] in by_old and found[-1] not in found[:-1]:
        found.append(by_old[found[-1]].address)
    return found


def _chain(block: Moved, by_old: Mapping[Address, Moved]) -> set[Address]:
    return set(_walk(block, by_old))


def _is_circle(block: Moved, by_old: Mapping[Address, Moved]) -> bool:
    return _walk(block, by_old)[-1] == block.old


# What the state says about them


class Leaving(NamedTuple):
    """Which bound addresses a block names: `moves` from new to old ones, `forgotten` by address."""

    moves: Mapping[Address, Address] = {}
    forgotten: Mapping[Address, Forget] = {}
    problems: tuple[Diagnostic, ...] = ()


NOBODY: Final = Leaving()


def leaving(blocks: Blocks, wanted: Collection[Address], state: State) -> Leaving:
    """The moves and the forgetting that are still to be done; what is done already is left out."""
    if not (blocks.moved or blocks.forget):
        return NOBODY
    by_new = {each.address: each for each in blocks.moved}
    moves: dict[Address, Address] = {}
    for block in blocks.moved:
        if block.address in wanted and block.address not in state.bindings:
            old = _bound_before(block.address, by_new, state)
            if old is not None and old not in wanted:
                moves[block.address] = old
    forgotten = {}
    for each in blocks.forget:
        old = each.address if each.address in state.bindings else _bound_before(each.address, by_new, state)
        if old is not None and old not in wanted:
            forgotten[old] = each
    done = {*moves.values(), *forgotten}
    problems = _both_there(blocks, wanted, state, done)
    return Leaving(moves, forgotten, tuple(problems))


def _bound_before(address: Address, by_new: Mapping[Address, Moved], state: State) -> Address | None:
    """The nearest address of those that became this one which the state knows."""
    seen: set[Address] = set()
    while address in by_new and address not in seen:
        seen.add(address)
        address = by_new[address].old
        if address in state.bindings:
            return address
    return None


def _both_there(
    blocks: Blocks, wanted: Collection[Address], state: State, done: Collection[Address]
) -> Iterator[Diagnostic]:
    """A bound address that cannot move, because what it should become has an object of its own."""
    by_old = {each.old: each for each in blocks.moved}
    for block in blocks.moved:
        end = _walk(block, by_old)[-1]
        if block.old in state.bindings and block.old not in done and end in wanted:
            hint = f"take this block out, and {block.old} is removed; or name it under `forget` instead"
            summary = f"{block.old} cannot become {block.address}: the state holds an object for each"
            yield _error("moved-taken", summary, hint, block)


# What the account says about them


class Claims(NamedTuple):
    """The live objects that import blocks name, by the address that gets them."""

    live: Mapping[Address, tuple[Import, Live]] = {}
    problems: tuple[Diagnostic, ...] = ()


NO_CLAIMS: Final = Claims()


def claims(
    imports: Iterable[Import],
    wanted: Collection[Address],
    state: State,
    collections: Mapping[str, tuple[Live, ...]],
    kinds: Kinds,
    gone: Leaving = NOBODY,
) -> Claims:
    """Which live object each import block means; one whose address has its object already means none."""
    blocks = [each for each in imports if each.address in wanted and each.address.kind in collections]
    if not blocks:
        return NO_CLAIMS
    owners = _owners(state, gone)
    there = _by_id_and_name({each.address.kind for each in blocks}, collections)
    found: dict[Address, tuple[Import, Live]] = {}
    problems: list[Diagnostic] = []
    for block in blocks:
        address, kind = block.address, kinds[block.address.kind]
        candidates = there[_sought(block)]
        if any(owners.get((kind.name, each.remote_id)) == address for each in candidates):
            continue  # done
        bound = gone.moves.get(address, address if address in state.bindings else None)
        if bound is not None and not candidates:
            continue  # done, and made anew since
        if bound is not None and not there[kind.name, "id", state.bindings[bound].remote_id]:
            bound = None  # what it stood for is gone
        problem = _objection(block, candidates, owners, bound, kind)
        if problem is not None:
            problems.append(problem)
        elif bound is None:
            found[address] = (block, candidates[0])
    return Claims(found, tuple(problems))


def _owners(state: State, gone: Leaving) -> Mapping[tuple[str, str], Address]:
    """(kind, id) -> the address that stands for it, or that is still to delete it."""
    return {
        (address.kind, each): address
        for address, binding in state.bindings.items()
        if address not in gone.forgotten
        for each in (binding.remote_id, *binding.deposed)
    }


def _by_id_and_name(
    kinds: Collection[str], collections: Mapping[str, tuple[Live, ...]]
) -> Mapping[tuple[str, str, str], list[Live]]:
    found: dict[tuple[str, str, str], list[Live]] = defaultdict(list)
    for kind in kinds:
        for live in collections[kind]:
            if not live.gone:
                found[kind, "id", live.remote_id].append(live)
                found[kind, "name", same_name(live.natural_key)].append(live)
    return found


def _sought(block: Import) -> tuple[str, str, str]:
    kind = block.address.kind
    return (kind, "id", block.id) if block.id else (kind, "name", same_name(block.name))


def _objection(
    block: Import,
    candidates: Sequence[Live],
    owners: Mapping[tuple[str, str], Address],
    bound: Address | None,
    kind: Kind,
) -> Diagnostic | None:
    """Why this block cannot be followed, or None where it can."""
    if not candidates:
        return _not_found(block, kind)
    if len(candidates) > 1:
        ids = ", ".join(sorted(each.remote_id for each in candidates))
        summary = f"{block.address}: {len(candidates)} {kind.section} of the account are called {block.what}"
        return _error("ambiguous-name", summary, f"give the id of one of them: {ids}", block, block.key_place)
    owner = owners.get((kind.name, candidates[0].remote_id))
    if owner is not None and owner != bound:
        summary = f"{block.address}: {block.what} is what {owner} stands for"
        moved = f"moved: [{{from: {owner}, to: {block.address}}}]"
        hint = f"if {block.address} is its new key, take {owner} out of the manifest and say so: `{moved}`"
        return _error("import-taken", summary, hint, block, block.key_place)
    if bound is not None and owner is None:
        summary = f"{block.address} stands for another {kind.name} already, not for {block.what}"
        hint = f"take this block out; or {_let_go(bound)}"
        return _error("import-bound", summary, hint, block)
    return None


def _not_found(block: Import, kind: Kind) -> Diagnostic:
    what = f"id {block.id}" if block.id else f"{kind.natural_key} {block.name!r}"
    summary = f"{block.address}: the account has no {kind.name} with the {what}"
    hint = "mind the kind, the spelling and the account; what was removed there cannot be imported"
    return _error("import-not-found", summary, hint, block, block.key_place)


# One import at a time


def asked_for(desired: Desired, blocks: Blocks, kind: Kind, id: str = "") -> Import:
    """The import that a command means: of this id, else as a block says, else by the resource's own name."""
    said = next((each for each in blocks.imports if each.address == desired.address), None)
    if said is not None and id in ("", said.id):
        return said
    place = desired.place(kind.natural_key)
    name = "" if id else str(desired.fields[kind.natural_key])
    return Import(desired.address, id, name, desired.origin, place)


def owned_elsewhere(block: Import, state: State) -> Diagnostic | None:
    """An id that an address of another kind stands for: no need to ask the account."""
    for address, binding in state.bindings.items():
        if block.id and binding.remote_id == block.id and address.kind != block.address.kind:
            summary = f"{block.address}: {block.id} is no {block.address.kind}, but what {address} stands for"
            return _error("import-not-found", summary, "mind the kind of the address", block)
    return None


def bound_already(block: Import, binding: Binding) -> Diagnostic:
    """The address has an object, and it is not the one that was asked for."""
    summary = f"{block.address} stands for {binding.remote_id} already, not for {block.what}"
    return _error("import-bound", summary, _let_go(block.address), block)


def _let_go(address: Address) -> str:
    return (
        "forget the other one first: take the resource out of the manifest and put "
        f"`forget: [{address}]` there for one apply"
    )
