"""Signing in: who may use the account, through which application, and for how long.

    users          the three people of the account and what their roles allow
    applications   what is registered, and what an application that nobody registered may do: everything
    grants         a user's consent, from which tokens come until it is revoked
    tokens, keys   access tokens as signed JWTs, and the key that signs them
    authorize      a person consents in a browser: codes, and the implicit flow
    device         a program asks without a browser; `activate` is the page where a person approves
    token          codes and refresh tokens become access tokens; `partner` has an endpoint of its own
    clients        how an application proves who it is
    callers        from the Authorization header of a call to the one who calls
    control        registering, making and revoking without a browser
    masking        what of all this the request log may hold

Beneath are `forms`, `scopes`, `codes`, `html` and `refusals`: parameters in, pages and errors out.

Reads alone; of the gateway it only needs that its operations are called.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from ccstate.emulator.wire import Operation


@cache
def operations() -> tuple[Operation, ...]:
    """Every operation of every module here that has some; they are found as the collections' are."""
    names = sorted(found.name for found in iter_modules(__path__))
    modules = [import_module(f"{__name__}.{name}") for name in names]
    return tuple(operation for module in modules for operation in getattr(module, "OPERATIONS", ()))
