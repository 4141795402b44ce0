"""Functions of the C library for plugins: c_function and its buffers."""

from __future__ import annotations

import errno
import os
import sys

import pytest

from sockcore._system import c_functions
from sockcore.plugin import c_function, new_buffer, read_buffer, read_string

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Winsock does not set errno")
AF_INET = 2


def is_negative(result: int) -> bool:
    return result < 0


def test_c_function_with_buffer_writes_to_it() -> None:
    inet_pton = c_function("inet_pton", "int", "int", "pointer", "pointer")
    packed = new_buffer(4)
    assert inet_pton(AF_INET, b"192.0.2.1", packed) == 1
    assert read_buffer(packed, 4) == bytes((192, 0, 2, 1))
    assert read_buffer(packed, 2) == bytes((192, 0))


@pytest.mark.parametrize(
    ("text", "expected"), [(b"", b""), (b"eth0", b"eth0"), (b"12345678", b"12345678"), (b"a\0b", b"a")]
)
def test_read_string_returns_bytes_before_first_nul(text: bytes, expected: bytes) -> None:
    memcpy = c_function("memcpy", "size", "pointer", "pointer", "size") if sys.platform != "win32" else None
    if memcpy is None:
        pytest.skip("Winsock has no function that copies bytes")
    buffer = new_buffer(8)
    memcpy(buffer, text, len(text))
    assert read_string(buffer) == expected


def test_new_buffer_contains_zeros() -> None:
    assert read_buffer(new_buffer(5), 5) == bytes(5)
    assert read_string(new_buffer(5)) == b""


@POSIX
def test_c_function_with_none_passes_null_pointer() -> None:
    access = c_function("access", "int", "pointer", "int", is_error=is_negative)
    with pytest.raises(OSError) as caught:
        access(None, os.F_OK)
    assert caught.value.errno == errno.EFAULT


@POSIX
def test_c_function_is_error_raises_oserror_and_restores_errno() -> None:
    close = c_function("close", "int", "int", is_error=is_negative)
    access = c_function("access", "int", "pointer", "int", is_error=is_negative)
    with pytest.raises(OSError):
        close(-1)
    previous = c_functions.save_error()
    for function, arguments, number in ((close, (-1,), errno.EBADF), (access, (b"/no such file", 0), errno.ENOENT)):
        with pytest.raises(OSError) as caught:
            function(*arguments)
        assert caught.value.errno == number
        assert c_functions.save_error() == previous
    assert access(b"/", os.F_OK) == 0
    assert c_function("close", "int", "int")(-1) == -1


def test_c_function_with_unknown_type_raises_value_error() -> None:
    with pytest.raises(ValueError, match=r"htons: a parameter is one of int, unsigned, size, pointer.* not 'short'"):
        c_function("htons", "unsigned", "short")
    with pytest.raises(ValueError, match="not 'pointer'"):
        c_function("htons", "pointer")


def test_c_function_that_does_not_exist_raises_attribute_error() -> None:
    with pytest.raises(AttributeError):
        c_function("no_such_function", "int")


def test_many_sizes_of_buffers_are_independent() -> None:
    assert all(read_buffer(new_buffer(size), size) == bytes(size) for size in range(1, 600))
