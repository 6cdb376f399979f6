"""What nobody documents: one switch for each behaviour that a client must survive either way.

Every switch is off by default, and off is the behaviour that is documented or best observed. A field's
metadata says what switching it on does and on what the default rests; docs/emulator.md repeats it for users.
"""

from __future__ import annotations

from dataclasses import dataclass, field


def _switch(does: str, *, source: str) -> bool:
    switch: bool = field(default=False, metadata={"does": does, "source": source})
    return switch


@dataclass(frozen=True)
class Switches:
    rewrite_html: bool = _switch(
        "HTML comes back with other white space, entities, attribute order and quoting, void tags, line ends",
        source="the documentation is silent; kept verbatim",
    )
    rewrite_criteria: bool = _switch(
        "segment criteria come back re-serialised: spacing, key order, group order, param as the other type",
        source="the documentation is silent; kept verbatim",
    )
    removed_campaigns_free_name: bool = _switch(
        "the name of a removed campaign may be taken again",
        source="assumed reserved (409), because a removed campaign can be restored in the web interface",
    )
    deleted_lists_keep_name: bool = _switch(
        "the name of a deleted list stays reserved (409)",
        source="assumed free",
    )
    deleted_segments_keep_name: bool = _switch(
        "the name of a deleted segment stays reserved (409)",
        source="assumed free",
    )
    case_sensitive_names: bool = _switch(
        "names that differ only in case are different names",
        source="assumed that uniqueness ignores case",
    )
    collection_lag: float = field(
        default=0.0,
        metadata={
            "does": "seconds for which a new object is missing from its collection (not from GET by id)",
            "source": "no lag is documented",
        },
    )
    no_scheduling: bool = _switch(
        "the plan does not include scheduling: POST and DELETE on schedules answer 403",
        source="plan tiers differ according to the knowledge base",
    )
    no_resends: bool = _switch(
        "the plan does not include resends: POST and DELETE on resends answer 403",
        source="plan tiers differ according to the knowledge base",
    )
    resend_as_array: bool = _switch(
        "a new resend is answered as an array of one",
        source="the contract answers an object, the guide shows an array; an object",
    )
    pending_approval: bool = _switch(
        "a scheduled campaign shows the status PENDING_APPROVAL instead of SCHEDULED",
        source="a partner feature of the knowledge base; the contract does not list the status",
    )
    accept_forbidden_pairs: bool = _switch(
        "HTML that contains one of the template delimiters [# ${ <@ is accepted",
        source="the guide forbids them in custom code emails without naming the answer; refused with 400",
    )
    last_list_deletable: bool = _switch(
        "the last list of the account can be deleted",
        source="the knowledge base says that an account keeps at least one list; refused with 400",
    )
    keep_field_name_case: bool = _switch(
        "the derived name of a custom field keeps the case of its label",
        source="observed answers are in lower case, an example of the contract is not",
    )
    creators_may_send: bool = _switch(
        "a Campaign Creator holds campaign:send and campaign:delete too",
        source="the guide names neither among what a creator may do; assumed to be missing",
    )
    epoch_sends_now: bool = _switch(
        "a schedule at 1970-01-01T00:00:00 sends at once, as '0' does",
        source="the official Python client sends it for '0'; assumed to be refused as a past date",
    )
    confirmed_opt_in: bool = _switch(
        "the account asks for confirmation: who signs up anew is pending_confirmation until the click",
        source="a setting of the account, documented for sign-up forms; off in a fresh account (assumed)",
    )
    account_limits: bool = _switch(
        "an account can have 500 tags and 1,000 segments: one more is refused with 400",
        source="no such limit is documented; the numbers are those of a bulk job and of a page",
    )
    strict_bodies: bool = _switch(
        "properties that the contract does not know are refused with 400",
        source="a plug-in in production sends such a property; assumed to be ignored",
    )
    provisioning_deferred: bool = _switch(
        "POST /partner/accounts answers 503, and the account appears five seconds later",
        source="the contract says that such data is stored and processed later; answered with 201",
    )
    permissive_criteria: bool = _switch(
        "any JSON document passes as segment criteria",
        source="the documented part of the grammar is checked, the rest is accepted",
    )
