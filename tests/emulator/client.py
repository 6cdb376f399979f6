"""A hand for the tests: the emulator through a public client only, httpx over ASGI, without a port."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx

from ccstate.emulator import Settings, Switches, create_app

TOKEN = "emulator-token"
NOW = "2026-05-04T09:15:22Z"
HTML = "<html><body>[[trackingImage]]<p>Hello</p></body></html>"


class Emulated:
    """A synchronous hand for an app: `call` for one answer, `together` for many at once."""

    def __init__(self, app: Any, token: str | None = TOKEN) -> None:
        self.app = app
        self.headers = {"Authorization": f"Bearer {token}"} if token is not None else {}

    def call(self, method: str, path: str, json: Any = None, **options: Any) -> httpx.Response:
        return self.together([(method, path, json)], **options)[0]

    def together(self, calls: Sequence[tuple[str, str, Any]], **options: Any) -> list[httpx.Response]:
        async def run() -> list[httpx.Response]:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://emulator.test") as client:
                sent = [
                    client.request(method, path, **self._options(body, options))
                    for method, path, body in calls
                ]
                return await asyncio.gather(*sent)

        return asyncio.run(run())

    def get(self, path: str, **options: Any) -> Any:
        answer = self.call("GET", path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return self.call("POST", path, body, **options)

    def put(self, path: str, body: Any) -> httpx.Response:
        return self.call("PUT", path, body)

    def patch(self, path: str, body: Any) -> httpx.Response:
        return self.call("PATCH", path, body)

    def delete(self, path: str) -> httpx.Response:
        return self.call("DELETE", path)

    def control(self, name: str, body: Any = None) -> Any:
        answer = self.call("GET" if body is None else "POST", f"/_control/{name}", body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def advance(self, duration: str) -> Any:
        return self.control("clock", {"advance": duration})

    def all(self, path: str, section: str) -> list[Any]:
        """Every element of a collection, following the links."""
        found: list[Any] = []
        href: str | None = path
        while href:
            page = self.get(href)
            found += page[section]
            href = page.get("_links", {}).get("next", {}).get("href")
        return found

    def list(self, name: str = "Newsletter", **more: Any) -> str:
        return str(self.post("/v3/contact_lists", {"name": name, **more}).json()["list_id"])

    def campaign(self, name: str = "May news", **more: Any) -> tuple[str, str]:
        """A new draft: the ids of the campaign and of its primary activity."""
        answer = self.post("/v3/emails", campaign_body(name, **more))
        assert answer.status_code == 200, answer.text
        created = answer.json()
        return created["campaign_id"], created["campaign_activities"][0]["campaign_activity_id"]

    def ready(self, name: str = "May news", members: int = 3) -> tuple[str, str]:
        """A draft with an audience: everything that a schedule needs."""
        list_id = self.list(f"List of {name}")
        self.control("contacts", {"count": members, "lists": [list_id]})
        campaign_id, activity_id = self.campaign(name)
        answer = self.put(f"/v3/emails/activities/{activity_id}", activity_body(contact_list_ids=[list_id]))
        assert answer.status_code == 200, answer.text
        return campaign_id, activity_id

    def schedule(self, activity_id: str, date: Any) -> httpx.Response:
        return self.post(f"/v3/emails/activities/{activity_id}/schedules", {"scheduled_date": date})

    def status(self, campaign_id: str) -> str:
        return str(self.get(f"/v3/emails/{campaign_id}")["current_status"])

    def _options(self, body: Any, options: dict[str, Any]) -> dict[str, Any]:
        sent: dict[str, Any] = {"headers": self.headers | options.get("headers", {})}
        if isinstance(body, bytes):
            sent["content"] = body
            sent["headers"] = {"Content-Type": "application/json"} | sent["headers"]
        elif body is not None:
            sent["json"] = body
        return sent


def activity_body(**more: Any) -> dict[str, Any]:
    return {
        "from_name": "Olive Owner",
        "from_email": "owner@example.com",
        "reply_to_email": "owner@example.com",
        "subject": "Hello May",
        **more,
    }


def campaign_body(name: str = "May news", **more: Any) -> dict[str, Any]:
    activity = activity_body(**{"format_type": 5, "html_content": HTML, **more})
    return {"name": name, "email_campaign_activities": [activity]}


def criteria(param: Any = "5") -> str:
    return (
        '{"version":"1.0.0","criteria":{"type":"and","group":[{"source":"tracking","field":"not_opened",'
        f'"op":"contains-any","const_value":"last-n-campaigns","param":"{param}"}}]}}}}'
    )


def emulated(switches: Switches | None = None, **settings: Any) -> Emulated:
    settings = {"clock": NOW, "random_seed": 7, "switches": switches or Switches(), **settings}
    return Emulated(create_app(Settings(**settings)))
