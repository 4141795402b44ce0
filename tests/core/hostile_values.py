"""A program that sets, deletes and calls every attribute of the socket classes with hostile values.

    python tests/core/hostile_values.py MODE

MODE is one of MODES. A fault ends the process. The exit status is FINISHED if the interpreter survives. Exceptions of
operations are ignored. The order of all operations is the same in every run.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import random
import resource
import sys
import warnings
from typing import TYPE_CHECKING, Any

import sockcore
from sockcore._sockets import BaseSocket
from sockcore._sockets.base import BaseSocket as InPython

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MODES = ("instances", "calls", "classes", "sequences")
FINISHED = 42
#: The seed and the length of a sequence.
SEED, STEPS = 9, 2000
#: The limit of descriptors. The values below are larger, so that no socket takes over another file.
DESCRIPTORS = 200

settimeout = InPython.settimeout if BaseSocket is InPython else BaseSocket.settimeout
set_attribute, delete_attribute = type.__setattr__, type.__delattr__
Classes = (sockcore.socket, BaseSocket)
current: list[Any] = []


class Subclass(sockcore.socket):
    """A class with a dictionary."""


class Raises:
    """An object whose methods raise."""

    def __index__(self) -> int:
        raise KeyError

    __bool__ = __len__ = __float__ = __iter__ = __getitem__ = __hash__ = __str__ = __repr__ = __index__  # type: ignore
    __call__ = __get__ = __set_name__ = __eq__ = __del__ = __index__  # type: ignore


class Reenters:
    """An object whose methods close and reopen the socket that uses it."""

    def __index__(self) -> int:
        for sock in current:
            attempt(BaseSocket.close, sock)
            attempt(BaseSocket.__init__, sock, 1, 2)
            attempt(settimeout, sock, 0)
        gc.collect(0)
        return 4

    def __float__(self) -> float:
        return float(self.__index__())

    def __str__(self) -> str:
        return f"{self.__index__()}"

    def __iter__(self) -> Iterator[Any]:
        self.__index__()
        return iter([b"x"])

    def __eq__(self, other: object) -> bool:
        return bool(self.__index__() == other)

    __hash__ = __len__ = __index__

    def __get__(self, sock: Any, cls: Any) -> Any:
        return self.__index__()

    def __set__(self, sock: Any, value: Any) -> None:
        self.__index__()

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return self.__index__()


class OddNumber(int):
    """A number whose __index__ returns another number."""

    def __index__(self) -> int:
        return 1 << 40


class OddBytes(bytearray):
    """A buffer that is resized when it is measured."""

    def __len__(self) -> int:
        del self[:]
        return 1 << 30


def values(sock: Any) -> list[Any]:
    """Return the hostile values; some of them refer to the socket."""
    return [
        None, -1, 1 << 20, 2**31 - 1, 2**63, 10**40, OddNumber(1 << 21), 1e300, float("nan"), "\udc80", b"bytes",
        bytearray(9), OddBytes(9), memoryview(b"1234")[::2], ("127.0.0.1", 1), [b"x"], [(b"x", None)],
        [(1, 1, b"x")], Raises(), Reenters(), len, iter([]), sock, [sock, 1], type(sock), property(len),
    ]  # fmt: skip


def attempt(call: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
    """Call a function, and ignore its exception."""
    try:
        return call(*arguments, **keywords)
    except Exception:
        return None


def fresh(cls: Any) -> Any:
    """Return a connected socket in non-blocking mode, with data to receive."""
    one, two = sockcore.socketpair(1)
    BaseSocket.send(two, b"x" * 20)
    new_sock = cls.__new__(cls)
    BaseSocket.__init__(new_sock, 1, 1, 0, BaseSocket.detach(one))
    if isinstance(new_sock, sockcore.socket):
        new_sock._io_refs, new_sock._closed = 0, False
    settimeout(new_sock, 0)
    current[:] = [new_sock]
    return new_sock


def use(sock: Any) -> None:
    """Make typical calls of a program on a socket in any state."""
    attempt(settimeout, sock, 0)
    for call in (
        lambda: sock.recv(4), lambda: sock.recv(4, 0x20), lambda: sock.recv_into(bytearray(4)),
        lambda: sock.recvfrom(4),
        lambda: sock.recvmsg(4, 64), lambda: sock.recvmsg_into([bytearray(4)]), lambda: sock.recvmmsg(2, 4),
        lambda: sock.send(b"x"), lambda: sock.sendall(b"x"), lambda: sock.sendto(b"x", ("127.0.0.1", 9)),
        lambda: sock.sendmsg([b"x"]), lambda: sock.sendmmsg([b"x", (b"x", "name")]), lambda: sock.getsockopt(1, 3),
        lambda: sock.setsockopt(1, 2, 1), lambda: sock.connect_ex("name"), lambda: sock.accept(),
        lambda: sock.getsockname(), lambda: repr(sock), lambda: sock.timeout, lambda: sock.dup(),
        lambda: sock.family, lambda: sock.close(), lambda: repr(sock), lambda: sock.fileno(), lambda: sock.recv(4),
        lambda: BaseSocket.__init__(sock, 1, 2), lambda: settimeout(sock, 0), lambda: sock.recv(4),
    ):  # fmt: skip
        attempt(call)


def names_of(cls: Any) -> list[str]:
    """Return the names of attributes to test.

    They are the attributes of the class, its slots, names that it lacks, and special names.
    """
    names = {*dir(cls), "_fd", "_timeout", "__weakref__"}.difference(dir(object)) | SPECIAL
    return sorted(name for name in names if not name.startswith("_BaseSocket__"))  # some of these make it wait


def clean() -> None:
    """Close the descriptors that methods such as __init__ and detach have left open."""
    current.clear()
    gc.collect()
    os.closerange(3, DESCRIPTORS)


#: Attributes of every class that could confuse C code.
SPECIAL = {
    "__class__", "__del__", "__dict__", "__init__", "__new__", "__repr__", "__getattribute__", "__setattr__",
    "__module__", "__mro__", "__bases__", "__name__", "__hash__", "__reduce_ex__", "__sizeof__",
}  # fmt: skip
#: These change the classes.
NOT_CALLED = {"__class__", "__setattr__"}


def instances() -> None:
    """Set and delete each attribute of sockets."""
    for cls in (*Classes, Subclass):
        for name in names_of(cls):
            for value in values(fresh(cls)):
                sock = fresh(cls)
                attempt(setattr, sock, name, value)
                attempt(getattr, sock, name)
                use(sock)
                attempt(delattr, sock, name)
                attempt(getattr, sock, name)
                attempt(repr, sock)
            sock = fresh(cls)
            attempt(delattr, sock, name)
            use(sock)
            del sock
            clean()


def shapes(value: Any) -> list[tuple[Any, ...]]:
    """Return argument lists with a value."""
    return [
        (), (value,), (value, value), (4, value), (b"x", value), ([b"x"], value), (1, 3, value), (4, 4, 0, value),
        ([b"x"], [], 0, value), (value,) * 4, (value,) * 5,
    ]  # fmt: skip


def calls() -> None:
    """Call each method on open and never opened sockets, and on other objects."""
    for cls in Classes:
        for name in names_of(cls):
            if name in NOT_CALLED or not callable(getattr(cls, name, None)):
                continue
            half = cls.__new__(cls)
            for value in values(fresh(cls)):
                sock = fresh(cls)
                for arguments in shapes(value):
                    attempt(settimeout, sock, 0)
                    attempt(repr, attempt(getattr(sock, name), *arguments))
                    attempt(getattr(half, name), *arguments)
                    if not isinstance(value, type):  # it would become the socket
                        attempt(getattr(cls, name), value, *arguments)
                attempt(getattr(sock, name), flags=value, nbytes=value)
                use(sock)
            use(half)
            del half, sock
            clean()


def classes() -> None:
    """Set and delete each attribute of the classes, and use their sockets."""
    for cls in Classes:
        for name in names_of(cls):
            if name == "__new__" and cls is BaseSocket:
                continue  # the method of a C class cannot be restored
            own = vars(cls).get(name, clean)
            for value in values(fresh(cls)):
                if isinstance(value, type) and name not in ("__class__", "__bases__"):
                    continue  # if repr() or a finalizer uses it, each socket creates another one, endlessly
                sock = fresh(cls)
                for change in ((set_attribute, cls, name, value), (delete_attribute, cls, name)):
                    attempt(*change)
                    use(sock)
                    attempt(lambda: use(cls(1, 2)))  # noqa: B023
                    attempt(delete_attribute, cls, name)
                    if own is not clean:
                        attempt(set_attribute, cls, name, own)
                del sock
            clean()


def sequences() -> None:
    """Change, delete and call attributes of the same sockets in random order."""
    chance = random.Random(SEED)
    for cls in (*Classes, Subclass):
        sock = fresh(cls)
        names, some = names_of(cls), values(sock)
        methods = [name for name in names if name not in NOT_CALLED and callable(getattr(cls, name, None))]
        for step in range(STEPS):
            value = chance.choice(some)
            way = chance.randrange(10)
            if way == 0:
                attempt(setattr, sock, chance.choice(names), value)
            elif way == 1:
                attempt(delattr, sock, chance.choice(names))
            elif way == 2:
                sock = fresh(cls)
                current.append(some)
            else:
                attempt(settimeout, sock, 0)
                attempt(getattr(cls, chance.choice(methods)), sock, *chance.choice(shapes(value)))
            if step % 100 == 0:
                del sock, some
                clean()
                sock = fresh(cls)
                some = values(sock)


def main() -> None:
    """Run the command line; it does not return."""
    log = os.dup(2)
    os.dup2(log, DESCRIPTORS + 1)
    faulthandler.enable(DESCRIPTORS + 1)
    faulthandler.dump_traceback_later(100, exit=True, file=DESCRIPTORS + 1)
    warnings.simplefilter("ignore")
    sys.unraisablehook = lambda exc: None
    if "libasan" not in os.environ.get("LD_PRELOAD", ""):
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, resource.getrlimit(resource.RLIMIT_AS)[1]))
    gc.freeze()
    gc.disable()
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS + 2, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    {"instances": instances, "calls": calls, "classes": classes, "sequences": sequences}[sys.argv[1]]()
    os._exit(FINISHED)


if __name__ == "__main__":
    main()
