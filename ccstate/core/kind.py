"""Kind: the contract of a type of resource, as a value made of pure functions.

A kind says how its objects are read (flows), what its fields are and mean, and which calls write them
(steps). It performs nothing. `Kinds` is the set that was discovered, passed down as a value; nothing below
`kinds/` knows a kind by its name.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from ccstate.core.address import Address
from ccstate.core.desired import Desired
from ccstate.core.diagnostics import Complaint, Diagnostic
from ccstate.core.live import Live, Snapshot
from ccstate.core.options import Moment, Options
from ccstate.core.plan import Change, FieldChange, Status, Step, Undo
from ccstate.core.state import Binding
from ccstate.core.values import Fields, Json, Value, same_name
from ccstate.core.wire import Flow

if TYPE_CHECKING:
    from ccstate.core.match import Match


class Form(enum.Enum):
    """How the manifest compiles a field, and what its value looks like afterwards.

    TEXT      str
    FLAG      bool
    INTEGER   int
    OBJECT    a mapping of texts, as written
    CHOICES   [{"label": str, "was": str (only where given)}], in order
    HTML      str, from `html` or the file that `html_file` names (path relative to the manifest)
    CRITERIA  the criteria group; `${list.x}` is a Ref, `${list:"VIP"}` a Named, mixed text a Join
    AUDIENCE  {"lists": [Ref | Named, ...]} or {"segment": Ref | Named}
    SCHEDULE  {"at": "2035-05-01T13:00:00Z", "local": "2035-05-01T09:00", "timezone": "America/New_York"}
              or None for `none`
    """

    TEXT = "text"
    FLAG = "flag"
    INTEGER = "integer"
    OBJECT = "object"
    CHOICES = "choices"
    HTML = "html"
    CRITERIA = "criteria"
    AUDIENCE = "audience"
    SCHEDULE = "schedule"


def as_is(value: Value) -> Value:
    """The canonical form of a value that the service never respells."""
    return value


def text_or_empty(value: Value) -> Value:
    """null, "" and absent are one for texts that the service leaves out when they are empty."""
    return value or ""


class Field(NamedTuple):
    """One field of a kind.

    `empty` is what clearing means, and what an absent value equals. `clearable` is False where the API has
    no way back (then a field that leaves the manifest is just no longer managed, and `keeps` says why).
    `canonical` maps all spellings of one value to one (it never sees a reference, only resolved ids).
    """

    name: str
    form: Form = Form.TEXT
    empty: Value = ""
    clearable: bool = True
    keeps: str = ""
    forces_replace: bool = False
    unless_absent: bool = False
    canonical: Callable[[Value], Value] = as_is
    undo: Undo = Undo.REVERSIBLE


class Unique(NamedTuple):
    """Something of which an account holds each value once: the natural key, a derived name."""

    what: str
    of: Callable[[Fields], str]


class BulkDelete(NamedTuple):
    """One call that deletes many: `body_key` holds the ids; worth it from `fewest`, at most `most` a call."""

    path: str
    body_key: str
    fewest: int
    most: int


class Intent(NamedTuple):
    """What a write shall achieve; the argument of a kind's create, update, delete and rename.

    `want` holds the declared (and cleared) fields: managed references as Ref, unmanaged ones as their id.
    `changed` names those that differ. `live` is None for a create.
    """

    address: Address
    want: Fields
    changed: frozenset[str] = frozenset()
    live: Live | None = None


class Stance(NamedTuple):
    """What a kind says about a resource before it is compared.

    `status` other than READY takes it out of the plan's counts; `frozen` means never compared and never
    written (with `unless_same`: only where anything differs); `skip` are fields left alone; `forget` means
    that leaving the manifest only unbinds it.
    """

    status: Status = Status.READY
    frozen: bool = False
    skip: frozenset[str] = frozenset()
    forget: bool = False
    refuse: bool = False
    diagnostics: tuple[Diagnostic, ...] = ()
    unless_same: bool = False


class Subject(NamedTuple):
    """One address with what is known of it; the argument of `Kind.stance` and `Kind.follow`.

    `imported`: somebody said that this live object is the one, be it as it may.
    """

    address: Address
    desired: Desired | None
    binding: Binding | None
    live: Live | None
    context: Context
    moved: bool = False
    imported: bool = False


def nothing_to_learn(answer: Json) -> Live | None:
    """An answer of which nothing is worth remembering."""
    return None


class Question(NamedTuple):
    """Something to read only because a change needs it: the answer goes to `Snapshot.facts[name]`.

    With `collection` it is that kind's whole collection instead, which goes to `Snapshot.collections`.
    `teaches`: the object, as far as the answer shows what is worth remembering of it.
    """

    name: str
    flow: Callable[[], Flow[Json]]
    why: str
    collection: str = ""
    teaches: Callable[[Json], Live | None] = nothing_to_learn


class Draft(NamedTuple):
    """A change before facts and order: the argument of `Kind.questions` and `Kind.objections`."""

    change: Change
    subject: Subject
    fields: tuple[FieldChange, ...]
    want: Fields


class Objection(NamedTuple):
    """A kind's reason to hold one change back: `blocked` waits for a person, an error refuses the plan."""

    address: Address
    diagnostic: Diagnostic
    blocks: bool = True


