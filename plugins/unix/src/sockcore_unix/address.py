"""AF_UNIX addresses: paths in the file system, and the abstract names of Linux.

1. A path is sent with a NUL behind it, which must fit into ``sun_path``; an abstract name (a first byte NUL)
   has none and may fill it. An empty name asks Linux to choose an abstract one (autobind). unix(7). A NUL inside a path
   is refused: the kernel would use the part before it.
2. A path comes back as str, by ``os.fsdecode``; an abstract name as bytes; a socket without a name as ``''``.
3. The kernel writes as many bytes as the name has, and says one more than the struct where a path fills
   ``sun_path`` without a NUL.
4. Windows has paths of UTF-8, whatever the encoding of file names, and no other names; a NUL in one is refused. What
   is no UTF-8 comes back as bytes. <afunix.h>.
"""

from __future__ import annotations

import os

from sockcore.plugin import (
    Context,
    Family,
    keep,
    sockaddr_header,
    system_name,
    to_bytes,
)
from sockcore_unix.structs import PATH_OFFSET, PATH_SIZE, SOCKADDR_UN

_HAS_ABSTRACT = system_name() == "linux"


def path_bytes(address: object) -> bytes:
    """Return the bytes of a path or name.

    TypeError if *address* is neither a str nor bytes-like nor an os.PathLike, UnicodeEncodeError if the file system's
    encoding lacks a character, BufferError if it is not contiguous.
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
    """AF_UNIX: str, bytes or a path object in, str (a path) or bytes (an abstract name) out."""

    name = "AF_UNIX"
    size = SOCKADDR_UN.size

    def __init__(self, number: int, stream: int) -> None:
        self.number = number
        self.probe = (stream, 0)
        self.encoded: dict[object, bytes] = {}
        self.decoded: dict[bytes, object] = {}

    def encode(self, address: object, context: Context) -> bytes:
        """Return the sockaddr of a path or name, its length that of the name: see the rules above.

        ValueError for a NUL in a path, OSError for one that is too long.
        """
        path = path_bytes(address)
        if not _HAS_ABSTRACT or path[:1] not in (b"", b"\0"):
            if 0 in path:  # takes 40 ns, and that of b"\0" 500: bytes first try to read it as a number
                raise ValueError(f"{context.operation}(): AF_UNIX path must not contain a NUL")
            path += b"\0"
        if len(path) > PATH_SIZE:
            raise OSError("AF_UNIX path too long")
        raw = sockaddr_header(self.number, PATH_OFFSET + len(path)) + path
        return keep(self.encoded, address, raw) if type(address) is str or type(address) is bytes else raw

    def decode(self, raw: bytes, context: Context) -> str | bytes:
        """Return the path as str, up to its NUL, or the abstract name as bytes, all of it."""
        name = raw[PATH_OFFSET:]
        abstract = _HAS_ABSTRACT and name[:1] == b"\0"
        return keep(self.decoded, raw, name if abstract else os.fsdecode(name.partition(b"\0")[0]))


class WindowsUnix(Unix):
    """AF_UNIX of Windows: a path as str, bytes or a path object in, str out."""

    def encode(self, address: object, context: Context) -> bytes:
        """Return the sockaddr of a path; ValueError if there is a NUL in it, OSError if it is too long."""
        if hasattr(type(address), "__fspath__"):
            address = os.fspath(address)  # type: ignore[call-overload]
        # Lone surrogates are characters of file names there.
        path = address.encode("utf-8", "surrogatepass") if isinstance(address, str) else path_bytes(address)
        if b"\0" in path:
            raise ValueError(f"{context.operation}(): AF_UNIX path has a NUL in it: Windows has no abstract names")
        path += b"\0"
        if len(path) > PATH_SIZE:
            raise OSError("AF_UNIX path too long")
        return sockaddr_header(self.number, PATH_OFFSET + len(path)) + path

    def decode(self, raw: bytes, context: Context) -> str | bytes:
        """Return the path as str, up to its NUL; as bytes if they are no UTF-8."""
        path = raw[PATH_OFFSET:].partition(b"\0")[0]
        try:
            return path.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return path


def family(system: str, number: int, stream: int) -> Unix:
    """Return AF_UNIX as *system* has it, of the numbers of the family and of SOCK_STREAM."""
    return (WindowsUnix if system == "windows" else Unix)(number, stream)
