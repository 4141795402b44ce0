"""Settings of the parity tests. HYPOTHESIS_PROFILE selects the number of calls that hypothesis generates.

quick       default: the whole folder in less than a minute, always with the same calls
thorough    many more calls, which differ in each run
emulated    a few calls, for interpreters in an emulator
slow        fewer calls than quick
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

# No deadline: calls open sockets and wait.
_COMMON = {"deadline": None, "suppress_health_check": list(HealthCheck), "print_blob": False}
settings.register_profile("quick", max_examples=50, stateful_step_count=15, derandomize=True, database=None, **_COMMON)
settings.register_profile("thorough", max_examples=2000, stateful_step_count=40, **_COMMON)
settings.register_profile("emulated", max_examples=8, stateful_step_count=8, derandomize=True, database=None, **_COMMON)
settings.register_profile("slow", max_examples=20, stateful_step_count=15, derandomize=True, database=None, **_COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Ignore unclosed sockets and files of failed calls on PyPy.

    PyPy reports them at any time.
    """
    if not hasattr(sys, "getrefcount"):
        for item in items:
            item.add_marker(pytest.mark.filterwarnings("ignore::ResourceWarning"))
            item.add_marker(pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"))


@pytest.fixture(autouse=True, scope="session")
def _check_standard_module() -> None:
    # If sockcore replaced the standard module, each call would be compared with itself.
    import socket

    import sockcore

    assert socket.__file__ != sockcore.__file__


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change to a new folder, so that short relative paths can be bound."""
    path = tmp_path_factory.mktemp("parity")
    monkeypatch.chdir(path)
    return path
