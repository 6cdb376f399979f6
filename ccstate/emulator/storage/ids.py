"""Identifiers that look like the service's, never repeat, and come out the same under a random seed.

Examples in the documentation show version-1 UUIDs for everything on the contacts side and version-4 UUIDs for
campaigns. Nobody should rely on that, which is a good reason to imitate it.
"""

from __future__ import annotations

import hashlib
import secrets

from ccstate.emulator.storage.clock import Clock
from ccstate.emulator.storage.database import Database

_GREGORIAN = 0x01B21DD213814000  # 100 ns ticks between 1582-10-15, where such UUIDs count from, and 1970
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


class Ids:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def start(self, random_seed: int | None) -> None:
        """Choose the secret from which ids are derived, so that ids of a former account do not come back."""
        secret = secrets.token_hex(8) if random_seed is None else f"seed {random_seed}"
        self._database.remember("id_secret", secret)

    def time_based(self) -> str:
        """A version-1 UUID; the node carries a counter, as the clock may stand still."""
        number, ticks = self._database.count("uuid"), self._clock.now() * 10 + _GREGORIAN
        digest = self._digest("node", 0)
        mask = int.from_bytes(digest[:3], "big")
        sequence = 0x8000 | int.from_bytes(digest[3:5], "big") & 0x3FFF
        low, middle, high = ticks & 0xFFFFFFFF, ticks >> 32 & 0xFFFF, ticks >> 48 & 0x0FFF | 0x1000
        return f"{low:08x}-{middle:04x}-{high:04x}-{sequence:04x}-fa163e{number & 0xFFFFFF ^ mask:06x}"

    def random_based(self) -> str:
        """A version-4 UUID."""
        bits = bytearray(self._digest("random", self._database.count("uuid"))[:16])
        bits[6], bits[8] = bits[6] & 0x0F | 0x40, bits[8] & 0x3F | 0x80
        text = bits.hex()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def token(self, length: int) -> str:
        digest = self._digest("token", self._database.count("token"))
        return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:length])

    def _digest(self, kind: str, number: int) -> bytes:
        secret = self._database.recall("id_secret")
        return hashlib.sha256(f"{secret}/{kind}/{number}".encode()).digest()
