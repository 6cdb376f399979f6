"""An emulator to talk to, and the way to make another one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.emulator.client import Emulated, emulated


@pytest.fixture
def emulator() -> Emulated:
    """A fresh account at a fixed time."""
    return emulated()


@pytest.fixture
def make() -> Callable[..., Emulated]:
    return emulated
