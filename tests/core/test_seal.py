"""The seal of a saved plan finds any change of its bytes, and who made it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstate.core.seal import Seal, inspect, sealed

TEXT = '{\n"ccstate_plan": "1",\n"blobs": {"a": "äöü, \\"seal\\": {}"}\n}\n'
KEYS = st.none() | st.binary(min_size=1, max_size=80)


@given(KEYS)
def test_what_was_sealed_is_whole_and_as_authentic_as_can_be_told(key: bytes | None) -> None:
    signed = key is not None
    assert inspect(sealed(TEXT, key).encode(), key) == Seal(True, True, signed, signed or None)


@given(KEYS, st.data())
def test_any_single_byte_that_changes_is_found(key: bytes | None, data: st.DataObject) -> None:
    was = sealed(TEXT, key).encode()
    at = data.draw(st.integers(0, len(was) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != was[at]))
    assert not inspect(was[:at] + bytes([byte]) + was[at + 1 :]).whole


@given(KEYS, st.data())
def test_a_file_that_was_cut_off_or_grew_is_found(key: bytes | None, data: st.DataObject) -> None:
    was = sealed(TEXT, key).encode()
    assert not inspect(was[: data.draw(st.integers(0, len(was) - 1))]).whole
    assert not inspect(was + data.draw(st.binary(min_size=1))).whole


@given(st.binary(min_size=1, max_size=64), st.binary(min_size=1, max_size=64))
def test_a_mended_checksum_does_not_hide_tampering(key: bytes, other: bytes) -> None:
    forged = sealed(TEXT.replace("äöü", "xyz"), other if other.strip(b"\0") != key.strip(b"\0") else b"no")
    found = inspect(forged.encode(), key)
    assert (found.whole, found.authentic) == (True, False)
    kept = json.loads(sealed(TEXT, key))["seal"]["hmac_sha256"]
    swapped = forged.replace(json.loads(forged)["seal"]["hmac_sha256"], kept)
    assert inspect(swapped.encode(), key).authentic is False


def test_without_its_hmac_nothing_is_authentic() -> None:
    assert inspect(sealed(TEXT).encode(), b"key") == Seal(True, True, False, None)


@pytest.mark.parametrize("data", [b"", b"{}", b'{"seal": {}}', TEXT.encode(), b"\xff\x00"])
def test_what_has_no_seal_is_told(data: bytes) -> None:
    assert inspect(data, b"key") == Seal(False)
