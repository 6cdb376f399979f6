"""The key that signs access tokens: RSA, made when it is first needed, kept as its two primes.

Making it and importing what it takes costs more than everything else that a fresh account does, hence late.
Under a random seed the primes follow from the seed, since runs must be repeatable and no library makes keys
that are; otherwise every account of a process gets the same key.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache, lru_cache
from itertools import count
from math import isqrt
from typing import TYPE_CHECKING, Any

from ccstate.emulator.storage.database import Row
from ccstate.emulator.storage.world import World

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPrivateNumbers

_EXPONENT = 65_537
_BITS = 2_048
_SIEVE = 4_000


def signing_key(world: World) -> tuple[str, RSAPrivateKey]:
    """The key and its id; made now, if there is none yet."""
    with world.db.transaction():
        found = world.db.row("SELECT * FROM signing_keys") or _made(world)
    return found["kid"], _key(found["p"], found["q"])


def known_key(world: World) -> RSAPrivateKey | None:
    """The key, unless nothing was ever signed: then there is nothing to import either."""
    found = world.db.row("SELECT * FROM signing_keys")
    return None if found is None else _key(found["p"], found["q"])


def published(world: World) -> dict[str, Any]:
    """The public half as a JSON Web Key Set."""
    kid, key = signing_key(world)
    modulus = key.public_key().public_numbers().n
    shown = {"kty": "RSA", "alg": "RS256", "kid": kid, "use": "sig", "e": _url(_EXPONENT), "n": _url(modulus)}
    return {"keys": [shown]}


def check(row: dict[str, Any]) -> None:
    """Two primes that someone else wrote down; ValueError if they make no key."""
    p, q = int(row["p"], 16), int(row["q"], 16)
    if (p * q).bit_length() != _BITS:
        raise ValueError(f"a signing key has {_BITS} bits")
    _numbers(p, q).private_key()


def _made(world: World) -> Row:
    seed = world.settings.random_seed
    p, q = _seeded(seed) if seed is not None else _random()
    made = {"kid": _name(p * q), "p": f"{p:x}", "q": f"{q:x}"}
    world.db.insert("signing_keys", **made)
    return made


@lru_cache(maxsize=16)
def _key(p: str, q: str) -> RSAPrivateKey:
    return _numbers(int(p, 16), int(q, 16)).private_key(unsafe_skip_rsa_key_validation=True)


def _numbers(p: int, q: int) -> RSAPrivateNumbers:
    from cryptography.hazmat.primitives.asymmetric import rsa

    d = pow(_EXPONENT, -1, (p - 1) * (q - 1))
    parts = (rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q))
    return rsa.RSAPrivateNumbers(p, q, d, *parts, rsa.RSAPublicNumbers(_EXPONENT, p * q))


@cache
def _random() -> tuple[int, int]:
    from cryptography.hazmat.primitives.asymmetric import rsa

    numbers = rsa.generate_private_key(_EXPONENT, _BITS).private_numbers()
    return numbers.p, numbers.q


@lru_cache(maxsize=16)
def _seeded(seed: int) -> tuple[int, int]:
    return _prime(f"{seed}/p"), _prime(f"{seed}/q")


def _prime(seed: str) -> int:
    """The first prime after a number that follows from the seed; Fermat's test is plenty at this size."""
    digest = b"".join(hashlib.sha512(f"{seed}/{part}".encode()).digest() for part in range(2))
    start = int.from_bytes(digest, "big") | 0b11 << 1022 | 1
    remainders = [(start % small, small) for small in _small_primes()]
    candidates = (
        start + step for step in count(0, 2) if all((rest + step) % small for rest, small in remainders)
    )
    return next(found for found in candidates if pow(3, found - 1, found) == 1 and (found - 1) % _EXPONENT)


@cache
def _small_primes() -> tuple[int, ...]:
    return tuple(n for n in range(3, _SIEVE, 2) if all(n % m for m in range(3, isqrt(n) + 1, 2)))


def _name(modulus: int) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(f"{modulus:x}".encode()).digest()).rstrip(b"=").decode()


def _url(number: int) -> str:
    content = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
