"""Seal: the last member of a saved plan, by which accidents and tampering are found.

Over the bytes of the file, not over what they mean: a plan is reviewed as it is and applied as it is. The
checksum is of everything before it, so it finds what was cut off or edited; the HMAC, made with a key that
only those know who may make plans, finds what was edited by somebody who mended the checksum too.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final, NamedTuple

_END: Final = "\n}\n"
"""How the text of a document ends."""

_SEAL: Final = re.compile(
    rb',\n"seal": \{"hmac_sha256": (null|"[0-9a-f]{64}"), "sha256": "([0-9a-f]{64})"\}\n\}\n\Z'
)


class Seal(NamedTuple):
    """What the seal of a file says; `authentic` is None where there is no key, or no HMAC, to tell by."""

    found: bool
    whole: bool = False
    signed: bool = False
    authentic: bool | None = None


def sealed(text: str, key: bytes | None = None) -> str:
    """The text of a document with its seal."""
    assert text.endswith(_END), "a document ends with the brace that closes it"
    begun = f'{text[: -len(_END)]},\n"seal": {{"hmac_sha256": '
    begun += "null" if key is None else f'"{_hmac(begun.encode(), key)}"'
    begun += ', "sha256": "'
    return f'{begun}{_sha256(begun.encode())}"}}{_END}'


def inspect(data: bytes, key: bytes | None = None) -> Seal:
    """Look at the seal of a file."""
    found = _SEAL.search(data)
    if found is None:
        return Seal(found=False)
    whole = hmac.compare_digest(_sha256(data[: found.start(2)]).encode(), found[2])
    signed = found[1] != b"null"
    if key is None or not signed:
        return Seal(True, whole, signed)
    authentic = hmac.compare_digest(_hmac(data[: found.start(1)], key).encode(), found[1].strip(b'"'))
    return Seal(True, whole, signed, authentic)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _hmac(data: bytes, key: bytes) -> str:
    return hmac.new(key, data, hashlib.sha256).hexdigest()
