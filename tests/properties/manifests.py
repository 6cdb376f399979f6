"""Random manifests over small pools of names, so that swaps, rotations, moves and clashes come up often."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

KEYS = ("a", "b", "c", "d")
LIST_NAMES = ("News", "Donors", "Über uns", "50% off: today", "List #4", "日本語", "a/b?c=d&e")
TAG_NAMES = ("vip", "Gala 2035", "lapsed-13-24m", "Große Spender", "yes", "2019")
LABELS = ("Fruit", "Last gift", "Employer", "Größe", "Notes", "Household size")
SEGMENT_NAMES = ("Sleepy", "Engaged", "Win back", "Ñandú", "null")
CAMPAIGN_NAMES = ("May news", "June news", "Appeal: spring", "Gala", "Grüße")
SUBJECTS = ("Hello", '[[FirstName OR "Friend"]], hello', "50% off: today", "#1 reason", "Ça va ?")
DATES = ("2035-05-01T09:00", "2035-06-05T16:30", "2036-01-31T23:59")
HTML = (
    "<html><body>[[trackingImage]]<p>Hello &amp; welcome</p></body></html>",
    '<html>\n<body class="x">\n[[trackingImage]] <p>Second   issue</p><br/>\n</body></html>',
    "<html><body>[[trackingImage]]<pre>  kept   as is </pre>&eacute;&nbsp;€</body></html>",
    "<!DOCTYPE html>\r\n<HTML><body><a HREF='https://example.org/?a=1&section=2&amp;copy=3' class=c>go</a >"
    "<!--[if mso]> <p  class=x>  y<![endif]--><style>p > a  { }</style>e\u0301 &unknown; <BR><td colspan=2>",
    '<p title="[[FirstName OR "Friend"]]">a & b <![CDATA[ c  d ]]></br>&#128;<input disabled>\t\u00a0\n',
)
FOOTERS: tuple[dict[str, str], ...] = (
    {"organization_name": "Food Bank", "address_line1": "1 Quay", "country_code": "GB"},
    {"organization_name": "Food Bank", "address_line1": "2 Quay", "city": "Leith", "country_code": "GB"},
    {"organization_name": "Shop", "address_line1": "1 Main St", "city": "Waltham", "state_code": "MA",
     "postal_code": "02451", "country_code": "US"},
)  # fmt: skip
CONDITIONS: tuple[dict[str, Any], ...] = (
    {"source": "contact", "field": "first_name", "op": "eq", "value": 'Zo\u00eb  "Z"'},
    {
        "source": "contact",
        "field": "custom",
        "op": "in",
        "value": ["2", 10, True, None, 1.50],
        "note": {"b": 1, "a": []},
    },
    {
        "type": "or",
        "group": [
            {"source": "contact", "field": "city", "op": "eq", "value": each} for each in ("b", "a", "b")
        ],
    },
)
SENDER = {"name": "Jo Bloggs", "email": "owner@example.com"}


def _named(draw: st.DrawFn, names: tuple[str, ...], most: int) -> dict[str, str]:
    """Keys with names of their own, each name once."""
    keys = draw(st.lists(st.sampled_from(KEYS), unique=True, max_size=most))
    chosen = draw(st.permutations(names))
    return dict(zip(sorted(keys), chosen, strict=False))


def _maybe(draw: st.DrawFn, fields: dict[str, st.SearchStrategy[Any]]) -> dict[str, Any]:
    """Some of the fields: the others are not declared."""
    return {name: draw(strategy) for name, strategy in fields.items() if draw(st.booleans())}


@st.composite
def lists(draw: st.DrawFn) -> dict[str, Any]:
    texts = st.sampled_from(["", "Monthly news", "with 'quotes' & <signs>"])
    return {
        key: {"name": name, **_maybe(draw, {"description": texts, "favorite": st.booleans()})}
        for key, name in _named(draw, LIST_NAMES, 4).items()
    }


@st.composite
def tags(draw: st.DrawFn) -> dict[str, Any]:
    sources = st.sampled_from(["Shopify", "Import"])
    return {
        key: {"name": name, **_maybe(draw, {"tag_source": sources})}
        for key, name in _named(draw, TAG_NAMES, 3).items()
    }


_TYPES: tuple[dict[str, Any], ...] = (
    {"type": "string"},
    {"type": "boolean"},
    {"type": "text_area"},
    {"type": "date", "version": 2},
    {"type": "datetime"},
    {"type": "number", "integer": False, "decimal_places": 1},
    {"type": "currency", "currency_code": "USD"},
    {"type": "single_select", "display_type": "dropdown"},
    {"type": "multi_select", "display_type": "checkbox"},
)


@st.composite
def custom_fields(draw: st.DrawFn) -> dict[str, Any]:
    found = {}
    for key, label in _named(draw, LABELS, 3).items():
        field = dict(draw(st.sampled_from(_TYPES)), label=label)
        if field["type"].endswith("_select"):
            field["choices"] = draw(
                st.lists(
                    st.sampled_from(["Apple", "Pear", "Plum", "Kiwi"]), min_size=1, max_size=4, unique=True
                )
            )
        found[key] = field
    return found


@st.composite
def segments(draw: st.DrawFn, list_keys: list[str], tag_keys: list[str]) -> dict[str, Any]:
    found = {}
    for key, name in _named(draw, SEGMENT_NAMES, 3).items():
        group: list[Any] = [
            {
                "source": "tracking",
                "field": draw(st.sampled_from(["opened", "not_opened"])),
                "op": "contains-any",
                "const_value": "last-n-campaigns",
                "param": draw(st.sampled_from([5, "5", 20])),
            }
        ]
        if draw(st.booleans()):
            group.insert(0, draw(st.sampled_from(CONDITIONS)))
        used = draw(st.lists(st.sampled_from(list_keys), unique=True)) if list_keys else []
        if used:
            group.append(
                {
                    "type": "or",
                    "group": [_condition("contact", "list_membership", f"list.{each}") for each in used],
                }
            )
        used = draw(st.lists(st.sampled_from(tag_keys), unique=True)) if tag_keys else []
        if used:
            group.append(
                {"type": "or", "group": [_condition("tags", "tag_id", f"tag.{each}") for each in used]}
            )
        found[key] = {"name": name, "criteria": {"type": "and", "group": group}}
    return found


def _condition(source: str, field: str, address: str) -> dict[str, str]:
    return {"source": source, "field": field, "op": "eq", "value": "${" + address + "}"}


@st.composite
def campaigns(draw: st.DrawFn, list_keys: list[str], segment_keys: list[str]) -> dict[str, Any]:
    found = {}
    for key, name in _named(draw, CAMPAIGN_NAMES, 3).items():
        campaign: dict[str, Any] = {
            "name": name,
            "from": dict(SENDER, name=draw(st.sampled_from(["Jo Bloggs", "Jo"]))),
            "subject": draw(st.sampled_from(SUBJECTS)),
            "html": draw(st.sampled_from(HTML)),
            **_maybe(
                draw,
                {
                    "preheader": st.sampled_from(["", "What is new"]),
                    "footer": st.sampled_from(FOOTERS),
                    "reply_to": st.just("Owner@example.com"),
                },
            ),
        }
        audience = _audience(draw, list_keys, segment_keys)
        if audience is not None:
            campaign["audience"] = audience
        if audience not in (None, {"lists": []}) and draw(st.booleans()):
            campaign["schedule"] = {"at": draw(st.sampled_from(DATES)), "timezone": "America/New_York"}
        found[key] = campaign
    return found


def _audience(draw: st.DrawFn, list_keys: list[str], segment_keys: list[str]) -> dict[str, Any] | None:
    choices: list[dict[str, Any] | None] = [None, {"lists": []}]
    if list_keys:
        choices.append({"lists": draw(st.lists(st.sampled_from(list_keys), min_size=1, unique=True))})
    if segment_keys:
        choices.append({"segment": draw(st.sampled_from(segment_keys))})
    chosen: dict[str, Any] | None = draw(st.sampled_from(choices))
    return chosen


@st.composite
def manifests(draw: st.DrawFn) -> dict[str, Any]:
    """{section: {key: resource}}; valid by itself."""
    found: dict[str, Any] = {
        "lists": draw(lists()),
        "tags": draw(tags()),
        "custom_fields": draw(custom_fields()),
    }
    found["segments"] = draw(segments(sorted(found["lists"]), sorted(found["tags"])))
    found["campaigns"] = draw(campaigns(sorted(found["lists"]), sorted(found["segments"])))
    return {section: resources for section, resources in found.items() if resources} or {
        "lists": {"a": {"name": LIST_NAMES[0]}}
    }
