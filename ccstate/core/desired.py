"""Desired: what the manifest asks for, validated, with times as instants and references as references."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import NamedTuple

from ccstate.core.address import Address
from ccstate.core.diagnostics import Range
from ccstate.core.values import EMPTY, Fields, Json, Named, Ref, references


class OnRemove(enum.StrEnum):
    """What happens to the live object when its block leaves the manifest."""

    DELETE = "delete"
    FORGET = "forget"
    REFUSE = "refuse"


class Lifecycle(NamedTuple):
    """`lifecycle:` of a resource; both words are kept in the state."""

    protect: bool = False
    on_remove: OnRemove = OnRemove.DELETE


class Desired(NamedTuple):
    """One resource of the manifest.

    `fields` holds only what is declared, in the forms that `kind.Form` describes. `origin` is where the key
    stands; `places` maps the path of each declared field (`name`, `from.email`, `choices.2`) to its place.
    `expect` is what the manifest expects of the audience: {min, max, max_growth in percent}, never sent.
    """

    address: Address
    fields: Fields
    origin: Range
    places: Mapping[str, Range] = EMPTY
    lifecycle: Lifecycle = Lifecycle()
    expect: Mapping[str, Json] = EMPTY

    def place(self, path: str) -> Range:
        """Where a field stands, else its nearest parent, else the resource itself."""
        while path:
            if path in self.places:
                return self.places[path]
            path = path.rpartition(".")[0]
        return self.origin

    def references(self) -> tuple[Ref | Named, ...]:
        """What this resource refers to, each once, in a stable order."""
        found = [each for value in self.fields.values() for each in references(value)]
        return tuple(sorted(set(found), key=lambda each: (type(each).__name__, str(each)))) if found else ()

    def depends_on(self) -> tuple[Address, ...]:
        """The managed resources that this one refers to."""
        found = [each.address for each in self.references() if isinstance(each, Ref)]
        return tuple(sorted(set(found))) if found else ()
