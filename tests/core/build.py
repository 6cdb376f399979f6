"""Values for tests of the pure heart: desired resources, live objects, and a bench that plans with both."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from ccstate.core.address import Address
from ccstate.core.desired import Desired, Lifecycle, OnRemove
from ccstate.core.diagnostics import Position, Range
from ccstate.core.kind import Kinds
from ccstate.core.live import Account, Live, Snapshot
from ccstate.core.match import match
from ccstate.core.options import Guards, Options
from ccstate.core.plan import Change, Plan, Step
from ccstate.core.planning import Inputs, Needs, build
from ccstate.core.privileges import PRIVILEGES
from ccstate.core.state import Binding, State
from ccstate.core.takeover import NO_BLOCKS, Blocks, Forget, Import, Moved
from ccstate.core.values import Fields, Named, Ref, Value, memo, replace_leaves
from ccstate.core.wire import Flow, Request, Response
from ccstate.kinds import discover

T = TypeVar("T")

KINDS: Final[Kinds] = discover()
NOW: Final = datetime(2035, 1, 1, 12, tzinfo=UTC)
ACCOUNT: Final = Account("a07e1l4x1vq3", "Example Shop", emulated=True)
SENDER: Final = {"name": "Jo Bloggs", "email": "owner@example.com"}
CRITERIA: Final = {
    "type": "and",
    "group": [
        {
            "source": "tracking",
            "field": "not_opened",
            "op": "contains-any",
            "const_value": "last-n-campaigns",
            "param": "5",
        }
    ],
}


def at(text: str) -> Address:
    return Address.parse(text)


def ref(text: str, attr: str = "remote_id") -> Ref:
    return Ref(at(text), attr)


def soon(**delta: float) -> str:
    """A moment so long after NOW, as the service is told it."""
    return (NOW + timedelta(**delta)).strftime("%Y-%m-%dT%H:%M:%SZ")


def schedule(moment: str) -> dict[str, str]:
    return {"at": moment, "local": moment.rstrip("Z")[:16], "timezone": "UTC"}


def remote_id(address: Address) -> str:
    """The id that the bench gives the live object of an address; segments have numbers."""
    number = zlib.crc32(address.key.encode())
    return str(number) if address.kind == "segment" else f"id-{address.kind}-{address.key}"


def desired(
    text: str, *, protect: bool = False, on_remove: OnRemove = OnRemove.DELETE, **fields: Value
) -> Desired:
    address = at(text)
    origin = Range(f"{address.kind}.yaml", Position(1 + zlib.crc32(address.key.encode()) % 100, 3))
    fields = {"from" if name == "sender" else name: value for name, value in fields.items()}
    return Desired(address, fields, origin, lifecycle=Lifecycle(protect, on_remove))


def a_list(key: str, name: str = "", **fields: Value) -> Desired:
    return desired(f"list.{key}", name=name or key, **fields)


def a_tag(key: str, name: str = "", **fields: Value) -> Desired:
    return desired(f"tag.{key}", name=name or key, **fields)


def a_field(key: str, label: str = "", type: str = "string", **fields: Value) -> Desired:
    return desired(f"custom_field.{key}", label=label or key, type=type, **fields)


def choices(*labels: str | tuple[str, str]) -> list[dict[str, str]]:
    """`choices("Pear", ("Apples", "Apple"))`: the second one was Apple."""
    return [
        {"label": each} if isinstance(each, str) else {"label": each[0], "was": each[1]} for each in labels
    ]


def a_segment(key: str, name: str = "", criteria: Value = None, **fields: Value) -> Desired:
    return desired(f"segment.{key}", name=name or key, criteria=criteria or CRITERIA, **fields)


def uses(*references: str) -> Value:
    """Criteria that refer to lists, tags or custom fields."""
    group = [{"source": "contact", "field": "any", "op": "eq", "value": ref(each)} for each in references]
    return {"type": "and", "group": group}


def a_campaign(key: str, name: str = "", **fields: Value) -> Desired:
    content = {"sender": SENDER, "subject": "Hello", "html": "<p>Hello</p>"}
    return desired(f"campaign.{key}", name=name or key, **{**content, **fields})


def lists(*keys: str) -> dict[str, Value]:
    return {"lists": [ref(f"list.{key}") for key in keys]}


def with_ids(value: Value) -> Value:
    """References by the ids that the bench gives."""
    return replace_leaves(value, lambda leaf: remote_id(leaf.address) if isinstance(leaf, Ref) else leaf)


def as_live(want: Desired, **changes: Any) -> Live:
    """The live object that a desired resource describes."""
    kind = KINDS[want.address.kind]
    fields = with_ids(want.fields)
    found = Live(kind.name, remote_id(want.address), str(fields[kind.natural_key]), fields)
    return _COMPLETE[kind.name](found)._replace(**changes)


def _complete_list(live: Live) -> Live:
    return live._replace(fields={"description": "", "favorite": False, **live.fields}, extra={"members": 0})


def _complete_tag(live: Live) -> Live:
    return live._replace(extra={"contacts": 0})


def _complete_field(live: Live) -> Live:
    labels = [each["label"] for each in live.fields.get("choices", ())]
    ids = [{"choice_id": number, "choice_label": each} for number, each in enumerate(labels, start=101)]
    fields = {**live.fields, "choices": [{"label": each} for each in labels]}
    name = "_".join(str(live.fields["label"]).split()).lower()
    return live._replace(fields=fields, extra={"name": name, "choices": ids})


def _complete_segment(live: Live) -> Live:
    return live._replace(extra={"edited_at": "2034-01-01T00:00:00.000Z"})


def _complete_campaign(live: Live) -> Live:
    wanted = live.fields.get("schedule")
    scheduled = wanted["at"] if wanted else None
    fields = {
        "reply_to": live.fields["from"]["email"],
        "preheader": "",
        "audience": {"lists": []},
        **live.fields,
        "schedule": scheduled,
    }
    return live._replace(
        fields=fields,
        status="SCHEDULED" if scheduled else "DRAFT",
        sub_ids={"activity_id": "activity-" + live.remote_id},
        extra={"format_type": 5, "updated_at": "2034-12-30T00:00:00.000Z", "type": "CUSTOM_CODE_EMAIL"},
    )


_COMPLETE: Final = {
    "list": _complete_list,
    "tag": _complete_tag,
    "custom_field": _complete_field,
    "segment": _complete_segment,
    "campaign": _complete_campaign,
}


def memos(kind: str, fields: Fields) -> dict[str, Any]:
    """What the state remembers of these values."""
    return {name: memo(KINDS[kind].field(name).canonical(value)) for name, value in fields.items()}


def binding(want: Desired, live: Live, **changes: Any) -> Binding:
    """The line of state after `want` was applied to what now is `live`."""
    kind = KINDS[want.address.kind]
    applied = memos(kind.name, with_ids(want.fields))
    shown = {name: value for name, value in live.fields.items() if name in applied}
    found = Binding(
        remote_id=live.remote_id,
        natural_key=live.natural_key,
        sub_ids=dict(live.sub_ids),
        applied=applied,
        observed=memos(kind.name, shown),
        depends_on=want.depends_on(),
        lifecycle=want.lifecycle,
    )
    return found._replace(**changes)


def blocks(*of: Import | Moved | Forget) -> Blocks:
    """What the manifests say of imports, moves and what is to be forgotten."""
    return Blocks(
        tuple(each for each in of if isinstance(each, Import)),
        tuple(each for each in of if isinstance(each, Moved)),
        tuple(each for each in of if isinstance(each, Forget)),
    )


def imported(text: str, id: str = "", name: str = "") -> Import:
    return Import(at(text), id, name, _place(text), _place(text))


def moved(old: str, new: str) -> Moved:
    return Moved(at(old), at(new), _place(old), _place(new))


def forget(text: str) -> Forget:
    return Forget(at(text), _place(text))


def _place(text: str) -> Range:
    return Range("takeover.yaml", Position(1 + zlib.crc32(text.encode()) % 100, 5))


@dataclass
class Bench:
    """An account, a state and the facts, from which manifests are planned."""

    account: Account = ACCOUNT
    now: datetime = NOW
    state: State = field(default_factory=State)
    objects: dict[tuple[str, str], Live] = field(default_factory=dict)
    senders: dict[str, str] = field(default_factory=lambda: {"owner@example.com": "CONFIRMED"})
    facts: dict[str, Any] = field(default_factory=dict)
    privileges: list[str] | None = None
    offline: bool = False
    asked: list[str] = field(default_factory=list)

    def managed(self, *wants: Desired, **remembered: Any) -> Bench:
        """Resources that were applied before and are as they were left."""
        for want in wants:
            live = as_live(want)
            self.unmanaged(live)
            self.state = self.state.bind(want.address, binding(want, live, **remembered))
        return self

    def unmanaged(self, *objects: Live) -> Bench:
        """Objects of the account that the state does not know."""
        self.objects.update({(each.kind, each.remote_id): each for each in objects})
        return self

    def live(self, text: str) -> Live:
        return self.objects[at(text).kind, remote_id(at(text))]

    def becomes(self, text: str, **changes: Any) -> Bench:
        """Somebody else, or time, changed the live object."""
        return self.unmanaged(self.live(text)._replace(**changes))

    def edited(self, text: str, **fields: Value) -> Bench:
        """Somebody else changed fields of the live object; a new name is its natural key, too."""
        live = self.live(text).with_fields(fields)
        key = str(live.fields[KINDS[live.kind].natural_key])
        return self.unmanaged(live._replace(natural_key=key))

    def vanishes(self, text: str) -> Bench:
        """Somebody else removed the live object."""
        del self.objects[at(text).kind, remote_id(at(text))]
        return self

    def snapshot(self) -> Snapshot:
        collections = {
            kind.name: tuple(each for each in self.objects.values() if each.kind == kind.name)
            for kind in KINDS
        }
        return Snapshot(self.account, self.now, collections, offline=self.offline)

    def inputs(self, *wants: Desired, **options: Any) -> Inputs:
        snapshot = self.snapshot()
        blocks = options.pop("blocks", NO_BLOCKS)
        found, problems = match(wants, self.state, snapshot.collections, KINDS, blocks)
        guards = Guards(**options.pop("guards", {}))
        return Inputs(wants, found, self.state, snapshot, KINDS, Options(guards=guards, **options), problems)

    def plan(self, *wants: Desired, **options: Any) -> Plan:
        """The plan; questions are answered from `senders`, `privileges` and `facts` (unknown ones with null).

        `asked` leaves the privileges out: every plan with calls asks for them.
        """
        inputs = self.inputs(*wants, **options)
        made = build(inputs)
        while isinstance(made, Needs):
            names = [each.name for each in made.questions]
            self.asked.extend(name for name in names if name != PRIVILEGES)
            known = {**self.facts, "senders": self.senders, PRIVILEGES: self.privileges}
            facts = {**inputs.snapshot.facts, **{name: known.get(name) for name in names}}
            inputs = inputs._replace(snapshot=inputs.snapshot._replace(facts=facts))
            made = build(inputs)
        return made


def change(plan: Plan, text: str) -> Change:
    """The one change of an address."""
    (found,) = (each for each in plan.changes if str(each.address) == text)
    return found


def says_nothing_of(plan: Plan, text: str) -> bool:
    """Whether an address is as it should be: it has no change."""
    return all(str(each.address) != text for each in plan.changes)


def codes(plan: Plan) -> list[str]:
    """The codes of the plan's diagnostics."""
    return [each.code for each in plan.diagnostics]


def url(step: Step) -> str:
    """`POST /contact_lists/<list.a>`: method and path, references in angle brackets."""
    parts = (part if isinstance(part, str) else f"<{part['$ref']}>" for part in step.path)
    return f"{step.method} {''.join(parts)}"


def calls(plan: Plan) -> list[str]:
    """What the plan does, in order: `update list.a`."""
    return [f"{each.verb} {'+'.join(str(address) for address in each.addresses)}" for each in plan.steps]


def drive(flow: Flow[T], *answers: Response) -> tuple[T, list[tuple[Request, ...]]]:
    """Run a flow against answers, one for each request in turn: what it returned, and what it asked."""
    waiting, asked = list(answers), []
    try:
        requests = next(flow)
        while True:
            asked.append(requests)
            requests = flow.send(tuple(waiting.pop(0) for _ in requests))
    except StopIteration as stop:
        assert not waiting
        found: T = stop.value
        return found, asked


def named(kind: str, name: str) -> Named:
    return Named(kind, name)
