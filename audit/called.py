"""Modules that can be called like the one function they are there for: ``audit.clean(...)``.

``assay.audit.clean`` is a module, and the function of that name is what the package promises. Whichever of the two
Python happens to hand out, a call does the same.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def make_callable(name: str, function: Callable[..., Any]) -> None:
    """Let the module of a name be called like a function of it."""
    kind = type("CallableModule", (ModuleType,), {"__call__": staticmethod(function), "__doc__": function.__doc__})
    sys.modules[name].__class__ = kind
