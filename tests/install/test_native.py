"""Wheels with and without the native backend."""

from __future__ import annotations

import platform
import shutil
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import sockcore

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [
    pytest.mark.skipif(platform.python_implementation() != "CPython", reason="the native backend is for CPython"),
    pytest.mark.skipif(shutil.which("cc") is None, reason="cc is not installed"),
]

ROOT = Path(__file__).resolve().parents[2]

SOCKETPAIR = """
import sockcore
one, two = sockcore.socketpair()
with one, two:
    one.settimeout(60)
    one.sendall(b"data")
    print(two.recv(100), sockcore.backends.current(), sockcore.backends.available())
"""


@pytest.fixture(scope="module")
def native_wheel(core_wheel: Callable[..., Path]) -> Path:
    return core_wheel()


def test_core_wheel_has_extension_module_for_this_python(native_wheel: Path) -> None:
    python = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    assert native_wheel.name.startswith(f"sockcore-{sockcore.__version__}-{python}-{python}-")
    with zipfile.ZipFile(native_wheel) as archive:
        [compiled] = [name for name in archive.namelist() if name.endswith(".so")]
    assert compiled.startswith("sockcore/_native.")


def test_native_wheel_has_both_backends(native_wheel: Path, new_environment: Callable[..., Any]) -> None:
    environment = new_environment(native_wheel, "sockcore-unix")
    assert environment.execute(SOCKETPAIR) == "b'data' native ['native', 'pure']\n"
    assert environment.execute(SOCKETPAIR, SOCKCORE_BACKEND="pure") == "b'data' pure ['native', 'pure']\n"


def test_pure_wheel_has_pure_backend_only(with_unix: Any) -> None:
    assert with_unix.execute(SOCKETPAIR) == "b'data' pure ['pure']\n"


def test_core_without_compiler_is_pure(core_wheel: Callable[..., Path]) -> None:
    assert core_wheel(CC="/no/compiler").name == f"sockcore-{sockcore.__version__}-py3-none-any.whl"


def test_core_without_compiler_and_native_1_fails(core_wheel: Callable[..., Path]) -> None:
    with pytest.raises(AssertionError, match="/no/compiler"):
        core_wheel(CC="/no/compiler", SOCKCORE_NATIVE="1")


def test_sockcore_native_invalid_value_fails(core_wheel: Callable[..., Path]) -> None:
    with pytest.raises(AssertionError, match="SOCKCORE_NATIVE must be 0, 1 or auto, not 'yes'"):
        core_wheel(SOCKCORE_NATIVE="yes")


IMPLEMENTATION = """
import sockcore
assert sockcore.ntohs(sockcore.htons(80)) == 80 and sockcore.gethostbyname("127.0.0.1") == "127.0.0.1"
print(sockcore.backends.current(), sockcore.htons.__module__)
"""


@pytest.fixture(scope="module")
def inet_wheel(project_wheel: Callable[..., Path]) -> Path:
    return project_wheel("plugins/inet")


def test_inet_wheel_has_extension_module_for_this_python(inet_wheel: Path) -> None:
    python = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    assert inet_wheel.name.startswith(f"sockcore_inet-{sockcore.__version__}-{python}-{python}-")
    with zipfile.ZipFile(inet_wheel) as archive:
        [compiled] = [name for name in archive.namelist() if name.endswith(".so")]
        assert not [name for name in archive.namelist() if name.endswith((".c", ".h"))]
    assert compiled.startswith("sockcore_inet/_native.")


def test_inet_without_compiler_is_pure(project_wheel: Callable[..., Path]) -> None:
    assert (
        project_wheel("plugins/inet", CC="/no/compiler").name
        == f"sockcore_inet-{sockcore.__version__}-py3-none-any.whl"
    )


def test_inet_uses_backend_of_core(native_wheel: Path, inet_wheel: Path, new_environment: Callable[..., Any]) -> None:
    environment = new_environment(native_wheel, inet_wheel)
    assert environment.execute(IMPLEMENTATION) == "native sockcore_inet._native\n"
    assert environment.execute(IMPLEMENTATION, SOCKCORE_BACKEND="pure") == "pure sockcore_inet.conversions\n"


def test_inet_and_core_work_if_one_has_no_extension_module(
    native_wheel: Path, inet_wheel: Path, new_environment: Callable[..., Any]
) -> None:
    assert (
        new_environment(native_wheel, "sockcore-inet").execute(IMPLEMENTATION) == "native sockcore_inet.conversions\n"
    )
    assert new_environment("sockcore", inet_wheel).execute(IMPLEMENTATION) == "pure sockcore_inet.conversions\n"


def test_core_and_plugins_have_same_hatch_build() -> None:
    core = (ROOT / "sockcore" / "hatch_build.py").read_text(encoding="utf-8")
    others = [path.read_text(encoding="utf-8") for path in ROOT.glob("plugins/*/hatch_build.py")]
    assert others
    assert set(others) == {core}
