"""Settings of the parity tests: how many calls hypothesis makes up, by the environment variable HYPOTHESIS_PROFILE.

quick       the default: the whole folder in less than a minute, the same calls each time
thorough    many more calls, others each time
emulated    a few of each, for an interpreter that runs in an emulator
slow        fewer than quick
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

# A call on both modules opens sockets and waits: time says nothing about it.
_COMMON = {"deadline": None, "suppress_health_check": list(HealthCheck), "print_blob": False}
settings.register_profile("quick", max_examples=50, stateful_step_count=15, derandomize=True, database=None, **_COMMON)
settings.register_profile("thorough", max_examples=2000, stateful_step_count=40, **_COMMON)
settings.register_profile("emulated", max_examples=8, stateful_step_count=8, derandomize=True, database=None, **_COMMON)
settings.register_profile("slow", max_examples=20, stateful_step_count=15, derandomize=True, database=None, **_COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let PyPy find unclosed sockets and files when it likes: what calls that failed had opened by then."""
    if not hasattr(sys, "getrefcount"):
        for item in items:
            item.add_marker(pytest.mark.filterwarnings("ignore::ResourceWarning"))
            item.add_marker(pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"))


@pytest.fixture(autouse=True, scope="session")
def _the_standard_module_is_itself() -> None:
    # Where sockcore stands in for it, each call would be compared with itself.
    import socket

    import sockcore

    assert socket.__file__ != sockcore.__file__


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new folder that is the current one, so that short relative paths can be bound."""
    path = tmp_path_factory.mktemp("parity")
    monkeypatch.chdir(path)
    return path
