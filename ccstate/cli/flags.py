"""Flags that commands share, each also an environment variable, but for those that approve or override."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

_ONLY_TYPED: Final = (
    "--auto-approve",
    "--destroy",
    "--force",
    "--include-sent",
    "--no-lock",
    "--replace",
    "--reschedule",
    "--rebind",
    "--target",
    "--exclude",
)
"""What approves, destroys, overrides or narrows is set on the command line alone, as is every --allow-*."""

OTHER_VARIABLES: Final = frozenset(
    (
        "CCSTATE_ACCESS_TOKEN",
        "CCSTATE_API_URL",
        "CCSTATE_AUTH_URL",
        "CCSTATE_CLIENT_ID",
        "CCSTATE_CLIENT_SECRET",
        "CCSTATE_HTTP_LOCK_ADDRESS",
        "CCSTATE_HTTP_LOCK_METHOD",
        "CCSTATE_HTTP_PASSWORD",
        "CCSTATE_HTTP_RUN_ADDRESS",
        "CCSTATE_HTTP_UNLOCK_ADDRESS",
        "CCSTATE_HTTP_UNLOCK_METHOD",
        "CCSTATE_HTTP_UPDATE_METHOD",
        "CCSTATE_HTTP_USERNAME",
        "CCSTATE_PLAN_KEY",
        "CCSTATE_REFRESH_TOKEN",
    )
)
_flag_variables: set[str] = set()


def variable(flag: str) -> str:
    """The environment variable of a flag."""
    return "CCSTATE_" + flag.removeprefix("--").replace("-", "_").upper()


def option(*names: str, **settings: Any) -> Callable[[F], F]:
    """A click option with its environment variable."""
    flag = next(name for name in names if name.startswith("--")).partition("/")[0]
    if flag not in _ONLY_TYPED and not flag.startswith("--allow-"):
        settings.setdefault("envvar", variable(flag))
        _flag_variables.add(variable(flag))
    return click.option(*names, **settings)


class Flags(NamedTuple):
    """The shared flags of one run."""

    path: str = "."
    emulator: bool = False
    emulator_db: str | None = None
    refresh: str = "auto"
    refresh_only: bool = False
    target: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    destroy: bool = False
    replace: tuple[str, ...] = ()
    reschedule: tuple[str, ...] = ()
    rebind: tuple[str, ...] = ()
    allow_data_loss: tuple[str, ...] = ()
    allow_second_send: tuple[str, ...] = ()
    allow_dangling: tuple[str, ...] = ()
    allow_mass_change: bool = False
    allow_sends: bool = False
    count_segments: bool = False
    include_sent: bool = False
    output: str = "text"
    json: bool = False
    full: bool = False
    concise: bool = False
    no_color: bool = False
    no_input: bool = False
    no_lock: bool = False
    lock_timeout: float = 0.0
    detailed_exitcode: bool = False
    auto_approve: bool = False

    @property
    def as_json(self) -> bool:
        """Whether nothing but JSON goes to stdout."""
        return self.json or self.output == "json"


def stack(decorators: Iterable[Callable[[F], F]]) -> Callable[[F], F]:
    """Several decorators as one, in reading order."""

    def apply(function: F) -> F:
        for decorator in reversed(list(decorators)):
            function = decorator(function)
        return function

    return apply


def seconds(text: str) -> float:
    """`30s`, `2m`, `1h`, or plain seconds."""
    found = text.strip().lower()
    factor = {"s": 1, "m": 60, "h": 3600}.get(found[-1:], 0)
    try:
        return float(found[:-1] if factor else found) * (factor or 1)
    except ValueError as why:
        raise click.BadParameter(f"{text!r} is no duration; write 30s or 2m") from why


PATH = click.argument("path", default=".", metavar="[PATH]")

EMULATOR = stack(
    [
        option("--emulator", is_flag=True, help="Use the embedded emulator: no account, no network."),
        option(
            "--emulator-db", metavar="FILE", help="The emulator's database (default: in .ccstate/emulator/)."
        ),
    ]
)
EMULATOR_STATE = option("--emulator", is_flag=True, help="The state of the project's emulated account.")
_PLAIN = (
    option("--json", is_flag=True, help="The same as --format json."),
    option("--no-color", is_flag=True, help="No colour (NO_COLOR says the same)."),
)
OUTPUT = stack(
    [
        option(
            "--format",
            "output",
            type=click.Choice(["text", "json"]),
            default="text",
            help="Form of the output.",
        ),
        *_PLAIN,
    ]
)
PLAN_OUTPUT = stack(
    [
        option(
            "--format",
            "output",
            type=click.Choice(["text", "json", "markdown", "html"]),
            default="text",
            help="Form of the output; markdown is a comment for a pull request, html a page.",
        ),
        *_PLAIN,
    ]
)
FULL = stack(
    [
        option("--full", is_flag=True, help="Show every line of long texts."),
        option("--concise", is_flag=True, help="Show one line a change."),
    ]
)
LOCK = stack(
    [
        option("--no-lock", is_flag=True, help="Do not lock the state."),
        option(
            "--lock-timeout",
            type=seconds,
            default="0s",
            metavar="30s",
            help="How long to wait for the lock.",
        ),
    ]
)
OUT = option("--out", metavar="FILE", help="Save the plan, for `ccstate apply FILE`.")
REFRESH = option(
    "--refresh",
    type=click.Choice(["auto", "full", "none"]),
    default="auto",
    help="auto: use what was read before and did not change; full: read everything managed; "
    "none (plan only): read nothing, compare with the state alone.",
)
REFRESH_ONLY = option(
    "--refresh-only",
    is_flag=True,
    help="Show what others changed and accept it into the state; nothing is written to the account.",
)
DETAILED_EXITCODE = option("--detailed-exitcode", is_flag=True, help="Exit 2 where there are changes.")
NO_INPUT = option("--no-input", is_flag=True, help="Never ask; fail and say which flag is missing.")
APPROVE = option("--auto-approve", is_flag=True, help="Apply without asking.")
ADDRESS = "ADDRESS"
PLANNING = stack(
    [
        option("--target", multiple=True, metavar=ADDRESS, help="Only this and what it needs (globs too)."),
        option("--exclude", multiple=True, metavar=ADDRESS, help="Not this, nor what needs it."),
        option("--replace", multiple=True, metavar=ADDRESS, help="Delete it and make it anew."),
        option("--reschedule", multiple=True, metavar=ADDRESS, help="Put a held campaign's schedule back."),
        option("--rebind", multiple=True, metavar=ADDRESS, help="A name it uses may lead elsewhere now."),
        option("--allow-data-loss", multiple=True, metavar=ADDRESS, help="Let it lose contact data."),
        option("--allow-second-send", multiple=True, metavar=ADDRESS, help="Send although it looks sent."),
        option("--allow-dangling", multiple=True, metavar=ADDRESS, help="Delete it although it is in use."),
        option("--allow-mass-change", is_flag=True, help="Let much of a kind change at once."),
        option("--allow-sends", is_flag=True, help="Send to more people than max_audience, or to nobody."),
        option("--count-segments", is_flag=True, help="Count segments also where nothing goes out to them."),
        option("--include-sent", is_flag=True, help="Delete sent campaigns too, with their reports."),
    ]
)  # fmt: skip


def known_variables() -> frozenset[str]:
    """Every variable that means something to some command."""
    return frozenset(_flag_variables) | OTHER_VARIABLES


def unknown_variables() -> tuple[str, ...]:
    """CCSTATE_ variables that nothing reads."""
    return tuple(
        sorted(name for name in os.environ if name.startswith("CCSTATE_") and name not in known_variables())
    )
