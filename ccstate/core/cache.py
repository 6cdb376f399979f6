"""Cache: what reads taught about single objects, so that the next refresh need not ask again. Pure.

A kind says what of an object may be remembered (`Kind.cached`): ids that never change, and fields that are
true as long as the collection shows the same stamp. Nothing here is needed: without it a refresh asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from ccstate.core.instants import parse_instant
from ccstate.core.kind import Kind
from ccstate.core.live import Live
from ccstate.core.values import EMPTY, Fields, Json

FORMAT_VERSION: Final = "1.0"
_RACY: Final = timedelta(seconds=2)


class Entry(NamedTuple):
    """What a read taught about one object; `fields` are true of that name and that stamp alone."""

    natural_key: str = ""
    stamp: str = ""
    fields: Fields = EMPTY
    sub_ids: Mapping[str, str] = EMPTY


class Cache(NamedTuple):
    """All that is remembered of one account: kind -> remote id -> entry."""

    account_id: str = ""
    entries: Mapping[str, Mapping[str, Entry]] = EMPTY

    def of(self, account_id: str) -> Cache:
        """The same cache, or an empty one where it is another account's."""
        return self if self.account_id == account_id else Cache(account_id)

    def to_json(self) -> Json:
        """The form of the file: sorted, so that two equal caches are equal bytes."""
        return {
            "format_version": FORMAT_VERSION,
            "account_id": self.account_id,
            "entries": {
                kind: {each: _to_json(found[each]) for each in sorted(found)}
                for kind, found in sorted(self.entries.items())
                if found
            },
        }

    @classmethod
    def from_json(cls, document: Json) -> Cache:
        """Read the form of the file; an empty cache where it is of another format or damaged."""
        if not isinstance(document, dict) or document.get("format_version") != FORMAT_VERSION:
            return cls()
        account_id, kinds = document.get("account_id"), document.get("entries")
        if not isinstance(account_id, str) or not isinstance(kinds, dict):
            return cls()
        return cls(account_id, {kind: _entries(found) for kind, found in kinds.items()})


def _to_json(entry: Entry) -> Json:
    """Only what there is."""
    return {name: value for name, value in entry._asdict().items() if value}


def _entries(found: Json) -> dict[str, Entry]:
    if not isinstance(found, dict):
        return {}
    read = {remote_id: _entry(each) for remote_id, each in found.items()}
    return {remote_id: each for remote_id, each in read.items() if each is not None}


def _entry(document: Json) -> Entry | None:
    """One entry; None where its shape is not ours."""
    if not isinstance(document, dict) or not set(document) <= set(Entry._fields):
        return None
    entry = Entry(**document)
    texts = (entry.natural_key, entry.stamp, *_values(entry.sub_ids))
    is_sound = isinstance(entry.fields, Mapping) and all(isinstance(each, str) for each in texts)
    return entry if is_sound else None


def _values(value: Json) -> Iterable[Json]:
    return value.values() if isinstance(value, Mapping) else (None,)


def recall(live: Live, kind: Kind, cache: Cache) -> Live:
    """An item of a collection with what is remembered of it, as far as that is still true."""
    entry = cache.entries.get(kind.name, EMPTY).get(live.remote_id)
    if entry is None or kind.cached is None:
        return live
    if entry.sub_ids:
        live = live._replace(sub_ids={**entry.sub_ids, **live.sub_ids})
    fresh = entry.stamp == kind.cached.stamp(live) and entry.natural_key == live.natural_key
    return live.with_fields({**entry.fields, **live.fields}) if entry.fields and fresh else live


def learn(live: Live, kind: Kind, read_at: datetime | None) -> Entry | None:
    """What a whole object teaches, `read_at` being the Date of the answer that brought it.

    As git does with files: what was edited in the two seconds before it was read may be edited again without
    a new stamp, so it is not to be trusted.
    """
    cached = kind.cached
    if cached is None or live.gone:
        return None
    sub_ids = {name: live.sub_ids[name] for name in cached.sub_ids if live.sub_ids.get(name)}
    fields = {name: live.fields[name] for name in cached.fields if name in live.fields}
    stamp = cached.stamp(live)
    if not (fields and stamp and read_at is not None and is_settled(stamp, read_at)):
        return Entry(sub_ids=sub_ids) if sub_ids else None
    return Entry(live.natural_key, stamp, fields, sub_ids)


def is_settled(stamp: str, read_at: datetime) -> bool:
    """Whether an edit is old enough for its stamp to tell it from the next one."""
    try:
        return parse_instant(stamp) + _RACY <= read_at
    except (ValueError, OverflowError):
        return False


def updated(
    cache: Cache, kind: str, learned: Mapping[str, Entry], there: Iterable[str] | None = None
) -> Cache:
    """The cache with what was learned of a kind; without what is not `there`, where that is known."""
    known = {**cache.entries.get(kind, EMPTY), **learned}
    if there is not None:
        ids = set(there) | set(learned)
        known = {remote_id: each for remote_id, each in known.items() if remote_id in ids}
    return cache._replace(entries={**cache.entries, kind: known})
