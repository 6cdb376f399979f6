"""What a saved plan is for: which project, which state, which version of this tool; and whether this is that.

Plan and apply are often two checkouts in two places, so every path is relative: the project as seen from the
plan's file, and from the top of its repository.
"""

from __future__ import annotations

import os.path
from pathlib import Path

from ccstate import __version__
from ccstate.core.diagnostics import Diagnostic, Refused, error, warning
from ccstate.core.document import PlanTarget
from ccstate.core.plan import Plan
from ccstate.manifest.files import find_root, is_marked
from ccstate.store.project import Store


def target_of(root: Path, store: Store, out: Path, *, emulator: bool) -> PlanTarget:
    """What a plan of the project at `root` is for, saved as `out`."""
    return PlanTarget(
        project=_relative(root.resolve(), out.resolve().parent),
        emulator=emulator,
        in_repository=_in_repository(root),
        state=store.address,
        tzdata=_tzdata(),
    )


def _relative(path: Path, start: Path) -> str:
    return Path(os.path.relpath(path, start)).as_posix()


def _top(path: Path) -> Path | None:
    """The top of the repository that a path is in."""
    path = path.resolve()
    return next((each for each in (path, *path.parents) if os.path.lexists(each / ".git")), None)


def _in_repository(root: Path) -> str:
    top = _top(root)
    return "" if top is None else _relative(root.resolve(), top)


def _tzdata() -> str:
    import tzdata  # type: ignore[import-untyped]

    return str(tzdata.IANA_VERSION)


# Which project


def find_project(file: Path, target: PlanTarget) -> Path:
    """The project that a plan is for: beside its file, else here; Refused where it is another.

    A file that was carried elsewhere, as CI does with artefacts, has no project beside it any more.
    """
    beside = (file.resolve().parent / target.project).resolve()
    here = find_root(Path())
    for root in (beside, here, *_by_repository(here, target)):
        if is_marked(root):
            return _fitting(root, target)
    if beside.is_dir():
        return _fitting(beside, target)
    hint = "go to the project's folder (or pass -C DIR), or keep the plan's file where it was made"
    raise Refused([error("project-missing", f"the plan's project {beside} is not there", hint=hint)])


def _by_repository(here: Path, target: PlanTarget) -> tuple[Path, ...]:
    top = _top(here)
    return (top / target.in_repository,) if top is not None and target.in_repository else ()


def _fitting(root: Path, target: PlanTarget) -> Path:
    """The same root; Refused where it lies elsewhere in its repository than the plan's project.

    Without a repository nobody can tell by the path: then the state and the account must do.
    """
    found = _in_repository(root)
    if found and target.in_repository and found != target.in_repository:
        summary = (
            f"the plan is for the project {_named(target.in_repository)} of its repository, "
            f"this is {_named(found)} ({root})"
        )
        hint = "apply it from the project that it was made for, or make a plan of this one"
        raise Refused([error("plan-other-project", summary, hint=hint)])
    return root


def _named(path: str) -> str:
    return "at the top" if path == "." else repr(path)


# Which state, which version


def check_target(plan: Plan, target: PlanTarget, store: Store) -> tuple[Diagnostic, ...]:
    """What else differs from where the plan was made and does no harm; Refused where the state is another."""
    if target.state and target.state != store.address:
        summary = f"the plan is for the state {target.state}, the project's is {store.address}"
        hint = "make a new plan: `state:` in ccstate.yaml has changed since"
        raise Refused([error("plan-other-state", summary, hint=hint)])
    zones = _tzdata() if any(each.verb == "schedule" for each in plan.steps) else target.tzdata
    if target.tzdata and target.tzdata != zones:
        summary = (
            f"the plan's moments were made with time zones of {target.tzdata}, here they are of {zones}; "
            "the plan's own moments are scheduled"
        )
        return (warning("tzdata-differs", summary, hint="if a zone of yours has changed since, plan again"),)
    return ()


def check_version(file: Path, made_by: str) -> None:
    """A plan is applied by the version that made it, or by another patch of it; Refused otherwise."""
    if made_by.split(".")[:2] == __version__.split(".")[:2]:
        return
    summary = f"{file} was made by ccstate {made_by or '?'}, this is {__version__}"
    hint = "plan again with this version, or apply it with that one"
    raise Refused([error("plan-other-version", summary, hint=hint)])
