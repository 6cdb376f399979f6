"""Scopes, roles and applications against every operation that there is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ccstate.emulator.access import EVERYTHING, NOBODY, PARTNER, PRIVILEGES, Access, Caller, admit
from ccstate.emulator.app import OPERATIONS
from ccstate.emulator.errors import ApiError
from ccstate.emulator.oauth.applications import API_SCOPES, PARTNER_SCOPE
from ccstate.emulator.switches import Switches
from ccstate.emulator.wire import PREFIX, Operation
from tests.emulator.client import Emulated, emulated

LISTS = "/v3/contact_lists"
UNAUTHORIZED = {"error_key": "unauthorized", "error_message": "Unauthorized"}
CREATORS = {"campaign:create", "campaign:read", "campaign:write", "contacts:lists:read"}
EMULATOR = emulated()
OF_USERS = [found for found in OPERATIONS if found.base == PREFIX and not found.access.partner]
OF_PARTNERS = [found for found in OPERATIONS if found.access.partner]
TOKENS: dict[Any, str] = {}


def name_of(value: Any) -> str:
    return f"{value.method} {value.path}" if isinstance(value, Operation) else str(value)


def path_of(operation: Operation) -> str:
    """Where it is, for something that does not exist."""
    return re.sub(r"\{\w+\}", "0", f"{operation.base}{operation.path}")


def token(emulator: Emulated, **wanted: Any) -> str:
    return str(emulator.control("tokens", wanted)["access_token"])


def shared_token(role: str, scopes: tuple[str, ...]) -> str:
    """One token for each combination: the table is long."""
    if (role, scopes) not in TOKENS:
        TOKENS[role, scopes] = token(EMULATOR, role=role, scopes=list(scopes))
    return TOKENS[role, scopes]


def refused(operation: Operation, bearer: str) -> str | None:
    """Call an operation on something that does not exist; the reason, if rights are missing."""
    answer = EMULATOR.call(
        operation.method, path_of(operation), headers={"Authorization": f"Bearer {bearer}"}
    )
    assert answer.status_code not in (401, 500)
    if answer.status_code != 403:
        return None
    assert answer.json()["error_key"] == "access_denied"
    return str(answer.json()["error_message"])


@pytest.mark.parametrize("operation", OF_USERS, ids=name_of)
def test_an_operation_needs_its_scope_and_no_other(operation: Operation) -> None:
    needed = operation.access.scope
    without = tuple(scope for scope in API_SCOPES if scope != needed)
    alone = refused(operation, shared_token("owner", () if needed is None else (needed,)))
    assert alone is None
    reason = refused(operation, shared_token("owner", without))
    assert reason is None if needed is None else f"insufficient scope, {needed}" in str(reason)


@pytest.mark.parametrize("role", ["owner", "manager", "creator"])
@pytest.mark.parametrize("operation", OF_USERS, ids=name_of)
def test_an_operation_needs_the_privileges_of_the_role(operation: Operation, role: str) -> None:
    reason = refused(operation, shared_token(role, API_SCOPES))
    assert (reason is None) == role_may(role, operation.access)
    if reason is not None:
        assert reason.startswith("Forbidden: insufficient user privileges")


def role_may(role: str, access: Access) -> bool:
    if role == "creator":
        return set(access.privileges) <= CREATORS and not access.owner
    return role == "owner" or not access.owner


def test_every_privilege_that_is_asked_for_is_known() -> None:
    wanted = {privilege for operation in OPERATIONS for privilege in operation.access.privileges}
    assert wanted <= set(PRIVILEGES)


def test_only_the_owner_replaces_the_physical_address() -> None:
    owners = [name_of(operation) for operation in OF_USERS if operation.access.owner]
    assert owners == ["PUT /account/summary/physical_address"]


@pytest.mark.parametrize(
    ("switch", "privilege", "held"),
    [
        (False, "campaign:send", False),
        (False, "campaign:delete", False),
        (True, "campaign:send", True),
        (True, "campaign:delete", True),
    ],
)
def test_whether_a_creator_may_send_is_a_switch(
    make: Callable[..., Emulated], switch: bool, privilege: str, held: bool
) -> None:
    emulator = make(Switches(creators_may_send=switch))
    emulator.headers = {"Authorization": f"Bearer {token(emulator, role='creator')}"}
    names = {found["privilege_name"] for found in emulator.get("/v3/account/user/privileges")}
    assert (privilege in names) is held


def test_a_campaign_is_deleted_with_both_privileges_that_are_documented(emulator: Emulated) -> None:
    campaign_id, _ = emulator.campaign()
    bearer = token(emulator, role="creator")
    answer = emulator.call(
        "DELETE", f"/v3/emails/{campaign_id}", headers={"Authorization": f"Bearer {bearer}"}
    )
    assert answer.json() == {
        "error_key": "access_denied",
        "error_message": (
            "Forbidden: insufficient user privileges, campaign:delete and campaign:write is needed"
        ),
    }
    assert emulator.status(campaign_id) == "DRAFT"


@pytest.mark.parametrize("role", ["owner", "manager", "creator"])
def test_the_privileges_shown_are_the_callers_own_and_need_no_scope(emulator: Emulated, role: str) -> None:
    emulator.headers = {"Authorization": f"Bearer {token(emulator, role=role, scopes=[])}"}
    shown = emulator.get("/v3/account/user/privileges")
    names = {found["privilege_name"] for found in shown}
    assert names - {"library:read", "library:write"} == (
        CREATORS if role == "creator" else set(PRIVILEGES) - {"library:read", "library:write"}
    )
    assert {type(found["privilege_id"]) for found in shown} == {int}


def test_the_static_token_may_everything_forever(emulator: Emulated) -> None:
    emulator.advance("P5000D")
    assert len(emulator.get("/v3/account/user/privileges")) == len(PRIVILEGES)
    assert emulator.delete(f"/v3/emails/{emulator.campaign()[0]}").status_code == 204


def test_a_token_is_valid_until_it_expires(emulator: Emulated) -> None:
    emulator.headers = {"Authorization": f"Bearer {token(emulator)}"}
    emulator.advance("PT23H59M59S")
    assert emulator.call("GET", LISTS).status_code == 200
    emulator.advance("PT1S")
    answer = emulator.call("GET", LISTS)
    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)


def test_a_lifetime_can_be_chosen(emulator: Emulated) -> None:
    made = emulator.control("tokens", {"expires_in": 60})
    assert made["expires_in"] == 60
    emulator.headers = {"Authorization": f"Bearer {made['access_token']}"}
    assert emulator.call("GET", LISTS).status_code == 200
    emulator.advance("PT1M")
    assert emulator.call("GET", LISTS).status_code == 401


def test_a_token_may_have_expired_before_it_was_made(emulator: Emulated) -> None:
    emulator.headers = {"Authorization": f"Bearer {token(emulator, expires_in=-1)}"}
    assert emulator.call("GET", LISTS).status_code == 401


def test_not_all_tokens_of_all_times_are_remembered(
    emulator: Emulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ccstate.emulator.oauth.callers._MOST_REMEMBERED", 2)
    made = [token(emulator, client_id=f"app{number}") for number in range(5)]
    for bearer in (*made, *made, "emulator-token"):
        answer = emulator.call("GET", LISTS, headers={"Authorization": f"Bearer {bearer}"})
        assert answer.status_code == 200
    assert len(emulator.app.state.gateway._callers._known) <= 2


@pytest.mark.parametrize("what", ["token", "client_id", "everything", "refresh_token"])
def test_what_was_revoked_is_401(emulator: Emulated, what: str) -> None:
    made = emulator.control("tokens", {"client_id": "app", "scopes": ["contact_data", "offline_access"]})
    kept = token(emulator, client_id="another")
    emulator.headers = {"Authorization": f"Bearer {made['access_token']}"}
    assert emulator.call("GET", LISTS).status_code == 200
    documents: dict[str, Any] = {
        "token": {"token": made["access_token"]},
        "refresh_token": {"token": made["refresh_token"]},
        "client_id": {"client_id": "app"},
        "everything": {},
    }
    revoked = emulator.control("revoke", documents[what])
    assert revoked == {"revoked": 2 if what == "everything" else 1}
    assert emulator.call("GET", LISTS).json() == UNAUTHORIZED
    others = emulator.call("GET", LISTS, headers={"Authorization": f"Bearer {kept}"})
    assert others.status_code == (401 if what == "everything" else 200)


def test_a_deactivated_application_is_403_until_it_is_active_again(emulator: Emulated) -> None:
    emulator.headers = {"Authorization": f"Bearer {token(emulator, client_id='app')}"}
    for active, status in ((True, 200), (False, 403), (True, 200)):
        emulator.control("applications", {"client_id": "app", "active": active})
        answer = emulator.call("GET", "/v3/account/user/privileges")
        assert answer.status_code == status
    emulator.control("applications", {"client_id": "app", "active": False})
    assert emulator.call("GET", LISTS).json() == {
        "error_key": "access_denied",
        "error_message": "Forbidden: the application is deactivated",
    }


@pytest.mark.parametrize(
    "change",
    [
        lambda made: made[:-1],
        lambda made: made + "A",
        lambda made: made.replace(".", "", 1),
        lambda made: ".".join((made.split(".")[0], "e30", made.split(".")[2])),
        lambda made: ".".join(("eyJhbGciOiJub25lIn0", made.split(".")[1], "")),
        lambda made: f"{made}.{made}",
        lambda made: made.swapcase(),
        lambda made: "W" * 5_000 + made,
        lambda made: "A" * 100_000,
        lambda made: "..",
    ],
)
def test_a_token_that_was_tampered_with_is_401(emulator: Emulated, change: Callable[[str], str]) -> None:
    made = token(emulator)
    answer = emulator.call("GET", LISTS, headers={"Authorization": f"Bearer {change(made)}"})
    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)


def test_a_token_of_another_account_is_401(make: Callable[..., Emulated]) -> None:
    """The accounts of a process share a key; what one consented to is nothing to the other."""
    made = token(make(random_seed=None))
    emulator = make(random_seed=None)
    assert token(emulator) != made
    assert emulator.call("GET", LISTS, headers={"Authorization": f"Bearer {made}"}).status_code == 401


def test_tokens_are_repeatable_under_a_seed(make: Callable[..., Emulated]) -> None:
    assert token(make(random_seed=3)) == token(make(random_seed=3))
    assert token(make(random_seed=3)) != token(make(random_seed=7))


def test_tokens_survive_a_restart(make: Callable[..., Emulated], tmp_path: Any) -> None:
    path = str(tmp_path / "account.db")
    first = make(db=path)
    made = token(first)
    first.app.state.world.db.close()
    second = make(db=path)
    assert second.call("GET", LISTS, headers={"Authorization": f"Bearer {made}"}).status_code == 200


def test_applications_and_tokens_survive_a_dump(make: Callable[..., Emulated]) -> None:
    first = make(random_seed=None)
    first.control("applications", {"client_id": "app", "secret": "hush", "refresh": "long_lived"})
    made = token(first, client_id="app")
    dump = first.control("dump")
    second = make(random_seed=None)
    second.control("load", dump)
    assert second.control("dump") == dump
    assert second.control("applications") == first.control("applications")
    assert second.call("GET", LISTS, headers={"Authorization": f"Bearer {made}"}).status_code == 200


@pytest.mark.parametrize("key", [{"p": "zz"}, {"q": "5"}, {"p": "f" * 256}])
def test_a_dump_with_a_key_that_is_none_changes_nothing(emulator: Emulated, key: dict[str, str]) -> None:
    token(emulator)
    dump = emulator.control("dump")
    dump["tables"]["signing_keys"][0] |= key
    assert emulator.post("/_control/load", dump).status_code == 400


def test_a_reset_ends_what_was_granted(make: Callable[..., Emulated]) -> None:
    emulator = make(random_seed=None)
    emulator.headers = {"Authorization": f"Bearer {token(emulator)}"}
    emulator.control("reset", {})
    assert emulator.call("GET", LISTS).status_code == 401
    assert emulator.control("applications") == []


def test_a_fresh_account_needs_no_key(make: Callable[..., Emulated]) -> None:
    emulator = make()
    emulator.list()
    emulator.call("GET", LISTS, headers={"Authorization": "Bearer a.b.c"})
    assert emulator.control("dump")["tables"]["signing_keys"] == []


def test_applications_are_registered_changed_and_listed(emulator: Emulated) -> None:
    registered = emulator.control(
        "applications", {"client_id": "app", "secret": "hush", "redirect_uris": ["https://app.example/cb"]}
    )
    assert registered == {
        "client_id": "app", "kind": "confidential", "secret": "hush", "scopes": None, "active": True,
        "redirect_uris": ["https://app.example/cb"], "refresh": "rotating",
    }  # fmt: skip
    changed = emulator.control("applications", {"client_id": "app", "refresh": "long_lived"})
    assert changed == registered | {"refresh": "long_lived"}
    assert emulator.control("applications") == [changed]


def test_a_seed_registers_applications(make: Callable[..., Emulated]) -> None:
    emulator = make(seed={"applications": ["cli", {"client_id": "web", "secret": "s"}]})
    assert [(found["client_id"], found["kind"]) for found in emulator.control("applications")] == [
        ("cli", "public"),
        ("web", "confidential"),
    ]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("applications", {}),
        ("applications", {"client_id": ""}),
        ("applications", {"client_id": "x" * 256}),
        ("applications", {"client_id": "a b"}),
        ("applications", {"client_id": "app", "kind": "secret"}),
        ("applications", {"client_id": "app", "kind": "confidential"}),
        ("applications", {"client_id": "app", "kind": "partner"}),
        ("applications", {"client_id": "app", "kind": "public", "secret": "hush"}),
        ("applications", {"client_id": "app", "redirect_uris": ["app"]}),
        ("applications", {"client_id": "app", "redirect_uris": ["https://x/#y"]}),
        ("applications", {"client_id": "app", "redirect_uris": ["https://[x/"]}),
        ("applications", {"client_id": "app", "scopes": ["everything"]}),
        ("applications", {"client_id": "app", "refresh": "never"}),
        ("applications", {"client_id": "app", "active": 1}),
        ("applications", {"client_id": "app", "colour": "red"}),
        ("tokens", {"role": "guest"}),
        ("tokens", {"scopes": ["everything"]}),
        ("tokens", {"scopes": 5}),
        ("tokens", {"scopes": [[]]}),
        ("tokens", {"expires_in": "soon"}),
        ("tokens", {"expires_in": 10**12}),
        ("tokens", {"client_id": "a\x00"}),
        ("tokens", {"scopes": [PARTNER_SCOPE, "contact_data"]}),
        ("tokens", {"scopes": [PARTNER_SCOPE], "role": "owner"}),
        ("revoke", {"token": "x", "client_id": "y"}),
        ("revoke", {"who": "x"}),
    ],
)
def test_what_cannot_be_granted_or_registered_is_400(emulator: Emulated, name: str, body: Any) -> None:
    assert emulator.post(f"/_control/{name}", body).status_code == 400


@pytest.mark.parametrize("operation", OF_PARTNERS, ids=name_of)
def test_a_partner_operation_wants_a_partners_token_and_an_api_key(operation: Operation) -> None:
    partners = {"Authorization": f"Bearer {token(EMULATOR, scopes=[PARTNER_SCOPE])}"}
    users = {"Authorization": f"Bearer {shared_token('owner', API_SCOPES)}"}
    wrong = {"Authorization": "Bearer wrong"}
    key = {"x-api-key": "key"}
    expected = [(partners, 415), (key | {"Authorization": ""}, 415), (wrong | key, 401), (users | key, 403)]
    for headers, status in expected:
        assert EMULATOR.call(operation.method, path_of(operation), headers=headers).status_code == status
    assert EMULATOR.call(operation.method, path_of(operation), headers=partners | key).status_code not in (
        401,
        403,
    )


PARTNERS = Caller("partner", frozenset((PARTNER_SCOPE,)), frozenset(), owner=False, partner=True)
USERS = Caller("app", frozenset(API_SCOPES))
BOTH = {"authorization": "Bearer x", "x-api-key": "key"}


def test_a_partner_who_is_admitted_brings_the_api_key() -> None:
    assert admit(PARTNERS, PARTNER, BOTH).api_key == "key"
    assert admit(EVERYTHING, PARTNER, BOTH).api_key == "key"


@pytest.mark.parametrize(
    ("caller", "headers", "status"),
    [
        (PARTNERS, {"authorization": "Bearer x"}, 415),
        (PARTNERS, {"authorization": "Bearer x", "x-api-key": ""}, 415),
        (NOBODY, {"x-api-key": "key"}, 415),
        (NOBODY, BOTH, 401),
        (USERS, BOTH, 403),
        (replace(PARTNERS, active=False), BOTH, 403),
    ],
)
def test_a_partner_is_not_admitted_without(caller: Caller, headers: dict[str, str], status: int) -> None:
    with pytest.raises(ApiError) as refusal:
        admit(caller, PARTNER, headers)
    assert refusal.value.status == status


def test_a_partners_token_opens_nothing_else(emulator: Emulated) -> None:
    made = emulator.control("tokens", {"scopes": [PARTNER_SCOPE], "client_id": "partner"})
    assert (made["expires_in"], "refresh_token" in made) == (3_600, False)
    emulator.headers = {"Authorization": f"Bearer {made['access_token']}"}
    for path in (LISTS, "/v3/account/user/privileges"):
        assert emulator.call("GET", path).status_code == 403


def test_each_application_has_a_rate_of_its_own(make: Callable[..., Emulated]) -> None:
    emulator = make(rate=2)
    one, another = token(emulator, client_id="one"), token(emulator, client_id="another")
    again = token(emulator, client_id="one", role="manager")
    assert statuses(emulator, one, again, one) == [200, 200, 429]
    assert statuses(emulator, another, another, another) == [200, 200, 429]
    assert statuses(emulator, "wrong", "worse", "") == [401, 401, 429]
    assert statuses(emulator, "emulator-token", "emulator-token", "emulator-token") == [200, 200, 429]
    emulator.control("reset", {})
    assert statuses(emulator, "emulator-token", "wrong") == [200, 401]


def test_each_application_has_a_quota_of_its_own(make: Callable[..., Emulated]) -> None:
    emulator = make(quota=2)
    one, another = token(emulator, client_id="one"), token(emulator, client_id="another")
    assert statuses(emulator, one, one, one, another, another, another) == [200, 200, 429] * 2
    assert statuses(emulator, "wrong", "worse", "wrong") == [401, 401, 429]
    answer = emulator.call("GET", LISTS, headers={"Authorization": f"Bearer {one}"})
    assert answer.json() == {"error_key": "quota_exceeded", "error_message": "Limit Exceeded"}
    assert set(answer.headers) == {"date", "content-type", "content-length"}
    emulator.control("clock", {"set": "2026-05-05T00:00:00Z"})
    assert statuses(emulator, one, one, one) == [200, 200, 429]
    emulator.control("reset", {})
    assert statuses(emulator, "emulator-token", "emulator-token", "wrong") == [200, 200, 401]


def test_the_rate_of_many_applications_is_kept_in_bounds(make: Callable[..., Emulated]) -> None:
    from ccstate.emulator.limits import RateLimit

    now = [0.0]
    limit = RateLimit(1, monotonic=lambda: now[0])
    for number in range(2_000):
        now[0] = number / 500
        assert not limit.exceeded(f"app {number}")
    assert limit.exceeded("app 1999")
    assert len(limit._starts) <= 1_000


def statuses(emulator: Emulated, *bearers: str) -> list[int]:
    return [
        emulator.call("GET", LISTS, headers={"Authorization": f"Bearer {bearer}"}).status_code
        for bearer in bearers
    ]
