"""Scrubbing: what leaves a request and an answer before they are written down. Pure, and idempotent.

Kept are the address, the method, the body, and the few headers that say what a body is. Names, addresses and
telephone numbers of the account's owner become those of a fresh emulated account, and every e-mail address
becomes one of example.com, the same one for the same address within a cassette.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from ccstate.core.values import Json

HOST: Final = "https://api.cc.email"
KEPT_OF_REQUESTS: Final = ("accept", "content-type")
KEPT_OF_ANSWERS: Final = ("content-type", "date", "location")

OWNER: Final[Mapping[str, str]] = {
    "encoded_account_id": "a07e2m5l8t1r",
    "organization_name": "Example Organisation",
    "organization_phone": "5550100124",
    "contact_phone": "5550100123",
    "first_name": "Olive",
    "last_name": "Owner",
    "website": "http://www.example.com",
    "address_line1": "1 Example Street",
    "address_line2": "Suite 1",
    "address_line3": "Floor 1",
    "city": "Waltham",
    "postal_code": "02451",
}
"""Members that say who the owner is, wherever they stand, and what is written instead."""

_EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_INVENTED: Final = re.compile(r".*@example\.(?:com|org|net)", re.IGNORECASE)


class Recorded(Protocol):
    """A request as vcrpy holds it."""

    uri: str
    headers: Mapping[str, str]
    body: bytes | None


@dataclass
class Scrubber:
    """The hooks of one cassette; `origin` is where it is recorded, without the path.

    While `muted`, calls pass and are not written down.
    """

    origin: str = HOST
    muted: bool = False
    _people: dict[str, str] = field(default_factory=dict)

    def request(self, request: Recorded) -> Recorded | None:
        """The request as it is kept, or None where it is not."""
        if self.muted:
            return None
        request.uri = self._text(request.uri)
        request.headers = {
            name.lower(): value for name, value in request.headers.items() if name.lower() in KEPT_OF_REQUESTS
        }
        request.body = self._body(request.body)
        return request

    def answer(self, answer: dict[str, Any]) -> dict[str, Any] | None:
        """The answer as it is kept; one that only put the call off is not, and the client has asked again."""
        if answer["status"]["code"] == 429:
            return None
        kept = {
            name.lower(): [self._text(each) for each in values]
            for name, values in answer["headers"].items()
            if name.lower() in KEPT_OF_ANSWERS
        }
        return {
            "status": answer["status"],
            "headers": kept,
            "body": {"string": self._body(answer["body"]["string"])},
        }

    def _body(self, content: bytes | None) -> bytes | None:
        """JSON keeps its spelling where nothing had to be scrubbed; what is no JSON is scrubbed as text."""
        if not content:
            return content
        try:
            document = json.loads(content)
        except ValueError:
            return self._text(content.decode("utf-8", "replace")).encode()
        scrubbed = self._json(document)
        if scrubbed == document:
            return content
        return json.dumps(scrubbed, ensure_ascii=False, separators=(",", ":")).encode()

    def _json(self, value: Json) -> Json:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, list):
            return [self._json(each) for each in value]
        if isinstance(value, dict):
            return {key: self._member(key, item) for key, item in value.items()}
        return value

    def _member(self, key: str, value: Json) -> Json:
        return OWNER[key] if value and key in OWNER else self._json(value)

    def _text(self, text: str) -> str:
        return _EMAIL.sub(self._person, self._hosts(text))

    def _hosts(self, text: str) -> str:
        """The place of recording is written as the service's, with and without its scheme."""
        return text.replace(self.origin, HOST).replace(urlsplit(self.origin).netloc, urlsplit(HOST).netloc)

    @property
    def _person(self) -> Callable[[re.Match[str]], str]:
        def person(found: re.Match[str]) -> str:
            address = found[0]
            if _INVENTED.fullmatch(address):
                return address
            number = len(self._people) + 1
            return self._people.setdefault(address.lower(), f"person{number}@example.com")

        return person
