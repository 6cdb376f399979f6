"""Projects of any size, with the state that an apply of them would have left."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ccstate.core.state import State
from ccstate.kinds import discover
from ccstate.manifest.project import load
from ccstate.store.project import Store
from tests.core.build import as_live, binding

ACCOUNT: Final = "a07e1l4x1vq3"
PROJECT: Final = f"account: {{id: {ACCOUNT}}}\n"
FLAT: Final = "flat"
MIXED: Final = "mixed"

_SHARES: Final = {"lists": 0.09, "custom_fields": 0.01, "segments": 0.05, "campaigns": 0.20}
"""Of the mixed project; tags are the rest. Of 10,000 that is 900, 100, 500 and 2,000: what an account may
hold, so that a larger project only has more tags and campaigns."""

_MOST: Final = {"lists": 900, "custom_fields": 100, "segments": 500}


@dataclass(frozen=True, slots=True)
class Scale:
    """How many of each section a project has, and of how many of them every tenth is named anew."""

    counts: Mapping[str, int]
    changed: bool = False

    @classmethod
    def of(cls, shape: str, resources: int, *, changed: bool = False) -> Scale:
        """Tags alone, or a bit of everything."""
        counts: dict[str, int] = {}
        if shape == MIXED:
            counts = {
                section: min(max(round(resources * share), 1), _MOST.get(section, resources))
                for section, share in _SHARES.items()
            }
        return cls({**counts, "tags": resources - sum(counts.values())}, changed)

    def name(self, section: str, number: int) -> str:
        """The natural key of a resource."""
        new = " (new)" if self.changed and number % 10 == 0 else ""
        return f"{section.removesuffix('s').replace('_', ' ').capitalize()} {number:05}{new}"


def write(root: Path, scale: Scale) -> None:
    """The manifests of a project, one file a section."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "ccstate.yaml").write_text(PROJECT, encoding="utf-8")
    for section, count in scale.counts.items():
        blocks = (_BLOCKS[section](scale, number) for number in range(count))
        (root / f"{section}.yaml").write_text(f"{section}:\n" + "".join(blocks), encoding="utf-8")


def write_state(root: Path) -> None:
    """The state after an apply of the project, so that its offline plan has nothing to do."""
    project = load(root, discover())
    assert project.diagnostics == (), project.diagnostics[:3]
    bindings = {each.address: binding(each, as_live(each)) for each in project.desired}
    Store.of(root, emulator=False).save(State(account_id=ACCOUNT, bindings=bindings))


def converged(root: Path, shape: str, resources: int) -> Path:
    """A project with its state."""
    write(root, Scale.of(shape, resources))
    write_state(root)
    return root


def edited(root: Path, project: Path, shape: str, resources: int) -> Path:
    """The same project, where every tenth resource was given another name since."""
    shutil.copytree(project, root)
    write(root, Scale.of(shape, resources, changed=True))
    return root


def _list(scale: Scale, number: int) -> str:
    name = scale.name("lists", number)
    return f"  list_{number:05}:\n    name: {name}\n    description: Who asked for letter {number}\n"


def _tag(scale: Scale, number: int) -> str:
    return f"  tag_{number:05}:\n    name: {scale.name('tags', number)}\n"


def _field(scale: Scale, number: int) -> str:
    label = scale.name("custom_fields", number)
    return f"  field_{number:05}:\n    label: {label}\n    type: string\n"


def _segment(scale: Scale, number: int) -> str:
    used = number % scale.counts["tags"]
    return (
        f"  segment_{number:05}:\n    name: {scale.name('segments', number)}\n    criteria:\n"
        "      type: and\n      group:\n"
        "        - {source: tracking, field: not_opened, op: contains-any, "
        f"const_value: last-n-campaigns, param: {number % 50 + 1}}}\n"
        f"        - {{source: contact, field: tag_id, op: eq, value: '${{tag.tag_{used:05}}}'}}\n"
    )


def _campaign(scale: Scale, number: int) -> str:
    used = number % scale.counts["lists"]
    schedule = (
        "    schedule: {at: 2045-05-01T09:00, timezone: America/New_York}\n" if number % 10 == 0 else ""
    )
    return (
        f"  campaign_{number:05}:\n    name: {scale.name('campaigns', number)}\n"
        "    from: {name: Jo Bloggs, email: owner@example.com}\n"
        f"    subject: Letter {number}\n    html: |\n      {_html(number)}\n"
        f"    audience: {{lists: [list_{used:05}]}}\n{schedule}"
    )


def _html(number: int) -> str:
    """About 300 bytes, no two alike."""
    return "".join(_paragraphs(random.Random(number)))


def _paragraphs(chance: random.Random) -> Iterator[str]:
    words = ("letter", "garden", "spring", "market", "bread", "river", "lantern", "harvest", "window")
    for _ in range(5):
        yield f"<p class='text'>{' '.join(chance.choice(words) for _ in range(6))}</p>"


_BLOCKS: Final[Mapping[str, Callable[[Scale, int], str]]] = {
    "lists": _list,
    "tags": _tag,
    "custom_fields": _field,
    "segments": _segment,
    "campaigns": _campaign,
}
