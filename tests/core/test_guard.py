"""Guards: which plans are refused, which parts of them wait, and what says otherwise."""

from __future__ import annotations

import pytest

from ccstate.core.live import Account
from ccstate.core.plan import Status
from tests.core.build import (
    Bench,
    a_campaign,
    a_field,
    a_list,
    a_segment,
    a_tag,
    as_live,
    calls,
    change,
    choices,
    codes,
    lists,
    ref,
    says_nothing_of,
    schedule,
    soon,
    uses,
)

LIVE = Account("a07e1l4x1vq3", "Example Shop", emulated=False)

# The account


def test_a_live_account_that_is_not_pinned_is_a_warning_on_plan_and_an_error_on_apply() -> None:
    planned = Bench(account=LIVE).plan(a_tag("a"))
    applied = Bench(account=LIVE).plan(a_tag("a"), applying=True)
    assert codes(planned) == codes(applied) == ["account-not-pinned"]
    assert [str(each.diagnostics[0].severity) for each in (planned, applied)] == ["warning", "error"]


def test_a_pinned_account_is_all_right() -> None:
    assert codes(Bench(account=LIVE).plan(account_id=LIVE.id, organisation="Example Shop")) == []


def test_an_emulated_account_needs_no_pin() -> None:
    assert codes(Bench().plan(applying=True)) == []


def test_credentials_of_another_account_than_the_pinned_one_are_refused() -> None:
    assert codes(Bench(account=LIVE).plan(account_id="other")) == ["account-mismatch"]


def test_credentials_of_another_account_than_the_states_are_refused() -> None:
    bench = Bench()
    bench.state = bench.state._replace(account_id="other")
    assert codes(bench.plan()) == ["account-mismatch"]


def test_another_organisation_than_the_pinned_one_is_refused() -> None:
    assert codes(Bench().plan(organisation="Another Shop")) == ["organisation-mismatch"]


def test_offline_nobody_asks_whose_account_it_is() -> None:
    assert codes(Bench(account=LIVE, offline=True).plan(account_id="other")) == []


# Contact data


@pytest.mark.parametrize(
    ("members", "lost"),
    [(None, "its members"), (1, "the membership of 1 contact"), (22_300, "22,300 contacts")],
)
def test_deleting_a_list_with_members_must_be_named(members: int | None, lost: str) -> None:
    bench = Bench().managed(a_list("a"), a_list("b")).becomes("list.a", extra={"members": members})
    (found,) = bench.plan(a_list("b")).diagnostics
    assert found.code == "data-loss"
    assert lost in found.summary
    assert "--allow-data-loss list.a" in found.hint


def test_an_empty_list_is_no_loss() -> None:
    assert codes(Bench().managed(a_list("a"), a_list("b")).plan(a_list("b"))) == []


@pytest.mark.parametrize("glob", ["tag.a", "tag.*", "*"])
def test_data_loss_can_be_allowed_by_address_or_glob(glob: str) -> None:
    bench = Bench().managed(a_tag("a")).becomes("tag.a", extra={"contacts": 3})
    assert codes(bench.plan()) == ["data-loss"]
    assert codes(bench.plan(allow_data_loss=(glob,))) == []


def test_any_custom_field_holds_data() -> None:
    assert codes(Bench().managed(a_field("a")).plan()) == ["data-loss"]


def test_replacing_a_custom_field_loses_its_values() -> None:
    assert codes(Bench().managed(a_field("a")).plan(a_field("a", type="number"))) == ["data-loss"]


def test_removing_a_choice_loses_its_values() -> None:
    before = a_field("a", type="single_select", choices=choices("Apple", "Pear"))
    plan = Bench().managed(before).plan(a_field("a", type="single_select", choices=choices("Apple")))
    (found,) = plan.diagnostics
    assert found.summary == "custom_field.a would lose the values of the choices Pear"


@pytest.mark.parametrize(
    "after",
    [choices("Pear", "Apple"), choices("Apple", "Pear", "Plum"), choices(("Apples", "Apple"), "Pear")],
    ids=["another order", "one more", "renamed"],
)
def test_choices_that_stay_lose_nothing(after: list[dict[str, str]]) -> None:
    bench = Bench().managed(a_field("a", type="single_select", choices=choices("Apple", "Pear")))
    assert codes(bench.plan(a_field("a", type="single_select", choices=after))) == []


def test_adopting_a_field_with_fewer_choices_loses_their_values() -> None:
    live = as_live(a_field("a", type="single_select", choices=choices("Apple", "Pear")))
    plan = Bench().unmanaged(live).plan(a_field("a", type="single_select", choices=choices("Apple")))
    assert codes(plan) == ["data-loss"]


# Mass changes


@pytest.mark.parametrize(
    ("count", "of", "refused"),
    [(3, 10, False), (4, 10, True), (9, 9, False), (30, 100, False), (31, 100, True), (10, 10, True)],
)
def test_more_than_thirty_percent_of_ten_or_more_is_refused(count: int, of: int, refused: bool) -> None:
    wants = [a_list(f"l{number}", description="x" if number < count else "") for number in range(of)]
    bench = Bench().managed(*(a_list(f"l{number}", description="") for number in range(of)))
    assert ("mass-change" in codes(bench.plan(*wants))) is refused


