"""The scopes that a request asks for."""

from __future__ import annotations

from collections.abc import Mapping

from ccstate.emulator.oauth.applications import USER_SCOPES, Application


class BadScope(ValueError):
    """Scopes that cannot be granted; the message may be sent back."""


def words(form: Mapping[str, str]) -> tuple[str, ...]:
    """Separated by blanks, or by a plus that was encoded once too often: clients do both."""
    return tuple(dict.fromkeys(form.get("scope", "").replace("+", " ").split()))


def requested(form: Mapping[str, str], application: Application) -> tuple[str, ...]:
    wanted = words(form)
    if not wanted:
        raise BadScope("scope is missing")
    if not set(wanted) <= set(USER_SCOPES):
        raise BadScope(f"A scope is unknown; known are {', '.join(USER_SCOPES)}")
    lacking = application.lacks(wanted)
    if lacking:
        raise BadScope(f"The client may not ask for {', '.join(lacking)}")
    return wanted
