"""A Python without the module _ctypes, built without libffi."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

import sockcore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Winsock is only used through ctypes")

WITHOUT = """
import sys
class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in ("_ctypes", "ctypes"):
            raise ModuleNotFoundError("No module named '_ctypes'", name="_ctypes")
sys.meta_path.insert(0, Finder)
for name in [name for name in sys.modules if name.partition(".")[0] in ("_ctypes", "ctypes")]:
    del sys.modules[name]
"""
MESSAGE = "the pure backend of sockcore needs the module _ctypes, which this Python lacks"
#: A plugin with a function from the module needs_ctypes.
PLUGIN = """
    from sockcore.plugin import hookimpl
    SOCKCORE_API = 1
    @hookimpl
    def sockcore_register(register):
        register.constants({{"NUMBER_{0}": 5}})
        register.deferred("needs_ctypes", "function_{0}")
"""
needs_native = pytest.mark.skipif(
    sockcore.backends.available()[0] != "native", reason="the native backend was not built"
)


@pytest.mark.skipif(sys.implementation.name != "pypy", reason="foreign calls use ctypes")
def test_pypy_without_ctypes_transfers_data(python: Callable[..., str]) -> None:
    code = """
        import systems
        one, two = systems.socketpair()
        with one, two:
            one.sendmsg([b"data"])
            print(two.recvmsg(9)[0])
    """
    assert python(WITHOUT + code.replace("\n        ", "\n")) == "b'data'\n"


@pytest.mark.skipif(sys.implementation.name == "pypy", reason="foreign calls use cffi")
def test_pure_backend_without_ctypes_raises_import_error_for_every_name(
    python: Callable[..., str], install: Callable[..., None]
) -> None:
    install("one", PLUGIN.format("one"))
    install("two", PLUGIN.format("two"))
    code = """
        import sockcore
        for use in "socket", "NUMBER_one", "AF_UNSPEC", "gethostname":
            try:
                getattr(sockcore, use)
            except ImportError as error:
                print(error.name, error)
    """
    lines = python(WITHOUT + code.replace("\n        ", "\n"), SOCKCORE_BACKEND="pure").splitlines()
    assert len(lines) == 4
    for line in lines:
        assert line.startswith(f"_ctypes {MESSAGE}")


@needs_native
def test_native_backend_without_ctypes_transfers_data(
    python: Callable[..., str], install: Callable[..., None], tmp_path: Path
) -> None:
    install("one", PLUGIN.format("one"))
    (tmp_path / "installed" / "needs_ctypes.py").write_text("import ctypes")
    code = """
import sockcore
one, two = sockcore.socketpair(1)
with one, two:
    one.sendall(b"data")
    print(two.recv(9), sockcore.NUMBER_one, [name for name in sockcore.__all__ if not hasattr(sockcore, name)])
"""
    assert python(WITHOUT + code, SOCKCORE_BACKEND="native") == "b'data' 5 []\n"


@needs_native
def test_function_that_needs_ctypes_raises_import_error_when_called(
    python: Callable[..., str], install: Callable[..., None], tmp_path: Path
) -> None:
    install("one", PLUGIN.format("one"))
    (tmp_path / "installed" / "needs_ctypes.py").write_text("import ctypes")
    code = """
import sockcore
print(sockcore.function_one.__name__)
try:
    sockcore.function_one(1, option=2)
except ImportError as error:
    print(error.name, error)
"""
    assert python(WITHOUT + code, SOCKCORE_BACKEND="native").splitlines() == [
        "function_one",
        "_ctypes function_one() needs the module _ctypes, which this Python lacks",
    ]


def test_deferred_function_with_other_import_error_raises_it(
    python: Callable[..., str], install: Callable[..., None]
) -> None:
    install("one", PLUGIN.format("one"))
    code = """
import sockcore
try:
    sockcore.function_one
except ModuleNotFoundError as error:
    print(error)
"""
    assert python(code) == "No module named 'needs_ctypes'\n"
