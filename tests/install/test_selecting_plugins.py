"""Selection of plugins by environment variables and by the startup cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import sockcore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FAMILIES = "import sockcore; print(*(name for name in ('AF_INET', 'AF_UNIX') if hasattr(sockcore, name)))"
# Prints whether metadata files were opened, and which slow modules were imported.
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
def environment(new_environment: Callable[..., Any]) -> Any:
    return new_environment("sockcore[inet,unix]")


@pytest.fixture
def cached_environment(environment: Any) -> Iterator[Any]:
    done = environment.run("-m", "sockcore", "freeze")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(": inet, unix\n")
    yield environment
    done = environment.run("-m", "sockcore", "freeze", "--undo")
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
def test_variables_select_plugins(environment: Any, variables: dict[str, str], expected: str) -> None:
    assert environment.execute(FAMILIES, **variables) == expected + "\n"


def test_blocked_plugin_is_not_imported(environment: Any) -> None:
    code = "import sys, sockcore; sockcore.SOL_SOCKET; print([m for m in sys.modules if m.startswith('sockcore_')])"
    assert environment.execute(code, SOCKCORE_PLUGINS="") == "[]\n"
    state = environment.run("-m", "sockcore", "plugins", SOCKCORE_BLOCK="inet").stdout
    assert [line.split()[-1] for line in state.splitlines()[-2:]] == ["blocked", "loaded"]


def test_sockcore_plugins_unknown_name_warns(environment: Any) -> None:
    done = environment.run("-c", FAMILIES, SOCKCORE_PLUGINS="unix,zigbee")
    assert done.stdout == "AF_UNIX\n"
    assert "SOCKCORE_PLUGINS names 'zigbee'" in done.stderr


def test_start_with_cache_opens_no_metadata(cached_environment: Any) -> None:
    assert cached_environment.execute(LOADED) == "[]\n"
    assert cached_environment.execute(FAMILIES) == "AF_INET AF_UNIX\n"


def test_start_without_cache_opens_metadata(environment: Any) -> None:
    assert environment.execute(LOADED) == "['metadata']\n"


def test_variables_select_from_cached_list(cached_environment: Any) -> None:
    assert cached_environment.execute(FAMILIES, SOCKCORE_PLUGINS="inet") == "AF_INET\n"
    assert cached_environment.execute(FAMILIES, SOCKCORE_BLOCK="inet") == "AF_UNIX\n"


def test_sockcore_frozen_overrides_cache(cached_environment: Any, tmp_path: Path) -> None:
    assert cached_environment.execute(LOADED, SOCKCORE_FROZEN="") == "['metadata']\n"
    path = tmp_path / "list.txt"
    path.write_text(f"unix sockcore_unix sockcore-unix {sockcore.__version__}\n")
    path.chmod(0o644)
    assert cached_environment.execute(FAMILIES, SOCKCORE_FROZEN=str(path)) == "AF_UNIX\n"


def test_freeze_output_writes_cache_to_any_path(environment: Any, tmp_path: Path) -> None:
    path = tmp_path / "cache.txt"
    done = environment.run("-m", "sockcore", "freeze", "--output", str(path))
    assert done.returncode == 0, done.stderr
    assert environment.execute(LOADED, SOCKCORE_FROZEN=str(path)) == "[]\n"
    assert environment.execute(LOADED) == "['metadata']\n"  # without SOCKCORE_FROZEN


def test_sockcore_frozen_missing_plugin_warns(environment: Any, tmp_path: Path) -> None:
    path = tmp_path / "cache.txt"
    plugins = f"gone sockcore_gone sockcore-gone 1.0\nunix sockcore_unix sockcore-unix {sockcore.__version__}\n"
    path.write_text(f"# a comment\n\n{plugins}")
    path.chmod(0o644)
    done = environment.run("-c", FAMILIES, SOCKCORE_FROZEN=str(path))
    assert done.stdout == "AF_UNIX\n"
    assert "'gone' of the distribution sockcore-gone 1.0 is left out: ModuleNotFoundError" in done.stderr
