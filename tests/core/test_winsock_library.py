"""Windows libraries: the DLL for Winsock, and functions for plugins."""

from __future__ import annotations

import os
import sys

import pytest

if sys.platform != "win32":
    pytest.skip("Winsock exists only on Windows", allow_module_level=True)

import ctypes

from sockcore.plugin import backend_function, errno_before, failure, last_errno, libc_function

SYSTEM = os.path.join(os.environ["SYSTEMROOT"], "system32")
TALK = """
import systems
from sockcore._system import winsock_library
one, two = systems.socketpair()
with one, two:
    one.send(b"data")
    print(two.recv(9), winsock_library._libraries["ws2_32"]._name)
"""


def test_winsock_library_is_ws2_32_by_default(python):
    assert python(TALK) == "b'data' ws2_32\n"
    assert python(TALK, SOCKCORE_WINSOCK="") == "b'data' ws2_32\n"


def test_sockcore_winsock_selects_another_library(python):
    path = os.path.join(SYSTEM, "ws2_32.dll")
    assert python(TALK, SOCKCORE_WINSOCK=path) == f"b'data' {path}\n"


@pytest.mark.parametrize("name", ["no-such-library.dll", r"C:\no\such\folder\ws2_32.dll", __file__])
def test_sockcore_winsock_with_invalid_library_raises_import_error(python, name):
    done = python("import sockcore; sockcore.socket", fails=True, SOCKCORE_WINSOCK=name, SOCKCORE_PLUGINS="")
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(f"ImportError: SOCKCORE_WINSOCK names {name!r}, which cannot be loaded: ")


def test_sockcore_winsock_with_unrelated_library_raises_attribute_error(python):
    path = os.path.join(SYSTEM, "kernel32.dll")
    done = python("import sockcore; sockcore.socket", fails=True, SOCKCORE_WINSOCK=path, SOCKCORE_PLUGINS="")
    assert f"AttributeError: {path!r} has no function " in done.stderr


def test_libc_function_returns_functions_of_windows_libraries():
    htons = libc_function("htons", ctypes.c_ushort, ctypes.c_ushort)
    assert htons(0x1234) == 0x3412
    milliseconds = libc_function("GetTickCount", ctypes.c_uint32, library="kernel32")
    assert milliseconds() > 0
    assert libc_function("if_nametoindex", ctypes.c_uint, ctypes.c_char_p, library="iphlpapi")(b"no such") == 0
    with pytest.raises(AttributeError, match="'ws2_32' has no function socketpair"):
        libc_function("socketpair", ctypes.c_int)


def test_libc_function_declarations_are_independent():
    one, two = (libc_function("htons", ctypes.c_ushort, ctypes.c_ushort) for _ in range(2))
    two.restype = ctypes.c_int
    assert one.restype is ctypes.c_ushort


def test_failure_returns_the_error_of_a_library_call():
    closesocket = libc_function("closesocket", ctypes.c_int, ctypes.c_size_t)
    ctypes.set_last_error(77)
    previous = errno_before()
    assert closesocket(1_000_000) == -1
    error = failure(previous)
    assert (type(error), error.errno, error.winerror) == (OSError, 10038, 10038)
    assert ctypes.get_last_error() == 77
    assert closesocket(1_000_000) == -1
    assert last_errno(previous) == 10038
    assert ctypes.get_last_error() == 77


def test_backend_function_returns_functions_of_windows():
    for name in ("wsa_ioctl", "duplicate_to_process", "from_protocol_info"):
        assert callable(backend_function(name))
    assert backend_function("sendmmsg") is None


def test_unclosed_socket_at_exit_warns(python):
    """Nothing can be imported any more at that time."""
    done = python("import sockcore; sock = sockcore.socket(2, 2)", fails=True, warnings="always")
    assert (done.returncode, done.stdout) == (0, "")
    assert "ResourceWarning: unclosed <sockcore.socket fd=" in done.stderr
    assert "Exception ignored" not in done.stderr
