"""The sorts of backend. An address begins with the scheme of one; nothing is imported of the others."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from ccstate.core.diagnostics import Refused, error
from ccstate.store.backend import Backend

SCHEMES: Final = {
    "s3": "objects",
    "gs": "objects",
    "az": "objects",
    "http": "web",
    "https": "web",
    "postgresql": "postgres",
    "postgres": "postgres",
}
"""Scheme -> the module that serves it."""


@lru_cache(maxsize=8)
def open_backend(address: str, folder: Path) -> Backend:
    """The backend of an address; without one, the project's own folder."""
    if not address:
        from ccstate.store.backends.local import LocalBackend

        return LocalBackend(folder)
    scheme = address.partition("://")[0].lower()
    if scheme not in SCHEMES:
        raise bad_address(address, f"begin it with one of {', '.join(f'{each}://' for each in SCHEMES)}")
    from importlib import import_module

    opener = import_module(f"{__name__}.{SCHEMES[scheme]}").open_at
    backend: Backend = opener(address)
    return backend


def bad_address(address: str, hint: str) -> Refused:
    """The address in ccstate.yaml leads nowhere; what might be a secret in it is not shown."""
    shown = re.sub(r"//[^/]*@", "//***@", re.sub(r"(password=)[^&]*", r"\1***", address))
    return Refused([error("bad-state-address", f"{shown!r} is no address of a state", hint=hint)])


def missing_extra(what: str, extra: str) -> Refused:
    """The package that speaks to this sort of backend is not installed."""
    hint = f"pip install 'ccstate[{extra}]'"
    return Refused([error("extra-missing", f"a state in {what} needs a package that is not here", hint=hint)])
