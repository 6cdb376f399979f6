"""Config: what ccstate.yaml says. Everything has a default, so a project may do without the file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from ccstate.core.diagnostics import Diagnostic, Position, Range, error
from ccstate.core.options import ADOPT_BY_NAME, Guards, Limits
from ccstate.core.values import Json
from ccstate.manifest import checker, convert, loader
from ccstate.manifest.files import PROJECT_FILE
from ccstate.manifest.nodes import Map, Node, Source, where

SCHEMA: Final = "project"

_TIMEZONE: Final = ("defaults", "campaign", "timezone")
_SEED: Final = ("emulator", "seed")


class Config(NamedTuple):
    """The project file. `timezone` is the default of schedules, `manifests` are globs, `state` an address."""

    account_id: str = ""
    organisation: str = ""
    adopt: str = ADOPT_BY_NAME
    guards: Guards = Guards()
    limits: Limits = Limits()
    union: bool = False
    timezone: str = ""
    emulator_seed: Path | None = None
    manifests: tuple[str, ...] = ()
    on_unscheduled: str = ""
    state: str = ""


def load(root: Path) -> tuple[Config, tuple[Diagnostic, ...]]:
    """The project's configuration; the defaults where there is no file, or where it cannot be read."""
    path = root / PROJECT_FILE
    if not path.exists() and not path.is_symlink():
        return Config(), ()
    source = loader.read(path, PROJECT_FILE)
    if isinstance(source, Diagnostic):
        return Config(), (source,)
    loaded = loader.load(source)
    if loaded.root is None:
        return Config(), loaded.diagnostics
    config, told = _compiled(loaded.source, loaded.root, root)
    return config, (*loaded.diagnostics, *told)


def _compiled(source: Source, node: Node, root: Path) -> tuple[Config, list[Diagnostic]]:
    value = convert.for_schema(SCHEMA)(node)
    told: list[Diagnostic] = []
    if not checker.for_schema(SCHEMA)(value):
        from ccstate.manifest import wording

        origin = Range(source.filename, Position(1, 1))
        told, bad = wording.word(SCHEMA, value, wording.Subject(source, node, source.filename, origin))
        value = (
            {key: each for key, each in value.items() if key not in bad} if isinstance(value, dict) else {}
        )
    config = _config(value or {}, root)
    told += _look(config, source, node)
    return config, told


def _config(value: Json, root: Path) -> Config:
    account, seed = value.get("account", {}), _at(value, _SEED)
    return Config(
        account_id=account.get("id", ""),
        organisation=account.get("organisation", ""),
        adopt=value.get("adopt", ADOPT_BY_NAME),
        guards=Guards(**value.get("guards", {})),
        limits=Limits(**value.get("limits", {})),
        union=value.get("impact") == "union",
        timezone=_at(value, _TIMEZONE) or "",
        emulator_seed=root / seed if seed else None,
        manifests=tuple(value.get("manifests", ())),
        on_unscheduled=_at(value, ("hooks", "on_unscheduled")) or "",
        state=value.get("state", ""),
    )


def _at(value: Json, path: tuple[str, ...]) -> Json:
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _look(config: Config, source: Source, node: Node) -> list[Diagnostic]:
    """What a schema cannot say: does the zone exist, does the seed."""
    told = []
    if config.timezone and not is_zone(config.timezone):
        from ccstate.manifest.times import unknown_zone

        mistake = unknown_zone(config.timezone)
        at = where(source.filename, node, _TIMEZONE)
        told.append(error(mistake.code, mistake.summary, hint=mistake.hint, range=at))
    if config.emulator_seed and not config.emulator_seed.is_file():
        at = where(source.filename, node, _SEED)
        told.append(error("seed-missing", f"there is no file {_at_text(node, _SEED)!r}", range=at))
    return told


def is_zone(name: str) -> bool:
    """Whether a time zone of that name exists."""
    from ccstate.manifest.times import zone

    return zone(name) is not None


def _at_text(node: Node, path: tuple[str, ...]) -> str:
    for key in path:
        node = node.members[key] if isinstance(node, Map) else node
    return getattr(node, "text", "")