class Uses(NamedTuple):
    """The ids that an object refers to; `idle` where nothing comes of it for now, as of a draft."""

    ids: frozenset[str] = frozenset()
    idle: bool = False


def no_stamp(live: Live) -> str:
    """A kind whose collection does not show when an object was edited."""
    return ""


class Cached(NamedTuple):
    """What of a kind's objects may be remembered from one refresh to the next (see `core.cache`).

    `sub_ids` never change; `fields` are true as long as the collection shows the same `stamp`, the moment of
    the last edit.
    """

    sub_ids: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    stamp: Callable[[Live], str] = no_stamp


Steps: TypeAlias = tuple[Step, ...]

NEVER_REPLACED: Final = "never"
"""`Kind.replaces` of what would lose its contacts."""


def matches(address: Address, globs: Iterable[str]) -> bool:
    """Whether any glob fits the address; a whole address is a glob too."""
    text = str(address)
    return any(text == glob or fnmatchcase(text, glob.replace("[", "[[]")) for glob in globs)


def no_complaints(desired: Desired) -> Iterable[Complaint]:
    """A kind whose schema says it all."""
    return ()


def no_stance(subject: Subject) -> Stance:
    """A kind whose objects can always be written."""
    return Stance()


def nothing_follows(subject: Subject, want: Fields) -> Fields:
    """A kind none of whose fields follows another."""
    return want


def all_else(subject: Subject, want: Fields) -> Fields:
    """A kind whose fields all outlive a replace."""
    live = subject.live.fields if subject.live is not None else {}
    return {
        name: value for name, value in live.items() if name not in want and value not in (None, "", [], {})
    }


def always_adoptable(subject: Subject, differs: bool) -> Diagnostic | None:
    """A kind whose unmanaged objects may be adopted by name."""
    return None


def needs_nothing(step: Step) -> tuple[str, ...]:
    """A kind whose calls every user may make."""
    return ()


def uses_nothing(live: Live, context: Context) -> Uses:
    """A kind that refers to nothing."""
    return Uses()


def no_questions(drafts: tuple[Draft, ...], context: Context) -> tuple[Question, ...]:
    """A kind that needs to know nothing more."""
    return ()


def nothing_more() -> Flow[Json]:
    """A flow that asks nothing."""
    yield from ()
    return None


def collection_question(kind: str, why: str) -> Question:
    """The collection of a kind that nobody declares, holds or names, and that a change needs to know."""
    return Question(f"collection:{kind}", nothing_more, why, collection=kind)


def no_objections(drafts: tuple[Draft, ...], context: Context) -> tuple[Objection, ...]:
    """A kind that lets everything pass."""
    return ()


def never_too_late(change: Change, steps: Iterable[Step], moment: Moment) -> str:
    """A kind whose changes can be made at any time."""
    return ""


def no_impact(drafts: tuple[Draft, ...], context: Context) -> Mapping[Address, Mapping[str, Json]]:
    """A kind whose changes touch nobody."""
    return {}


def nothing_to_recount(changes: tuple[Change, ...]) -> tuple[Question, ...]:
    """A kind without guards that look at numbers of people."""
    return ()


def nothing_to_judge(changes: tuple[Change, ...], snapshot: Snapshot) -> tuple[Diagnostic, ...]:
    """A kind without guards that look at numbers of people."""
    return ()


def loses_nothing(subject: Subject, fields: tuple[FieldChange, ...], removed: bool) -> str:
    """A kind that holds no contact data."""
    return ""


def collection_says_all(live: Live) -> bool:
    """A kind whose collection holds whole objects."""
    return False


def no_status(binding: Binding) -> str:
    """A kind whose objects have no life of their own."""
    return ""


def no_fixed_name(holder: Live | Fields) -> str:
    """A kind that has no second name, one that the service derives and that survives a rename."""
    return ""


def reversible(fields: tuple[FieldChange, ...], subject: Subject) -> Undo:
    """A kind whose updates can all be taken back by another update."""
    return Undo.REVERSIBLE


