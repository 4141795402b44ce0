"""Which plugins load: by environment variables, and by the startup cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WHICH = "import sockcore; print(*(name for name in ('AF_INET', 'AF_UNIX') if hasattr(sockcore, name)))"
# What was looked at to find plugins, and what was imported that takes long.
LOADED = """
import sys
looked = []
sys.addaudithook(lambda event, about: event == "open" and looked.append(str(about[0])))
import sockcore
with sockcore.socket(sockcore.AF_UNIX), sockcore.socket():
    slow = {"pluggy", "importlib.metadata", "importlib_metadata", "socket", "_socket"} & set(sys.modules)
    print(sorted({"metadata" for path in looked if path.endswith("entry_points.txt")} | slow))
"""


@pytest.fixture(scope="module")
def both(new_environment: Callable[..., Any]) -> Any:
    return new_environment("sockcore[inet,unix]")


@pytest.fixture
def cached(both: Any) -> Iterator[Any]:
    done = both.run("-m", "sockcore", "freeze")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(": inet, unix\n")
    yield both
    done = both.run("-m", "sockcore", "freeze", "--undo")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "AF_INET AF_UNIX"),
        ({"SOCKCORE_PLUGINS": "unix"}, "AF_UNIX"),
        ({"SOCKCORE_PLUGINS": " unix , inet ,"}, "AF_INET AF_UNIX"),
        ({"SOCKCORE_PLUGINS": ""}, ""),
        ({"SOCKCORE_BLOCK": "unix"}, "AF_INET"),
        ({"SOCKCORE_BLOCK": "unix,inet"}, ""),
        ({"SOCKCORE_BLOCK": "not-installed"}, "AF_INET AF_UNIX"),
        ({"SOCKCORE_PLUGINS": "unix,inet", "SOCKCORE_BLOCK": "inet"}, "AF_UNIX"),
    ],
    ids=str,
)
def test_variables(both: Any, variables: dict[str, str], expected: str) -> None:
    assert both.execute(WHICH, **variables) == expected + "\n"


def test_a_blocked_plugin_is_not_imported(both: Any) -> None:
    code = "import sys, sockcore; sockcore.SOL_SOCKET; print([m for m in sys.modules if m.startswith('sockcore_')])"
    assert both.execute(code, SOCKCORE_PLUGINS="") == "[]\n"
    state = both.run("-m", "sockcore", "plugins", SOCKCORE_BLOCK="inet").stdout
    assert [line.split()[-1] for line in state.splitlines()[-2:]] == ["blocked", "loaded"]


def test_a_plugin_that_is_not_installed_is_a_warning(both: Any) -> None:
    done = both.run("-c", WHICH, SOCKCORE_PLUGINS="unix,zigbee")
    assert done.stdout == "AF_UNIX\n"
    assert "SOCKCORE_PLUGINS names 'zigbee'" in done.stderr


def test_start_with_a_cache_looks_for_nothing(cached: Any) -> None:
    assert cached.execute(LOADED) == "[]\n"
    assert cached.execute(WHICH) == "AF_INET AF_UNIX\n"


def test_start_without_a_cache_looks_for_plugins(both: Any) -> None:
    assert both.execute(LOADED) == "['metadata']\n"


def test_variables_select_from_the_cached_list(cached: Any) -> None:
    assert cached.execute(WHICH, SOCKCORE_PLUGINS="inet") == "AF_INET\n"
    assert cached.execute(WHICH, SOCKCORE_BLOCK="inet") == "AF_UNIX\n"


def test_the_cache_can_be_overruled(cached: Any, tmp_path: Path) -> None:
    assert cached.execute(LOADED, SOCKCORE_FROZEN="") == "['metadata']\n"
    elsewhere = tmp_path / "list.txt"
    elsewhere.write_text("unix sockcore_unix sockcore-unix 0.1.0\n")
    elsewhere.chmod(0o644)
    assert cached.execute(WHICH, SOCKCORE_FROZEN=str(elsewhere)) == "AF_UNIX\n"


def test_the_cache_may_be_anywhere(both: Any, tmp_path: Path) -> None:
    path = tmp_path / "cache.txt"
    done = both.run("-m", "sockcore", "freeze", "--output", str(path))
    assert done.returncode == 0, done.stderr
    assert both.execute(LOADED, SOCKCORE_FROZEN=str(path)) == "[]\n"
    assert both.execute(LOADED) == "['metadata']\n"  # as long as nothing names it


def test_a_plugin_that_is_gone_from_a_list_by_hand_costs_a_warning(both: Any, tmp_path: Path) -> None:
    path = tmp_path / "cache.txt"
    path.write_text("# a comment\n\ngone sockcore_gone sockcore-gone 1.0\nunix sockcore_unix sockcore-unix 0.1.0\n")
    path.chmod(0o644)
    done = both.run("-c", WHICH, SOCKCORE_FROZEN=str(path))
    assert done.stdout == "AF_UNIX\n"
    assert "'gone' of the distribution sockcore-gone 1.0 is left out: ModuleNotFoundError" in done.stderr
