"""Whom a bulk activity concerns: read from its body, and looked up when the activity is processed.

A source is named in one of several ways that exclude each other; which of them an activity knows, it says
itself. The contract's schemas allow no element at all in several of these arrays; its prose, which we follow,
allows 500 contacts and 50 lists or tags.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ccstate.emulator import names
from ccstate.emulator.bulk.jobs import CannotRun, Counts
from ccstate.emulator.checks import Checks
from ccstate.emulator.segments import evaluation
from ccstate.emulator.storage.clock import DAY
from ccstate.emulator.storage.database import packed
from ccstate.emulator.storage.world import World

MOST = {"contact_ids": 500, "list_ids": 50, "tag_ids": 50}
NEW_FOR = 30 * DAY  # a new subscriber, says the contract
ENGAGEMENT_WINDOW = 90 * DAY  # which mails count for the level is documented nowhere
_WITH_EXCEPTIONS = ("all_active_contacts", "list_ids")
_LEVELS = {  # of the mails that a contact got, the share that was opened or clicked (assumed)
    "high": "2 * count(did.contact) >= count(*)",
    "medium": "count(did.contact) > 0 AND 2 * count(did.contact) < count(*)",
    "low": "count(did.contact) = 0",
}
_SYNONYMS = {"most": "high", "somewhat": "medium", "least": "low"}  # as automations spell them
STATUSES = {
    "active": "status = 'active'",
    "unsubscribed": "status = 'unsubscribed'",
    "removed": "status = 'deleted'",
}
_FLAGS = ("all_active_contacts", "new_subscriber")
_WORDS = (*MOST, *_FLAGS, "segment_id", "engagement_level")

CHOSEN = "SELECT contact FROM chosen"
Source = Mapping[str, Any]


@dataclass(frozen=True)
class Choice:
    """How many contacts were meant, how many of them are there, and what is not."""

    total: int
    found: int
    errors: list[str]


Query = tuple[str, list[Any]]


def ids(checks: Checks, name: str, most: int | None = None) -> list[str]:
    """An array of UUIDs, each of them once."""
    items = checks.items(name, str, most=MOST.get(name) if most is None else most)
    if not all(names.is_uuid(item) for item in items):
        checks.problem(f"{name} does not have a valid value: UUIDs are wanted")
        return []
    return list(dict.fromkeys(item.lower() for item in items))


def required_ids(checks: Checks, name: str, most: int | None = None) -> list[str]:
    before = len(checks.problems)
    found = ids(checks, name, most)
    if not found and len(checks.problems) == before:
        checks.problem(f"{name} is missing")
    return found


def read(checks: Checks, allowed: Sequence[str]) -> dict[str, Any]:
    """`source` and `exclude` of a body: exactly one way to say who is meant."""
    document = checks.object("source")
    if document is None:
        checks.problem("source is missing")
        return {}
    inner = Checks(checks.call, document, "source.")
    inner.only(allowed)
    given = {name: value for name in _WORDS if (value := value_of(inner, name)) not in (None, [], False)}
    for name in sorted(set(given) - set(allowed)):
        inner.problem(f"{name} is no source here (of {', '.join(allowed)})")
    if not inner.problems and len(given) != 1:
        inner.problem(f"exactly one of {', '.join(allowed)} is wanted")
    excluded = read_exclude(checks)
    if excluded and not set(given) <= set(_WITH_EXCEPTIONS):
        checks.problem("exclude is only for all_active_contacts and list_ids")
    checks.problems += inner.problems
    return given | ({"exclude": excluded} if excluded else {})


def read_exclude(checks: Checks, most: int | None = None) -> list[str]:
    exclude = Checks(checks.call, checks.object("exclude") or {}, "exclude.")
    exclude.only(("contact_ids",))
    contact_ids = ids(exclude, "contact_ids", most if most is not None else 2**31)
    checks.problems += exclude.problems
    return contact_ids


def value_of(checks: Checks, name: str) -> Any:
    if name in MOST:
        return ids(checks, name)
    if name in _FLAGS:
        return checks.boolean(name)
    if name == "segment_id":
        return checks.integer(name, least=1)
    level = (checks.text(name) or "").lower()
    level = _SYNONYMS.get(level, level)
    if level and level not in _LEVELS:
        checks.problem(f"{name} does not have a valid value (of {', '.join(_LEVELS)})")
    return level or None


def choose(world: World, at: int, source: Source) -> Choice:
    """Put the contacts that are meant into the table `chosen`. What is not there is reported (assumed)."""
    world.db.run("CREATE TEMP TABLE IF NOT EXISTS chosen (contact INTEGER PRIMARY KEY)")
    world.db.run("DELETE FROM chosen")
    if "segment_id" in source and _criteria(world, source["segment_id"]) is None:
        raise CannotRun(f"Segment {source['segment_id']} was not found")
    sql, values = selection(world, at, source)
    found = world.db.run(f"INSERT INTO chosen {sql}", *values)
    errors = _missing(world, source)
    return Choice(found + (len(errors) if "contact_ids" in source else 0), found, errors)


def measure(world: World, at: int, source: Source) -> int:
    """How many contacts are meant; where they are named one by one, those that are not there count too."""
    if "contact_ids" in source:
        return len(source["contact_ids"])
    sql, values = selection(world, at, source)
    count: int = world.db.value(f"SELECT count(*) FROM ({sql})", *values)
    return count


def counts(total: int, completed: int = 0) -> Counts:
    return {"items_total_count": total, "items_completed_count": completed}


def selection(world: World, at: int, source: Source) -> Query:
    """A query for the numbers of the contacts that a source means, each once."""
    conditions, values = [_alive(source)], []
    for name, condition in _CONDITIONS.items():
        if name in source:
            sql, more = condition(world, at, source[name])
            conditions.append(sql)
            values += more
    return f"SELECT contact FROM contacts WHERE {' AND '.join(conditions)}", values


def _alive(source: Source) -> str:
    return "1" if source.get("status") == "removed" else "deleted_at IS NULL"


def known(
    world: World, name: str, ids: list[str], *, deleted_too: bool = False
) -> tuple[list[str], list[str]]:
    """Those of some ids that are there, and what to say of the others."""
    identifier, table, alive, noun = _THERE[name]
    condition = "1" if deleted_too else alive
    sql = f"SELECT {identifier} FROM {table} WHERE {condition} AND {identifier} IN {_AMONG}"
    found = {row[identifier] for row in world.db.rows(sql, packed(ids))}
    unknown = [f"{noun} {each} was not found" for each in ids if each not in found]
    return [each for each in ids if each in found], unknown


def _missing(world: World, source: Source) -> list[str]:
    deleted_too = source.get("status") == "removed"
    return [
        error
        for name in _THERE
        for error in known(
            world, name, source.get(name, []), deleted_too=deleted_too and name == "contact_ids"
        )[1]
    ]


_THERE = {
    "contact_ids": ("contact_id", "contacts", "deleted_at IS NULL", "Contact"),
    "list_ids": ("list_id", "lists", "deleted_at IS NULL", "List"),
    "tag_ids": ("tag_id", "tags", "1", "Tag"),
}
_AMONG = "(SELECT value FROM json_each(?))"


def _contacts(world: World, at: int, contact_ids: list[str]) -> Query:  # noqa: ARG001 - the form they share
    return f"contact_id IN {_AMONG}", [packed(contact_ids)]


def _members(world: World, at: int, list_ids: list[str]) -> Query:  # noqa: ARG001
    return f"contact IN (SELECT contact FROM memberships WHERE list_id IN {_AMONG})", [packed(list_ids)]


def _tagged(world: World, at: int, tag_ids: list[str]) -> Query:  # noqa: ARG001
    return f"contact IN (SELECT contact FROM taggings WHERE tag_id IN {_AMONG})", [packed(tag_ids)]


def _active(world: World, at: int, wanted: bool) -> Query:  # noqa: ARG001
    return "status = 'active'", []


def _new(world: World, at: int, wanted: bool) -> Query:  # noqa: ARG001
    return "status = 'active' AND coalesce(opt_in_date, email_created_at, created_at) > ?", [at - NEW_FOR]


def _engaged(world: World, at: int, level: str) -> Query:  # noqa: ARG001
    return (
        "status = 'active' AND contact IN (SELECT got.contact FROM deliveries AS got LEFT JOIN ("
        "SELECT DISTINCT campaign_activity_id, contact FROM engagements "
        "WHERE kind IN ('open', 'click') AND at <= ?) AS did USING (campaign_activity_id, contact) "
        f"WHERE got.at > ? AND got.at <= ? GROUP BY got.contact HAVING {_LEVELS[level]})",
        [at, at - ENGAGEMENT_WINDOW, at],
    )


def _segment(world: World, at: int, segment_id: int) -> Query:
    """Evaluated when the activity is processed, says the guide."""
    criteria = _criteria(world, segment_id)
    if criteria is None:
        return "0", []
    sql, values = evaluation.selection(world, at, criteria)
    return f"contact IN ({sql})", values


def _criteria(world: World, segment_id: int) -> str | None:
    sql = "SELECT criteria FROM segments WHERE segment_id = ? AND deleted_at IS NULL"
    criteria: str | None = world.db.value(sql, segment_id)
    return criteria


def _of_status(world: World, at: int, status: str) -> Query:  # noqa: ARG001
    return STATUSES[status], []


def _besides(world: World, at: int, contact_ids: list[str]) -> Query:  # noqa: ARG001
    return f"contact_id NOT IN {_AMONG}", [packed(contact_ids)]


_CONDITIONS: dict[str, Callable[[World, int, Any], Query]] = {
    "contact_ids": _contacts,
    "list_ids": _members,
    "tag_ids": _tagged,
    "all_active_contacts": _active,
    "new_subscriber": _new,
    "engagement_level": _engaged,
    "segment_id": _segment,
    "status": _of_status,
    "exclude": _besides,
}
