"""State: our memory of which address owns which remote id, and what was last applied and observed.

A memory, not a single point of failure: lost, it is rebuilt by adoption. It holds no secret, no contact data
and no HTML (long values are digests). Frozen: every change is a new State.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from ccstate.core.address import Address
from ccstate.core.desired import Lifecycle, OnRemove
from ccstate.core.values import EMPTY, Json

FORMAT_VERSION: Final = "1.0"


_UNPROTECTED: Final = Lifecycle()


def _lifecycle(flags: Json) -> Lifecycle:
    return Lifecycle(flags.get("protect", False), OnRemove(flags.get("on_remove", "delete")))


class Binding(NamedTuple):
    """One line of state.

    `applied` is what ccstate last asked for and `observed` what the service showed afterwards, both as memos
    of canonical values; a field absent from `observed` was not seen since. `deposed` are remote ids that were
    replaced and are still to be deleted. `contacts` is how many an audience had when it was last applied.
    """

    remote_id: str
    natural_key: str
    sub_ids: Mapping[str, str] = EMPTY
    applied: Mapping[str, Json] = EMPTY
    observed: Mapping[str, Json] = EMPTY
    depends_on: tuple[Address, ...] = ()
    lifecycle: Lifecycle = Lifecycle()
    sent: bool = False
    tainted: bool = False
    deposed: tuple[str, ...] = ()
    contacts: int | None = None

    def to_json(self) -> Json:
        """The form of the state file; flags only where they are set."""
        flags: dict[str, Json] = {}
        if self.lifecycle.protect:
            flags["protect"] = True
        if self.lifecycle.on_remove is not OnRemove.DELETE:
            flags["on_remove"] = str(self.lifecycle.on_remove)
        if self.sent:
            flags["sent"] = True
        if self.tainted:
            flags["tainted"] = True
        return {
            "remote_id": self.remote_id,
            "natural_key": self.natural_key,
            "sub_ids": dict(self.sub_ids),
            "applied": dict(self.applied),
            "observed": dict(self.observed),
            "depends_on": [str(each) for each in self.depends_on],
            "flags": flags,
            "deposed": list(self.deposed),
            **({} if self.contacts is None else {"contacts": self.contacts}),
        }

    @classmethod
    def from_json(cls, document: Json) -> Binding:
        """Read the form of the state file, which a schema has checked."""
        flags = document.get("flags", EMPTY)
        return cls(
            document["remote_id"],
            document["natural_key"],
            document.get("sub_ids", EMPTY),
            document.get("applied", EMPTY),
            document.get("observed", EMPTY),
            tuple(map(Address.parse, document.get("depends_on", ()))),
            _lifecycle(flags) if flags else _UNPROTECTED,
            flags.get("sent", False),
            flags.get("tainted", False),
            tuple(document.get("deposed", ())),
            document.get("contacts"),
        )


class Pending(NamedTuple):
    """A create that was sent and got no answer: it may have happened or not.

    `binding` is what the state will say if it did, all but the remote id. The name was free when the create
    was planned, and `since` is the service's clock before it left (an instant; empty where that was not
    known), so an object of that name that is younger and looks like this is ours.
    """

    binding: Binding
    since: str = ""

    def to_json(self) -> Json:
        """The form of the state file."""
        return {"since": self.since, "binding": self.binding.to_json()}

    @classmethod
    def from_json(cls, document: Json) -> Pending:
        """Read the form of the state file."""
        return cls(Binding.from_json(document["binding"]), document["since"])


NO_BINDINGS: Final[Mapping[Address, Binding]] = {}
NO_PENDING: Final[Mapping[Address, Pending]] = {}


class State(NamedTuple):
    """Which history this is (`lineage`), where in it (`serial`), whose account, and the bindings.

    `references` remembers the remote ids of unmanaged objects that the manifest names (`list:"VIP"`), and
    `pending` the creates of which nobody knows whether they happened.
    """

    lineage: str = ""
    serial: int = 0
    account_id: str = ""
    bindings: Mapping[Address, Binding] = NO_BINDINGS
    references: Mapping[str, str] = EMPTY
    pending: Mapping[Address, Pending] = NO_PENDING

    def bind(self, address: Address, binding: Binding) -> State:
        """The state in which `address` owns what the binding says."""
        return self._replace(bindings={**self.bindings, address: binding})

    def forget(self, addresses: Iterable[Address]) -> State:
        """The state without these addresses."""
        dropped = set(addresses)
        kept = {address: each for address, each in self.bindings.items() if address not in dropped}
        return self._replace(bindings=kept)

    def settled(self, address: Address) -> State:
        """The state in which it is known what became of this address's create."""
        if address not in self.pending:
            return self
        return self._replace(pending={each: it for each, it in self.pending.items() if each != address})

    def in_doubt(self, address: Address, pending: Pending) -> State:
        """The state in which it is not known whether this create happened."""
        return self._replace(pending={**self.pending, address: pending})

    def to_json(self) -> Json:
        """The state file: sorted, so that two equal states are equal bytes."""
        pending = {str(address): self.pending[address].to_json() for address in sorted(self.pending)}
        return {
            "format_version": FORMAT_VERSION,
            "lineage": self.lineage,
            "serial": self.serial,
            "account_id": self.account_id,
            "bindings": {str(address): self.bindings[address].to_json() for address in sorted(self.bindings)},
            "references": dict(sorted(self.references.items())),
            **({"pending": pending} if pending else {}),
        }

    @classmethod
    def from_json(cls, document: Json) -> State:
        """Read a state file, which a schema has checked."""
        return cls(
            lineage=document["lineage"],
            serial=document["serial"],
            account_id=document["account_id"],
            bindings={
                Address.parse(address): Binding.from_json(each)
                for address, each in document["bindings"].items()
            },
            references=document.get("references", {}),
            pending={
                Address.parse(address): Pending.from_json(each)
                for address, each in document.get("pending", EMPTY).items()
            },
        )
