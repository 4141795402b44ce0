"""AF_UNIX socket addresses: paths in the file system, and abstract names on Linux.

1. The sockaddr of a path ends with a NUL, which must fit into ``sun_path``. An abstract name starts with a NUL byte. It
   does not need a final NUL, and may fill ``sun_path``. With an empty name Linux chooses an abstract name (autobind).
   Source: unix(7). A NUL inside a path raises ValueError, because the kernel would use only the part before it.
2. A path is decoded to a str by ``os.fsdecode``, an abstract name to bytes, and the address of an unnamed socket to
   ``''``.
3. The kernel writes only the bytes of the name. If a path fills ``sun_path`` without a NUL, the length that the kernel
   returns is one byte larger than the struct.
4. Windows supports paths only. They are encoded in UTF-8, regardless of the file system encoding. A NUL in a path
   raises ValueError. A path that is not valid UTF-8 is decoded to bytes. Source: <afunix.h>.
"""

from __future__ import annotations

import os
import sys

from sockcore.plugin import (
    Context,
    Family,
    keep,
    sockaddr_header,
    system_name,
    to_bytes,
)
from sockcore_unix.constants import SOCK_STREAM, TABLE
from sockcore_unix.structs import PATH_OFFSET, PATH_SIZE, SOCKADDR_UN

_HAS_ABSTRACT_NAMES = system_name() == "linux"
#: With -b, Python warns about the comparison of bytes with an str, which have the same hash for the same characters.
_CACHED_TYPES = (str,) if sys.flags.bytes_warning else (str, bytes)


def to_path_bytes(address: object) -> bytes:
    """Convert a path or an abstract name to bytes.

    Raises TypeError if *address* is not a str, a bytes-like object or an os.PathLike, UnicodeEncodeError if the file
    system encoding does not support a character, and BufferError if a buffer is not contiguous.
    """
    if isinstance(address, str):
        return os.fsencode(address)
    try:
        return to_bytes(address)
    except TypeError:
        if hasattr(type(address), "__fspath__"):
            return os.fsencode(address)  # type: ignore[arg-type]
        raise


class Unix(Family):
    """AF_UNIX on POSIX systems.

    Addresses are str, bytes-like objects or path objects. They are decoded to str (paths) or bytes (abstract names).
    """

    name = "AF_UNIX"
    size: int = SOCKADDR_UN.size

    def __init__(self, number: int, stream: int) -> None:
        self.number = number
        self.probe: tuple[int, int] | None = (stream, 0)
        self.encoded: dict[object, bytes] = {}
        self.decoded: dict[bytes, object] = {}

    def encode(self, address: object, context: Context) -> bytes:
        """Return the sockaddr of a path or an abstract name.

        The sockaddr is only as long as the name requires.

        Raises ValueError if a path contains a NUL, and OSError if the name is too long.
        """
        path = to_path_bytes(address)
        if not _HAS_ABSTRACT_NAMES or path[:1] not in (b"", b"\0"):
            # 40 ns. `b"\0" in path` takes 500 ns, because bytes first try to convert their operand to an int.
            if 0 in path:
                raise ValueError(f"{context.operation}(): AF_UNIX path must not contain a NUL")
            path += b"\0"
        if len(path) > PATH_SIZE:
            raise OSError("AF_UNIX path too long")
        sockaddr = sockaddr_header(self.number, PATH_OFFSET + len(path)) + path
        return keep(self.encoded, address, sockaddr) if type(address) in _CACHED_TYPES else sockaddr

    def decode(self, raw: bytes, context: Context) -> str | bytes:
        """Return a path up to its NUL as a str, or a whole abstract name as bytes."""
        name = raw[PATH_OFFSET:]
        is_abstract = _HAS_ABSTRACT_NAMES and name[:1] == b"\0"
        return keep(self.decoded, raw, name if is_abstract else os.fsdecode(name.partition(b"\0")[0]))


class WindowsUnix(Unix):
    """AF_UNIX on Windows: paths in UTF-8."""

    def encode(self, address: object, context: Context) -> bytes:
        """Return the sockaddr of a path.

        Raises ValueError if the path contains a NUL, and OSError if it is too long.
        """
        if hasattr(type(address), "__fspath__"):
            address = os.fspath(address)  # type: ignore[call-overload]
        # File names on Windows may contain lone surrogates.
        path = address.encode("utf-8", "surrogatepass") if isinstance(address, str) else to_path_bytes(address)
        if b"\0" in path:
            raise ValueError(f"{context.operation}(): AF_UNIX path has a NUL in it: Windows has no abstract names")
        path += b"\0"
        if len(path) > PATH_SIZE:
            raise OSError("AF_UNIX path too long")
        return sockaddr_header(self.number, PATH_OFFSET + len(path)) + path

    def decode(self, raw: bytes, context: Context) -> str | bytes:
        """Return the path up to its NUL, as a str; as bytes if it is not valid UTF-8."""
        path = raw[PATH_OFFSET:].partition(b"\0")[0]
        try:
            return path.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return path


def create_family(system: str, number: int, stream: int) -> Unix:
    """Create the AF_UNIX family of *system* from its AF_UNIX and SOCK_STREAM values."""
    return (WindowsUnix if system == "windows" else Unix)(number, stream)


def create_local_family() -> Unix:
    """Create the AF_UNIX family of this system."""
    return create_family(system_name(), TABLE["AF_UNIX"], SOCK_STREAM)
