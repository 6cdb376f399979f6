"""Numbers of the API's former version, in exchange for today's ids.

A fresh account has no former version. Here everything has a number all the same: its place in the order of
creation. The service's own numbers have more digits.
"""

from __future__ import annotations

from ccstate.emulator.wire import Call

_LONGEST = 18  # digits that fit into a column


def numbers(call: Call, name: str, most: int) -> dict[int, str]:
    """The numbers of a query parameter in ascending order, each as it was spelled."""
    given = [part.strip() for part in call.query.get(name, "").split(",") if part.strip()]
    if not given:
        call.refuse(f"{name} is missing")
    if len(given) > most:
        call.refuse(f"{name} must not have more than {most} elements")
    if not all(part.isascii() and part.isdigit() for part in given):
        call.refuse(f"{name} does not have a valid value: comma separated numbers are wanted")
    known = {int(part): part for part in given if len(part.lstrip("0")) <= _LONGEST}
    return dict(sorted(known.items()))