class Kind(NamedTuple):
    """The contract. The functions are pure; the flows describe requests and perform none.

    name, section   `list` and `lists`: half an address, and where it stands in a manifest
    natural_key     the field by which an unmanaged live object is recognised
    key_limit       characters of the natural key
    answers_when_deleted  whether a deleted object still answers by its id as if it lived
    most, fewest    how many an account can hold; how many it must keep
    page            how many objects a page of the collection holds
    collection      reads all objects; `detail` reads one (None: it does not exist)
    needs_detail    whether the collection's item is not enough
    cached          what of the detail need not be read again
    decode          a response body of the kind's, as far as it shows fields
    create .. rename  the calls that write; `rename` is also how a holder steps aside
    frees_name      "rename" where stepping aside frees everything unique, else "delete"
    replaces        "aside": the old one steps aside and goes last; "delete": it goes before the new one;
                    "never": nothing makes it anew, neither a flag nor what an earlier run left
    needs           the privileges that a step needs, as the service names them
    refers_to       the kinds that objects of this one may refer to; `uses`: what one refers to, where known
    too_late        what the clock says of a change of a saved plan, by its steps, when it is applied
    impact          what a change does to people, in numbers: a change's `impact` beside what it loses
    recount, rejudge  what to read again when a saved plan is applied, and what is wrong with it then
    fixed_name      a live object's second unique name, which survives a rename; `derived_name` foretells it
    """

    name: str
    section: str
    natural_key: str
    key_limit: int
    fields: tuple[Field, ...]
    collection: Callable[[], Flow[tuple[Live, ...]]]
    detail: Callable[[Live], Flow[Live | None]]
    decode: Callable[[Json], Fields]
    create: Callable[[Intent], Steps]
    update: Callable[[Intent], Steps]
    delete: Callable[[Intent], Steps]
    rename: Callable[[Intent, str], Steps]
    bulk_delete: BulkDelete | None = None
    frees_name: str = "rename"
    replaces: str = "aside"
    answers_when_deleted: bool = False
    page: int = 500
    most: int | None = None
    fewest: int = 0
    unique: tuple[Unique, ...] = ()
    needs_detail: Callable[[Live], bool] = collection_says_all
    cached: Cached | None = None
    check: Callable[[Desired], Iterable[Complaint]] = no_complaints
    stance: Callable[[Subject], Stance] = no_stance
    follow: Callable[[Subject, Fields], Fields] = nothing_follows
    carried: Callable[[Subject, Fields], Fields] = all_else
    adoptable: Callable[[Subject, bool], Diagnostic | None] = always_adoptable
    needs: Callable[[Step], tuple[str, ...]] = needs_nothing
    refers_to: frozenset[str] = frozenset()
    uses: Callable[[Live, Context], Uses] = uses_nothing
    questions: Callable[[tuple[Draft, ...], Context], tuple[Question, ...]] = no_questions
    objections: Callable[[tuple[Draft, ...], Context], tuple[Objection, ...]] = no_objections
    too_late: Callable[[Change, Iterable[Step], Moment], str] = never_too_late
    impact: Callable[[tuple[Draft, ...], Context], Mapping[Address, Mapping[str, Json]]] = no_impact
    recount: Callable[[tuple[Change, ...]], tuple[Question, ...]] = nothing_to_recount
    rejudge: Callable[[tuple[Change, ...], Snapshot], tuple[Diagnostic, ...]] = nothing_to_judge
    loses: Callable[[Subject, tuple[FieldChange, ...], bool], str] = loses_nothing
    undo: Callable[[tuple[FieldChange, ...], Subject], Undo] = reversible
    undo_delete: Undo = Undo.IRREVERSIBLE
    remembered_status: Callable[[Binding], str] = no_status
    fixed_name: Callable[[Live], str] = no_fixed_name
    derived_name: Callable[[Fields], str] = no_fixed_name

    def field(self, name: str) -> Field:
        """The field of that name; KeyError where there is none."""
        for each in self.fields:
            if each.name == name:
                return each
        raise KeyError(name)

    def key_of(self, fields: Fields) -> str:
        """The natural key in the form in which keys match."""
        return same_name(str(fields[self.natural_key]))


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds that were discovered, in a stable order."""

    all: tuple[Kind, ...]

    def __iter__(self) -> Iterator[Kind]:
        return iter(self.all)

    def __getitem__(self, name: str) -> Kind:
        """The kind of an address; KeyError where there is none."""
        for each in self.all:
            if each.name == name:
                return each
        raise KeyError(name)

    def get(self, name: str) -> Kind | None:
        """The kind of that name, or None."""
        return next((each for each in self.all if each.name == name), None)

    def by_section(self) -> Mapping[str, Kind]:
        """Section -> kind."""
        return {each.section: each for each in self.all}


NO_DRAFTS: Final[Mapping[Address, Draft]] = {}


class Context(NamedTuple):
    """What every decision about a plan may look at; `managed` are the remote ids that addresses own.

    `matches` are all of the project; `drafts`, by address, what is to change, once that is decided.
    """

    snapshot: Snapshot
    options: Options
    managed: frozenset[str] = frozenset()
    matches: tuple[Match, ...] = ()
    drafts: Mapping[Address, Draft] = NO_DRAFTS
