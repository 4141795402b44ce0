"""What is tested is what the wheels brought, and nothing of the checkout."""

from __future__ import annotations

import os
import sys
from importlib import import_module, metadata
from pathlib import Path

import pytest

import sockcore

SITE = Path(sys.prefix, "Lib", "site-packages")
DISTRIBUTIONS = os.environ["WINE_DISTRIBUTIONS"].split(",")


def test_the_backend_is_winsock() -> None:
    from sockcore._system import selection

    assert (sockcore.backends.current(), selection.backend.NAME) == ("pure", "winsock")


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_all_comes_from_the_wheels(name: str) -> None:
    found = metadata.distribution(name)
    module = import_module(name.replace("-", "_"))
    assert SITE in Path(module.__file__ or "").parents
    assert found.read_text("WHEEL")
    assert "py3-none-any" in (found.read_text("WHEEL") or "")
    assert found.read_text("direct_url.json") is None or "editable" not in (found.read_text("direct_url.json") or "")


def test_every_plugin_is_discovered() -> None:
    plugins = {name[len("sockcore-") :].replace("-", "_") for name in DISTRIBUTIONS if name != "sockcore"}
    assert plugins <= {entry.name for entry in _entry_points()}


def _entry_points() -> list[metadata.EntryPoint]:
    return [entry for found in metadata.distributions() for entry in found.entry_points if entry.group == "sockcore"]
