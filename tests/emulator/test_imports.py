"""Bulk activities that import contacts, from a CSV file or a JSON payload."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.client import Emulated, emulated
from tests.emulator.people import ABSENT, contact_ids, fabricate, members, run

JSON, FILE = "contacts_json_import", "contacts_file_import"
INCLUDE = "custom_fields,list_memberships,phone_numbers,street_addresses,sms_channel,taggings"


def send(
    emulator: Emulated,
    content: str | bytes,
    list_ids: Any = (),
    file_name: str | None = "people.csv",
    **more: Any,
) -> httpx.Response:
    """A form as a client sends it."""
    data = {"list_ids": list_ids if isinstance(list_ids, str) else ",".join(list_ids), **more}
    files = {"file": (file_name, content if isinstance(content, bytes) else content.encode(), "text/csv")}
    form = httpx.Request("POST", "http://emulator.test", data=data, files=files)
    return raw(emulator, form.read(), form.headers["content-type"])


def raw(emulator: Emulated, body: bytes, content_type: str) -> httpx.Response:
    return emulator.post(f"/v3/activities/{FILE}", body, headers={"Content-Type": content_type})


def finished(emulator: Emulated, answer: httpx.Response) -> Any:
    assert answer.status_code == 201, answer.text
    return emulator.get(answer.json()["_links"]["self"]["href"])


def counts(total: int, persons: int, **more: int) -> dict[str, int]:
    return {
        "items_total_count": total,
        "person_count": persons,
        "error_count": 0,
        "correctable_count": 0,
        "cannot_add_to_list_count": 0,
        **more,
    }


def everybody(emulator: Emulated) -> list[Any]:
    return emulator.all(f"/v3/contacts?status=all&include={INCLUDE}", "contacts")


def named(emulator: Emulated, address: str) -> Any:
    (found,) = emulator.get(f"/v3/contacts?status=all&email={address}&include={INCLUDE}")["contacts"]
    return found


def imported(emulator: Emulated, *contacts: Any, **more: Any) -> Any:
    """Import contacts as JSON; on a list of their own unless said otherwise."""
    if "list_ids" not in more:
        more["list_ids"] = [emulator.list(f"List {len(emulator.get('/v3/contact_lists')['lists'])}")]
    return run(emulator, JSON, {"import_data": list(contacts), **more})


def test_new_contacts_are_made_from_a_payload(emulator: Emulated) -> None:
    news, staff = emulator.list("News"), emulator.list("Staff")
    contacts = [{"email": "ann@example.com", "first_name": "Ann"}, {"email": "bob@example.com"}]
    done = imported(emulator, *contacts, list_ids=[news, staff])
    assert (done["state"], done["activity_errors"], done["status"]) == ("completed", [], counts(2, 2))
    assert members(emulator, news) == members(emulator, staff) == contact_ids(emulator)
    ann = named(emulator, "ann@example.com")
    assert (ann["first_name"], ann["create_source"]) == ("Ann", "Account")
    assert ann["email_address"]["permission_to_send"] == "implicit"
    assert ann["email_address"]["opt_in_source"] == "Account"


def test_new_contacts_are_made_from_a_file(emulator: Emulated) -> None:
    news = emulator.list("News")
    content = 'email,first_name,city\r\nann@example.com,Ann,Bend\r\n\r\nbob@example.com,"B, Bob",\r\n'
    answer = send(emulator, content, [news])
    assert answer.json()["source_file_name"] == "people.csv"
    assert answer.json()["status"] == counts(3, 2)
    done = finished(emulator, answer)
    assert (done["state"], done["activity_errors"]) == ("completed", [])
    assert (done["status"], done["source_file_name"]) == (counts(3, 2), "people.csv")
    assert named(emulator, "bob@example.com")["first_name"] == "B, Bob"
    (address,) = named(emulator, "ann@example.com")["street_addresses"]
    assert (address["kind"], address["city"]) == ("home", "Bend")
    assert members(emulator, news) == contact_ids(emulator)


def test_every_word_of_the_documentation_finds_its_place(emulator: Emulated) -> None:
    field = emulator.post("/v3/contact_custom_fields", {"label": "First name", "type": "string"}).json()
    imported(
        emulator,
        {
            "email": "ann@example.com",
            "first_name": "Ann",
            "last_name": "Lee",
            "job_title": "Cook",
            "company_name": "Quay",
            "birthday_month": 11,
            "birthday_day": 24,
            "anniversary": "11/15/2006",
            "phone": "555-1",
            "home_phone": "555-2",
            "work_phone": "555-3",
            "street": "1 Quay",
            "street2": "Apt. 2",
            "city": "Bend",
            "state": "OR",
            "zip": "97701",
            "country": "US",
            "work_city": "Salem",
            "other_street2": "Rear",
            "home country": None,
            "cf:first_name": "Annie",
        },
    )
    ann = named(emulator, "ann@example.com")
    plain = ("first_name", "last_name", "job_title", "company_name", "birthday_month", "birthday_day")
    assert [ann[name] for name in plain] == ["Ann", "Lee", "Cook", "Quay", 11, 24]
    assert ann["anniversary"] == "2006-11-15"
    phones = [(phone["kind"], phone["phone_number"]) for phone in ann["phone_numbers"]]
    assert phones == [("other", "555-1"), ("home", "555-2"), ("work", "555-3")]
    home, work, other = ann["street_addresses"]
    parts = ("kind", "street", "city", "state", "postal_code", "country")
    assert [home[part] for part in parts] == ["home", "1 Quay Apt. 2", "Bend", "OR", "97701", "US"]
    assert (work["kind"], work["city"], other["kind"], other["street"]) == ("work", "Salem", "other", "Rear")
    assert [(each["custom_field_id"], each["value"]) for each in ann["custom_fields"]] == [
        (field["custom_field_id"], "Annie")
    ]


def test_an_existing_contact_changes_only_where_the_import_speaks(emulator: Emulated) -> None:
    news = emulator.list("News")
    address = {"email": "ann@example.com"}
    first = {"first_name": "Ann", "last_name": "Lee", "city": "Bend", "zip": "97701", "phone": "555-1"}
    imported(emulator, address | first, list_ids=[news])
    before = named(emulator, "ann@example.com")
    second = {
        "first_name": " Bea ",
        "last_name": " ",
        "city": "Salem",
        "work_phone": "555-2",
        "job_title": None,
    }
    done = imported(emulator, {"email": "ANN@example.com", **second})
    after = named(emulator, "ann@example.com")
    assert done["status"] == counts(1, 1)
    assert (after["contact_id"], after["first_name"], after["last_name"]) == (
        before["contact_id"],
        "Bea",
        "Lee",
    )
    (home,) = after["street_addresses"]
    assert (home["city"], home["postal_code"]) == ("Salem", "97701")
    assert [phone["phone_number"] for phone in after["phone_numbers"]] == ["555-1", "555-2"]
    assert len(after["list_memberships"]) == 2
    assert after["email_address"] == before["email_address"]


def test_a_contact_that_comes_twice_is_one_contact(emulator: Emulated) -> None:
    twice = [
        {"email": "ann@example.com", "first_name": "A"},
        {"email": "Ann@Example.com", "last_name": "Lee"},
    ]
    assert imported(emulator, *twice)["status"] == counts(2, 2)
    (ann,) = everybody(emulator)
    assert (ann["first_name"], ann["last_name"]) == ("A", "Lee")


def test_who_unsubscribed_is_changed_and_not_subscribed_again(emulator: Emulated) -> None:
    (gone,) = fabricate(emulator, status="unsubscribed")
    news = emulator.list("News")
    address = everybody(emulator)[0]["email_address"]["address"]
    done = imported(
        emulator, {"email": address, "first_name": "Ann"}, {"email": "b@example.com"}, list_ids=[news]
    )
    assert done["status"] == counts(2, 2, cannot_add_to_list_count=1)
    contact = emulator.get(f"/v3/contacts/{gone}?include=list_memberships")
    assert contact["email_address"]["permission_to_send"] == "unsubscribed"
    assert (contact["first_name"], contact["list_memberships"]) == ("Ann", [])
    assert gone not in members(emulator, news)


def test_a_deleted_contact_comes_back(emulator: Emulated) -> None:
    imported(emulator, {"email": "ann@example.com", "first_name": "Ann"})
    ids = contact_ids(emulator)
    run(emulator, "contact_delete", {"contact_ids": ids})
    news = emulator.list("News")
    imported(emulator, {"email": "ann@example.com"}, list_ids=[news])
    (ann,) = emulator.get("/v3/contacts")["contacts"]
    assert (ann["contact_id"], ann["first_name"], members(emulator, news)) == (ids[0], "Ann", ids)


@pytest.mark.parametrize(
    ("contact", "word", "correctable"),
    [
        ({"email": "nobody"}, "email", True),
        ({"email": f"{'a' * 50}@example.com"}, "email", True),
        ({"email": None, "first_name": "Ann"}, "email", True),
        ({"email": ""}, "email", True),
        ({"email": 7}, "email", False),
        ({"birthday_month": 4}, "birthday_day", True),
        ({"birthday_month": 13, "birthday_day": 1}, "birthday_month", True),
        ({"birthday_month": "x", "birthday_day": 1}, "birthday_month", True),
        ({"birthday_month": 1.5, "birthday_day": 1}, "birthday_month", False),
        ({"anniversary": "yesterday"}, "anniversary", True),
        ({"anniversary": "2006-02-30"}, "anniversary", True),
        ({"first_name": "x" * 51}, "first_name", False),
        ({"first_name": ["x"]}, "first_name", False),
        ({"phone": "5" * 26}, "phone", False),
        ({"street": "x" * 200, "street2": "x" * 60}, "street", False),
        ({"zip": "x" * 51}, "zip", False),
        ({"phone": "1", "home_phone": "2", "work_phone": "3", "mobile_phone": "4"}, "3 phone", False),
        ({"city": "a", "home_city": "b", "work_city": "c", "other_city": "d"}, "3 street", False),
        ({"cf:age": "old"}, "cf:age", False),
        ({"cf:name": "x" * 256}, "cf:name", False),
        ({"sms_number": "12345"}, "sms_number", False),
        ({"sms_number": "5085085083", "sms_consent_date": "never"}, "sms_consent_date", True),
    ],
)
def test_a_contact_that_cannot_be_imported_is_counted_and_told(
    emulator: Emulated, contact: Any, word: str, correctable: bool
) -> None:
    emulator.post("/v3/contact_custom_fields", {"label": "Age", "type": "number"})
    emulator.post("/v3/contact_custom_fields", {"label": "Name", "type": "string"})
    wrong = {"email": "ann@example.com"} | contact
    done = imported(emulator, {"email": "bob@example.com"}, wrong, sms_permission_to_send="explicit")
    assert done["state"] == "completed"
    kind = "correctable_count" if correctable else "error_count"
    assert done["status"] == counts(2, 2, **{kind: 1})
    (error,) = done["activity_errors"]
    assert error.startswith("Contact 2: ")
    assert word in error
    assert [each["email_address"]["address"] for each in everybody(emulator)] == ["bob@example.com"]


def test_words_that_nobody_knows_are_told_once(emulator: Emulated) -> None:
    contacts = [{"email": f"{n}@example.com", "colour": "red", "cf:nothing": "x"} for n in range(3)]
    done = imported(emulator, *contacts)
    assert done["status"] == counts(3, 3, error_count=2)
    assert done["activity_errors"] == ["colour is not a known property", "cf:nothing is not a known property"]
    assert len(everybody(emulator)) == 3


def test_a_list_that_is_not_there_is_told_and_the_contacts_are_imported(emulator: Emulated) -> None:
    news = emulator.list("News")
    done = imported(emulator, {"email": "ann@example.com"}, list_ids=[ABSENT, news])
    assert done["status"] == counts(1, 1, error_count=1)
    assert done["activity_errors"] == [f"List {ABSENT} was not found"]
    assert len(members(emulator, news)) == 1


def test_a_contact_keeps_to_its_limits(emulator: Emulated) -> None:
    names = [f"L{n}" for n in range(51)]
    fields = [f"f{n}" for n in range(26)]
    emulator.control("load", {"lists": names, "custom_fields": fields})
    lists = [each["list_id"] for each in emulator.all("/v3/contact_lists?limit=100", "lists")]
    imported(emulator, {"email": "ann@example.com", "cf:f0": "x"}, list_ids=lists[:50])
    done = imported(emulator, {"email": "ann@example.com"}, list_ids=lists[50:])
    assert done["activity_errors"] == ["Contact 1: a contact can be on 50 lists"]
    values = {f"cf:{name}": "x" for name in fields}
    assert (
        len(imported(emulator, {"email": "b@example.com", **values}, list_ids=lists[:1])["activity_errors"])
        == 1
    )
    del values["cf:f0"]
    done = imported(emulator, {"email": "ann@example.com", **values}, list_ids=lists[:1])
    assert done["activity_errors"] == ["Contact 1: a contact can have 25 custom fields"]


def test_sms_numbers_are_imported_with_the_date_of_consent(emulator: Emulated) -> None:
    contacts = [
        {"email": "ann@example.com", "sms_number": "508-508-5083", "sms_consent_date": "7/3/2024"},
        {"sms_number": "5085085084", "first_name": "Bob"},
    ]
    imported(emulator, *contacts, sms_permission_to_send="explicit")
    ann, bob = everybody(emulator)
    (consent,) = ann["sms_channel"]["sms_channel_consents"]
    assert (ann["sms_channel"]["sms_address"], consent["sms_consent_permission"]) == (
        "5085085083",
        "explicit",
    )
    assert consent["opt_in_date"] == "2024-07-03T00:00:00Z"
    (consent,) = bob["sms_channel"]["sms_channel_consents"]
    assert (consent["sms_consent_permission"], bob["first_name"]) == ("not_set", "Bob")
    assert "email_address" not in bob


def test_a_contact_is_found_by_its_sms_number(emulator: Emulated) -> None:
    imported(emulator, {"sms_number": "5085085084", "first_name": "Bob"})
    imported(emulator, {"sms_number": "508-508-5084", "email": "bob@example.com"})
    (bob,) = everybody(emulator)
    assert (bob["first_name"], bob["email_address"]["address"]) == ("Bob", "bob@example.com")
    clash = imported(emulator, {"sms_number": "5085085084", "email": "ann@example.com"})
    assert clash["status"]["error_count"] == 1
    imported(emulator, {"email": "ann@example.com"})
    clash = imported(emulator, {"sms_number": "5085085084", "email": "ann@example.com"})
    assert "another contact" in clash["activity_errors"][0]


def test_a_consent_that_was_given_is_not_taken_back(emulator: Emulated) -> None:
    with_date = {"sms_number": "5085085084", "sms_consent_date": "2024-07-03"}
    imported(emulator, with_date, sms_permission_to_send="explicit")
    imported(emulator, {"sms_number": "5085085084"})
    (bob,) = everybody(emulator)
    assert bob["sms_channel"]["sms_channel_consents"][0]["sms_consent_permission"] == "explicit"


@pytest.mark.parametrize(
    "change",
    [
        {"import_data": None},
        {"import_data": []},
        {"import_data": {}},
        {"import_data": ["x"]},
        {"import_data": [{"email": "a@example.com"}] * 40_001},
        {"list_ids": None},
        {"list_ids": []},
        {"list_ids": ["x"]},
        {"list_ids": [ABSENT] * 51},
        {"sms_permission_to_send": "implicit"},
        {"sms_permission_to_send": 1},
    ],
)
def test_a_payload_that_is_not_documented_is_400(emulator: Emulated, change: Any) -> None:
    body = {"import_data": [{"email": "a@example.com"}], "list_ids": [ABSENT]} | change
    answer = emulator.post(f"/v3/activities/{JSON}", body)
    assert (answer.status_code, answer.json()[0]["error_key"]) == (400, "contacts.api.validation.error")


@pytest.mark.parametrize("order", ["before", "after"])
def test_of_a_large_payload_only_the_first_four_megabytes_are_imported(
    emulator: Emulated, order: str
) -> None:
    news = emulator.list("News")
    contacts = [{"email": f"{n}@example.com", "job_title": f"ä{n}"} for n in range(100)]
    data = [json.dumps(contact, ensure_ascii=False) for contact in contacts]
    data.insert(60, json.dumps({"email": "x@example.com", "first_name": "x" * 4 * 1024 * 1024}))
    rest = f'"list_ids":["{news}"]'
    array = f'"import_data": [ {" , ".join(data)} ]'
    text = "{" + (f"{rest}, {array}" if order == "before" else f"{array}, {rest}") + "}"
    done = finished(emulator, emulator.post(f"/v3/activities/{JSON}", text.encode()))
    assert (done["status"], len(everybody(emulator))) == (counts(60, 60), 60)


def test_of_a_large_file_only_the_first_four_megabytes_are_imported(emulator: Emulated) -> None:
    news = emulator.list("News")
    start = "email,job_title\n" + "".join(f"{n}@example.com,ä\n" for n in range(50))
    long = "x@example.com," + "x" * 100_000 + "\n"
    done = finished(emulator, send(emulator, start + long * 42 + "y@example.com,y\n", [news]))
    assert done["status"]["person_count"] == 50 + 41
    assert (done["status"]["error_count"], len(everybody(emulator))) == (41, 50)


def test_of_a_long_file_only_forty_thousand_lines_are_imported(make: Callable[..., Emulated]) -> None:
    emulator = make(activity_delay=60.0)
    content = "email\n" + "".join(f"{n}@ex.org\n" for n in range(40_005))
    answer = send(emulator, content, [emulator.list()])
    assert answer.json()["status"] == counts(40_000, 39_999)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "email"),
        (b"first_name\nAnn\n", "email"),
        ("email\nann@example.com\n".encode("utf-16"), "UTF-8"),
        ("email,first_name\nann@example.com,Ärla\n".encode("latin-1"), "UTF-8"),
        (b"email,email\na@example.com,b@example.com\n", "twice"),
        (b'email,first_name\nann@example.com,"' + b"x" * 140_000, "CSV"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_400(emulator: Emulated, content: bytes, word: str) -> None:
    answer = send(emulator, content, [ABSENT])
    assert (answer.status_code, answer.json()[0]["error_key"]) == (400, "contacts.api.validation.error")
    assert word in answer.json()[0]["error_message"]
    assert emulator.get("/v3/activities")["activities"] == []


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("\ufeffemail,first_name\nann@example.com,Ärla\n", ["Ärla"]),
        (" email , first_name \rann@example.com , Ann \rbob@example.com,Bob", ["Ann", "Bob"]),
        ('"email","first_name"\r\n"ann@example.com","two\nlines"\r\n', ["two\nlines"]),
        ("first_name,email,,\nAnn,ann@example.com,,\n", ["Ann"]),
        ("email,first_name\nann@example.com,line\u2028line\n", ["line\u2028line"]),
    ],
)
def test_files_come_in_many_forms(emulator: Emulated, content: str, names: list[str]) -> None:
    finished(emulator, send(emulator, content, [emulator.list()]))
    assert [each["first_name"] for each in everybody(emulator)] == names


def test_lines_are_told_by_their_numbers_in_the_file(emulator: Emulated) -> None:
    content = 'email,first_name\n\n"a@example.com","two\nlines"\nnobody,x\nb@example.com,x,y\nc@example.com\n'
    done = finished(emulator, send(emulator, content, [emulator.list()]))
    assert done["status"] == counts(5, 4, correctable_count=1, error_count=1)
    assert done["activity_errors"] == [
        "Line 5: email is not an email address",
        "Line 6: has a value without a heading",
    ]


def test_a_file_needs_the_name_of_one(emulator: Emulated) -> None:
    news = emulator.list()
    for name, status in (("people.CSV", 201), ("people.xls", 415), ("csv", 415)):
        answer = send(emulator, "email\na@example.com\n", [news], file_name=name)
        assert answer.status_code == status
    assert answer.json()["error_key"] == "unsupported_media_type"


@pytest.mark.parametrize(
    "form",
    [
        {"list_ids": ""},
        {"list_ids": "x"},
        {"list_ids": ",".join([ABSENT] * 51)},
        {"list_ids": [ABSENT], "sms_permission_to_send": "implicit"},
    ],
)
def test_a_form_that_is_not_documented_is_400(emulator: Emulated, form: dict[str, Any]) -> None:
    answer = send(emulator, "email\na@example.com\n", **form)
    assert (answer.status_code, answer.json()[0]["error_key"]) == (400, "contacts.api.validation.error")


def test_lists_stand_in_one_field_or_in_many(emulator: Emulated) -> None:
    lists = [emulator.list("A"), emulator.list("B")]
    fields = "".join(
        f'--b\r\nContent-Disposition: form-data; name="list_ids"\r\n\r\n{each}\r\n' for each in lists
    )
    body = f"{fields}{file_part()}--b--\r\n"
    finished(emulator, raw(emulator, body.encode(), "multipart/form-data; boundary=b"))
    assert [len(members(emulator, each)) for each in lists] == [1, 1]


def file_part(disposition: str = 'form-data; name="file"; filename="a.csv"') -> str:
    return f"--b\r\nContent-Disposition: {disposition}\r\n\r\nemail\na@example.com\n\r\n"


FIELD = f'--b\r\nContent-Disposition: form-data; name="list_ids"\r\n\r\n{ABSENT}\r\n'


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (FIELD + file_part() + "--b--\r\n", "multipart/form-data; boundary=b", 201),
        (FIELD + file_part() + "--b--\r\n", "multipart/form-data", 400),
        (FIELD + file_part() + "--b--\r\n", "multipart/form-data; boundary=c", 400),
        (FIELD + file_part() + "--b--\r\n", f"multipart/form-data; boundary={'c' * 300}", 400),
        (FIELD + file_part(), "multipart/form-data; boundary=b", 400),
        (FIELD + file_part()[:-20], "multipart/form-data; boundary=b", 400),
        (FIELD + "--b--\r\n", "multipart/form-data; boundary=b", 400),
        (file_part() + "--b--\r\n", "multipart/form-data; boundary=b", 400),
        (FIELD + file_part("form-data") + "--b--\r\n", "multipart/form-data; boundary=b", 400),
        (FIELD + file_part('form-data; name="file"') + "--b--\r\n", "multipart/form-data; boundary=b", 400),
        (FIELD + file_part("attachment; name=file") + "--b--\r\n", "multipart/form-data; boundary=b", 400),
        ("--b\r\nnonsense\r\n", "multipart/form-data; boundary=b", 400),
        ("", "multipart/form-data; boundary=b", 400),
        (FIELD * 1001 + "--b--\r\n", "multipart/form-data; boundary=b", 400),
        ("{}", "application/json", 415),
        ("email\na@example.com\n", "text/csv", 415),
    ],
)
def test_a_broken_form_is_a_documented_error(
    emulator: Emulated, body: str, content_type: str, status: int
) -> None:
    assert raw(emulator, body.encode(), content_type).status_code == status


FUZZED = emulated(seed={"lists": ["A"]})


@given(st.binary(max_size=200), st.sampled_from([b"", FIELD.encode(), (FIELD + file_part()).encode()]))
def test_any_form_gets_a_documented_answer(rest: bytes, start: bytes) -> None:
    answer = raw(FUZZED, start + rest, "multipart/form-data; boundary=b")
    assert answer.status_code in (201, 400, 415)


@given(st.text(max_size=200))
def test_any_file_gets_a_documented_answer_and_an_end(content: str) -> None:
    answer = send(FUZZED, f"email,first_name,cf:x\n{content}", [ABSENT])
    assert answer.status_code in (201, 400)
    if answer.status_code == 201:
        assert finished(FUZZED, answer)["state"] == "completed"


WORDS = st.sampled_from(
    [
        "email",
        "sms_number",
        "first_name",
        "birthday_month",
        "birthday_day",
        "anniversary",
        "cf:a",
        "street2",
        "x",
    ]
)
VALUES = st.one_of(
    st.none(), st.integers(), st.text(max_size=8), st.booleans(), st.lists(st.none(), max_size=1)
)
LIKELY = st.sampled_from(["a@example.com", "5085085083", "4", "2006-11-15", "", "\x00"])


@given(st.lists(st.dictionaries(WORDS, VALUES | LIKELY, max_size=5), min_size=1, max_size=4))
def test_any_payload_gets_a_documented_answer_and_an_end(contacts: list[Any]) -> None:
    answer = FUZZED.post(f"/v3/activities/{JSON}", {"import_data": contacts, "list_ids": [ABSENT]})
    assert answer.status_code in (201, 400)
    if answer.status_code == 201:
        assert finished(FUZZED, answer)["state"] == "completed"


def test_an_import_goes_on_after_a_restart(tmp_path: Path, make: Callable[..., Emulated]) -> None:
    file = str(tmp_path / "account.db")
    first = make(db=file, activity_delay=10.0)
    news = first.list("News")
    body = {"import_data": [{"email": "ann@example.com"}], "list_ids": [news]}
    started = first.post(f"/v3/activities/{JSON}", body).json()
    first.advance("PT5S")
    copy = make()
    copy.control("load", first.control("dump"))
    for other in (make(db=file), copy):
        other.advance("PT5S")
        done = other.get(started["_links"]["self"]["href"])
        assert (done["state"], len(members(other, news))) == ("completed", 1)
        assert other.control("dump")["tables"]["imports"] == []


def test_what_was_exported_can_be_imported(emulator: Emulated) -> None:
    """The words of the two files differ; with the right headings every contact comes back as it was."""
    emulator.control("load", {"lists": ["News"], "custom_fields": ["Tier"]})
    (news,) = [each["list_id"] for each in emulator.get("/v3/contact_lists")["lists"]]
    contacts = [
        {"email": "ann@example.com", "first_name": "Änn, jr.", "cf:tier": 'Gold "1"', "city": "Bend"},
        {"email": "bob@example.com", "birthday_month": 4, "birthday_day": 1, "home_phone": "555-1"},
        {"email": "cleo@example.com", "anniversary": "2006-11-15", "company_name": "Two\nlines"},
    ]
    imported(emulator, *contacts, list_ids=[news])
    done = run(emulator, "contact_exports", {})
    lines = list(csv.DictReader(io.StringIO(emulator.call("GET", done["_links"]["results"]["href"]).text)))
    headings = {
        "Email address": "email",
        "First name": "first_name",
        "Company": "company_name",
        "Phone - home": "home_phone",
        "City - Home": "city",
        "Anniversary": "anniversary",
        "Birthday month": "birthday_month",
        "Birthday day": "birthday_day",
        "Tier": "cf:tier",
    }
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(headings.values())
    writer.writerows([line[heading] for heading in headings] for line in lines)
    other = emulated(seed={"lists": ["News"], "custom_fields": ["Tier"]})
    (news,) = [each["list_id"] for each in other.get("/v3/contact_lists")["lists"]]
    assert finished(other, send(other, text.getvalue(), [news]))["status"] == counts(4, 3)
    assert [_described(each) for each in everybody(other)] == [
        _described(each) for each in everybody(emulator)
    ]


def _described(contact: Any) -> Any:
    """A contact without what differs from account to account."""
    if isinstance(contact, dict):
        return {
            name: _described(value) for name, value in contact.items() if not name.endswith(("_id", "_at"))
        }
    return [_described(each) for each in contact] if isinstance(contact, list) else contact
