"""Facts: what only some changes need to know, each read by a flow of its own."""

from __future__ import annotations

from typing import Any

import pytest

from ccstate.core.live import Live
from ccstate.core.wire import Response
from ccstate.kinds._facts import neighbour_question, senders_question
from tests.core.build import drive
from tests.kinds.payloads import ACTIVITY, CAMPAIGN

NEIGHBOUR = Live("campaign", "71a9c14e", "By hand")


def test_senders_are_read_in_lower_case_with_their_status() -> None:
    body = [
        {"email_address": "News@Example.org", "confirm_status": "CONFIRMED"},
        {"email_address": "new@example.org", "confirm_status": "unconfirmed"},
        {"email_address": "odd@example.org"},
    ]
    found, asked = drive(senders_question().flow(), Response(200, body))
    assert found == {"news@example.org": "CONFIRMED", "new@example.org": "UNCONFIRMED", "odd@example.org": ""}
    assert asked[0][0].path == "/account/emails"


def test_a_neighbour_is_read_for_subject_sender_and_audience() -> None:
    found, asked = drive(
        neighbour_question(NEIGHBOUR).flow(), Response(200, CAMPAIGN), Response(200, ACTIVITY)
    )
    said = {"subject": "Hello May", "from_email": "news@example.org"}
    assert found == {"activity_id": "70b83958", **said, "lists": ["3f0c"], "segments": []}
    assert [each.path for (each,) in asked] == ["/emails/71a9c14e", "/emails/activities/70b83958"]


@pytest.mark.parametrize(
    "answers",
    [
        (Response(404),),
        (Response(200, {"campaign_activities": []}),),
        (Response(200, {}),),
        (Response(200, CAMPAIGN), Response(404)),
    ],
    ids=["no campaign", "no activity", "nothing said", "activity gone"],
)
def test_a_neighbour_that_is_gone_is_nothing(answers: tuple[Any, ...]) -> None:
    assert drive(neighbour_question(NEIGHBOUR).flow(), *answers)[0] is None
