"""A mail as a reader sees it: merge tags filled in, a personal message before it, the footer after it.

The footer is the service's own and cannot be left out: who sends it, from where, and how to unsubscribe.
Which tags exist is in the knowledge base; those of the unsubscribe links are observed spellings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from ccstate.emulator.places import COUNTRIES, STATES
from ccstate.emulator.storage.world import World

_MERGE_TAG = re.compile(r'\[\[\s*([A-Za-z][\w.]*)(?:\s+OR\s+"([^"]*)")?\s*\]\]', re.IGNORECASE)
_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)
_BODY_START = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
_WITHOUT_VALUE = ("middlename", "prefix", "department", "jobtitle", "mobilephone", "birthday", "anniversary")
_LINES = ("address_line1", "address_line2", "address_line3", "address_optional")


def filled(text: str, values: Mapping[str, str], spell: Callable[[str], str] = escape) -> str:
    """The merge tags of a text filled in. An empty value gives way to the fallback; unknown tags stay."""

    def fill(match: re.Match[str]) -> str:
        known = values.get(match[1].lower())
        if known:
            return spell(known)
        return match[2] if match[2] is not None else match[0] if known is None else ""

    return _MERGE_TAG.sub(fill, text)


def owners_values(world: World, row: Mapping[str, Any]) -> dict[str, str]:
    """What every tag says to the owner of the account, by its name in lower case."""
    account, address = world.account(), world.physical_address() or {}
    place = {name: str(address.get(name) or "") for name in (*_LINES, "city", "postal_code")}
    state, country = _state(address), COUNTRIES.get(_upper(address, "country_code"), "")
    values = {
        "firstname": account.get("first_name", ""),
        "lastname": account.get("last_name", ""),
        "emailaddress": account.get("contact_email", ""),
        "companyname": account.get("organization_name", ""),
        "homephone": account.get("contact_phone", ""),
        "workphone": account.get("organization_phone", ""),
        **_address_values(place, state, country),
        **dict.fromkeys(_WITHOUT_VALUE, ""),
        "trackingimage": "",
        "viewaswebpage": row["permalink_url"] or "",
        **dict.fromkeys(("unsubscribe", "unsubscribelink"), "#unsubscribe"),
        "updatelink": "#update-profile",
        "aboutctctlink": "#data-notice",
        **_account_values(account, address, place, state, country),
    }
    return values | _contact_values(world, values["emailaddress"])


def _address_values(place: Mapping[str, str], state: str, country: str) -> dict[str, str]:
    lines = {f"addressline{n}": place[f"address_line{n}"] for n in (1, 2, 3)}
    return lines | {
        "city": place["city"],
        "statename": state,
        "postalcode": place["postal_code"],
        "country": country,
    }


def _account_values(
    account: Mapping[str, Any],
    address: Mapping[str, Any],
    place: Mapping[str, str],
    state: str,
    country: str,
) -> dict[str, str]:
    names = f"{account.get('first_name', '')} {account.get('last_name', '')}".strip()
    values = {
        "organizationname": account.get("organization_name", ""),
        "siteurl": account.get("website", ""),
        "logourl": "",
        **_address_values(place, state, country),
        "state": state,
        "usstate": _upper(address, "state_code"),
        "countrycode": _upper(address, "country_code"),
        "signaturename": names,
        "signatureemail": account.get("contact_email", ""),
        "signatureimageurl": "",
    }
    return {f"account.{name}": str(value) for name, value in values.items()}


def _contact_values(world: World, address: str) -> dict[str, str]:
    """Where the owner is a contact too: what is written there, and the custom fields, empty ones included."""
    fields = {f"custom.{row['name'].lower()}": "" for row in world.db.rows("SELECT name FROM custom_fields")}
    contact = world.db.row("SELECT * FROM contacts WHERE email_key = ?", address.casefold())
    if contact is None:
        return fields
    own = world.db.rows(
        "SELECT name, value FROM field_values JOIN custom_fields USING (custom_field_id) WHERE contact = ?",
        contact["contact"],
    )
    named = {
        "firstname": "first_name", "lastname": "last_name", "jobtitle": "job_title",
        "companyname": "company_name", "anniversary": "anniversary",
    }  # fmt: skip
    written = {tag: contact[column] for tag, column in named.items() if contact[column]}
    return fields | {f"custom.{row['name'].lower()}": row["value"] for row in own} | written


def with_footer(world: World, row: Mapping[str, Any], footer: Mapping[str, Any] | None, text: str) -> str:
    """The service's footer before the end of the body: the activity's address, else the account's."""
    account = world.account()
    address = footer if footer is not None else world.physical_address() or {}
    organisation = address.get("organization_name") or account.get("organization_name", "")
    where = " | ".join(escape(part) for part in (str(organisation), *_address_parts(address)) if part)
    added = (
        f'<div class="footer" style="text-align:center;font-size:11px"><p>{where}</p><p>'
        '<a href="#unsubscribe">Unsubscribe</a> | <a href="#update-profile">Update Profile</a> | '
        '<a href="#data-notice">Constant Contact Data Notice</a></p>'
        f"<p>Sent by {escape(row['from_email'])}</p></div>"
    )
    end = _last(_BODY_END, text)
    return f"{text[:end]}{added}{text[end:]}"


def with_message(text: str, message: str | None) -> str:
    """A personal message before the content of a test mail."""
    if not message:
        return text
    start = _BODY_START.search(text)
    place = start.end() if start is not None else 0
    return f"{text[:place]}<p>{escape(message)}</p>{text[place:]}"


def _address_parts(address: Mapping[str, Any]) -> list[str]:
    region = address.get("state_code") or address.get("state_non_us_name") or address.get("state_name") or ""
    town = ", ".join(
        part for part in (address.get("city"), f"{region} {address.get('postal_code') or ''}".strip()) if part
    )
    country = _upper(address, "country_code")
    lines = [str(address.get(name) or "") for name in _LINES]
    return [*lines, town, COUNTRIES.get(country, country)]


def _state(address: Mapping[str, Any]) -> str:
    code = _upper(address, "state_code")
    if _upper(address, "country_code") == "US" and code in STATES:
        return STATES[code][0]
    return str(address.get("state_name") or code)


def _upper(address: Mapping[str, Any], name: str) -> str:
    return str(address.get(name) or "").upper()


def _last(pattern: re.Pattern[str], text: str) -> int:
    found = [match.start() for match in pattern.finditer(text)]
    return found[-1] if found else len(text)
