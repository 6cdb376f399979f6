"""Numbers agree, whoever is asked: send history, reports, stats, summaries, contacts and their filters."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ccstate.emulator.mails import recording
from ccstate.emulator.mails.rates import Rates
from ccstate.emulator.storage.clock import SECOND, parse_instant, with_zeros
from tests.emulator.client import activity_body, emulated

REPORTS = "/v3/reports"
KINDS = {"em_opens": "opens", "em_clicks": "clicks", "em_forwards": "forwards", "em_optouts": "optouts",
         "em_bounces": "bounces"}  # fmt: skip
HTML = (
    "<html><body>[[trackingImage]]<a href='https://example.com/a'>a</a>"
    "<a href='https://example.com/b'>b</a></body></html>"
)
EVER = "start=2020-01-01&end=2024-01-01", "start=2024-01-01&end=2028-12-31"
NUMBER = st.integers(0, 7)
STEPS = st.one_of(
    st.tuples(st.just("send"), NUMBER),
    st.tuples(st.just("engage"), NUMBER, st.sampled_from(recording.KINDS), NUMBER),
    st.tuples(st.just("advance"), st.sampled_from(["PT1M", "PT10M", "PT5H", "P1D", "P4D"])),
    st.tuples(st.just("resend"), NUMBER),
    st.tuples(st.just("try_two_subjects"), NUMBER),
    st.tuples(st.just("break_off"), NUMBER),
    st.tuples(st.just("join"), NUMBER, NUMBER),
    st.tuples(st.just("rename"), NUMBER),
    st.tuples(st.just("unsubscribe"), NUMBER),
    st.tuples(st.just("delete"), NUMBER),
    st.tuples(st.just("remove"), NUMBER),
)  # fmt: skip


class Account:
    """A small account that is lived in step by step, and then asked in every way there is."""

    def __init__(self, memberships: list[set[int]]) -> None:
        self.emulator = emulated(engagement=Rates(open=40, click=20, forward=10, optout=10, bounce=10))
        self.removed = False
        self.addresses: dict[tuple[str, str], str] = {}  # that mails went to
        self.partial: set[str] = set()  # mails that need not reach everybody
        self.lists = [self.emulator.list(f"List {number}") for number in range(2)]
        self.contacts = [self._contact(number, on) for number, on in enumerate(memberships)]
        self.campaigns = [self._campaign(number) for number in range(3)]
        self.segments = {field: self._segment(field) for field in ("opened", "not_opened")}
        self.send(2)

    def _contact(self, number: int, on: set[int]) -> str:
        body = {"email_address": {"address": f"person{number}@example.com"}, "create_source": "Account"}
        answer = self.emulator.post("/v3/contacts", body | self._on(on))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["contact_id"])

    def _on(self, on: set[int]) -> dict[str, Any]:
        return {"list_memberships": [self.lists[number] for number in sorted(on)]}

    def _campaign(self, number: int) -> tuple[str, str]:
        """One to the first list, one to the second, one to both."""
        campaign_id, activity_id = self.emulator.campaign(f"Mail {number}")
        lists = [self.lists[:1], self.lists[1:], self.lists][number]
        body = activity_body(contact_list_ids=lists, html_content=HTML)
        assert self.emulator.put(f"/v3/emails/activities/{activity_id}", body).status_code == 200
        return campaign_id, activity_id

    def _segment(self, field: str) -> int:
        """Who did so with the campaign that went out last."""
        leaf = {"source": "tracking", "field": field, "op": "contains-any",
                "const_value": "last-n-campaigns", "param": 1}  # fmt: skip
        criteria = {"version": "1.0.0", "criteria": {"type": "and", "group": [leaf]}}
        body = {"name": field, "segment_criteria": json.dumps(criteria)}
        answer = self.emulator.post("/v3/segments", body)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["segment_id"])

    def live(self, step: tuple[Any, ...]) -> None:
        """What cannot be done at this point is not done: there is nothing to open before a send."""
        name, *arguments = step
        getattr(self, name)(*arguments)

    def send(self, number: int) -> None:
        _, activity_id = self.campaigns[number % 3]
        soon = with_zeros(parse_instant(self.emulator.control("clock")["now"]) + 60 * SECOND)
        if self.emulator.schedule(activity_id, soon).status_code != 201:
            return
        before = people(self.rows(activity_id, "sends"))
        lists = self.emulator.get(f"/v3/emails/activities/{activity_id}")["contact_list_ids"]
        active = {
            contact["contact_id"]: contact["email_address"]["address"]
            for contact in self.found(f"status=active&lists={','.join(lists)}")
        }
        self.emulator.advance("PT2M")
        new = people(self.rows(activity_id, "sends")) - before
        assert new == active.keys() - before or (
            activity_id in self.partial and new <= active.keys() - before
        )
        self.addresses |= {(activity_id, contact_id): active[contact_id] for contact_id in new}

    def resend(self, number: int) -> None:
        _, activity_id = self.campaigns[number % 3]
        body = {"resend_subject": "Again", "delay_minutes": 720}
        self.emulator.post(f"/v3/emails/activities/{activity_id}/non_opener_resends", body)

    def try_two_subjects(self, number: int) -> None:
        _, activity_id = self.campaigns[number % 3]
        body = {"alternative_subject": "Other", "test_size": 30, "winner_wait_duration": 6}
        answer = self.emulator.post(f"/v3/emails/activities/{activity_id}/abtest", body)
        if answer.status_code == 201:
            self.partial.add(activity_id)

    def break_off(self, number: int) -> None:
        """The next mail reaches half of its audience (6) or nobody (1)."""
        self.emulator.control("sends", {"reason_code": 6 if number % 2 else 1})
        self.partial.update(activity_id for _, activity_id in self.campaigns)

    def engage(self, number: int, kind: str, count: int) -> None:
        body: dict[str, Any] = {"campaign": self.campaigns[number % 3][1], "kind": kind, "count": count % 4}
        if kind == "bounce" and number % 2:
            body["bounce_code"] = "V"
        if kind != "optout":
            at = self.emulator.control("clock")["now"]
            body["at"] = at if number % 2 else at.replace("2026-", "2027-")
        self.emulator.post("/_control/engagements", body)

    def advance(self, duration: str) -> None:
        self.emulator.advance(duration)

    def join(self, contact: int, number: int) -> None:
        self._change(contact, **self._on({number % 2}))

    def rename(self, contact: int) -> None:
        self._change(contact, address=f"other{contact}@example.com")

    def unsubscribe(self, contact: int) -> None:
        self._change(contact, permission="unsubscribed")

    def _change(self, contact: int, address: str = "", permission: str = "", **more: Any) -> None:
        contact_id = self.contacts[contact % len(self.contacts)]
        email = self.emulator.get(f"/v3/contacts/{contact_id}")["email_address"]
        given = {"address": address or email["address"]}
        given |= {"permission_to_send": permission} if permission else {}
        self.emulator.put(
            f"/v3/contacts/{contact_id}", {"email_address": given, "update_source": "Account", **more}
        )

    def delete(self, contact: int) -> None:
        self.emulator.delete(f"/v3/contacts/{self.contacts[contact % len(self.contacts)]}")

    def remove(self, number: int) -> None:
        if number == 0:
            answer = self.emulator.delete(f"/v3/emails/{self.campaigns[0][0]}")
            self.removed = self.removed or answer.status_code == 204

    def rows(self, activity_id: str, name: str) -> list[dict[str, Any]]:
        path = f"{REPORTS}/email_reports/{activity_id}/tracking/{name}?limit=3"
        if self.emulator.call("GET", path).status_code == 404:
            return []
        return self.emulator.all(path, "tracking_activities")

    def found(self, query: str) -> list[dict[str, Any]]:
        return self.emulator.all(f"/v3/contacts?limit=3&{query}", "contacts")

    def selected(self, field: str) -> set[str]:
        """Whom a segment selects; the first call only starts the evaluation."""
        query = f"segment_id={self.segments[field]}"
        assert self.emulator.call("GET", f"/v3/contacts?{query}").status_code == 202
        self.emulator.advance("PT2S")
        return people(self.found(query))

    def kept(self) -> Iterator[tuple[str, str]]:
        """The campaigns that were not removed, and their activities that have reports."""
        for campaign_id, _ in self.campaigns:
            campaign = self.emulator.get(f"/v3/emails/{campaign_id}")
            if campaign["current_status"] != "REMOVED":
                for reference in campaign["campaign_activities"]:
                    if reference["role"] != "permalink":
                        yield campaign_id, reference["campaign_activity_id"]


def people(rows: list[dict[str, Any]]) -> set[str]:
    return {row["contact_id"] for row in rows}


def stats_of(account: Account, path: str) -> dict[str, Any] | None:
    answer = account.emulator.call("GET", f"{REPORTS}/stats/{path}")
    results = answer.json().get("results", [])
    return dict(results[0]) if results else None


def check_activity(account: Account, activity_id: str) -> None:
    """Reports, stats and send history of one mail."""
    sends = account.rows(activity_id, "sends")
    got = people(sends)
    assert len(got) == len(sends)
    for row in sends:
        known = account.addresses.get((activity_id, row["contact_id"]))
        assert known in (None, row["email_address"])
    history = account.emulator.get(f"/v3/emails/activities/{activity_id}/send_history")
    assert sum(send["count"] for send in history) == len(sends)
    assert Counter(row["created_time"] for row in sends) == Counter(
        {send["run_date"]: send["count"] for send in history if send["count"]}
    )
    reports = {name: account.rows(activity_id, name) for name in KINDS.values()}
    assert all(people(rows) <= got for rows in reports.values())
    check_openings(account, activity_id, sends, reports)
    result = stats_of(account, f"email_campaign_activities/{activity_id}")
    assert (result is None) == (not sends)
    if result is not None:
        check_stats(result["stats"], len(sends), reports)
        stats = result["stats"]
        causes = Counter(row["bounce_code"] for row in reports["bounces"])
        assert sum(stats[name] for name in stats if name.startswith("em_bounces_")) == causes.total()
        assert stats["em_bounces_vacation"] == causes["V"]
        assert stats["em_not_opened"] <= len(account.rows(activity_id, "didnotopens"))
    links = account.emulator.get(f"{REPORTS}/email_reports/{activity_id}/links")["link_click_counts"]
    clickers = defaultdict(set)
    for row in reports["clicks"]:
        clickers[row["url_id"]].add(row["contact_id"])
    assert {link["url_id"]: link["unique_clicks"] for link in links} == {
        url_id: len(who) for url_id, who in clickers.items()
    }


def check_openings(
    account: Account, activity_id: str, sends: list[dict[str, Any]], reports: dict[str, list[dict[str, Any]]]
) -> None:
    """Everybody who got a mail opened it, bounced, or did neither."""
    did_not, unique = account.rows(activity_id, "didnotopens"), account.rows(activity_id, "unique_opens")
    openers, bounced = people(reports["opens"]), people(reports["bounces"])
    assert people(did_not) == people(sends) - openers - bounced
    last = {row["contact_id"]: row for row in reversed(reports["opens"])}
    assert {row["contact_id"]: row for row in unique} == last
    assert len(unique) == len(last)
    assert people(reports["clicks"]) <= openers
    autoreplies = {row["contact_id"] for row in reports["bounces"] if row["bounce_code"] == "V"}
    assert openers & bounced <= autoreplies
    sent = {row["contact_id"]: row for row in sends}
    for row in did_not:
        assert row | {"tracking_activity_type": "em_sends"} == sent[row["contact_id"]]
    for name, rows in reports.items():
        dates = [row["created_time"] for row in rows]
        assert dates == sorted(dates, reverse=True), name
        assert all(row["email_address"] == sent[row["contact_id"]]["email_address"] for row in rows)


def check_stats(stats: dict[str, int], sends: int, reports: dict[str, list[dict[str, Any]]]) -> None:
    assert stats["em_sends"] == sends
    for name, report in KINDS.items():
        assert stats[name] == len(people(reports[report])), name
    for name in ("em_opens", "em_clicks"):
        devices = [
            stats[f"{name}_all_{device}"] for device in ("computer", "mobile", "tablet", "other", "none")
        ]
        assert stats[f"{name}_all"] == sum(devices) == len(reports[KINDS[name]])
    assert stats["em_not_opened"] == max(0, sends - stats["em_opens"] - stats["em_bounces"])


def check_campaigns(account: Account) -> None:
    """Stats of campaigns and their summaries, against the reports on all their activities."""
    by_campaign: dict[str, list[str]] = defaultdict(list)
    for campaign_id, activity_id in account.kept():
        by_campaign[campaign_id].append(activity_id)
    summaries = account.emulator.all(
        f"{REPORTS}/summary_reports/email_campaign_summaries?limit=1", "bulk_email_campaign_summaries"
    )
    dates = [summary["last_sent_date"] for summary in summaries]
    assert dates == sorted(dates, reverse=True)
    found = {summary["campaign_id"]: summary for summary in summaries}
    assert len(found) == len(summaries)
    for campaign_id, activity_ids in by_campaign.items():
        result = stats_of(account, f"email_campaigns/{campaign_id}")
        assert (result is not None) == (campaign_id in found)
        if result is not None:
            check_campaign(account, activity_ids, result, found.pop(campaign_id))
    assert found == {}


def check_campaign(
    account: Account, activity_ids: list[str], result: dict[str, Any], summary: dict[str, Any]
) -> None:
    stats, percents, counts = result["stats"], result["percents"], summary["unique_counts"]
    reports = {
        name: [row for activity_id in activity_ids for row in account.rows(activity_id, name)]
        for name in ("sends", *KINDS.values())
    }
    check_stats(stats, len(people(reports["sends"])), reports)
    assert counts.pop("abuse") == 0
    assert counts == {name: stats[f"em_{name}"] for name in counts}
    assert set(counts) == {"sends", "not_opened", *KINDS.values()}
    runs = [
        send["run_date"]
        for activity_id in activity_ids
        for send in account.emulator.get(f"/v3/emails/activities/{activity_id}/send_history")
        if send["count"]
    ]
    assert summary["last_sent_date"] == max(runs)
    arrived = stats["em_sends"] - stats["em_bounces"]
    for name, part in (
        ("open", "em_opens"),
        ("did_not_open", "em_not_opened"),
        ("unsubscribe", "em_optouts"),
    ):
        assert percents[name] == (round(100 * stats[part] / arrived, 1) if arrived > 0 else 0.0)


def check_contacts(account: Account) -> None:
    """Reports on contacts against those on mails, and both against what contacts are found by."""
    deleted = {contact["contact_id"]: contact["deleted_at"] for contact in account.found("status=deleted")}
    assert people(account.found("status=all")) == set(account.contacts)
    unsubscribed = people(account.found("status=unsubscribed"))
    by_contact: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for _, activity_id in account.kept():
        for type_, name in {"em_sends": "sends", **KINDS}.items():
            for row in account.rows(activity_id, name):
                by_contact[row["contact_id"]][activity_id, type_] += 1
                assert row.get("deleted_at") == deleted.get(row["contact_id"])
                if name == "optouts" and row["contact_id"] not in deleted:
                    assert row["contact_id"] in unsubscribed
    kept = {activity_id for _, activity_id in account.kept()}
    for contact_id in account.contacts:
        check_contact(account, contact_id, kept, by_contact[contact_id])


def check_contact(
    account: Account, contact_id: str, kept: set[str], expected: Counter[tuple[str, str]]
) -> None:
    path = f"{REPORTS}/contact_reports/{contact_id}"
    types = ",".join(["em_sends", *KINDS])
    rows = account.emulator.all(
        f"{path}/activity_details?tracking_activities_list={types}&limit=2", "tracking_activities"
    )
    dates = [row["created_time"] for row in rows]
    assert dates == sorted(dates, reverse=True)
    told = Counter((row["campaign_activity_id"], row["tracking_activity_type"]) for row in rows)
    assert Counter({key: times for key, times in told.items() if key[0] in kept}) == expected
    summaries = [
        summary
        for period in EVER
        for summary in account.emulator.all(f"{path}/activity_summary?{period}", "campaign_activities")
    ]
    counted: Counter[tuple[str, str]] = Counter()
    for summary in summaries:
        activity_id = summary.pop("campaign_activity_id")
        del summary["start_on"]
        summary["em_optouts"] = summary.pop("em_unsubscribes")
        counted += Counter({(activity_id, type_): times for type_, times in summary.items()})
    assert counted == told
    rates = account.emulator.get(f"{path}/open_and_click_rates?{EVER[1]}")
    mails = len(summaries)
    assert rates["included_activities_count"] == mails
    for name, type_ in (("average_open_rate", "em_opens"), ("average_click_rate", "em_clicks")):
        did = sum(1 for _, known in told if known == type_)
        assert rates[name] == pytest.approx(did / mails if mails else 0.0)


def check_segments(account: Account) -> None:
    """Those of the last campaign, by its reports. A removed one counts for segments but has no reports."""
    page = account.emulator.get(f"{REPORTS}/summary_reports/email_campaign_summaries")
    sent = page["bulk_email_campaign_summaries"]
    if not sent or account.removed:
        return
    activity_ids = [known for campaign_id, known in account.kept() if campaign_id == sent[0]["campaign_id"]]
    left_it, openers = (
        {person for known in activity_ids for person in people(account.rows(known, name))}
        for name in ("didnotopens", "opens")
    )
    there = people(account.found("status=active,unsubscribed"))
    assert account.selected("opened") == openers & there
    assert account.selected("not_opened") == (left_it - openers) & there


def check_counts(account: Account) -> None:
    counts = account.emulator.get("/v3/contacts/counts")
    assert counts["total"] == len(account.contacts) - len(account.found("status=deleted"))
    assert counts["implicit"] == len(account.found("status=active"))
    assert counts["unsubscribed"] == len(account.found("status=unsubscribed"))


def check_lists(account: Account) -> None:
    lists = account.emulator.get("/v3/contact_lists?include_count=true&include_membership_count=all")["lists"]
    for found in lists:
        members = account.found(f"lists={found['list_id']}&status=all")
        assert found["membership_count"] == len(members)


def live(memberships: list[set[int]], steps: list[tuple[Any, ...]]) -> None:
    account = Account(memberships)
    for step in steps:
        account.live(step)
    account.emulator.advance("PT10S")
    for _, activity_id in account.kept():
        check_activity(account, activity_id)
    check_campaigns(account)
    check_contacts(account)
    check_segments(account)
    check_counts(account)
    check_lists(account)
    dump = account.emulator.control("dump")
    account.emulator.control("load", json.loads(json.dumps(dump)))
    check_campaigns(account)


MEMBERSHIPS = st.lists(st.sets(st.integers(0, 1)), min_size=1, max_size=7)
LIVES = st.lists(STEPS, max_size=12)


# Two lives in which everything happens at least once, since few of the short random ones are that full.
EVERYBODY: list[set[int]] = [{0, 1}] * 7
AT_ONCE = [("engage", 5, kind, 3) for kind in ("open", "click", "forward", "optout", "bounce")]
RESENT: list[tuple[Any, ...]] = [
    ("resend", 2), ("rename", 1), ("advance", "P1D"), *AT_ONCE, ("delete", 3), ("send", 0),
    ("engage", 3, "open", 3), ("engage", 6, "bounce", 1), ("advance", "P4D"), ("join", 4, 1), *AT_ONCE,
    ("send", 2), ("rename", 2), ("unsubscribe", 5), ("send", 1), ("engage", 1, "open", 3),
]  # fmt: skip
BROKEN_OFF: list[tuple[Any, ...]] = [
    ("try_two_subjects", 0), ("send", 0), ("break_off", 1), ("send", 1), ("advance", "PT5H"),
    ("engage", 3, "click", 3), ("advance", "PT5H"), ("break_off", 0), ("send", 1), ("send", 1),
    ("engage", 1, "open", 2), ("remove", 0), ("advance", "P1D"),
]  # fmt: skip


@settings(max_examples=8)
@example(EVERYBODY, RESENT)
@example(EVERYBODY, BROKEN_OFF)
@given(MEMBERSHIPS, LIVES)
def test_whoever_is_asked_the_numbers_agree(
    memberships: list[set[int]], steps: list[tuple[Any, ...]]
) -> None:
    live(memberships, steps)


@pytest.mark.slow
@settings(max_examples=300)
@given(MEMBERSHIPS, st.lists(STEPS, max_size=40))
def test_in_a_long_life_too_the_numbers_agree(
    memberships: list[set[int]], steps: list[tuple[Any, ...]]
) -> None:
    live(memberships, steps)
