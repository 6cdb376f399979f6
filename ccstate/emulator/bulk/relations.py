"""Contacts on lists and contacts with tags: two tables of one form, changed for many contacts at once.

Works on the contacts that `sources.choose` found. A contact has 50 lists and 50 tags at most, and one that
would have more gets none of the new ones (assumed).
"""

from __future__ import annotations

from dataclasses import dataclass

from ccstate.emulator.storage.clock import SECOND
from ccstate.emulator.storage.database import packed
from ccstate.emulator.storage.world import World

MOST_PER_CONTACT = 50
_TARGETS = "(SELECT value FROM json_each(?))"


@dataclass(frozen=True)
class Relation:
    table: str
    identifier: str
    nouns: str


MEMBERSHIPS = Relation("memberships", "list_id", "lists")
TAGGINGS = Relation("taggings", "tag_id", "tags")


def add_to_chosen(world: World, at: int, relation: Relation, ids: list[str]) -> list[str]:
    """Join everyone chosen with lists or tags. Who has too many already is no longer chosen, and reported."""
    full = _full(world, relation, ids)
    _unchoose(world, [row["contact"] for row in full])
    _touch(world, at, relation, ids, f"< {len(ids)}")
    world.db.run(
        f"INSERT OR IGNORE INTO {relation.table} ({relation.identifier}, contact) "
        "SELECT targets.value, chosen.contact FROM json_each(?) AS targets CROSS JOIN chosen",
        packed(ids),
    )
    problem = f"can have {MOST_PER_CONTACT} {relation.nouns} at most"
    return [f"Contact {row['contact_id']} {problem}" for row in full]


def remove_from_chosen(world: World, at: int, relation: Relation, ids: list[str]) -> None:
    _touch(world, at, relation, ids, "> 0")
    world.db.run(
        f"DELETE FROM {relation.table} WHERE {relation.identifier} IN {_TARGETS} "
        "AND contact IN (SELECT contact FROM chosen)",
        packed(ids),
    )


def unchoose_unsubscribed(world: World) -> list[str]:
    """Who unsubscribed cannot be put on a list, say the activities that import."""
    rows = world.db.rows(
        "SELECT contact, contact_id FROM chosen JOIN contacts USING (contact) WHERE status = 'unsubscribed'"
    )
    _unchoose(world, [row["contact"] for row in rows])
    return [f"Contact {row['contact_id']} is unsubscribed and cannot be added to a list" for row in rows]


def _full(world: World, relation: Relation, ids: list[str]) -> list[dict[str, str]]:
    return world.db.rows(
        "SELECT contact, contact_id FROM chosen JOIN contacts USING (contact) WHERE ("
        f"SELECT count(*) FROM {relation.table} AS had WHERE had.contact = chosen.contact "
        f"AND had.{relation.identifier} NOT IN {_TARGETS}) > ?",
        packed(ids), MOST_PER_CONTACT - len(ids),
    )  # fmt: skip


def _touch(world: World, at: int, relation: Relation, ids: list[str], had: str) -> None:
    """Joining changes a contact, and leaving too: its `updated_at` says so (assumed)."""
    world.db.run(
        "UPDATE contacts SET updated_at = ?, update_source = 'Account' WHERE contact IN ("
        f"SELECT contact FROM chosen WHERE (SELECT count(*) FROM {relation.table} AS had "
        f"WHERE had.contact = chosen.contact AND had.{relation.identifier} IN {_TARGETS}) {had})",
        at // SECOND * SECOND, packed(ids),
    )  # fmt: skip


def _unchoose(world: World, contacts: list[str]) -> None:
    if contacts:
        world.db.run(f"DELETE FROM chosen WHERE contact IN {_TARGETS}", packed(contacts))
