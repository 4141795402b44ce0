"""Measurements under Wine: the calls of the layer in tests/wine, without Wine itself."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from benchmarks import wine


def test_subject_starts_the_installed_wine_with_the_wheels(monkeypatch: pytest.MonkeyPatch) -> None:
    windows = SimpleNamespace(command=lambda: ["wine", "python.exe"], environment={"WINEPREFIX": "/prefix"})
    running = mock.create_autospec(wine.layer.running_layer, return_value=nullcontext(windows))
    about: dict[str, Any] = {"python": "CPython 3.13.2", "plugins": ["inet"]}
    monkeypatch.setattr(wine.layer, "running_layer", running)
    monkeypatch.setattr(wine.layer, "wheels", lambda folder: [folder / "core.whl"])
    monkeypatch.setattr(wine.installation, "wine", lambda name: name)
    monkeypatch.setattr(wine, "probe", lambda *arguments: about)
    with wine.subject("3.13") as subject:
        assert subject.python == "CPython 3.13.2 for Windows, under Wine"
        assert subject.environments == {"pure": {"WINEPREFIX": "/prefix", "SOCKCORE_BACKEND": "pure"}}
    ((version, installed, wheels), _) = running.call_args
    assert (version, installed, [wheel.name for wheel in wheels]) == ("3.13", wine.installation.INSTALLED, ["core.whl"])
