"""Values and exceptions in words that can be compared.

What has to differ is taken out here, and nothing else: descriptors' numbers, ports that the system chose, the name of
the module in front of the class ``socket``, and how the interpreter counts a call's arguments.
"""

from __future__ import annotations

import array
import enum
import io
import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Stands for words about the number and the names of arguments.
ARITY = "(the number or the names of arguments)"
COUNTED = re.compile(
    r"takes .*argument|expected (at (least|most) )?\d+ arguments?|missing .*required|unexpected keyword argument"
    r"|positional-only arguments passed|multiple values for|takes no (keyword )?arguments|required argument"
    r"|is an invalid keyword argument|argument for .* given by name and position"
)
# C has the module in the name of a type, sometimes.
_CLASS = re.compile(r"\b(?:_?socket|sockcore|decimal|fractions|array|_io)\.(?=[A-Za-z])")
_FD = re.compile(r"\bfd=-?\d+")
_PORT = re.compile(r"(?<=[\"'], )\d+")
_AUTOBOUND = re.compile(r"b'\\x00[0-9a-f]{5}'")  # what Linux calls a socket of AF_UNIX that has to have a name
_AT = re.compile(r" at 0x[0-9a-f]+")


class Outcome(NamedTuple):
    """What came of one line."""

    line: str
    value: str = ""
    exception: str = ""
    errno: int | None = None
    words: str = ""
    warnings: tuple[str, ...] = ()
    held: tuple[str, ...] = ()


class Words:
    """Puts what one side's module gave into words."""

    def __init__(self, module: Any) -> None:
        self.module = module
        #: Numbers that the system chose, such as ports, and what stands for them.
        self.labels: dict[int, str] = {}

    def text(self, text: str) -> str:
        """Return a message or repr without what has to differ."""
        text = _AUTOBOUND.sub("<autobound>", _AT.sub("", _CLASS.sub("", _FD.sub("fd=N", text))))
        return _PORT.sub(lambda found: self.labels.get(int(found[0]), found[0]), text)

    def value(self, value: Any) -> str:
        """Return a value as text: its exact type, and what is in it."""
        if isinstance(value, self.module.socket):
            return self._socket(value)
        if isinstance(value, enum.Enum):
            return f"{type(value).__name__}:{int(value)}"  # type: ignore[call-overload]
        if type(value) in (tuple, list):
            inside = ", ".join(self.value(each) for each in value)
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

    def exception(self, line: str, problem: BaseException) -> Outcome:
        """Return the outcome of a line that raised."""
        words = self.text(str(problem))
        if isinstance(problem, TypeError) and COUNTED.search(words):
            words = ARITY
        return Outcome(
            line, exception=self.class_name(type(problem)), errno=getattr(problem, "errno", None), words=words
        )

    def class_name(self, kind: type) -> str:
        """Return an exception's class, the module's own ones by the name that they have in it."""
        for name in ("gaierror", "herror", "_GiveupOnSendfile"):
            if kind is getattr(self.module, name):
                return name
        if kind is self.module.timeout:
            return "TimeoutError"  # the standard library's was one of its own before 3.10
        return f"{kind.__module__}.{kind.__qualname__}".replace("builtins.", "")


def differing(outcomes: Mapping[str, Outcome]) -> str:
    """Return two outcomes one below the other."""
    return "\n".join(f"  {name:9} {outcome._replace(line='')}" for name, outcome in outcomes.items())