def test_deletes_count_as_changes() -> None:
    bench = Bench().managed(*(a_tag(f"t{number}") for number in range(10)))
    (found,) = bench.plan(*(a_tag(f"t{number}") for number in range(6))).diagnostics
    assert found.code == "mass-change"
    assert "4 of 10 managed tags (40 %)" in found.summary


def test_creating_and_adopting_much_is_no_mass_change() -> None:
    wants = [a_tag(f"t{number}") for number in range(40)]
    bench = Bench().managed(*wants[:10]).unmanaged(*(as_live(each) for each in wants[10:20]))
    assert codes(bench.plan(*wants)) == []


@pytest.mark.parametrize(
    "options",
    [
        {"allow_mass_change": True},
        {"destroy": True},
        {"targets": ("tag.*",)},
        {"guards": {"mass_change_percent": 100}},
    ],
    ids=["flag", "destroy", "target", "threshold"],
)
def test_a_mass_change_that_was_asked_for(options: dict[str, object]) -> None:
    bench = Bench().managed(*(a_tag(f"t{number}") for number in range(10)))
    assert codes(bench.plan(**options)) == []


def test_turning_all_to_something_new_is_a_mass_change() -> None:
    bench = Bench().managed(
        a_list("l"), *(a_campaign(f"c{number}", audience=lists("l")) for number in range(10))
    )
    after = (a_campaign(f"c{number}", audience=lists("n")) for number in range(10))
    assert codes(bench.plan(a_list("l"), a_list("n"), *after)) == ["mass-change"]


def test_what_only_a_new_id_makes_necessary_is_no_mass_change() -> None:
    wants = [a_segment(f"s{number}", criteria=uses("tag.t")) for number in range(10)]
    plan = Bench().managed(a_tag("t", tag_source="x"), *wants).plan(a_tag("t", tag_source="y"), *wants)
    assert codes(plan) == []


def test_each_kind_is_counted_for_itself() -> None:
    bench = Bench().managed(*(a_tag(f"t{number}") for number in range(9)))
    bench.managed(*(a_list(f"l{number}") for number in range(10)))
    assert codes(bench.plan(*(a_list(f"l{number}") for number in range(10)))) == []


# The last list


def test_destroy_leaves_the_list_with_the_most_members() -> None:
    bench = Bench().managed(a_list("a"), a_list("b")).becomes("list.b", extra={"members": 9})
    plan = bench.plan(destroy=True)
    assert codes(plan) == ["last-list-kept"]
    assert calls(plan) == ["delete list.a"]
    assert says_nothing_of(plan, "list.b")


def test_destroy_takes_all_where_an_unmanaged_list_stays() -> None:
    bench = Bench().managed(a_list("a")).unmanaged(as_live(a_list("other")))
    assert calls(bench.plan(destroy=True)) == ["delete list.a"]


def test_any_other_plan_that_takes_the_last_list_is_refused() -> None:
    assert codes(Bench().managed(a_list("a")).plan()) == ["last-list"]


def test_a_new_list_may_take_the_place_of_the_last_one() -> None:
    assert codes(Bench().managed(a_list("a")).plan(a_list("b"))) == []


# What is in use


def blocked_user() -> Bench:
    """A campaign that should stop using a list, but waits for its sender to be confirmed."""
    want = a_campaign("c", audience=lists("old"), schedule=schedule(soon(days=5)))
    return Bench(senders={}).managed(a_list("old"), a_list("new"), want)


def test_what_a_waiting_campaign_still_uses_is_not_deleted() -> None:
    plan = blocked_user().plan(
        a_list("new"), a_campaign("c", audience=lists("new"), schedule=schedule(soon(days=5)))
    )
    assert set(codes(plan)) == {"still-in-use", "sender-unconfirmed"}
    assert change(plan, "list.old").status is Status.BLOCKED
    assert plan.steps == ()


def test_what_something_left_out_still_uses_is_not_deleted() -> None:
    bench = Bench().managed(a_list("a"), a_list("b"), a_campaign("c", audience=lists("a")))
    plan = bench.plan(destroy=True, targets=("list.a",))
    assert codes(plan) == ["still-in-use"]
    assert plan.steps == ()


def test_what_uses_something_that_stays_in_use_stays_too() -> None:
    segment = a_segment("s", criteria=uses("tag.t"))
    bench = Bench(senders={}).managed(a_tag("t"), segment, a_list("l"))
    bench.managed(a_campaign("c", audience={"segment": ref("segment.s")}))
    plan = bench.plan(a_list("l"), a_campaign("c", audience=lists("l")))
    assert {str(each.address) for each in plan.changes if each.status is Status.BLOCKED} == {
        "campaign.c",
        "segment.s",
        "tag.t",
    }


def test_what_was_sent_needs_nothing_any_more() -> None:
    want = a_campaign("c", audience=lists("a"))
    bench = Bench().managed(a_list("a"), a_list("b"), want).becomes("campaign.c", status="DONE")
    assert calls(bench.plan(a_list("b"), want)) == ["delete list.a"]


def test_a_campaign_whose_status_nobody_knows_keeps_its_lists() -> None:
    want = a_campaign("c", audience=lists("a"))
    bench = Bench().managed(a_list("a"), a_list("b"), want).becomes("campaign.c", status="NONE")
    plan = bench.plan(a_list("b"), a_campaign("c", audience=lists("b")))
    assert "still-in-use" in codes(plan)
    assert plan.steps == ()
