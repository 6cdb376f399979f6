"""Rights: what a call needs of the token and of its user, to be named where the service says 403.

A missing scope, a missing privilege and a deactivated application look the same from here. What a write needs
is the kind's knowledge and comes with the request; for reads it stands here (API contract, operation by
operation).
"""

from __future__ import annotations

from typing import Final

from ccstate.core.wire import Request

_READS: Final = (
    ("/account/user/privileges", "", ""),
    ("/account", "account_read", "account:read"),
    ("/contact_lists", "contact_data", "contacts:lists:read"),
    ("/segments", "contact_data", "contacts:lists:read"),
    ("/activities", "contact_data", "contacts:write"),
    ("/contact", "contact_data", "contacts:read"),
    ("/emails", "campaign_data", "campaign:read"),
)
"""The beginning of a path, scope, privilege; the first that fits.

Reading and writing share their scope, but for the account's.
"""


def needs(request: Request) -> str:
    """What to see to."""
    scope, read = _found(request.path.removeprefix("/v3"))
    if request.method != "GET" and scope == "account_read":
        scope = "account_update"
    privileges = request.needs or ((read,) if request.method == "GET" and read else ())
    wanted = [f"the token needs the scope {scope}"] if scope else []
    if privileges:
        word = "privilege" if len(privileges) == 1 else "privileges"
        wanted.append(f"its user the {word} {' and '.join(privileges)}")
    else:
        wanted.append("its user the privilege for this call")
    return f"{', '.join(wanted)}, and the application must be active"


def _found(path: str) -> tuple[str, str]:
    return next(((scope, name) for part, scope, name in _READS if path.startswith(part)), ("", ""))
