"""Crosscheck: what only the whole project shows.

References that lead nowhere or in a circle, addresses and natural keys that stand twice, more of a kind than
an account can hold. Everything is linear in the number of resources; only hints look far, and only so often.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from ccstate.core.address import Address
from ccstate.core.diagnostics import Diagnostic, error, nearest
from ccstate.core.kind import Kind, Kinds
from ccstate.core.values import Named, Ref
from ccstate.manifest.compile import Reference, Resource

MOST_HINTS: Final = 20
"""Looking for the nearest of ten thousand keys takes a while; after so many, a pattern is clear."""

MOST_CYCLES: Final = 20


def first_of_each(resources: Iterable[Resource], told: list[Diagnostic]) -> dict[Address, Resource]:
    """The resources by address; a second one of the same address is told."""
    found: dict[Address, Resource] = {}
    for each in resources:
        first = found.setdefault(each.address, each)
        if first is not each:
            told.append(
                error(
                    "duplicate-address",
                    f"{each.address} is declared twice",
                    detail=f"the first one is at {first.origin}",
                    hint="give one of them another key",
                    address=each.address,
                    range=each.origin,
                )
            )
    return found


def check(declared: Mapping[Address, Resource], kinds: Kinds, *, whole: bool) -> Iterator[Diagnostic]:
    """Everything about the project as a whole; where files could not be read, references may be in those."""
    yield from _references(declared, kinds, whole=whole)
    yield from islice(_cycles(declared), MOST_CYCLES)
    by_kind: dict[str, list[Resource]] = {}
    for each in declared.values():
        by_kind.setdefault(each.address.kind, []).append(each)
    for kind in kinds:
        resources = by_kind.get(kind.name, [])
        yield from _unique(kind, resources)
        yield from _too_many(kind, resources)


# References


@dataclass(slots=True)
class _Hints:
    """Nearest keys, each looked up once and not without end."""

    declared: Collection[Address]
    _known: dict[Address, str] = field(default_factory=dict)
    _kinds: dict[str, list[str]] = field(default_factory=dict)

    def other_kinds(self, key: str) -> list[str]:
        """The kinds that do have this key."""
        if not self._kinds:
            for each in self.declared:
                self._kinds.setdefault(each.key, []).append(each.kind)
        return sorted(self._kinds.get(key, ()))

    def near(self, address: Address) -> str:
        if address not in self._known:
            if len(self._known) >= MOST_HINTS:
                return ""
            self._known[address] = self._look(address)
        return self._known[address]

    def _look(self, address: Address) -> str:
        keys = [each.key for each in self.declared if each.kind == address.kind]
        # Who mistypes a key mostly keeps its length.
        close = [each for each in keys if abs(len(each) - len(address.key)) <= 3]
        meant = nearest(address.key, close)
        return f"did you mean {Address(address.kind, meant)}?" if meant else ""


def _references(declared: Mapping[Address, Resource], kinds: Kinds, *, whole: bool) -> Iterator[Diagnostic]:
    hints = _Hints(declared)
    names = {each.name for each in kinds}
    for resource in declared.values():
        for each in resource.references:
            told = _reference(each, resource, declared, names, hints, whole=whole)
            if told is not None:
                yield told


def _reference(
    each: Reference,
    resource: Resource,
    declared: Mapping[Address, Resource],
    names: Collection[str],
    hints: _Hints,
    *,
    whole: bool,
) -> Diagnostic | None:
    to = each.to
    kind = to.kind if isinstance(to, Named) else to.address.kind
    if kind not in names:
        meant = nearest(kind, names)
        hint = f"did you mean `{meant}`?" if meant else f"kinds are {', '.join(sorted(names))}"
        return _told("bad-reference", f"there is no kind `{kind}`", hint, resource, each)
    if isinstance(to, Named) or to.address in declared:
        return None
    others = hints.other_kinds(to.address.key)
    if others:
        summary = f"a {kind} is wanted here, but `{to.address.key}` is a {others[0]}"
        return _told("reference-kind", summary, hints.near(to.address), resource, each)
    if not whole:
        return None
    return _told(
        "dangling-reference", f"{to.address} is not declared", hints.near(to.address), resource, each
    )


def _told(code: str, summary: str, hint: str, resource: Resource, each: Reference) -> Diagnostic:
    return error(code, summary, hint=hint, address=resource.address, range=resource.place(each.path))


def _cycles(declared: Mapping[Address, Resource]) -> Iterator[Diagnostic]:
    """Each circle once, named in full. A walk with its own stack: a chain may be ten thousand long."""
    after = {address: _targets(each, declared) for address, each in declared.items() if each.references}
    done: set[Address] = set()
    for start in after:
        path: list[Address] = []
        on_path: set[Address] = set()
        stack: list[tuple[Address, bool]] = [(start, False)]
        while stack:
            address, leaving = stack.pop()
            if leaving:
                path.pop()
                on_path.discard(address)
                done.add(address)
            elif address in on_path:
                yield _cycle([*path[path.index(address) :], address], declared)
            elif address not in done and address in after:
                path.append(address)
                on_path.add(address)
                stack.append((address, True))
                stack.extend((each, False) for each in after[address])


def _targets(resource: Resource, declared: Mapping[Address, Resource]) -> list[Address]:
    found = {each.to.address for each in resource.references if isinstance(each.to, Ref)}
    return sorted(each for each in found if each in declared)


def _cycle(circle: Sequence[Address], declared: Mapping[Address, Resource]) -> Diagnostic:
    first = declared[circle[0]]
    via = next(
        each.path for each in first.references if isinstance(each.to, Ref) and each.to.address == circle[1]
    )
    return error(
        "reference-cycle",
        "these refer to each other in a circle: " + " -> ".join(map(str, circle)),
        hint="none of them can be made first; take one of the references out",
        address=first.address,
        range=first.place(via),
    )


# Kinds


def _unique(kind: Kind, resources: Sequence[Resource]) -> Iterator[Diagnostic]:
    told: set[Address] = set()
    for unique in kind.unique:
        first: dict[str, Resource] = {}
        for each in resources:
            if each.address in told or kind.natural_key not in each.fields:
                continue
            holder = first.setdefault(unique.of(each.fields), each)
            if holder is not each:
                told.add(each.address)
                yield _taken(kind, unique.what, each, holder)


def _taken(kind: Kind, what: str, resource: Resource, holder: Resource) -> Diagnostic:
    key = kind.natural_key
    name, taken = resource.fields[key], holder.fields[key]
    also = "" if name == taken else f" (as {taken!r})"
    return error(
        "duplicate-name",
        f"the {what} {name!r} is taken by {holder.address}{also}",
        detail=f"it stands at {holder.place(key)}; case and blanks make no difference",
        hint=f"an account holds each {what} of a {kind.name} once",
        address=resource.address,
        range=resource.place(key),
    )


def _too_many(kind: Kind, resources: Sequence[Resource]) -> Iterator[Diagnostic]:
    if kind.most is not None and len(resources) > kind.most:
        first_too_many = resources[kind.most]
        yield error(
            "too-many-resources",
            f"{len(resources):,} {kind.section} are declared; an account holds at most {kind.most:,}",
            address=first_too_many.address,
            range=first_too_many.origin,
        )
