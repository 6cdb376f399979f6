"""The check against the vendor's contract is there, and would notice."""

from __future__ import annotations

import re

import pytest

from tests.emulator import contract
from tests.emulator.client import Emulated, campaign_body

pytestmark = pytest.mark.skipif(
    not contract.present(), reason="the vendor's contract is not beside this checkout: nothing is held to it"
)
LIST = {"list_id": "3f0c1a52-6a11-11f0-9d3e-fa163e6b01c1", "name": "Donors", "favorite": False}


def test_an_answer_that_fits_is_no_complaint() -> None:
    assert contract.complaints("POST", "/v3/contact_lists", 201, LIST) == []


@pytest.mark.parametrize(
    ("status", "body", "complaint"),
    [
        (201, LIST | {"favorite": "no"}, "'no' is not of type 'boolean'"),
        (201, LIST | {"colour": "red"}, "'colour' was unexpected"),
        (201, LIST | {"list_id": 7}, "7 is not of type 'string'"),
        (418, LIST, "418 is not declared"),
        (409, {"error_key": "contacts.api.conflict", "error_message": "taken"}, "are an array"),
        (401, [{"error_key": "unauthorized", "error_message": "Unauthorized"}], "are an object"),
        (400, [{"error": "no"}], "no error envelope"),
    ],
)
def test_an_answer_that_does_not_fit_is_noticed(status: int, body: object, complaint: str) -> None:
    found = contract.complaints("POST", "/v3/contact_lists", status, body)
    assert any(complaint in each for each in found), found


def test_every_deviation_says_why_and_is_about_something() -> None:
    operations = [
        f"{method.upper()} {path}"
        for path, methods in contract._document()["paths"].items()
        for method in methods
    ]
    for deviation in contract.DEVIATIONS:
        assert deviation.why
        assert any(re.fullmatch(deviation.operation, operation) for operation in operations)


def test_every_answer_of_the_tests_is_held_to_it(emulator: Emulated, monkeypatch: pytest.MonkeyPatch) -> None:
    """The watch of `tests/conftest.py` stands between the gateway and every test."""
    asked: list[str] = []

    def complaints(method: str, path: str, status: int, body: object) -> list[str]:
        asked.append(f"{method} {path} {status}")
        return []

    monkeypatch.setattr(contract, "complaints", complaints)
    emulator.post("/v3/emails", campaign_body())
    assert asked == ["POST /v3/emails 200"]
