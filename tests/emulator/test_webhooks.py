"""Webhooks: subscriptions, what they tell of, the signature, and delivery to receivers on this machine."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.emulator.client import Emulated
from tests.emulator.partner import ACCOUNTS, HOOKS, Partner, partnered, provision
from tests.emulator.served import Served

URI = "https://hooks.example.com/ctct"


@pytest.fixture
def partner(emulator: Emulated) -> Partner:
    return Partner(emulator)


def test_a_topic_is_subscribed_changed_and_left(partner: Partner) -> None:
    assert partner.get(HOOKS) == []
    answer = partner.put(f"{HOOKS}/2", {"hook_uri": URI})
    assert (answer.status_code, answer.json()) == (200, {"topic_id": 2, "hook_uri": URI})
    shown = partner.get(f"{HOOKS}/2")
    assert shown == {
        "topic_id": 2,
        "hook_uri": URI,
        "topic_name": "Billing Tier Downgrade",
        "topic_description": "Executes when an account's billing tier is downgraded.",
    }
    partner.subscribe(1)
    partner.put(f"{HOOKS}/2", {"hook_uri": f"{URI}/2"})
    assert [(found["topic_id"], found["hook_uri"]) for found in partner.get(HOOKS)] == [
        (1, URI), (2, f"{URI}/2"),
    ]  # fmt: skip
    assert partner.delete(f"{HOOKS}/2").status_code == 204
    assert [found["topic_id"] for found in partner.get(HOOKS)] == [1]


def test_a_topic_without_a_subscription_is_404(partner: Partner) -> None:
    partner.subscribe(1)
    for topic_id in ("2", "0", "5", "01", "one", "%C2%B2"):
        assert partner.call("GET", f"{HOOKS}/{topic_id}").status_code == 404
        assert partner.delete(f"{HOOKS}/{topic_id}").status_code == 404
        assert partner.post(f"{HOOKS}/{topic_id}/tests").status_code == 404
    assert partner.put(f"{HOOKS}/5", {"hook_uri": URI}).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"hook_uri": None},
        {"hook_uri": 5},
        {"hook_uri": ""},
        {"hook_uri": "hooks.example.com"},
        {"hook_uri": "http://hooks.example.com"},
        {"hook_uri": "ftp://127.0.0.1/"},
        {"hook_uri": "https://"},
        {"hook_uri": "https://[::1"},
        {"hook_uri": "https://127.0.0.1:99999/"},
        {"hook_uri": "https://hooks.example.com/a b"},
        {"hook_uri": "https://hooks.example.com/\x00"},
        {"hook_uri": f"https://hooks.example.com/{'x' * 512}"},
    ],
)
def test_a_uri_that_cannot_be_used_is_400(partner: Partner, body: dict[str, Any]) -> None:
    assert partner.put(f"{HOOKS}/1", body).status_code == 400
    assert partner.get(HOOKS) == []


def test_a_test_notification_is_sent_at_once(partner: Partner) -> None:
    partner.subscribe(3)
    answer = partner.post(f"{HOOKS}/3/tests")
    assert (answer.status_code, answer.json()) == (201, partner.get(f"{HOOKS}/3"))
    (kept,) = partner.control("notifications")
    assert (kept["topic_id"], kept["hook_uri"], kept["at"]) == (3, URI, "2026-05-04T09:15:22Z")
    assert json.loads(kept["body"]) == {
        "url": "http://emulator.test/v3/partner/accounts/a07e1my9tbw0/plan",
        "api_key": "emulator",
        "event_type": "account.cancel",
    }
    assert (kept["delivery"], kept["attempts"]) == ("kept", [])


def test_tiers_that_change_are_told(partner: Partner) -> None:
    partner.subscribe(1)
    partner.subscribe(2)
    account_id, trial = partner.client("paying"), partner.client("trying")
    partner.pay(account_id)
    for each in (account_id, trial):
        partner.fabricate(each, 500)
    assert partner.told() == []
    for each in (account_id, trial):
        partner.fabricate(each, 1)
    assert partner.told() == [("tier.increase", account_id)]
    contacts = partner.synced(account_id, "GET", "/contacts", query={"limit": "2"})["contacts"]
    for contact in contacts:
        partner.synced(account_id, "DELETE", "/contacts/{id}", path={"id": contact["contact_id"]})
    assert partner.told() == [("tier.increase", account_id), ("tier.decrease", account_id)]


def test_cancelled_and_disabled_accounts_are_told_once(partner: Partner) -> None:
    partner.subscribe(3)
    partner.subscribe(4)
    first, second = partner.client("first_client"), partner.client("second_client")
    partner.cancel(first, {"effective_date": "2026-05-10"})
    assert partner.told() == []
    partner.advance("P10D")
    partner.cancel(second)
    for disabled in (True, True, False):
        partner.control("client_accounts", {"encoded_account_id": first, "disabled": disabled})
    assert partner.told() == [
        ("account.cancel", first), ("account.cancel", second), ("account.disable", first),
    ]  # fmt: skip
    assert partner.control("notifications")[0]["at"] == "2026-05-10T00:00:00Z"
    assert [kept["n"] for kept in partner.get("/_control/notifications?since=2")] == [3]


@pytest.mark.parametrize(
    "body", [{}, {"encoded_account_id": "a0nobody", "disabled": True}, {"encoded_account_id": 5}, [], 5]
)
def test_a_standing_that_cannot_be_read_is_400(partner: Partner, body: Any) -> None:
    assert partner.post("/_control/client_accounts", body).status_code == 400


def test_each_application_has_subscriptions_of_its_own(partner: Partner) -> None:
    partner.subscribe(3)
    other = Partner(partner)
    other.headers["x-api-key"] = "another"
    assert other.get(HOOKS) == []
    other.subscribe(3, f"{URI}/other")
    partner.cancel(partner.client())
    kept = [(each["api_key"], each["hook_uri"]) for each in partner.control("notifications")]
    assert kept == [("another", f"{URI}/other"), ("emulator", URI)]
    assert [json.loads(each["body"])["api_key"] for each in partner.control("notifications")] == [
        "another", "emulator",
    ]  # fmt: skip


def test_the_static_token_needs_no_api_key(emulator: Emulated) -> None:
    assert emulator.put(f"{HOOKS}/1", {"hook_uri": URI}).status_code == 200
    assert emulator.get(HOOKS)[0]["topic_id"] == 1


def test_only_who_subscribed_is_told(partner: Partner) -> None:
    partner.cancel(partner.client())
    assert partner.control("notifications") == []


def verified(headers: dict[str, str], body: str, key: Any) -> dict[str, Any]:
    """The header of a detached signature over the body as it is; raises if it is not genuine."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    start, middle, end = headers["x-ctct-webhook-sig"].split(".")
    assert middle == ""
    content = f"{start}.{body}".encode()
    key.verify(base64.urlsafe_b64decode(f"{end}=="), content, PKCS1v15(), SHA256())
    header: dict[str, Any] = json.loads(base64.urlsafe_b64decode(f"{start}=="))
    return header


