"""A page of a report costs the same whatever there is besides, counted in steps of the database."""

from __future__ import annotations

from typing import Any

import pytest

from ccstate.emulator.mails.rates import Rates
from tests.emulator.client import Emulated, emulated

REPORTS = "/v3/reports"
TRACKING = ("sends", "opens", "unique_opens", "didnotopens", "clicks", "forwards", "optouts", "bounces")
HTML = "<html><body>[[trackingImage]]<a href='https://example.com/a'>a</a></body></html>"
STEP = 100  # how finely the machine's steps are counted


def account(members: int, campaigns: int) -> Emulated:
    """One big mail to everybody, and many mails to one contact."""
    sent: dict[str, Any] = {"status": "DONE", "html": HTML, "sent_at": "2026-05-01"}
    seed = {
        "lists": [{"name": "All", "members": members}, {"name": "One", "members": 1}],
        "campaigns": [
            {"name": "{n}", "lists": ["One"], "repeat": campaigns, **sent},
            {"name": "Big", "lists": ["All"], **sent},
        ],
    }
    return emulated(seed=seed, engagement=Rates(open=50, click=25, forward=20, optout=10, bounce=10))


@pytest.fixture(scope="module")
def small() -> Emulated:
    return account(300, 30)


@pytest.fixture(scope="module")
def big() -> Emulated:
    return account(6000, 600)


def steps(emulator: Emulated, path: str) -> tuple[int, str | None]:
    """What a call costs, and the link to the next page."""
    counted = 0

    def count() -> int:
        nonlocal counted
        counted += STEP
        return 0

    connection = emulator.app.state.world.db.connection
    connection.set_progress_handler(count, STEP)
    page = emulator.get(path)
    connection.set_progress_handler(None, STEP)
    return counted, page.get("_links", {}).get("next", {}).get("href")


def assert_same_cost(paths: dict[Emulated, str]) -> None:
    """On the first pages, which all accounts have."""
    costs: list[list[int]] = []
    for emulator, path in paths.items():
        emulator.get("/v3/contact_lists")  # what is due happens, and costs nobody else anything
        href: str | None = path
        costs.append([])
        for _ in range(3):
            assert href is not None
            cost, href = steps(emulator, href)
            costs[-1].append(cost)
    few, many = (max(of_one) for of_one in costs)
    assert many <= 1.5 * few + 5 * STEP, costs


@pytest.mark.parametrize("name", TRACKING)
def test_a_page_of_a_big_mail_costs_what_one_of_a_small_mail_does(
    small: Emulated, big: Emulated, name: str
) -> None:
    paths = {}
    for emulator in (small, big):
        activity_id = emulator.app.state.world.db.value(
            "SELECT campaign_activity_id FROM campaigns JOIN campaign_activities USING (campaign_id) "
            "WHERE name = 'Big' AND role = 'primary_email'"
        )
        paths[emulator] = f"{REPORTS}/email_reports/{activity_id}/tracking/{name}?limit=5"
    assert_same_cost(paths)


def test_a_page_of_summaries_costs_the_same_among_many_campaigns(small: Emulated, big: Emulated) -> None:
    path = f"{REPORTS}/summary_reports/email_campaign_summaries?limit=5"
    # The first page has the big mail on it, whose contacts are counted.
    after_it = {emulator: steps(emulator, path)[1] or "" for emulator in (small, big)}
    assert_same_cost(after_it)


def test_a_page_of_what_a_contact_did_costs_the_same_after_many_mails(small: Emulated, big: Emulated) -> None:
    paths = {}
    for emulator in (small, big):
        contact_id = emulator.app.state.world.db.value(
            "SELECT contact_id FROM contacts ORDER BY contact DESC"
        )
        path = f"{REPORTS}/contact_reports/{contact_id}/activity_details"
        paths[emulator] = f"{path}?tracking_activities_list=em_sends,em_opens,em_clicks&limit=5"
    assert_same_cost(paths)
