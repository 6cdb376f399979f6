"""A technology partner's hand for the tests: client accounts, and calls on behalf of them."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.emulator.client import Emulated, emulated

ACCOUNTS = "/v3/partner/accounts"
HOOKS = "/v3/partner/webhooks/subscriptions"


class Partner(Emulated):
    """Sends the API key that partner operations want beside a token."""

    def __init__(self, emulator: Emulated) -> None:
        super().__init__(emulator.app)
        self.headers["x-api-key"] = "emulator"

    def client(self, login_name: str = "riverbend", **more: Any) -> str:
        """A new client account: its id."""
        answer = self.post(ACCOUNTS, provision(login_name, **more))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["encoded_account_id"])

    def listed(self) -> dict[str, Any]:
        """The client accounts by their login names."""
        return {found["site_owner_name"]: found for found in self.all(ACCOUNTS, "site_owner_list")}

    def plan(self, account_id: str) -> Any:
        return self.get(f"{ACCOUNTS}/{account_id}/plan")

    def set_plan(self, account_id: str, **body: Any) -> httpx.Response:
        return self.put(f"{ACCOUNTS}/{account_id}/plan", body)

    def pay(self, account_id: str) -> None:
        answer = self.set_plan(account_id, plan_type="GOLD", billing_day_of_month=4)
        assert answer.status_code == 200, answer.text

    def cancel(self, account_id: str, body: Any = None) -> httpx.Response:
        return self.put(f"{ACCOUNTS}/{account_id}/status/cancel", body)

    def sync(
        self, account_id: str, method: str, url: str, payload: Any = None, **more: Any
    ) -> httpx.Response:
        """One call on behalf of a client; `query`, `path` and `header` are its parameters."""
        body: dict[str, Any] = {"account_operation_url": url, "account_operation_method": method}
        if payload is not None:
            body["account_operation_payload"] = payload if isinstance(payload, str) else json.dumps(payload)
        for name, part, prefix in (
            ("query", "query_parameters", "query_param"),
            ("path", "path_parameters", "path_param"),
            ("header", "headers", "header"),
        ):
            if name in more:
                body[f"account_operation_{part}"] = [
                    {f"{prefix}_key": key, f"{prefix}_value": value} for key, value in more[name].items()
                ]
        return self.post(f"{ACCOUNTS}/{account_id}/account_operations/sync", body)

    def synced(self, account_id: str, method: str, url: str, payload: Any = None, **more: Any) -> Any:
        """The same, and what a success answers."""
        answer = self.sync(account_id, method, url, payload, **more)
        assert answer.status_code == 200, answer.text
        return answer.json() if answer.content else None

    def fabricate(self, account_id: str, count: int, **more: Any) -> None:
        answer = self.post(f"/_control/contacts?account={account_id}", {"count": count, **more})
        assert answer.status_code == 200, answer.text

    def subscribe(self, topic_id: int, hook_uri: str = "https://hooks.example.com/ctct") -> None:
        answer = self.put(f"{HOOKS}/{topic_id}", {"hook_uri": hook_uri})
        assert answer.status_code == 200, answer.text

    def told(self) -> list[tuple[str, str]]:
        """What notifications say: the event and the account."""
        bodies = [json.loads(kept["body"]) for kept in self.control("notifications")]
        return [(body["event_type"], body["url"].split("/")[-2]) for body in bodies]


def provision(login_name: str = "riverbend", **more: Any) -> dict[str, Any]:
    return {
        "contact_email": f"{login_name}@example.org",
        "country_code": "US",
        "state_code": "MA",
        "login_name": login_name,
        "organization_name": f"The {login_name}",
        "password": "correct horse",
        **more,
    }


def partnered(**settings: Any) -> Partner:
    return Partner(emulated(**settings))
