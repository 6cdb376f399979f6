"""Rules: which live object belongs to which address, and what keeps a plan from being applied, as tables.

The documentation prints these (`render.rules`), and tests walk them: a row without a test fails.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ccstate.core.options import Guards

_AS_SHIPPED: Final = Guards()


class MatchRule(NamedTuple):
    """A row of matching: what manifest, state and account say of one resource, and what is done."""

    manifest: str
    state: str
    account: str
    result: str


MATCHES: Final = (
    MatchRule("declared", "bound", "there", "compared: nothing, update or replace"),
    MatchRule("declared", "bound", "gone", "created again (a campaign is not: a person removed it)"),
    MatchRule("declared", "bound", "gone, another one of that name", "adopted"),
    MatchRule("declared", "not bound", "one of that name", "adopted; refused with `adopt: never`"),
    MatchRule("declared, with an `import` block", "not bound", "the one that it names", "adopted"),
    MatchRule("declared", "not bound", "several of that name", "refused (`ambiguous-name`)"),
    MatchRule("declared", "not bound", "none", "created"),
    MatchRule(
        "declared, under a new key", "bound under a key that is gone, same name", "there", "moved, no call"
    ),
    MatchRule(
        "declared, with a `moved` block",
        "bound under the key that it names",
        "there",
        "moved, then compared: its name may change too",
    ),
    MatchRule(
        "not declared", "bound", "there", "deleted, or what `on_remove` says; a sent campaign is forgotten"
    ),
    MatchRule("not declared", "bound", "gone", "forgotten"),
    MatchRule("not declared, with a `forget` block", "bound", "there", "forgotten, no call"),
    MatchRule("not declared", "not bound", "there", "none of our business"),
)

REFUSED, BLOCKED, SAID = "refused", "blocked", "a warning"
"""The whole plan; the one resource, while the rest goes on; nothing but a word."""


class GuardRule(NamedTuple):
    """A guard: its code, when it acts and on what, the flag that says you mean it, what moves it."""

    code: str
    when: str
    effect: str = REFUSED
    flag: str = ""
    settings: tuple[str, ...] = ()
    remedy: str = ""


GUARDS: Final = (
    GuardRule(
        "account-mismatch",
        "credentials, pin and state are of different accounts",
        settings=("account.id",),
        remedy="use the right credentials",
    ),
    GuardRule(
        "organisation-mismatch",
        "the account belongs to another organisation than the pinned one",
        settings=("account.organisation",),
        remedy="use the right credentials",
    ),
    GuardRule(
        "account-not-pinned",
        "the first apply to a live account, and `ccstate.yaml` does not say which; a warning of `plan`",
        settings=("account.id",),
    ),
    GuardRule(
        "protected",
        "deleting or replacing what has `lifecycle: {protect: true}`, also after its block is gone",
        remedy="take the protection off, apply that first",
    ),
    GuardRule(
        "removal-refused",
        "removing what has `lifecycle: {on_remove: refuse}`, also after its block is gone",
        remedy="change `on_remove`, apply that first",
    ),
    GuardRule(
        "never-replaced",
        "`--replace` of a list, of a campaign that was sent or is being sent, or of one in a status that "
        "nobody knows",
        remedy="leave the flag out",
    ),
    GuardRule(
        "not-adopted",
        "making what the account has an object of that name for already, with `adopt: never`",
        settings=("adopt",),
        remedy="import it",
    ),
    GuardRule(
        "data-loss",
        "deleting a list or tag with members, a custom field, a choice; replacing such",
        flag="--allow-data-loss ADDRESS",
        remedy="or the organisation's name at the prompt",
    ),
    GuardRule(
        "mass-change",
        f"more than {_AS_SHIPPED.mass_change_percent} % of the managed resources of a kind changed or "
        f"deleted, where there are {_AS_SHIPPED.mass_change_from} or more; not for `destroy`, "
        "not with `--target`",
        flag="--allow-mass-change",
        settings=("guards.mass_change_percent", "guards.mass_change_from"),
    ),
    GuardRule(
        "dangling-use",
        "deleting or replacing what a scheduled campaign or a segment still uses, managed or not; "
        "a warning where only drafts do",
        flag="--allow-dangling ADDRESS",
        settings=("guards.dangling_use",),
    ),
    GuardRule(
        "still-in-use",
        "deleting what a managed resource uses that stays as it is for now: left out, or blocked itself",
        BLOCKED,
        remedy="see to its user first",
    ),
    GuardRule(
        "last-list",
        "deleting every list of the account; `destroy` keeps one instead",
        remedy="keep one",
    ),
    GuardRule(
        "possible-second-send",
        "making or scheduling a campaign with subject and sender of an unmanaged one that goes out, is going "
        f"out, or went out within {_AS_SHIPPED.second_send_days} days",
        flag="--allow-second-send ADDRESS",
        settings=("guards.second_send_days",),
    ),
    GuardRule(
        "name-already-sent",
        "scheduling what has the name of a campaign that was already sent",
        remedy="give it a name of its own",
    ),
    GuardRule(
        "reference-moved",
        "a name in the manifest leads to another object than before",
        flag="--rebind ADDRESS",
    ),
    GuardRule(
        "schedule-too-soon",
        f"a new time nearer than {_AS_SHIPPED.lead_time_minutes} minutes; content, or a new time, of what "
        "goes out that soon, before anything is taken down",
        BLOCKED,
        settings=("guards.lead_time_minutes",),
    ),
    GuardRule(
        "schedule-too-far",
        f"a time more than {_AS_SHIPPED.horizon_days} days ahead; on the emulator a warning",
        BLOCKED,
        settings=("guards.horizon_days",),
    ),
    GuardRule(
        "schedule-missed",
        "a time that has passed, and nothing was sent: it is not scheduled any more",
        SAID,
        settings=("guards.missed",),
        remedy="give it a new time",
    ),
    GuardRule(
        "schedule-without-audience",
        "scheduling what has neither a list nor a segment",
        BLOCKED,
        remedy="give it an audience",
    ),
    GuardRule(
        "sender-unconfirmed",
        "writing a mail from an address that the account has not confirmed",
        BLOCKED,
        remedy="confirm it in the account",
    ),
    GuardRule(
        "privilege-missing",
        "a call that the role of the user behind the credentials does not allow",
        BLOCKED,
        remedy="use those of an Account Owner or Account Manager",
    ),
    GuardRule(
        "audience-too-large",
        "a send that may reach more contacts than `max_audience`, or a number that is not known",
        flag="--allow-sends",
        settings=("guards.max_audience",),
    ),
    GuardRule(
        "audience-unexpected",
        "a send outside of what `expect` under its `audience` says; "
        "a warning for one that the plan leaves as it is",
        remedy="see to the audience, or correct `expect`",
    ),
    GuardRule(
        "audience-empty",
        "a send within 24 hours to nothing but what the same plan makes; later, or beside others, a warning",
        flag="--allow-sends",
    ),
    GuardRule(
        "over-budget",
        "applying needs more calls than the key has in a day, or has left of this one",
        settings=("limits.daily",),
        remedy="apply a part with `--target`",
    ),
)
