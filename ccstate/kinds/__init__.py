"""The kinds: one pure module each, named as its section, discovered and not listed.

A module whose name begins with an underscore is no kind but something that kinds share.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from ccstate.core.kind import Kinds


@cache
def discover() -> Kinds:
    """Every kind in this package, by section."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_"))
    modules = (importlib.import_module(f"{__name__}.{name}") for name in names)
    return Kinds(tuple(module.KIND for module in modules))
