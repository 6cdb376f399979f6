"""The cache's file: what reads taught, `.ccstate/cache.json`.

Nobody needs it: it may be deleted at any time, is not locked (the last writer wins), and what cannot be read
is as good as not there.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from ccstate.core.cache import Cache
from ccstate.core.diagnostics import Diagnostic, Refused, warning
from ccstate.store.files import read_json, write_atomically


class CacheFile(NamedTuple):
    """Where one project keeps what it read on one target."""

    path: Path

    def load(self) -> Cache:
        """What is remembered; nothing where there is no file, or one that is not ours."""
        if not self.path.exists():
            return Cache()
        try:
            return Cache.from_json(read_json(self.path, "cache"))
        except Refused:
            return Cache()

    def save(self, cache: Cache) -> tuple[Diagnostic, ...]:
        """Write it; a disk that refuses costs reads next time, so it is only told."""
        text = json.dumps(cache.to_json(), ensure_ascii=False, separators=(",", ":")) + "\n"
        try:
            write_atomically(self.path, text)
        except Refused as why:
            hint = "nothing is lost, but the next refresh reads it all again"
            return tuple(warning("cache-not-kept", each.summary, hint=hint) for each in why.diagnostics)
        return ()
