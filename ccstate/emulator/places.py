"""States and countries, as far as the service derives something from them."""

from __future__ import annotations

_EASTERN, _CENTRAL = "America/New_York", "America/Chicago"
_MOUNTAIN, _PACIFIC = "America/Denver", "America/Los_Angeles"

# Code: name and the zone of its largest city.
STATES = {
    "AL": ("Alabama", _CENTRAL), "AK": ("Alaska", "America/Anchorage"), "AZ": ("Arizona", "America/Phoenix"),
    "AR": ("Arkansas", _CENTRAL), "CA": ("California", _PACIFIC), "CO": ("Colorado", _MOUNTAIN),
    "CT": ("Connecticut", _EASTERN), "DE": ("Delaware", _EASTERN), "DC": ("District of Columbia", _EASTERN),
    "FL": ("Florida", _EASTERN), "GA": ("Georgia", _EASTERN), "HI": ("Hawaii", "Pacific/Honolulu"),
    "ID": ("Idaho", "America/Boise"), "IL": ("Illinois", _CENTRAL),
    "IN": ("Indiana", "America/Indiana/Indianapolis"), "IA": ("Iowa", _CENTRAL), "KS": ("Kansas", _CENTRAL),
    "KY": ("Kentucky", _EASTERN), "LA": ("Louisiana", _CENTRAL), "ME": ("Maine", _EASTERN),
    "MD": ("Maryland", _EASTERN), "MA": ("Massachusetts", _EASTERN), "MI": ("Michigan", "America/Detroit"),
    "MN": ("Minnesota", _CENTRAL), "MS": ("Mississippi", _CENTRAL), "MO": ("Missouri", _CENTRAL),
    "MT": ("Montana", _MOUNTAIN), "NE": ("Nebraska", _CENTRAL), "NV": ("Nevada", _PACIFIC),
    "NH": ("New Hampshire", _EASTERN), "NJ": ("New Jersey", _EASTERN), "NM": ("New Mexico", _MOUNTAIN),
    "NY": ("New York", _EASTERN), "NC": ("North Carolina", _EASTERN), "ND": ("North Dakota", _CENTRAL),
    "OH": ("Ohio", _EASTERN), "OK": ("Oklahoma", _CENTRAL), "OR": ("Oregon", _PACIFIC),
    "PA": ("Pennsylvania", _EASTERN), "RI": ("Rhode Island", _EASTERN), "SC": ("South Carolina", _EASTERN),
    "SD": ("South Dakota", _CENTRAL), "TN": ("Tennessee", _CENTRAL), "TX": ("Texas", _CENTRAL),
    "UT": ("Utah", _MOUNTAIN), "VT": ("Vermont", _EASTERN), "VA": ("Virginia", _EASTERN),
    "WA": ("Washington", _PACIFIC), "WV": ("West Virginia", _EASTERN), "WI": ("Wisconsin", _CENTRAL),
    "WY": ("Wyoming", _MOUNTAIN),
}  # fmt: skip

PROVINCES = (
    "AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT",
)  # fmt: skip

COUNTRIES = {
    "AT": "Austria", "AU": "Australia", "BE": "Belgium", "BR": "Brazil", "CA": "Canada", "CH": "Switzerland",
    "DE": "Germany", "DK": "Denmark", "ES": "Spain", "FI": "Finland", "FR": "France", "GB": "United Kingdom",
    "IE": "Ireland", "IN": "India", "IT": "Italy", "JP": "Japan", "MX": "Mexico", "NL": "Netherlands",
    "NO": "Norway", "NZ": "New Zealand", "PL": "Poland", "PT": "Portugal", "SE": "Sweden",
    "US": "United States", "ZA": "South Africa",
}  # fmt: skip
