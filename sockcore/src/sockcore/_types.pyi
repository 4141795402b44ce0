"""The names that annotations use, for type checkers."""

from collections.abc import AsyncIterator as AsyncIterator
from collections.abc import Callable as Callable
from collections.abc import Container as Container
from collections.abc import Iterable as Iterable
from collections.abc import Iterator as Iterator
from collections.abc import Mapping as Mapping
from collections.abc import Sequence as Sequence
from typing import Any as Any
from typing import Generic as Generic
from typing import Literal as Literal
from typing import NoReturn as NoReturn
from typing import Optional as Optional
from typing import Protocol as Protocol
from typing import SupportsIndex as SupportsIndex
from typing import Union as Union
from typing import overload as overload

from _typeshed import ReadableBuffer as ReadableBuffer
from _typeshed import WriteableBuffer as WriteableBuffer
from typing_extensions import Self as Self
from typing_extensions import TypeVar as TypeVar

from sockcore._families.messages import Ancillary as Ancillary
from sockcore._families.options import Option as Option
from sockcore._typing import AddressFamily as AddressFamily
from sockcore._typing import SocketKind as SocketKind

class SendableFile(Protocol):
    """A file that socket.sendfile() accepts. The attributes mode and fileno() are optional."""

    def read(self, size: int, /) -> bytes: ...
    def seek(self, offset: int, /) -> object: ...
