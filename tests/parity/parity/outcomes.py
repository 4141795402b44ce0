"""Values and exceptions as text that can be compared.

The text omits only necessary differences: file descriptors, ports that the system has chosen, the module in the name of
the class ``socket``, and messages about the number of arguments.
"""

from __future__ import annotations

import array
import enum
import io
import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Replaces messages about the number and the names of arguments.
ARITY = "(the number or the names of arguments)"
ARITY_MESSAGE = re.compile(
    r"takes .*argument|expected (at (least|most) )?\d+ arguments?|missing .*required|unexpected keyword argument"
    r"|positional-only arguments passed|multiple values for|takes no (keyword )?arguments|required argument"
    r"|is an invalid keyword argument|argument for .* given by name and position"
)
# Names of C types sometimes contain the module.
_CLASS = re.compile(r"\b(?:_?socket|sockcore|decimal|fractions|array|_io)\.(?=[A-Za-z])")
_FD = re.compile(r"\bfd=-?\d+")
_PORT = re.compile(r"(?<=[\"'], )\d+")
_AUTOBOUND = re.compile(r"b'\\x00[0-9a-f]{5}'")  # name that Linux assigns to an AF_UNIX socket (autobind)
_AT = re.compile(r" at 0x[0-9a-f]+")


class Outcome(NamedTuple):
    """Outcome of one line."""

    line: str
    value: str = ""
    exception: str = ""
    errno: int | None = None
    message: str = ""
    warnings: tuple[str, ...] = ()
    buffers: tuple[str, ...] = ()


class Formatter:
    """Converts results and exceptions of a module to text."""

    def __init__(self, module: Any) -> None:
        self.module = module
        #: Numbers that the system has chosen, such as ports -> replacement text.
        self.labels: dict[int, str] = {}

    def text(self, text: str) -> str:
        """Return a message or repr without necessary differences."""
        text = _AUTOBOUND.sub("<autobound>", _AT.sub("", _CLASS.sub("", _FD.sub("fd=N", text))))
        return _PORT.sub(lambda match: self.labels.get(int(match[0]), match[0]), text)

    def value(self, value: Any) -> str:
        """Return a value as text, with its exact type and content."""
        if isinstance(value, self.module.socket):
            return self._socket(value)
        if isinstance(value, enum.Enum):
            return f"{type(value).__name__}:{int(value)}"  # type: ignore[call-overload]
        if type(value) in (tuple, list):
            inside = ", ".join(self.value(item) for item in value)
            return f"({inside})" if type(value) is tuple else f"[{inside}]"
        if type(value) is int:
            return self.labels.get(value, repr(value))
        if type(value) is str:
            return repr(self.text(value))
        if isinstance(value, (memoryview, array.array)):
            return f"{type(value).__name__}({bytes(value)!r})"
        if isinstance(value, io.IOBase):
            return f"{type(value).__name__}(mode={getattr(value, 'mode', None)!r})"
        if isinstance(value, type):
            return f"class {value.__name__}"
        return self.text(repr(value))

    def _socket(self, sock: Any) -> str:
        fd = sock.fileno()
        return (
            f"socket({int(sock.family)}, {self.value(sock.type)}, {sock.proto}, timeout={sock.gettimeout()}, "
            f"inheritable={fd >= 0 and sock.get_inheritable()})"
        )

    def exception(self, line: str, exc: BaseException) -> Outcome:
        """Return the outcome of a line that raised."""
        message = self.text(str(exc))
        if isinstance(exc, TypeError) and ARITY_MESSAGE.search(message):
            message = ARITY
        return Outcome(line, exception=self.class_name(type(exc)), errno=getattr(exc, "errno", None), message=message)

    def class_name(self, exception: type) -> str:
        """Return the name of an exception class.

        Classes of the module have their names in the module.
        """
        for name in ("gaierror", "herror", "_GiveupOnSendfile"):
            if exception is getattr(self.module, name):
                return name
        if exception is self.module.timeout:
            return "TimeoutError"  # a separate class in the standard library before Python 3.10
        return f"{exception.__module__}.{exception.__qualname__}".replace("builtins.", "")


def format_difference(outcomes: Mapping[str, Outcome]) -> str:
    """Return two outcomes on two lines."""
    return "\n".join(f"  {name:9} {outcome._replace(line='')}" for name, outcome in outcomes.items())
