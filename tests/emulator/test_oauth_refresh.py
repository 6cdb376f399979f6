"""Refresh tokens: rotating and long-lived, idle and lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.client import Emulated
from tests.emulator.signing_in import refresh, refused, sign_in, status


def test_a_refresh_answers_new_tokens_and_leaves_the_access_token_before_alone(emulator: Emulated) -> None:
    made = sign_in(emulator)
    again = refresh(emulator, made["refresh_token"]).json()
    assert again["refresh_token"] != made["refresh_token"]
    assert again["access_token"] != made["access_token"]
    assert again["scope"] == made["scope"]
    assert [status(emulator, found["access_token"]) for found in (made, again)] == [200, 200]


def test_a_rotating_refresh_token_works_once(emulator: Emulated) -> None:
    first = sign_in(emulator)["refresh_token"]
    second = refresh(emulator, first).json()["refresh_token"]
    assert refused(refresh(emulator, first)) == (400, "invalid_grant")
    third = refresh(emulator, second).json()["refresh_token"]
    for spent in (first, second):
        assert refused(refresh(emulator, spent)) == (400, "invalid_grant")
    assert refresh(emulator, third).status_code == 200


def test_of_two_that_refresh_at_once_one_loses(emulator: Emulated) -> None:
    first = sign_in(emulator)["refresh_token"]
    answers = [refresh(emulator, first).status_code for _ in range(2)]
    assert answers == [200, 400]


def test_a_long_lived_refresh_token_stays_the_same(emulator: Emulated) -> None:
    emulator.control(
        "applications",
        {
            "client_id": "app",
            "secret": "s",
            "refresh": "long_lived",
            "redirect_uris": ["https://app.example/back"],
        },
    )
    made = emulator.control("tokens", {"client_id": "app", "scopes": "contact_data offline_access"})
    for _ in range(3):
        again = refresh(emulator, made["refresh_token"], client_secret="s").json()
        assert again["refresh_token"] == made["refresh_token"]
        assert status(emulator, again["access_token"]) == 200


@pytest.mark.parametrize(("days", "status_code"), [(180, 200), (181, 400)])
@pytest.mark.parametrize("mode", ["rotating", "long_lived"])
def test_a_refresh_token_expires_when_it_was_not_used_for_180_days(
    emulator: Emulated, mode: str, days: int, status_code: int
) -> None:
    emulator.control("applications", {"client_id": "app", "refresh": mode})
    made = emulator.control("tokens", {"client_id": "app", "scopes": "contact_data offline_access"})
    emulator.advance("P179D")
    found = refresh(emulator, made["refresh_token"]).json()["refresh_token"]
    emulator.advance(f"P{days}D")
    assert refresh(emulator, found).status_code == status_code


def test_the_refresh_outlives_the_access_token(emulator: Emulated) -> None:
    made = sign_in(emulator)
    emulator.advance("P2D")
    assert status(emulator, made["access_token"]) == 401
    again = refresh(emulator, made["refresh_token"]).json()
    assert status(emulator, again["access_token"]) == 200


def test_a_refresh_may_ask_for_less_but_not_for_more(emulator: Emulated) -> None:
    made = sign_in(emulator, scope="contact_data campaign_data offline_access")
    assert refused(refresh(emulator, made["refresh_token"], scope="account_read")) == (400, "invalid_scope")
    less = refresh(emulator, made["refresh_token"], scope="campaign_data").json()
    assert less["scope"] == "campaign_data"
    assert status(emulator, less["access_token"]) == 403
    all_again = refresh(emulator, less["refresh_token"]).json()
    assert all_again["scope"] == made["scope"]


@pytest.mark.parametrize(
    "changes", [{"client_id": "another"}, {"refresh_token": "wrong"}, {"refresh_token": "ü"}]
)
def test_a_refresh_token_that_is_not_the_clients_is_refused(
    emulator: Emulated, changes: dict[str, Any]
) -> None:
    found = {"refresh_token": sign_in(emulator)["refresh_token"]} | changes
    assert refused(refresh(emulator, **found)) == (400, "invalid_grant")


def test_a_refresh_without_its_token_says_what_is_missing(emulator: Emulated) -> None:
    assert refused(refresh(emulator, "")) == (400, "invalid_request")


def test_what_was_revoked_cannot_be_refreshed(emulator: Emulated) -> None:
    made = sign_in(emulator)
    emulator.control("revoke", {"client_id": "app"})
    assert refused(refresh(emulator, made["refresh_token"])) == (400, "invalid_grant")


def test_refresh_tokens_survive_a_dump_and_a_restart(make: Callable[..., Emulated], tmp_path: Any) -> None:
    path = str(tmp_path / "account.db")
    first = make(db=path, random_seed=None)
    made = sign_in(first)
    first.app.state.world.db.close()
    second = make(db=path)
    third = make(random_seed=None)
    third.control("load", second.control("dump"))
    for emulator in (second, third):
        again = refresh(emulator, made["refresh_token"]).json()
        assert status(emulator, again["access_token"]) == 200
        assert status(emulator, made["access_token"]) == 200
