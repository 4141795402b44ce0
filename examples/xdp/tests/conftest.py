"""Fixtures with network namespaces."""

from __future__ import annotations

from sockcore.testing.pytest_plugin import sockcore_namespaces as sockcore_namespaces
