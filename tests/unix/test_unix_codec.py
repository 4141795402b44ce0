"""The AF_UNIX address codec, tested with literals and without sockets."""

from __future__ import annotations

import array
import os
import struct
import sys
from pathlib import PurePosixPath

import pytest

import sockcore_unix
from sockcore.plugin import HAS_SA_LEN, RawAddress, system_name
from sockcore.testing import FakeContext, FamilyTests, PluginTests, registered_by
from sockcore_unix.address import WindowsUnix, create_family
from sockcore_unix.constants import SOCK_STREAM, TABLE
from sockcore_unix.structs import PATH_OFFSET, PATH_SIZE, STRUCTS, structs

AF_UNIX = TABLE["AF_UNIX"]
FAMILY = create_family(system_name(), AF_UNIX, SOCK_STREAM)
LINUX = sys.platform == "linux"
WINDOWS = sys.platform == "win32"
LONGEST = "x" * (PATH_SIZE - 1)


def raw(path: bytes) -> bytes:
    size = 2 + len(path)
    return (bytes((size, AF_UNIX)) if HAS_SA_LEN else struct.pack("=H", AF_UNIX)) + path


class BytesPath:
    """A path object whose path is bytes."""

    def __fspath__(self) -> bytes:
        return b"\xff"


NO_BYTES = (
    (5, TypeError, "a bytes-like object is required, not 'int'"),
    (None, TypeError, "a bytes-like object is required, not 'NoneType'"),
    (1.5, TypeError, "a bytes-like object is required, not 'float'"),
    (("a",), TypeError, "a bytes-like object is required, not 'tuple'"),
    (["a"], TypeError, "a bytes-like object is required, not 'list'"),
    (("127.0.0.1", 80), TypeError, "a bytes-like object is required, not 'tuple'"),
    (memoryview(b"abcd")[::2], BufferError, "memoryview: underlying buffer is not C-contiguous"),
)


