"""Accounts and criteria at random: mostly such that a condition selects some people and not all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from ccstate.emulator.storage.clock import DAY, parse_instant
from tests.emulator.client import NOW
from tests.emulator.populations import CHOICES, FIELDS, Account, Act, Person, Send

AT = parse_instant(NOW)
LISTS, TAGS = ("l-1", "l-2", "l-3"), ("t-1", "t-2")
ACTIVITIES = {"c-1": ["a-1", "a-1b"], "c-2": ["a-2"], "c-3": ["a-3"]}
TEXTS = ("Ann", "ANN", "ann ", "Straße", "STRASSE", "\u00e4", "a\u0308", "n", "an", "true", "")
NUMBERS = ("4", "04", "4.0", "10.50", "$10.5", "1,000", "-3", "0", "4x")
DATES = (
    "2026-05-01", "5/1/2026", "05-02-2026", "2026/4/1", "2026-05-01T10:00:00Z", "2026-04-20T21:15:22Z",
    "2026-04-20", "2026-02-30",
)  # fmt: skip
IDS = (*LISTS, *TAGS, "L-1", *ACTIVITIES, "a-1", "a-1b", "A-2", "a-3", "a-9")
WORDS = (*TEXTS, *NUMBERS, *DATES)

_MIDNIGHT = AT // DAY * DAY
instants = st.integers(-40, 4).flatmap(lambda n: st.sampled_from([AT + n * DAY // 2, _MIDNIGHT + n * DAY]))
scalars = st.sampled_from(WORDS + IDS) | st.integers(-3, 40) | st.floats() | st.booleans() | st.none()
anything = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(WORDS), inner), max_leaves=4
)


def optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy | strategy


def person() -> st.SearchStrategy[Person]:
    texts = optional(st.sampled_from(TEXTS))
    return st.builds(
        Person,
        status=st.sampled_from(["active", "active", "active", "unsubscribed", "deleted"]),
        email_address=optional(st.sampled_from(["ann@example.com", "Bob@Example.org"])),
        first_name=texts,
        birthday_month=optional(st.integers(1, 5)),
        anniversary=optional(st.sampled_from(DATES)),
        created_at=instants,
        addresses=st.lists(st.tuples(texts, texts), max_size=2),
        lists=st.sets(st.sampled_from(LISTS)),
        tags=st.sets(st.sampled_from(TAGS)),
        values=st.fixed_dictionaries(
            {},
            optional={
                "f-text": st.sampled_from(TEXTS),
                "f-number": st.sampled_from(NUMBERS),
                "f-date": st.sampled_from(DATES),
                "f-choices": st.sets(st.sampled_from(sorted(CHOICES)), min_size=1).map(sorted),
            },
        ),
    )


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    """A handful of people, mails that reached some of them, and what came of it, some of it in the future."""
    people = dict(enumerate(draw(st.lists(person(), min_size=3, max_size=5)), 1))
    account = Account(
        people,
        lists=set(LISTS) - draw(st.sets(st.sampled_from(LISTS), max_size=1)),
        tags=set(TAGS) - draw(st.sets(st.sampled_from(TAGS), max_size=1)),
        fields=set(FIELDS) - draw(st.sets(st.sampled_from(sorted(FIELDS)), max_size=1)),
        campaigns={name: ACTIVITIES[name] for name in draw(st.permutations(sorted(ACTIVITIES)))},
    )
    contacts, got = st.sampled_from(sorted(people)), set()
    mails = [(name, activity) for name, activities in account.campaigns.items() for activity in activities]
    for (name, activity), at in draw(
        st.lists(st.tuples(st.sampled_from(mails), instants), min_size=2, max_size=7)
    ):
        to = [contact for contact in draw(st.sets(contacts)) if (activity, contact) not in got]
        got |= {(activity, contact) for contact in to}
        account.sends.append(Send(name, activity, at, to))
    kinds = st.sampled_from(["open", "open", "open", "click", "bounce", "optout", "forward"])
    activities = st.sampled_from([activity for _, activity in mails])
    acts = st.builds(Act, activities, contacts, kinds, instants)
    account.acts = draw(st.lists(acts, min_size=3, max_size=12))
    return account


def condition(
    source: str, fields: Sequence[str], ops: Sequence[str], value: st.SearchStrategy[Any], **more: Any
) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {
            "source": st.just(source),
            "field": st.sampled_from(fields),
            "op": st.sampled_from(ops),
            "value": value,
        },
        **more,
    )


def some(words: Sequence[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from(words) | st.lists(st.sampled_from(words), min_size=1, max_size=3)


def pair(words: Sequence[Any]) -> st.SearchStrategy[Any]:
    return st.lists(st.sampled_from(words), min_size=2, max_size=2)


_EQUAL = ("eq", "neq", "in", "contains-any", "contains_all", "not-contains-any")
_PARTS = ("contains", "not-contains", "starts-with", "ends-with")
_EMPTY = ("is-empty", "NOT-EMPTY")
_ORDER = ("lt", "lte", "gt", "GTE", "eq", "neq")
_DAYS = ("in-last-n-days", "not-in-last-n-days")
_TEXT_FIELDS = ("first_name", "City", "state", "email_address", "email_domain", "f-text")
_CHOICE_FIELDS = ("f-choices", "custom_field_id:f-choices")
_NUMBER_FIELDS = ("birthday_month", "custom_field_id:f-number", "f-number")
_DATE_FIELDS = ("anniversary", "created_at", "custom_field_id:f-date")
_LIST_FIELDS, _TAG_FIELDS = ("list_membership", "list_id"), ("tag_id", "tags")
_ALL_FIELDS = (
    *_TEXT_FIELDS,
    *_CHOICE_FIELDS,
    *_NUMBER_FIELDS,
    *_DATE_FIELDS,
    *_LIST_FIELDS,
    *_TAG_FIELDS,
    "shoe_size",
)
_ALL_OPS = (*_EQUAL, *_PARTS, *_EMPTY, *_ORDER, *_DAYS, "between", "sounds-like")

described = st.one_of(
    condition("contact", _TEXT_FIELDS, (*_EQUAL, *_PARTS, *_EMPTY), some(TEXTS)),
    condition(
        "contact", _CHOICE_FIELDS, (*_EQUAL, *_EQUAL, *_PARTS, *_EMPTY), some(["gold", "Silver", "1", 2, "3"])
    ),
    condition("contact", _NUMBER_FIELDS, (*_EQUAL, *_ORDER), some((*NUMBERS, 3, 4, 10.5))),
    condition("contact", (*_NUMBER_FIELDS, "f-text"), ("between",), pair((*NUMBERS, 2, 4))),
    condition("contact", _DATE_FIELDS, (*_EQUAL, *_ORDER), some(DATES)),
    condition("contact", (*_DATE_FIELDS, "f-text"), ("between",), pair(DATES)),
    condition("contact", _DATE_FIELDS, _DAYS, st.integers(0, 20) | st.just("7")),
    condition("list_membership", _LIST_FIELDS, (*_EQUAL, *_EMPTY), some((*LISTS, "L-1"))),
    condition("tags", _TAG_FIELDS, (*_EQUAL, *_EMPTY), some(TAGS)),
    condition("contact", _ALL_FIELDS, _ALL_OPS, anything),
    condition(
        "contact", _ALL_FIELDS, _ALL_OPS, anything,
        optional={"param": scalars, "const_value": st.just("last-n-days")},
    ),
    condition("tags", _ALL_FIELDS, _ALL_OPS, anything),
)  # fmt: skip

_ACTS = (
    "opened", "not_opened", "not_opened", "clicked", "not_clicked", "sent", "not_sent", "bounced",
    "not_bounced", "optout", "Not_Optout", "forwarded", "smelled",
)  # fmt: skip
_OPS = ("contains-any", "contains-any", "contains_all", "between")
_NAMED = (*ACTIVITIES, "a-1", "a-1b", "A-2", "a-3", "a-9")
_WINDOW = {
    "const_value": st.sampled_from(["last-n-campaigns", "last-n-days", "last-n-moons"]),
    "param": st.integers(0, 20) | st.sampled_from(["1", "2", "03", "7", "x"]),
}
tracked = st.one_of(
    st.fixed_dictionaries(
        {
            "source": st.just("tracking"),
            "field": st.sampled_from(_ACTS),
            "op": st.sampled_from(_OPS),
            **_WINDOW,
        }
    ),
    condition("tracking", _ACTS, _OPS, some(_NAMED)),
    condition("tracking", _ACTS, ("between",), pair(DATES)),
    condition("tracking", _ACTS, (*_OPS, "eq"), anything, optional=_WINDOW),
)
leaves = described | tracked


def groups(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {"type": st.just("or"), "group": st.lists(inner, min_size=2, max_size=5)}
    ) | (st.fixed_dictionaries({"type": st.just("and"), "group": st.lists(inner, min_size=1, max_size=2)}))


documents = st.lists(groups(st.recursive(leaves, groups, max_leaves=6)), min_size=1, max_size=2).map(
    lambda members: {"version": "1.0.0", "criteria": {"type": "and", "group": members}}
)
texts = st.text(st.characters(exclude_categories=["Cs"]))
strange = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts | st.sampled_from(WORDS),
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner) | groups(inner),
    max_leaves=20,
)