def public_key(partner: Partner) -> Any:
    """As a receiver finds it, without a token."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

    anybody = Emulated(partner.app, token=None)
    (key,) = anybody.get("/.well-known/jwks.json")["keys"]
    exponent, modulus = (int.from_bytes(base64.urlsafe_b64decode(f"{key[name]}==")) for name in ("e", "n"))
    return RSAPublicNumbers(exponent, modulus).public_key()


def test_notifications_are_signed_as_the_guide_says(partner: Partner) -> None:
    from cryptography.exceptions import InvalidSignature

    partner.subscribe(1)
    partner.post(f"{HOOKS}/1/tests")
    (kept,) = partner.control("notifications")
    assert kept["headers"]["x-ctct-signature"] == kept["headers"]["x-ctct-webhook-sig"]
    header = verified(kept["headers"], kept["body"], public_key(partner))
    assert header == {"alg": "RS256", "ts": 1777886122, "b64": False, "crit": ["b64"]}
    with pytest.raises(InvalidSignature):
        verified(kept["headers"], kept["body"] + " ", public_key(partner))


class Receiver:
    """A server on this machine that notes what it is told and answers with the statuses it was given."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.received: list[tuple[str, dict[str, str], str]] = []
        self.then: Callable[[Any], object] = lambda body: None
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                headers = {name.lower(): text for name, text in self.headers.items()}
                receiver.received.append((self.path, headers, body))
                receiver.then(json.loads(body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Nothing on stderr."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.uri = f"http://127.0.0.1:{self.server.server_port}/hook?x=1"


@contextmanager
def receiving(*statuses: int) -> Iterator[Receiver]:
    receiver = Receiver(*statuses)
    thread = threading.Thread(target=receiver.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        receiver.server.server_close()
        thread.join()


def eventually(partner: Partner, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first notification, once it is as wanted."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        kept: dict[str, Any] = partner.control("notifications")[0]
        if wanted(kept):
            return kept
        time.sleep(0.005)
    raise AssertionError(f"it never came to be: {kept}")


def test_a_receiver_on_this_machine_is_really_told(partner: Partner) -> None:
    with receiving() as receiver:
        partner.subscribe(1, receiver.uri)
        partner.post(f"{HOOKS}/1/tests")
        kept = eventually(partner, lambda kept: kept["delivery"] == "delivered")
    assert kept["attempts"] == [{"at": "2026-05-04T09:15:22Z", "status": 200}]
    ((path, headers, body),) = receiver.received
    assert (path, body, headers["content-type"]) == ("/hook?x=1", kept["body"], "application/json")
    assert verified(headers, body, public_key(partner))["ts"] == 1777886122


def test_a_receiver_that_fails_is_told_again_every_minute(partner: Partner) -> None:
    with receiving(500, 302) as receiver:
        partner.subscribe(1, receiver.uri)
        partner.post(f"{HOOKS}/1/tests")
        eventually(partner, lambda kept: len(kept["attempts"]) == 1)
        partner.advance("PT59S")
        assert eventually(partner, lambda kept: True)["delivery"] == "pending"
        partner.advance("PT1S")
        eventually(partner, lambda kept: len(kept["attempts"]) == 2)
        partner.advance("PT10M")
        kept = eventually(partner, lambda kept: kept["delivery"] == "delivered")
    assert kept["attempts"] == [
        {"at": "2026-05-04T09:15:22Z", "status": 500},
        {"at": "2026-05-04T09:16:22Z", "status": 302},
        {"at": "2026-05-04T09:17:22Z", "status": 200},
    ]
    stamps = [verified(headers, body, public_key(partner))["ts"] for _, headers, body in receiver.received]
    assert stamps == [1777886122, 1777886182, 1777886242]


def test_after_an_hour_a_receiver_is_given_up(partner: Partner) -> None:
    with receiving(*[503] * 100) as receiver:
        partner.subscribe(3, receiver.uri)
        partner.cancel(partner.client())
        partner.advance("PT2H")
        kept = eventually(partner, lambda kept: kept["delivery"] == "failed")
    assert (len(kept["attempts"]), len(receiver.received)) == (61, 61)
    assert kept["attempts"][-1] == {"at": "2026-05-04T10:15:22Z", "status": 503}


def test_a_receiver_that_is_not_there_is_an_attempt_too(partner: Partner) -> None:
    with receiving() as receiver:
        pass
    partner.subscribe(1, receiver.uri)
    partner.post(f"{HOOKS}/1/tests")
    kept = eventually(partner, lambda kept: kept["attempts"] != [])
    assert (kept["delivery"], "refused" in kept["attempts"][0]["error"]) == ("pending", True)


def test_a_reset_forgets_what_was_to_be_told(partner: Partner) -> None:
    with receiving(500) as receiver:
        partner.subscribe(1, receiver.uri)
        partner.post(f"{HOOKS}/1/tests")
        eventually(partner, lambda kept: len(kept["attempts"]) == 1)
        partner.control("reset", {})
        partner.advance("PT1H")
        assert partner.control("notifications") == []
    assert len(receiver.received) == 1


def test_the_next_process_goes_on_telling(tmp_path: Path) -> None:
    database = str(tmp_path / "main.db")
    with receiving(500) as receiver:
        first = partnered(db=database)
        first.subscribe(1, receiver.uri)
        first.post(f"{HOOKS}/1/tests")
        eventually(first, lambda kept: len(kept["attempts"]) == 1)
        first.app.state.world.close()
        second = partnered(db=database)
        second.advance("PT1M")
        kept = eventually(second, lambda kept: kept["delivery"] == "delivered")
    assert [attempt["status"] for attempt in kept["attempts"]] == [500, 200]


def test_a_receiver_may_look_at_the_plan_while_it_is_told() -> None:
    plans = []
    with receiving() as receiver, Served("--rate", "0") as served:
        served.client.headers["x-api-key"] = "emulator"
        receiver.then = lambda body: plans.append(httpx.get(body["url"], headers=served.client.headers))
        served.client.put(f"{HOOKS}/3", json={"hook_uri": receiver.uri})
        account_id = served.post(ACCOUNTS, provision())["encoded_account_id"]
        served.client.put(f"{ACCOUNTS}/{account_id}/status/cancel")
        until = time.monotonic() + 10
        while served.get("/_control/notifications").json()[0]["delivery"] != "delivered":
            assert time.monotonic() < until
    assert [plan.json()["billing_status"] for plan in plans] == ["Canceled"]


def test_a_dump_cannot_make_anything_leave_the_machine(partner: Partner) -> None:
    partner.subscribe(1)
    partner.post(f"{HOOKS}/1/tests")
    dump = partner.control("dump")
    dump["tables"]["notifications"][0]["delivery"] = "pending"
    partner.control("load", dump)
    partner.advance("PT1H")
    (kept,) = partner.control("notifications")
    assert (kept["attempts"], partner.app.state.world.courier.busy) == ([], False)


def test_notifications_survive_a_dump(partner: Partner) -> None:
    partner.subscribe(1)
    partner.post(f"{HOOKS}/1/tests")
    other = partnered()
    other.control("load", partner.control("dump"))
    assert other.control("notifications") == partner.control("notifications")
    assert other.get(HOOKS) == partner.get(HOOKS)
