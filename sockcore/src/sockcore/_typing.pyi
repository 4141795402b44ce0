"""Types of objects that plugins register, for type checkers. None of them exists at run time."""

import sys
from collections.abc import Iterable
from enum import EnumMeta, IntEnum, IntFlag
from typing import Any, TypeVar

from _typeshed import ReadableBuffer

_E = TypeVar("_E")

class _Members(EnumMeta):
    """An enum whose members depend on the plugins."""

    def __getattr__(cls: type[_E], name: str) -> _E: ...

class AddressFamily(IntEnum, metaclass=_Members):
    AF_UNSPEC = ...

class SocketKind(IntEnum, metaclass=_Members):
    SOCK_STREAM = ...

class MsgFlag(IntFlag, metaclass=_Members):
    MSG_PEEK = ...

class AddressInfo(IntFlag, metaclass=_Members):
    AI_PASSIVE = ...

class SocketMethods:
    """The methods that third-party plugins register: none, unless sockcore_third_party defines this class."""

class Methods:
    """Methods of a socket that a plugin registers on the systems that support them."""

    if sys.platform == "linux":
        def sendmsg_afalg(
            self,
            msg: Iterable[ReadableBuffer] = ...,
            *,
            op: int,
            iv: Any = ...,
            assoclen: int = ...,
            flags: int = ...,
        ) -> int: ...
    if sys.platform == "win32":
        def ioctl(self, control: int, option: int | tuple[int, int, int] | bool, /) -> int: ...
        def share(self, process_id: int, /) -> bytes: ...
