"""Signing in through a browser: authorization codes with and without PKCE, and the implicit flow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.client import Emulated, emulated
from tests.emulator.signing_in import (
    ASKED,
    AUTHORIZE,
    BACK,
    FORM,
    KEYS,
    TOKEN,
    authorize,
    basic,
    challenge_of,
    code,
    post,
    redeem,
    refused,
    sent_back,
    sign_in,
    status,
)

VERIFIER = "a" * 43
PKCE = {"code_challenge": challenge_of(VERIFIER), "code_challenge_method": "S256"}
SHARED = emulated()


def test_an_application_that_nobody_registered_signs_in_at_once(emulator: Emulated) -> None:
    answer = authorize(emulator)
    assert answer.headers["location"].startswith(f"{BACK}?code=")
    back = sent_back(answer)
    assert set(back) == {"code", "state"}
    assert back["state"] == "s1"
    answer = redeem(emulator, back["code"], basic("app", "any secret"), client_id=None)
    made = answer.json()
    assert set(made) == {"token_type", "expires_in", "access_token", "scope", "refresh_token"}
    assert (made["token_type"], made["expires_in"], made["scope"]) == (
        "Bearer", 86_400, "contact_data offline_access",
    )  # fmt: skip
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    assert len(made["refresh_token"]) <= 50
    assert status(emulator, made["access_token"]) == 200
    assert status(emulator, made["access_token"], "/v3/emails") == 403


def test_an_access_token_is_a_jwt_like_the_providers(emulator: Emulated) -> None:
    made = sign_in(emulator, login_hint="manager@example.com")
    keys = emulator.get(KEYS)
    header = jwt.get_unverified_header(made["access_token"])
    assert (header["alg"], header["kid"]) == ("RS256", keys["keys"][0]["kid"])
    claims = jwt.decode(
        made["access_token"],
        jwt.PyJWK(keys["keys"][0]).key,
        algorithms=["RS256"],
        audience="https://api.cc.email/v3",
        issuer="https://identity.constantcontact.com/oauth2/aus1lm3ry9mF7x2Ja0h8",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert set(claims) == {
        "ver", "jti", "iss", "aud", "iat", "exp", "cid", "uid", "scp", "auth_time", "sub",
    }  # fmt: skip
    assert (claims["cid"], claims["scp"]) == ("app", ["contact_data", "offline_access"])
    assert (claims["sub"], claims["uid"][:3], claims["jti"][:3]) == ("manager@example.com", "00u", "AT.")
    assert claims["exp"] - claims["iat"] == 86_400
    assert claims["iat"] == 1_777_886_122
    assert 800 <= len(made["access_token"]) <= 1_200


def test_there_is_no_refresh_token_without_offline_access(emulator: Emulated) -> None:
    assert "refresh_token" not in sign_in(emulator, scope="contact_data")


def test_who_signs_in_can_be_hinted_at(emulator: Emulated) -> None:
    made = sign_in(emulator, login_hint="creator@example.com", scope="contact_data campaign_data")
    assert status(emulator, made["access_token"]) == 200
    assert status(emulator, made["access_token"], "/v3/contact_tags") == 403


@pytest.mark.parametrize("hint", ["nobody@example.org", "OWNER@example.com", ""])
def test_a_hint_that_names_nobody_means_the_owner(emulator: Emulated, hint: str) -> None:
    assert status(emulator, sign_in(emulator, login_hint=hint)["access_token"], "/v3/contact_tags") == 200


@pytest.mark.parametrize("scope", ["contact_data+offline_access", "contact_data%2Boffline_access"])
def test_scopes_are_separated_by_a_blank_or_a_plus(emulator: Emulated, scope: str) -> None:
    path = f"{AUTHORIZE}?client_id=app&redirect_uri={BACK}&response_type=code&scope={scope}"
    made = redeem(emulator, sent_back(emulator.call("GET", path))["code"]).json()
    assert made["scope"] == "contact_data offline_access"


@pytest.mark.parametrize("state", ["", "a b&c=d", "ü\n", "x" * 5_000, "<script>"])
def test_the_state_comes_back_as_it_was(emulator: Emulated, state: str) -> None:
    back = sent_back(authorize(emulator, state=state))
    assert back.get("state", "") == state


def test_a_redirect_uri_may_have_a_query_of_its_own(emulator: Emulated) -> None:
    uri = "http://127.0.0.1:9999/back?x=1"
    answer = authorize(emulator, redirect_uri=uri)
    assert answer.headers["location"].startswith(f"{uri}&code=")
    assert redeem(emulator, sent_back(answer)["code"], redirect_uri=uri).status_code == 200


def test_the_parameters_of_the_token_endpoint_may_stand_in_the_query(emulator: Emulated) -> None:
    path = f"{TOKEN}?grant_type=authorization_code&redirect_uri={BACK}&code={code(emulator)}"
    answer = emulator.call("POST", path, b"", headers={"Content-Type": FORM} | basic("app", "secret"))
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "uri",
    [
        "https://localhost/x", "http://localhost", "http://localhost:3000/cb", "http://127.0.0.1:1/x",
        "http://[::1]:80/x", "https://anything.example/",
    ],
)  # fmt: skip
def test_any_redirect_uri_that_is_safe_will_do(emulator: Emulated, uri: str) -> None:
    assert authorize(emulator, redirect_uri=uri).headers["location"].startswith(uri)


@pytest.mark.parametrize(
    "uri",
    [
        None, "", "app", "/back", "http://app.example/", "ftp://app.example/", "javascript:alert(1)",
        "https://", "https:///x", "https://app.example/#x", "https://app.example/\r\nx: y", "https://[x/",
        "https://app.example/ü", "https://app.example\\@evil.example", "https://x/" + "y" * 5_000,
    ],
)  # fmt: skip
def test_nothing_is_sent_to_a_redirect_uri_that_is_not(emulator: Emulated, uri: str | None) -> None:
    answer = authorize(emulator, redirect_uri=uri)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "location" not in answer.headers


@pytest.mark.parametrize("client_id", [None, "", "a b", "ü", "x" * 256])
def test_nothing_is_sent_for_a_client_that_is_none(emulator: Emulated, client_id: str | None) -> None:
    answer = authorize(emulator, client_id=client_id)
    assert (answer.status_code, "location" in answer.headers) == (400, False)


def test_a_client_id_of_a_megabyte_is_a_page(emulator: Emulated) -> None:
    answer = post(emulator, AUTHORIZE, ASKED | {"client_id": "x" * 1_000_000})
    assert (answer.status_code, len(answer.content) < 10_000) == (400, True)


def test_a_repeated_parameter_is_a_page(emulator: Emulated) -> None:
    path = (
        f"{AUTHORIZE}?client_id=app&client_id=app&redirect_uri={BACK}&response_type=code&scope=contact_data"
    )
    assert emulator.call("GET", path).status_code == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "contact_data everything"}, "invalid_scope"),
        ({"scope": "v3api/general.partner"}, "invalid_scope"),
        ({"prompt": "magic"}, "invalid_request"),
        ({"code_challenge_method": "S256"}, "invalid_request"),
        ({"code_challenge": "x" * 43}, "invalid_request"),
        ({"code_challenge": "x" * 43, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "x" * 42, "code_challenge_method": "S256"}, "invalid_request"),
        ({"code_challenge": "x" * 42 + "=", "code_challenge_method": "S256"}, "invalid_request"),
        ({"user": "guest"}, "invalid_request"),
        ({"action": "deny"}, "access_denied"),
    ],
)
def test_what_else_is_wrong_goes_back_to_the_application(
    emulator: Emulated, changes: dict[str, Any], error: str
) -> None:
    back = sent_back(authorize(emulator, **changes))
    assert set(back) == {"error", "error_description", "state"}
    assert (back["error"], back["state"]) == (error, "s1")


# Codes


def test_a_code_works_once_and_its_reuse_ends_what_came_of_it(emulator: Emulated) -> None:
    found = code(emulator)
    made = redeem(emulator, found).json()
    assert status(emulator, made["access_token"]) == 200
    assert refused(redeem(emulator, found)) == (400, "invalid_grant")
    assert status(emulator, made["access_token"]) == 401
    refreshing = {"grant_type": "refresh_token", "refresh_token": made["refresh_token"], "client_id": "app"}
    assert refused(post(emulator, TOKEN, refreshing)) == (400, "invalid_grant")


def test_a_code_is_valid_for_five_minutes(emulator: Emulated) -> None:
    early, late = code(emulator), code(emulator)
    emulator.advance("PT4M59S")
    assert redeem(emulator, early).status_code == 200
    emulator.advance("PT1S")
    assert refused(redeem(emulator, late)) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"code": "wrong"}, (400, "invalid_grant")),
        ({"code": None}, (400, "invalid_request")),
        ({"code": ""}, (400, "invalid_request")),
        ({"redirect_uri": None}, (400, "invalid_request")),
        ({"redirect_uri": BACK + "/"}, (400, "invalid_grant")),
        ({"client_id": "another"}, (400, "invalid_grant")),
        ({"client_id": None}, (401, "invalid_client")),
        ({"client_id": "a b"}, (401, "invalid_client")),
        ({"client_id": "x" * 1_000_000}, (400, "invalid_request")),
        ({"code_verifier": VERIFIER}, (400, "invalid_grant")),
        ({"grant_type": None}, (400, "invalid_request")),
        ({"grant_type": "password"}, (400, "unsupported_grant_type")),
        ({"grant_type": "client_credentials"}, (400, "unsupported_grant_type")),
    ],
)
def test_a_request_for_a_token_that_is_not_right_is_refused(
    emulator: Emulated, changes: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert refused(redeem(emulator, **({"found": code(emulator)} | changes))) == expected


def test_a_code_survives_a_request_that_was_refused(emulator: Emulated) -> None:
    found = code(emulator)
    assert redeem(emulator, found, client_id="another").status_code == 400
    assert redeem(emulator, found).status_code == 200


@pytest.mark.parametrize(
    ("content", "media_type", "status_code"),
    [
        (b'{"grant_type": "refresh_token"}', "application/json", 415),
        (b"grant_type=refresh_token", "text/plain", 415),
        (b"grant_type=refresh_token", "", 415),
        (b"", FORM, 400),
        (b"grant_type=refresh_token&grant_type=refresh_token", FORM, 400),
        (b"grant_type=\xff\xfe", FORM, 400),
        (b"grant_type=%ff%fe", FORM, 400),
        (b"&".join([b"a=b"] * 200), FORM, 400),
        (b"client_id=" + b"x" * 1_000_000, FORM, 400),
        (b"\x00\x01", FORM, 400),
    ],
)
def test_a_body_that_is_no_form_is_refused(
    emulator: Emulated, content: bytes, media_type: str, status_code: int
) -> None:
    answer = emulator.call("POST", TOKEN, content, headers={"Content-Type": media_type})
    assert refused(answer) == (status_code, "invalid_request")


def test_a_token_endpoint_without_a_body_says_what_is_missing(emulator: Emulated) -> None:
    assert refused(emulator.call("POST", TOKEN)) == (400, "invalid_request")


def test_a_method_that_signing_in_lacks_is_405(emulator: Emulated) -> None:
    assert emulator.call("GET", TOKEN).status_code == 405
    assert emulator.call("PUT", AUTHORIZE).status_code == 405


def test_there_is_no_discovery_document(emulator: Emulated) -> None:
    paths = ("openid-configuration", "oauth-authorization-server")
    found = [emulator.call("GET", f"/oauth2/default/.well-known/{path}").status_code for path in paths]
    assert found == [404, 404]


# PKCE


def test_a_code_with_a_challenge_wants_its_verifier(emulator: Emulated) -> None:
    found = code(emulator, **PKCE)
    assert refused(redeem(emulator, found)) == (400, "invalid_request")
    assert refused(redeem(emulator, found, code_verifier="b" * 43)) == (400, "invalid_grant")
    assert redeem(emulator, found, code_verifier=VERIFIER).status_code == 200


UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
VERIFIERS = st.text(alphabet=UNRESERVED, min_size=43, max_size=128)


@given(VERIFIERS)
def test_any_verifier_redeems_the_code_of_its_challenge(verifier: str) -> None:
    found = code(SHARED, code_challenge=challenge_of(verifier), code_challenge_method="S256")
    assert redeem(SHARED, found, code_verifier=verifier).status_code == 200


@given(VERIFIERS, VERIFIERS | st.text(max_size=200))
def test_no_other_verifier_does(verifier: str, other: str) -> None:
    found = code(SHARED, code_challenge=challenge_of(verifier), code_challenge_method="S256")
    answer = redeem(SHARED, found, code_verifier=other)
    if other == verifier:
        assert answer.status_code == 200
    else:
        assert refused(answer) == (400, "invalid_grant" if other else "invalid_request")


# What was registered


@pytest.fixture
def registered(emulator: Emulated) -> Emulated:
    for document in (
        {"client_id": "web", "secret": "hu+sh", "redirect_uris": [BACK], "scopes": ["contact_data"]},
        {"client_id": "cli", "redirect_uris": ["http://localhost:8088/cb"]},
        {"client_id": "partner", "kind": "partner", "secret": "p", "redirect_uris": [BACK]},
    ):
        emulator.control("applications", document)
    return emulator


WEB = {"client_id": "web", "scope": "contact_data"}
CLI = {"client_id": "cli", "redirect_uri": "http://localhost:8088/cb"} | PKCE


def test_a_confidential_application_proves_itself_with_its_secret(registered: Emulated) -> None:
    found = code(registered, **WEB)
    for headers, changes in (
        ({}, {"client_id": "web"}),
        (basic("web", "wrong"), {"client_id": None}),
        (basic("web", ""), {"client_id": None}),
        ({}, {"client_id": "web", "client_secret": "wrong"}),
        ({"Authorization": "Basic !"}, {"client_id": None}),
        ({"Authorization": "Basic d2Vi"}, {"client_id": None}),
        ({"Authorization": "Basic //79"}, {"client_id": None}),
    ):
        answer = redeem(registered, found, headers, **changes)
        assert refused(answer) == (401, "invalid_client")
        assert ("www-authenticate" in answer.headers) == bool(headers)
    assert redeem(registered, found, basic("web", "hu+sh"), client_id=None).status_code == 200


@pytest.mark.parametrize("secret", ["hu+sh", "hu%2Bsh"])
def test_a_secret_in_a_header_may_be_encoded_or_not(registered: Emulated, secret: str) -> None:
    answer = redeem(registered, code(registered, **WEB), basic("web", secret), client_id=None)
    assert answer.status_code == 200


def test_a_secret_may_stand_in_the_form(registered: Emulated) -> None:
    answer = redeem(registered, code(registered, **WEB), client_id="web", client_secret="hu+sh")
    assert answer.status_code == 200


@pytest.mark.parametrize("changes", [{"client_id": "app"}, {"client_id": None, "client_secret": "hu+sh"}])
def test_a_client_says_only_once_who_it_is(registered: Emulated, changes: dict[str, Any]) -> None:
    answer = redeem(registered, code(registered, **WEB), basic("web", "hu+sh"), **changes)
    assert refused(answer) == (400, "invalid_request")


def test_a_public_application_has_no_secret_and_needs_a_challenge(registered: Emulated) -> None:
    uri = CLI["redirect_uri"]
    no_challenge = {"client_id": "cli", "redirect_uri": uri}
    assert sent_back(authorize(registered, **no_challenge))["error"] == "invalid_request"
    found = code(registered, **CLI)
    with_secret = basic("cli", "secret")
    answer = redeem(registered, found, with_secret, client_id=None, redirect_uri=uri, code_verifier=VERIFIER)
    assert refused(answer) == (401, "invalid_client")
    answer = redeem(registered, found, client_id="cli", redirect_uri=uri, code_verifier=VERIFIER)
    assert answer.status_code == 200


@pytest.mark.parametrize("uri", [BACK + "/", BACK + "?x", BACK.upper(), "http://localhost", BACK[:-1]])
def test_a_registered_redirect_uri_is_compared_exactly(registered: Emulated, uri: str) -> None:
    assert authorize(registered, **WEB | {"redirect_uri": uri}).status_code == 400


def test_an_application_asks_only_for_its_own_scopes(registered: Emulated) -> None:
    back = sent_back(authorize(registered, **WEB | {"scope": "contact_data campaign_data"}))
    assert back["error"] == "invalid_scope"


def test_a_deactivated_application_gets_nothing(registered: Emulated) -> None:
    found = code(registered, **WEB)
    registered.control("applications", {"client_id": "web", "active": False})
    assert authorize(registered, **WEB).status_code == 400
    answer = redeem(registered, found, basic("web", "hu+sh"), client_id=None)
    assert refused(answer) == (401, "invalid_client")


def test_a_partner_signs_nobody_in(registered: Emulated) -> None:
    assert sent_back(authorize(registered, client_id="partner"))["error"] == "unauthorized_client"
    answer = redeem(registered, "x", basic("partner", "p"), client_id=None)
    assert refused(answer) == (400, "unauthorized_client")


# The implicit flow


def test_the_implicit_flow_answers_eight_hours_in_the_fragment(emulator: Emulated) -> None:
    answer = authorize(emulator, response_type="token", scope="contact_data offline_access openid")
    assert answer.headers["location"].startswith(f"{BACK}#")
    back = sent_back(answer)
    assert set(back) == {"access_token", "token_type", "expires_in", "scope", "state"}
    assert (back["expires_in"], back["scope"], back["token_type"]) == ("28800", "contact_data", "Bearer")
    emulator.advance("PT7H59M59S")
    assert status(emulator, back["access_token"]) == 200
    emulator.advance("PT1S")
    assert status(emulator, back["access_token"]) == 401


def test_what_is_wrong_with_the_implicit_flow_is_told_in_the_fragment(emulator: Emulated) -> None:
    answer = authorize(emulator, response_type="token", scope="everything")
    assert answer.headers["location"].startswith(f"{BACK}#error=invalid_scope")


# OpenID


def test_an_id_token_comes_with_openid_only(emulator: Emulated) -> None:
    assert "id_token" not in sign_in(emulator)
    made = sign_in(emulator, scope="openid", nonce="n1")
    claims = jwt.decode(
        made["id_token"],
        jwt.PyJWK(emulator.get(KEYS)["keys"][0]).key,
        algorithms=["RS256"],
        audience="app",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert (claims["nonce"], claims["sub"]) == ("n1", "owner@example.com")
    assert status(emulator, made["id_token"]) == 401


# Limits


def test_the_token_endpoint_takes_one_request_a_second_for_each_application(
    make: Callable[..., Emulated],
) -> None:
    emulator = make(rate=4)
    found = [code(emulator) for _ in range(6)]
    assert redeem(emulator, found[0]).status_code == 200
    answer = redeem(emulator, found[1])
    assert (answer.status_code, answer.json()) == (
        429, {"error_key": "throttled", "error_message": "Too Many Requests"},
    )  # fmt: skip
    another = code(emulator, client_id="another")
    assert redeem(emulator, another, client_id="another").status_code == 200
    emulator.control("reset", {})
    assert redeem(emulator, code(emulator)).status_code == 200


def test_signing_in_is_not_metered_like_the_api(make: Callable[..., Emulated]) -> None:
    emulator = make(rate=1, quota=1)
    assert [authorize(emulator).status_code for _ in range(5)] == [302] * 5
    assert emulator.call("GET", "/v3/contact_lists").status_code == 200


def test_codes_survive_a_dump(make: Callable[..., Emulated]) -> None:
    first, second = make(random_seed=None), make(random_seed=None)
    found, used = code(first), code(first)
    made = redeem(first, used).json()
    dump = first.control("dump")
    second.control("load", dump)
    assert second.control("dump") == dump
    assert redeem(second, found).status_code == 200
    assert redeem(second, used).status_code == 400
    assert status(second, made["access_token"]) == 401


def test_a_code_can_get_lost_on_the_way(emulator: Emulated) -> None:
    """Faults strike here too: the token was made, and nobody has it."""
    from ccstate.emulator import ConnectionDropped

    found = code(emulator)
    emulator.control("faults", [{"match": {"path": "/oauth2/*/token"}, "do": "drop_after", "times": 1}])
    with pytest.raises(ConnectionDropped):
        redeem(emulator, found)
    assert refused(redeem(emulator, found)) == (400, "invalid_grant")


@given(
    st.dictionaries(
        st.sampled_from([*ASKED, "code_challenge", "prompt", "login_hint", "action", "user", "nonce"]),
        st.text(max_size=12) | st.sampled_from(["code", "token", "app", BACK, "contact_data", "login"]),
        max_size=8,
    ),
    st.sampled_from(["GET", "POST"]),
)
def test_any_request_to_authorize_gets_a_page_or_a_redirect(form: dict[str, str], method: str) -> None:
    from urllib.parse import urlencode

    if method == "GET":
        answer = SHARED.call("GET", f"{AUTHORIZE}?{urlencode(form, errors='surrogatepass')}")
    else:
        content = urlencode(form, errors="surrogatepass").encode()
        answer = SHARED.call("POST", AUTHORIZE, content, headers={"Content-Type": FORM})
    assert answer.status_code in (200, 302, 400)


@given(st.binary(max_size=80), st.binary(max_size=30))
def test_any_bytes_at_the_token_endpoint_get_a_documented_answer(body: bytes, header: bytes) -> None:
    import base64

    headers = {"Content-Type": FORM, "Authorization": "Basic " + base64.b64encode(header).decode()}
    answer = SHARED.call("POST", TOKEN, body, headers=headers)
    assert answer.status_code in (400, 401)
    assert "error" in answer.json()


@given(st.text(alphabet=UNRESERVED, max_size=60), st.text(alphabet=UNRESERVED, max_size=60))
def test_any_bearer_that_looks_like_a_jwt_is_401(header: str, payload: str) -> None:
    bearer = f"{header}.{payload}.{'A' * 342}"
    assert status(SHARED, bearer) == 401
