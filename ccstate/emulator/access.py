"""Who may do what: the scope of a token, the privilege of its user, and what an operation needs of both.

The table of operations is the contract's; each collection names its own needs beside its operations.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Access:
    """What an operation needs. None: nothing but a valid token."""

    scope: str | None
    privilege: str | None
    partner: bool = False  # a partner's token and an API key in place of a user's token


ANYBODY = Access(None, None)
ACCOUNT_READ = Access("account_read", "account:read")
ACCOUNT_UPDATE = Access("account_update", "account:update")
CONTACTS_READ = Access("contact_data", "contacts:read")
CONTACTS_WRITE = Access("contact_data", "contacts:write")
LISTS_READ = Access("contact_data", "contacts:lists:read")
LISTS_WRITE = Access("contact_data", "contacts:lists:write")
CAMPAIGNS_READ = Access("campaign_data", "campaign:read")
CAMPAIGNS_WRITE = Access("campaign_data", "campaign:write")
CAMPAIGNS_DELETE = Access("campaign_data", "campaign:delete")
CAMPAIGNS_SEND = Access("campaign_data", "campaign:send")
CAMPAIGN_METRICS = Access("campaign_data", "ui:campaign:metrics")
CONTACT_METRICS = Access("contact_data", "ui:campaign:metrics")
PARTNER = Access("v3api/general.partner", None, partner=True)


@dataclass(frozen=True)
class Caller:
    """Whose token a call carries: the application, and what it and its user may do (None: everything)."""

    client_id: str
    scopes: frozenset[str] | None = None
    privileges: frozenset[str] | None = None


EVERYTHING = Caller("emulator")
