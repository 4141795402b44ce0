"""Network namespaces with interfaces that a test owns."""

from __future__ import annotations

import errno
import os
import subprocess
import threading
from queue import SimpleQueue

from sockcore._types import Any, Callable, Self
from sockcore.plugin import errno_before, failure, libc_function, system_name

_CLONE_NEWNET = 0x40000000  # <linux/sched.h>


class NetworkNamespaces:
    """Two network namespaces, each with one end of a veth pair, as a context manager.

    1. A namespace belongs to a thread. :meth:`run` calls a function in that thread. A socket keeps the namespace in
       which it was opened, so that any thread can use it afterwards.
    2. The interfaces are named ``veth0`` and ``veth1``, and are up. Their addresses are 10.0.0.1 and 10.0.0.2 with a
       prefix of 24 bits. The interface ``lo`` is up too.
    3. It needs Linux, root (CAP_SYS_ADMIN, CAP_NET_ADMIN), and the command ``ip`` of iproute2. Without them, ``with``
       raises OSError, whose message names the missing part.
    """

    #: The name of the interface in each namespace.
    interfaces: tuple[str, str] = ("veth0", "veth1")
    #: The IPv4 address in each namespace.
    addresses: tuple[str, str] = ("10.0.0.1", "10.0.0.2")

    def __init__(self) -> None:
        self._threads: list[_Namespace] = []

    def __enter__(self) -> Self:
        try:
            for _ in self.interfaces:
                self._threads.append(_Namespace())
            self._create_interfaces()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        while self._threads:
            self._threads.pop().end()

    def run(self, number: int, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function in the namespace 0 or 1, and return its result."""
        return self._threads[number].call(function, *arguments)

    def ip(self, number: int, *arguments: str) -> str:
        """Run the command ``ip`` in a namespace, and return its output.

        Raises OSError with the message of the command if it fails.
        """
        return str(self.run(number, _ip, arguments))

    def _create_interfaces(self) -> None:
        one, two = self.interfaces
        peer = ("peer", "name", two, "netns", str(self._threads[1].thread_id))
        self.ip(0, "link", "add", one, "type", "veth", *peer)
        for number, (name, address) in enumerate(zip(self.interfaces, self.addresses)):
            self.ip(number, "address", "add", f"{address}/24", "dev", name)
            self.ip(number, "link", "set", name, "up")
            self.ip(number, "link", "set", "lo", "up")


class _Namespace:
    """A thread in a network namespace of its own."""

    def __init__(self) -> None:
        if system_name() != "linux":
            raise OSError(errno.ENOSYS, "network namespaces need Linux")
        self._calls: SimpleQueue[Any] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        try:
            self.thread_id = int(self.call(_unshare))
        except BaseException:
            self.end()
            raise

    def _serve(self) -> None:
        while (work := self._calls.get()) is not None:
            function, arguments, results = work
            try:
                results.put((function(*arguments), None))
            except BaseException as exc:
                results.put((None, exc))

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function in the thread, and return its result."""
        results: SimpleQueue[Any] = SimpleQueue()
        self._calls.put((function, arguments, results))
        value, exc = results.get()
        if exc is not None:
            raise exc
        return value

    def end(self) -> None:
        """End the thread. The kernel removes the namespace with its last socket."""
        self._calls.put(None)
        self._thread.join()


def _unshare() -> int:
    """Move this thread to a new network namespace. Return the number of the thread."""
    from ctypes import c_int

    unshare = libc_function("unshare", c_int, c_int)
    previous = errno_before()
    if unshare(_CLONE_NEWNET):
        exc = failure(previous)
        raise OSError(exc.errno, f"a network namespace needs root (unshare: {exc.strerror})")
    return threading.get_native_id()


def _ip(arguments: tuple[str, ...]) -> str:
    environment = {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}
    try:
        done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False, env=environment)
    except FileNotFoundError:
        raise OSError(errno.ENOENT, "network interfaces need the command ip (iproute2)") from None
    if done.returncode:
        raise OSError(errno.EIO, f"ip {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout
