"""The people of the account: an owner, a manager and a campaign creator, there from the start.

The guide's roles. Owner and manager may do everything; a creator makes campaigns and sees lists. Whether a
creator may also send and delete nobody documents: not, unless the switch says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ccstate.emulator.switches import Switches

OWNER, MANAGER, CREATOR = "owner", "manager", "creator"
_CREATORS = frozenset((
    "campaign:create", "campaign:read", "campaign:write", "contacts:lists:read", "library:read",
    "library:write",
))  # fmt: skip
_CREATORS_SENDING = _CREATORS | {"campaign:send", "campaign:delete"}


@dataclass(frozen=True)
class User:
    user_id: str
    role: str
    name: str
    title: str

    @property
    def email_address(self) -> str:
        return f"{self.role}@example.com"

    def privileges(self, switches: Switches) -> frozenset[str] | None:
        """None: everything."""
        if self.role != CREATOR:
            return None
        return _CREATORS_SENDING if switches.creators_may_send else _CREATORS


USERS = (
    User("00u1emulat0rowner001", OWNER, "Olive Owner", "Account Owner"),
    User("00u1emulat0rmanag002", MANAGER, "Manu Manager", "Account Manager"),
    User("00u1emulat0rcreat003", CREATOR, "Cleo Creator", "Campaign Creator"),
)
_BY_WORD = {word: user for user in USERS for word in (user.role, user.email_address, user.user_id)}


def find(word: str) -> User | None:
    """By role, email address or id."""
    return _BY_WORD.get(word.strip().casefold())


def chosen(sent: Mapping[str, str]) -> User:
    """Whom a form means; LookupError if it names nobody."""
    user = find(sent["user"]) if "user" in sent else hinted(sent.get("login_hint"))
    if user is None:
        raise LookupError(f"The user must be one of {', '.join(user.role for user in USERS)}")
    return user


def hinted(word: str | None) -> User:
    """Whom a login hint means; one that names nobody here is the owner, as is none."""
    return find(word or "") or USERS[0]
