"""The tested modules are those of the wheels, not those of the checkout."""

from __future__ import annotations

import os
import sys
from importlib import import_module, metadata
from pathlib import Path

import pytest

import sockcore

SITE = Path(sys.prefix, "Lib", "site-packages")
DISTRIBUTIONS = os.environ["WINE_DISTRIBUTIONS"].split(",")


def test_backend_on_windows_is_winsock() -> None:
    from sockcore import _system

    assert (sockcore.backends.current(), _system.backend.NAME) == ("pure", "winsock")


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_distribution_is_installed_from_wheel(name: str) -> None:
    distribution = metadata.distribution(name)
    module = import_module(name.replace("-", "_"))
    assert SITE in Path(module.__file__ or "").parents
    assert distribution.read_text("WHEEL")
    assert "py3-none-any" in (distribution.read_text("WHEEL") or "")
    assert "editable" not in (distribution.read_text("direct_url.json") or "")


def test_entry_points_contain_every_plugin() -> None:
    plugins = {name[len("sockcore-") :].replace("-", "_") for name in DISTRIBUTIONS if name != "sockcore"}
    assert plugins <= {entry.name for entry in _entry_points()}


def _entry_points() -> list[metadata.EntryPoint]:
    return [
        entry
        for distribution in metadata.distributions()
        for entry in distribution.entry_points
        if entry.group == "sockcore"
    ]
