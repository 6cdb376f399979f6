"""Desired: what the manifest asks for, validated, with times as instants and references as references."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from ccstate.core.address import Address
from ccstate.core.diagnostics import Range
from ccstate.core.values import Fields, Named, Ref, references


class OnRemove(enum.StrEnum):
    """What happens to the live object when its block leaves the manifest."""

    DELETE = "delete"
    FORGET = "forget"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """`lifecycle:` of a resource; both words are kept in the state."""

    protect: bool = False
    on_remove: OnRemove = OnRemove.DELETE


@dataclass(frozen=True, slots=True)
class Desired:
    """One resource of the manifest.

    `fields` holds only what is declared, in the forms that `kind.Form` describes. `origin` is where the key
    stands; `places` maps the path of each declared field (`name`, `from.email`, `choices.2`) to its place.
    """

    address: Address
    fields: Fields
    origin: Range
    places: Mapping[str, Range] = field(default_factory=dict)
    lifecycle: Lifecycle = Lifecycle()
    _found: tuple[tuple[Ref | Named, ...], tuple[Address, ...]] | None = field(
        default=None, init=False, repr=False, compare=False
    )

    def place(self, path: str) -> Range:
        """Where a field stands, else its nearest parent, else the resource itself."""
        while path:
            if path in self.places:
                return self.places[path]
            path = path.rpartition(".")[0]
        return self.origin

    def references(self) -> tuple[Ref | Named, ...]:
        """What this resource refers to, each once, in a stable order."""
        return (self._found or self._look())[0]

    def depends_on(self) -> tuple[Address, ...]:
        """The managed resources that this one refers to."""
        return (self._found or self._look())[1]

    def _look(self) -> tuple[tuple[Ref | Named, ...], tuple[Address, ...]]:
        """Look for references and remember them: a plan asks several times, and nothing here ever changes."""
        refs = [ref for value in self.fields.values() for ref in references(value)]
        found: tuple[tuple[Ref | Named, ...], tuple[Address, ...]] = ((), ())
        if refs:
            found = (
                tuple(sorted(set(refs), key=lambda ref: (type(ref).__name__, str(ref)))),
                tuple(sorted({ref.address for ref in refs if isinstance(ref, Ref)})),
            )
        object.__setattr__(self, "_found", found)
        return found