@pytest.mark.skipif(WINDOWS, reason="Windows uses the class WindowsUnix")
class TestUnixPaths(FamilyTests):
    family = FAMILY
    pairs = (
        ("a", raw(b"a\0")),
        ("/run/service.sock", raw(b"/run/service.sock\0")),
        (os.fsdecode("é".encode()), raw("é".encode() + b"\0")),
        ("\udcff\udcfe.sock", raw(b"\xff\xfe.sock\0")),
        (LONGEST, raw(LONGEST.encode() + b"\0")),
    )
    encoded = (
        (b"a", raw(b"a\0")),
        (bytearray(b"ab"), raw(b"ab\0")),
        (memoryview(b"abc"), raw(b"abc\0")),
        (array.array("B", b"abcd"), raw(b"abcd\0")),
        (b"\xff", raw(b"\xff\0")),
        (PurePosixPath("/run/a"), raw(b"/run/a\0")),
        (BytesPath(), raw(b"\xff\0")),
    )
    decoded = (
        (raw(b""), ""),
        (raw(b"no NUL"), "no NUL"),
        (raw(b"behind\0the NUL"), "behind"),
        # A path that fills sun_path. The length that the kernel returns is one byte larger than the struct.
        (raw(b"y" * PATH_SIZE + b"\0"), "y" * PATH_SIZE),
        (raw(b"y" * PATH_SIZE), "y" * PATH_SIZE),
    )
    wrong = (
        *NO_BYTES,
        ("\ud800", UnicodeEncodeError, "surrogates not allowed"),
        (LONGEST + "x", OSError, "AF_UNIX path too long"),
        (LONGEST.encode() + b"x", OSError, "AF_UNIX path too long"),
        ("é" * (PATH_SIZE // 2), OSError, "AF_UNIX path too long"),
        ("x" * 100_000, OSError, "AF_UNIX path too long"),
        # The kernel would bind or connect the part before the NUL.
        ("a\0b", ValueError, "connect(): AF_UNIX path must not contain a NUL"),
        (b"a\0b", ValueError, "connect(): AF_UNIX path must not contain a NUL"),
        ("a\0", ValueError, "connect(): AF_UNIX path must not contain a NUL"),
        (bytearray(b"a\0b"), ValueError, "connect(): AF_UNIX path must not contain a NUL"),
        (PurePosixPath("a\0b"), ValueError, "connect(): AF_UNIX path must not contain a NUL"),
        ("x" * 200 + "\0", ValueError, "connect(): AF_UNIX path must not contain a NUL"),
    )


@pytest.mark.skipif(HAS_SA_LEN or sys.byteorder == "big", reason="the sockaddr of this machine differs from Windows")
class TestWindowsPaths(FamilyTests):
    """Paths in UTF-8.

    The mingw compiler produced the first two sockaddrs from struct sockaddr_un of <afunix.h>.
    """

    family = WindowsUnix(1, 1)
    pairs = (
        ("C:\\a.sock", bytes.fromhex("0100433a5c612e736f636b00")),
        ("C:\\\u00fc.sock", bytes.fromhex("0100433a5cc3bc2e736f636b00")),
        ("x" * 107, b"\1\0" + b"x" * 107 + b"\0"),
        # A lone surrogate, encoded as CPython encodes it in file names on Windows.
        ("\ud800.sock", b"\1\0\xed\xa0\x80.sock\0"),
        ("", b"\1\0\0"),
        # Invalid UTF-8, which only another program can bind to.
        (b"\xff\xfe.sock", b"\1\0\xff\xfe.sock\0"),
    )
    encoded = (
        (b"a", b"\1\0a\0"),
        ("\u00fc".encode(), b"\1\0\xc3\xbc\0"),
        (bytearray(b"ab"), b"\1\0ab\0"),
        (memoryview(b"abc"), b"\1\0abc\0"),
        (PurePosixPath("a/b"), b"\1\0a/b\0"),
        (BytesPath(), b"\1\0\xff\0"),
    )
    decoded = (
        (b"\1\0", ""),
        (b"\1\0no NUL", "no NUL"),
        (b"\1\0behind\0the NUL", "behind"),
        (b"\1\0\0abstract", ""),
        (b"\1\0" + b"y" * 108, "y" * 108),
        (b"\1\0" + bytes(108), ""),
    )
    wrong = (
        *NO_BYTES,
        ("x" * 108, OSError, "AF_UNIX path too long"),
        (b"x" * 108, OSError, "AF_UNIX path too long"),
        ("\u00fc" * 54, OSError, "AF_UNIX path too long"),
        ("\0name", ValueError, "connect(): AF_UNIX path has a NUL in it: Windows has no abstract names"),
        (b"\0name", ValueError, "connect(): AF_UNIX path has a NUL in it: Windows has no abstract names"),
        ("a\0b", ValueError, "connect(): AF_UNIX path has a NUL in it: Windows has no abstract names"),
        (b"a\0", ValueError, "connect(): AF_UNIX path has a NUL in it: Windows has no abstract names"),
    )


def test_create_family_returns_class_of_system() -> None:
    assert type(create_family("windows", 1, 1)) is WindowsUnix
    for system in ("linux", "darwin", "freebsd", "netbsd", "openbsd"):
        assert type(create_family(system, 1, 1)) is sockcore_unix.Unix


@pytest.mark.skipif(not LINUX, reason="only Linux has abstract names")
class TestAbstractNames(FamilyTests):
    family = FAMILY
    pairs = (
        (b"\0name", raw(b"\0name")),
        (b"\0", raw(b"\0")),
        (b"\0\0\0", raw(b"\0\0\0")),
        (b"\0in\0side\0", raw(b"\0in\0side\0")),
        (b"\0" + b"z" * (PATH_SIZE - 1), raw(b"\0" + b"z" * (PATH_SIZE - 1))),
        ("", raw(b"")),
    )
    encoded = (
        (b"", raw(b"")),
        ("\0name", raw(b"\0name")),
        (bytearray(b"\0name"), raw(b"\0name")),
        ("\0é", raw("\0é".encode())),
    )
    decoded = ((raw(b"\x0000abc"), b"\x0000abc"),)
    wrong = (
        (b"\0" + b"z" * PATH_SIZE, OSError, "AF_UNIX path too long"),
        ("\0" + "z" * PATH_SIZE, OSError, "AF_UNIX path too long"),
    )


class TestUnixPlugin(PluginTests):
    plugin = sockcore_unix


def test_encode_too_long_raises_without_errno() -> None:
    with pytest.raises(OSError, match=r"^AF_UNIX path too long$") as caught:
        FAMILY.encode("x" * 200, FakeContext(AF_UNIX))
    assert caught.value.errno is None
    assert caught.value.args == ("AF_UNIX path too long",)


def test_encode_and_decode_accept_bytes_subclasses() -> None:
    class Path(bytes):
        pass

    assert FAMILY.encode(Path(b"p"), FakeContext(AF_UNIX)) == raw(b"p\0")
    assert FAMILY.decode(RawAddress(raw(b"p\0")), FakeContext(AF_UNIX)) == "p"
    abstract = FAMILY.decode(RawAddress(raw(b"\0p")), FakeContext(AF_UNIX))
    assert type(abstract) is (bytes if LINUX else str)


def test_encode_and_decode_do_not_use_context() -> None:
    context = FakeContext(AF_UNIX)
    FAMILY.decode(FAMILY.encode("somewhere", context), context)
    assert context.asked == []


def test_structs_path_size_depends_on_system() -> None:
    # tools/headers compares these sizes with the headers of each system.
    for system, size in {"linux": 108, "windows": 108, "darwin": 104, "freebsd": 104, "netbsd": 104}.items():
        assert structs(system)[0].offsets() == {"sun_path": (2, size)}
    assert STRUCTS[0].name == "struct sockaddr_un"
    assert PATH_OFFSET == 2


def test_plugin_registers_family_constants_and_functions() -> None:
    register = registered_by(sockcore_unix)
    assert register.families[AF_UNIX, None].name == "AF_UNIX"
    assert register.names["AF_UNIX"] == AF_UNIX
    if WINDOWS:
        assert register.singles == {}
        assert not {"send_fds", "recv_fds", "SCM_RIGHTS"} & set(register.names)
        assert not register.options
        assert not register.ancillaries
        return
    assert register.singles == {"socketpair": AF_UNIX}
    assert register.names["send_fds"] is sockcore_unix.send_fds
    assert register.names["recv_fds"] is sockcore_unix.recv_fds
    if LINUX:
        names = {"SCM_RIGHTS", "SCM_CREDENTIALS", "SO_PEERCRED", "SO_PASSCRED"}
        assert names <= set(register.names)


def test_plugin_without_table_registers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockcore_unix, "TABLE", {})
    register = registered_by(sockcore_unix)
    assert not register.families
    assert not register.names
    assert not register.options
