"""The names that annotations use, for type checkers."""

from collections.abc import Callable as Callable
from collections.abc import Container as Container
from collections.abc import Iterable as Iterable
from collections.abc import Iterator as Iterator
from collections.abc import Mapping as Mapping
from collections.abc import Sequence as Sequence
from typing import Any as Any
from typing import BinaryIO as BinaryIO
from typing import Generic as Generic
from typing import NoReturn as NoReturn
from typing import Optional as Optional
from typing import Protocol as Protocol
from typing import SupportsIndex as SupportsIndex
from typing import TypeVar as TypeVar
from typing import Union as Union

from typing_extensions import Self as Self
