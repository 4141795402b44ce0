"""Functions for plugins: inet_pton, inet_ntop, and extension_module."""

from __future__ import annotations

import errno
import sys
from typing import TYPE_CHECKING, Any

import pytest

from sockcore import plugin
from sockcore._system import inet

try:
    from sockcore import _native as IN_C
except ImportError:
    IN_C = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AF_INET = 2
not_built = pytest.mark.skipif(IN_C is None, reason="the native backend was not built")
both = pytest.mark.parametrize("functions", [pytest.param(IN_C, id="c", marks=not_built), pytest.param(inet, id="py")])


@both
@pytest.mark.parametrize(
    ("text", "expected"), [(b"127.0.0.1", bytes((127, 0, 0, 1))), (b"127.1", None), (b"", None), (b"x" * 1000, None)]
)
def test_inet_pton_returns_packed_address_or_none(functions: Any, text: bytes, expected: bytes | None) -> None:
    assert functions.inet_pton(AF_INET, text, 4) == expected


@both
def test_inet_ntop_of_bytes_of_any_length_pads_or_truncates(functions: Any) -> None:
    assert functions.inet_ntop(AF_INET, b"abcd") == "97.98.99.100"
    assert functions.inet_ntop(AF_INET, b"a") == "97.0.0.0"
    assert functions.inet_ntop(AF_INET, b"abcd" + bytes(100)) == "97.98.99.100"
    assert functions.inet_ntop(AF_INET, b"") == "0.0.0.0"


@not_built
@pytest.mark.parametrize(
    "name",
    [
        *("socketpair", "ioctl", "if_nametoindex", "if_indextoname", "if_nameindex", "inet_pton", "inet_ntop"),
        *("set_class_attribute", "socket_from_fd", "open_pair"),
    ],
)
@pytest.mark.parametrize("count", [1, 9])
def test_function_in_c_with_wrong_arguments_raises_type_error(name: str, count: int) -> None:
    with pytest.raises(TypeError):
        getattr(IN_C, name)(*[object()] * count)


@not_built
def test_delete_class_attribute_in_c_of_unknown_name_raises_key_error() -> None:
    with pytest.raises(KeyError, match="no_such_attribute"):
        IN_C.delete_class_attribute("no_such_attribute")


@both
def test_inet_pton_and_ntop_of_unknown_family_raise_eafnosupport(functions: Any) -> None:
    for call in (lambda: functions.inet_pton(99, b"127.0.0.1", 4), lambda: functions.inet_ntop(99, b"abcd")):
        with pytest.raises(OSError) as caught:
            call()
        assert sys.platform == "win32" or caught.value.errno == errno.EAFNOSUPPORT


@both
def test_inet_pton_with_nul_raises_value_error(functions: Any) -> None:
    with pytest.raises(ValueError, match="embedded null byte"):
        functions.inet_pton(AF_INET, b"127.0.0.1\0", 4)


@not_built
@pytest.mark.parametrize("size", [-1, 17, 1 << 40])
def test_inet_pton_in_c_checks_the_size(size: int) -> None:
    # The last one does not fit a C ssize_t on a 32-bit machine.
    with pytest.raises((ValueError, OverflowError), match=r"0-16|ssize_t"):
        IN_C.inet_pton(AF_INET, b"127.0.0.1", size)


def test_plugin_inet_functions_are_those_of_the_backend() -> None:
    chosen: Any = IN_C if plugin.extension_module("sockcore._native", getattr(IN_C, "CONTRACT", 0)) else inet
    assert (plugin.inet_pton, plugin.inet_ntop) == (chosen.inet_pton, chosen.inet_ntop)


EXTENSION = """
import sys
from sockcore.plugin import extension_module
for contract in 1, 2:
    module = extension_module("twin_of_a_plugin", contract)
    print(module and module.NAME, end=" ")
print(extension_module("no_such_twin", 1))
"""


@pytest.mark.parametrize(
    ("backend", "expected"),
    [pytest.param("native", "None twin None\n", marks=not_built), ("pure", "None None None\n")],
)
def test_extension_module_is_used_on_the_native_backend_with_its_contract(
    python: Callable[..., str], tmp_path: Path, backend: str, expected: str
) -> None:
    folder = tmp_path / "installed"
    folder.mkdir()
    (folder / "twin_of_a_plugin.py").write_text("NAME = 'twin'\nCONTRACT = 2\n")
    assert python(EXTENSION, SOCKCORE_BACKEND=backend) == expected


EXTENSION_FUNCTION = """
import sys
from sockcore.plugin import Family, extension_function

class Codec(Family):
    number, name = 99, "AF_TWIN"
    quick_encode = extension_function("twin_of_a_plugin", CONTRACT, "encode")
    encode = decode = None

codec = Codec()
print("twin_of_a_plugin" in sys.modules, codec.quick_encode, codec.quick_encode is vars(codec)["quick_encode"])
sys.meta_path, path = None, sys.meta_path
print(codec.quick_encode, Codec().quick_encode, type(Codec.quick_encode).__name__)
sys.meta_path = path
"""


@pytest.mark.parametrize(
    ("backend", "contract", "expected"),
    [
        pytest.param("native", 2, "encode", marks=not_built),
        pytest.param("native", 1, None, marks=not_built),
        ("pure", 2, None),
    ],
)
def test_extension_function_is_read_from_the_module_at_first_use(
    python: Callable[..., str], tmp_path: Path, backend: str, contract: int, expected: str | None
) -> None:
    folder = tmp_path / "installed"
    folder.mkdir()
    (folder / "twin_of_a_plugin.py").write_text("CONTRACT = 2\nencode = 'encode'\n")
    code = f"CONTRACT = {contract}\n{EXTENSION_FUNCTION}"
    # While the interpreter shuts down, a codec that has not read its function yet gets None.
    expected_output = f"False {expected} True\n{expected} None extension_function\n"
    assert python(code, SOCKCORE_BACKEND=backend) == expected_output


@not_built
def test_extension_module_without_file_descriptors_is_loaded_later(python: Callable[..., str], tmp_path: Path) -> None:
    folder = tmp_path / "installed"
    folder.mkdir()
    (folder / "twin_of_a_plugin.py").write_text(
        "import errno, os, sys\nif not sys.argv[2:]: raise ImportError(os.strerror(errno.EMFILE))\nCONTRACT = 1\n"
    )
    code = """
import sys
from sockcore.plugin import extension_module
try:
    extension_module("twin_of_a_plugin", 1)
except ImportError as problem:
    sys.argv.append("more")
    print(extension_module("twin_of_a_plugin", 1).CONTRACT)
"""
    assert python(code, "x", SOCKCORE_BACKEND="native") == "1\n"
