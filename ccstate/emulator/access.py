"""Who may do what: the scope of a token, the privilege of its user, and what an operation needs of both.

The table of operations is the contract's; each collection names its own needs beside its operations. Where
contract and guide disagree about a privilege, both are wanted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ccstate.emulator import errors


@dataclass(frozen=True)
class Access:
    """What an operation needs. None: nothing but a valid token."""

    scope: str | None
    privilege: str | None
    partner: bool = False  # a partner's token and an API key in place of a user's token
    also: str | None = None  # a second privilege
    owner: bool = False  # the user must be the account owner, whatever the privileges
    open: bool = False  # no token at all: how one signs in

    @property
    def privileges(self) -> tuple[str, ...]:
        return tuple(name for name in (self.privilege, self.also) if name is not None)


ANYBODY = Access(None, None)
OPEN = Access(None, None, open=True)
ACCOUNT_READ = Access("account_read", "account:read")
ACCOUNT_UPDATE = Access("account_update", "account:update")
ACCOUNT_OWNER = Access("account_update", "account:update", owner=True)
CONTACTS_READ = Access("contact_data", "contacts:read")
CONTACTS_WRITE = Access("contact_data", "contacts:write")
LISTS_READ = Access("contact_data", "contacts:lists:read")
LISTS_WRITE = Access("contact_data", "contacts:lists:write")
CAMPAIGNS_READ = Access("campaign_data", "campaign:read")
CAMPAIGNS_WRITE = Access("campaign_data", "campaign:write")
CAMPAIGNS_DELETE = Access("campaign_data", "campaign:delete", also="campaign:write")
CAMPAIGNS_SEND = Access("campaign_data", "campaign:send")
CAMPAIGN_METRICS = Access("campaign_data", "ui:campaign:metrics")
CONTACT_METRICS = Access("contact_data", "ui:campaign:metrics")
PARTNER = Access("v3api/general.partner", None, partner=True)

# Every privilege that the contract names, and a few of those that the web interface has besides.
PRIVILEGES = (
    "account:read", "account:update", "contacts:read", "contacts:write", "contacts:lists:read",
    "contacts:lists:write", "campaign:read", "campaign:write", "campaign:create", "campaign:delete",
    "campaign:send", "library:read", "library:write", "ui:campaign:metrics", "customer-journey:read",
    "customer-journey:create", "customer-journey:update",
)  # fmt: skip


@dataclass(frozen=True)
class Caller:
    """Whose token a call carries: the application, and what it and its user may do (None: everything)."""

    client_id: str
    scopes: frozenset[str] | None = None
    privileges: frozenset[str] | None = None
    owner: bool = True  # the user is the account owner
    partner: bool = False  # a partner's token: there is no user behind it
    active: bool = True  # the application was not deactivated
    api_key: str | None = None  # what a call to a partner operation brought as x-api-key

    def may(self, privilege: str) -> bool:
        return self.privileges is None or privilege in self.privileges


EVERYTHING = Caller("emulator")
NOBODY = Caller("", frozenset(), frozenset(), owner=False)  # no token, or one that is not valid


def admit(caller: Caller, access: Access, headers: Mapping[str, str]) -> Caller:
    """Refuse a call whose token does not suffice; answer the caller, with the API key that a partner gave."""
    if access.open:
        return caller
    is_complete = headers.get("authorization") and headers.get("x-api-key")
    if access.partner and not is_complete and caller is not EVERYTHING:
        raise errors.missing_headers("authorization", "x-api-key")
    identify(caller)
    if not caller.active:
        raise errors.access_denied("the application is deactivated")
    if caller.partner and not access.partner:
        raise errors.access_denied("a partner's token opens the partner operations only")
    _check_rights(caller, access)
    return replace(caller, api_key=headers.get("x-api-key")) if access.partner else caller


def identify(caller: Caller) -> None:
    """A missing token is 401 like a wrong one, as the guide says."""
    if caller is NOBODY:
        raise errors.unauthorized()


def _check_rights(caller: Caller, access: Access) -> None:
    if access.scope is not None and caller.scopes is not None and access.scope not in caller.scopes:
        raise errors.access_denied(f"insufficient scope, {access.scope} is needed")
    if caller.privileges is not None and not caller.privileges.issuperset(access.privileges):
        raise errors.access_denied(
            f"insufficient user privileges, {' and '.join(access.privileges)} is needed"
        )
    if access.owner and not caller.owner:
        raise errors.access_denied("insufficient user privileges, the role of Account Owner is needed")
