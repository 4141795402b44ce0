"""A pytest plugin: what Wine itself does otherwise than Windows is skipped, with the reason."""

from __future__ import annotations

import pytest

#: Beginnings of the names of tests, and what Wine does otherwise there, with the genuine module too.
WINE: dict[str, str] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for name, reason in WINE.items():
            if item.nodeid.startswith(name):
                item.add_marker(pytest.mark.skip(reason=f"Wine: {reason}"))
