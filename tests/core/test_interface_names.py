"""Names and indexes of interfaces for plugins."""

from __future__ import annotations

import errno
import subprocess
import sys

import pytest

from sockcore.plugin import constants, context, interface_index, interface_list, interface_name

SIZE = constants()["ifname_size"]


def test_interface_index_and_interface_name_are_inverse():
    result = interface_list()
    assert result
    requested = context(1)
    for index, name in result:
        assert interface_index(name) == requested.interface_index(name) == index
        assert interface_name(index) == requested.interface_name(index) == name


@pytest.mark.parametrize("extra", [0, 1, 100])
def test_interface_index_of_long_name_raises_enodev(extra):
    # With its NUL, the name is one byte too long. A C library that truncates it might find another interface.
    _, name = interface_list()[0]
    for wrong in ("x" * (SIZE + extra), name.ljust(SIZE + extra, "x")):
        with pytest.raises(OSError, match="no interface with this name") as refusal:
            interface_index(wrong)
        assert refusal.value.errno == errno.ENODEV


@pytest.mark.parametrize("wrong", ["", "no-such-if", "x" * (SIZE - 1), "\u00e9", "\udcff"])
def test_interface_index_of_unknown_name_raises_os_error(wrong):
    with pytest.raises(OSError, match="no interface with this name") as refusal:
        interface_index(wrong)
    assert refusal.value.errno in (errno.ENODEV, errno.ENXIO)


def test_interface_index_of_name_with_null_raises_value_error():
    with pytest.raises(ValueError, match=r"^embedded null byte$"):
        interface_index("lo\0")


class OtherBuffer(bytes):
    """A name whose buffer has other bytes, in memory that is released after each request (Python 3.12)."""

    def __buffer__(self, flags):
        return memoryview(b"x" * 9)


def test_interface_index_of_bytes_does_not_use_their_buffer():
    for index, name in interface_list():
        assert interface_index(OtherBuffer(name.encode())) == index


@pytest.mark.parametrize("wrong", [0, -1, 0xFFFFFFFF, 1 << 32, 1 << 70])
def test_interface_name_of_unknown_index_raises_enxio(wrong):
    with pytest.raises(OSError) as refusal:
        interface_name(wrong)
    assert refusal.value.errno == errno.ENXIO


@pytest.mark.skipif(sys.implementation.name != "pypy", reason="the pure backend of CPython needs ctypes")
@pytest.mark.skipif(sys.platform == "win32", reason="the backend of Windows needs ctypes")
def test_first_socket_imports_ctypes_on_pypy_only_after_preload():
    code = (
        "import sys, sockcore; sockcore.socket(2, 2).close(); print('ctypes' in sys.modules);"
        "sockcore.preload(); print('sockcore._system.interfaces' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
