"""What simulated contacts do with a mail."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from click.testing import CliRunner

from ccstate.cli.emulator import command
from ccstate.emulator.mails.rates import Rates, parse
from tests.emulator.client import HTML, Emulated, activity_body, emulated

PATH = "/v3/emails/activities"
DEFAULT = Rates()
LINKED = (
    '<body>[[trackingImage]]<a href="https://x.example/a">a</a><a href="https://x.example/b">b</a></body>'
)


def sent(
    html: str = LINKED, members: int = 400, rates: Rates = DEFAULT, wait: str = "PT1M", **settings: Any
) -> tuple[Emulated, str]:
    """A mail that went out to so many."""
    emulator = emulated(engagement=rates, **settings)
    _, activity_id = emulator.ready(members=members)
    audience = emulator.get(f"{PATH}/{activity_id}")["contact_list_ids"]
    emulator.put(f"{PATH}/{activity_id}", activity_body(html_content=html, contact_list_ids=audience))
    emulator.schedule(activity_id, "0")
    emulator.advance(wait)
    return emulator, activity_id


def engagements(emulator: Emulated) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = emulator.control("dump")["tables"]["engagements"]
    return rows


def people(rows: list[dict[str, Any]], kind: str) -> set[int]:
    return {row["contact"] for row in rows if row["kind"] == kind}


def test_the_rates_are_met_and_nobody_bounces_or_leaves_by_default() -> None:
    emulator, _ = sent(members=2000)
    rows = engagements(emulator)
    assert 600 < len(people(rows, "open")) < 800
    assert 80 < len(people(rows, "click")) < 160
    assert 1 <= len(people(rows, "forward")) < 30
    assert not people(rows, "bounce") | people(rows, "optout")


def test_who_clicks_has_opened_and_everything_comes_after_the_send() -> None:
    emulator, _ = sent()
    rows = engagements(emulator)
    opened = {row["contact"]: row["at"] for row in reversed(rows) if row["kind"] == "open"}
    clock = emulator.control("dump")["clock"]["fixed"]
    assert people(rows, "click") | people(rows, "forward") <= set(opened)
    assert all(row["at"] > clock - 60_000_000 for row in rows)
    assert max(row["at"] for row in rows) - clock > 3600 * 10**6
    assert all(row["at"] % 1_000_000 == 0 for row in rows)


def test_half_of_the_openers_open_in_the_first_hours() -> None:
    emulator, _ = sent(members=2000, rates=Rates(100, 0, 0))
    start = emulator.control("dump")["clock"]["fixed"]
    first: dict[int, int] = {}
    for row in engagements(emulator):
        first[row["contact"]] = min(row["at"], first.get(row["contact"], row["at"]))
    early = sum(at < start + 6 * 3600 * 10**6 for at in first.values())
    assert 800 < early < 1200


def test_the_same_account_engages_the_same_and_another_mail_otherwise() -> None:
    (one, _), (two, _), (other, _) = sent(), sent(), sent(random_seed=8)
    assert engagements(one) == engagements(two)
    assert people(engagements(one), "open") != people(engagements(other), "open")


def test_clicks_go_to_the_links_of_the_mail_each_of_which_is_noted_once() -> None:
    web = ("https://x.example/a", "https://x.example/a", "HTTP://x.example/?a=1&amp;b=2")
    links = "".join(
        f'<a href="{url}">x</a>' for url in (*web, "mailto:x@example.com", "#", "[[unsubscribe]]")
    )
    emulator, _ = sent(links, rates=Rates(100, 100, 0))
    tables = emulator.control("dump")["tables"]
    assert [row["url"] for row in tables["links"]] == ["https://x.example/a", "HTTP://x.example/?a=1&b=2"]
    clicked = Counter(row["detail"] for row in tables["engagements"] if row["kind"] == "click")
    assert set(clicked) == {str(row["url_id"]) for row in tables["links"]}
    assert min(clicked.values()) > 100


def test_a_mail_without_links_is_not_clicked() -> None:
    emulator, _ = sent(HTML, rates=Rates(100, 100, 0))
    assert {row["kind"] for row in engagements(emulator)} == {"open"}


def test_without_the_tracking_image_only_clicks_are_opens() -> None:
    emulator, _ = sent(LINKED.replace("[[trackingImage]]", ""), rates=Rates(80, 20, 0))
    rows = engagements(emulator)
    assert people(rows, "open") == people(rows, "click")
    assert 40 < len(people(rows, "open")) < 130


def test_who_opts_out_is_unsubscribed_when_the_time_has_come() -> None:
    emulator, activity_id = sent(members=60, rates=Rates(0, 0, 0, optout=50))
    leaving = len(people(engagements(emulator), "optout"))
    assert 15 < leaving < 45
    assert len(emulator.all("/v3/contacts?status=unsubscribed&limit=500", "contacts")) == 0
    emulator.advance("PT24H")
    halfway = len(emulator.all("/v3/contacts?status=unsubscribed&limit=500", "contacts"))
    emulator.advance("P2D")
    gone = emulator.all("/v3/contacts?status=unsubscribed&limit=500", "contacts")
    assert 0 < halfway < len(gone) == leaving
    assert {found["email_address"]["opt_out_source"] for found in gone} == {"Contact"}
    emulator.schedule(activity_id, "0")
    emulator.advance("PT1M")
    assert emulator.get(f"{PATH}/{activity_id}/send_history")[-1]["reason_code"] == 12


def test_unscheduling_a_second_send_stops_nobody_from_leaving() -> None:
    emulator, activity_id = sent(members=20, rates=Rates(0, 0, 0, optout=100))
    emulator.schedule(activity_id, "2026-06-01T00:00:00Z")
    emulator.delete(f"{PATH}/{activity_id}/schedules")
    emulator.advance("P3D")
    assert len(emulator.all("/v3/contacts?status=unsubscribed", "contacts")) == 20


def test_what_bounced_is_known_when_the_campaign_is_done_and_does_nothing_else() -> None:
    emulator, _ = sent(rates=Rates(100, 0, 0, bounce=25))
    rows = engagements(emulator)
    bounced, clock = people(rows, "bounce"), emulator.control("dump")["clock"]["fixed"]
    assert 70 < len(bounced) < 130
    assert not bounced & people(rows, "open")
    assert {row["at"] for row in rows if row["kind"] == "bounce"} == {clock - 58_000_000}
    assert {row["detail"] for row in rows if row["kind"] == "bounce"} <= set("BDFSVXZ")


def test_no_rates_no_engagement() -> None:
    emulator, _ = sent(rates=parse("none"))
    assert engagements(emulator) == []
    assert len(emulator.control("dump")["tables"]["links"]) == 2


def test_a_seed_may_give_a_campaign_rates_of_its_own() -> None:
    campaign = {"name": "C", "status": "DONE", "lists": ["A"], "sent_at": "2026-04-01T13:00:00Z"}
    seed = {"lists": [{"name": "A", "members": 50}], "campaigns": [campaign | {"engagement": {"open": 100}}]}
    emulator = emulated(seed=seed)
    assert len(people(engagements(emulator), "open")) == 50
    for wrong in ({"opens": 5}, {"open": "5"}, {"open": 101}, {"open": True}):
        seed["campaigns"] = [campaign | {"engagement": wrong}]
        assert emulator.post("/_control/load", seed).status_code == 400


@pytest.mark.parametrize(
    ("text", "rates"),
    [
        ("", Rates()),
        ("open=40,click=5", Rates(40, 5)),
        ("bounce=1.5, optout=0.2", Rates(bounce=1.5, optout=0.2)),
        ("none", Rates(0, 0, 0, 0, 0)),
    ],
)
def test_rates_are_read_from_a_flag(text: str, rates: Rates) -> None:
    assert parse(text) == rates


@pytest.mark.parametrize("text", ["open", "open=x", "opens=5", "open=-1", "open=101", "open=nan", "5"])
def test_rates_that_make_no_sense_are_one_message(text: str) -> None:
    result = CliRunner().invoke(command, ["serve", "--port", "0", "--engagement", text])
    assert (result.exit_code, "--engagement" in result.output) == (2, True), result.output
