"""The room of operators: one file each, found by looking; nothing is registered by hand."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from portal.domain.provider import Provider
from portal.providers._http import Http


def discover(http: Http) -> Mapping[str, Provider]:
    """Return every provider in this folder by slug: each module has `provider(http)`.

    Raises TypeError for a module whose provider does not keep the contract.
    """
    found: dict[str, Provider] = {}
    for module in pkgutil.iter_modules(__path__):
        if module.name.startswith("_"):
            continue
        provider = importlib.import_module(f"{__name__}.{module.name}").provider(http)
        if not isinstance(provider, Provider):
            msg = f"portal/providers/{module.name}.py does not keep the provider's contract"
            raise TypeError(msg)
        found[provider.slug] = provider
    return dict(sorted(found.items()))
