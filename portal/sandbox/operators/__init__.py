"""Finds the twins: every public module in this folder is one."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Protocol, cast

from flask import Blueprint

from portal.sandbox.world import World


class Twin(Protocol):
    """What a module in this folder exposes."""

    def blueprint(self, world: World) -> Blueprint:
        """Return the twin's views, named and prefixed after the operator as in `/notify/<operator>/`."""


def discover() -> Iterator[Twin]:
    """Import and yield the twins, by file name."""
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda found: found.name):
        if not module.name.startswith("_"):
            yield cast("Twin", importlib.import_module(f"{__name__}.{module.name}"))
