"""Flows, driven by hand: a list of answers, no client."""

from __future__ import annotations

from typing import Any

import pytest

from ccstate.core.wire import Request, Response, ask, ask_all, next_href, pages
from tests.core.build import drive


def page(items: list[int], links: Any = None) -> Response:
    return Response(200, {"items": items} if links is None else {"items": items, "_links": links})


def test_ask_yields_one_request_and_returns_its_answer() -> None:
    answer, asked = drive(ask(Request("GET", "/x")), Response(200, {"a": 1}))
    assert answer.body == {"a": 1}
    assert asked == [(Request("GET", "/x"),)]


def test_ask_all_keeps_the_order_of_its_requests() -> None:
    requests = (Request("GET", "/a"), Request("GET", "/b"))
    answers, asked = drive(ask_all(requests), Response(200, "a"), Response(200, "b"))
    assert [each.body for each in answers] == ["a", "b"]
    assert asked == [requests]


def test_ask_all_of_nothing_asks_nothing() -> None:
    assert drive(ask_all(())) == ((), [])


def test_pages_follows_the_link_verbatim_and_without_the_query() -> None:
    first = page([1], {"next": {"href": "/v3/items?cursor=bGltaXQ9MQ=="}})
    bodies, asked = drive(pages("/items", {"limit": "1"}), first, page([2]))
    assert [body["items"] for body in bodies] == [[1], [2]]
    assert [each.path for (each,) in asked] == ["/items", "/v3/items?cursor=bGltaXQ9MQ=="]
    assert [dict(each.query) for (each,) in asked] == [{"limit": "1"}, {}]


@pytest.mark.parametrize(
    "links",
    [
        None,
        {},
        {"next": None},
        {"next": {}},
        {"next": {"href": None}},
        {"next": {"href": ""}},
        {"next": {"href": None, "next": {"href": ""}}},
        {"self": {"href": "/v3/items"}},
        [],
    ],
)
def test_every_documented_end_of_a_collection_is_an_end(links: Any) -> None:
    bodies, asked = drive(pages("/items", {}), page([1], links))
    assert len(bodies) == len(asked) == 1


@pytest.mark.parametrize("body", [None, [], "text", {"_links": None}])
def test_a_body_without_links_has_no_next_page(body: Any) -> None:
    assert next_href(body) == ""


@pytest.mark.parametrize(
    "following",
    [{"href": "/v3/x"}, {"href": "/v3/x", "next": {"href": "/v3/y"}}, {"next": {"href": "/v3/x"}}, "/v3/x"],
)
def test_the_next_link_is_found_nested_twice_as_well(following: Any) -> None:
    assert next_href({"_links": {"next": following}}) == "/v3/x"


def test_a_link_that_leads_in_a_circle_ends() -> None:
    again = {"next": {"href": "/v3/items?cursor=a"}}
    bodies, _ = drive(pages("/items", {}), page([1], again), page([2], again))
    assert [body["items"] for body in bodies] == [[1], [2]]
