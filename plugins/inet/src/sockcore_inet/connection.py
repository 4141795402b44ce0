"""create_connection and create_server, and whether one socket can serve both IP versions.

They are made of other names of the module, which they look up there when called: see :mod:`sockcore_inet.public`.
"""

from __future__ import annotations

import sys

from sockcore.plugin import GLOBAL_DEFAULT_TIMEOUT, Any, import_module, socket
from sockcore_inet.constants import AF_INET, AF_INET6, SOCK_STREAM
from sockcore_inet.public import public

Address = tuple[str, int]


def create_connection(
    address: tuple[str | None, str | int | None],
    timeout: float | None = GLOBAL_DEFAULT_TIMEOUT,  # type: ignore[assignment]
    source_address: Address | None = None,
    *,
    all_errors: bool = False,
) -> socket:
    """Connect to the TCP service at *address*, a pair (host, port), and return the socket.

    All addresses that the host has, of IPv4 and IPv6, are tried in turn until one connects. *timeout* (seconds or
    None) is set on the socket before; if it is left out, the default timeout applies. *source_address* is a pair
    (host, port) to bind to first; ``''`` and 0 leave the choice to the system.

    Raises the error of the last address tried; with *all_errors* an ExceptionGroup of the errors of all (before
    Python 3.11 the one of the distribution ``exceptiongroup``). The ``filename`` of each error is the address that it
    is about: the one that could not be reached, or *source_address* where that could not be bound.
    """
    group = _exception_group() if all_errors else None
    module = public()
    host, port = address
    errors: list[OSError] = []
    for family, kind, proto, _, target in module.getaddrinfo(host, port, 0, module.SOCK_STREAM):
        sock = None
        named: object = target
        try:
            sock = module.socket(family, kind, proto)
            if timeout is not GLOBAL_DEFAULT_TIMEOUT:
                sock.settimeout(timeout)
            if source_address:
                named = source_address
                sock.bind(source_address)
                named = target
            sock.connect(target)
        except OSError as exc:
            if exc.filename is None:
                exc.filename = named
            errors.append(exc)
            if sock is not None:
                sock.close()
        except BaseException:
            if sock is not None:
                sock.close()
            raise
        else:
            # An error refers to this frame by its traceback: the frame must not go on referring to the error.
            errors.clear()
            return sock  # type: ignore[no-any-return]
    if not errors:
        raise OSError("getaddrinfo returns an empty list")
    try:
        raise errors[-1] if group is None else group("create_connection failed", errors)
    finally:
        errors.clear()


def _exception_group() -> Any:
    if sys.version_info >= (3, 11):
        from builtins import ExceptionGroup
    else:
        ExceptionGroup = import_module("exceptiongroup").ExceptionGroup
    return ExceptionGroup


def has_dualstack_ipv6() -> bool:
    """Return whether the platform can create a TCP socket that takes connections of both IPv4 and IPv6."""
    module = public()
    if not (module.has_ipv6 and hasattr(module, "IPPROTO_IPV6") and hasattr(module, "IPV6_V6ONLY")):
        return False
    try:
        with module.socket(AF_INET6, SOCK_STREAM) as sock:
            sock.setsockopt(module.IPPROTO_IPV6, module.IPV6_V6ONLY, 0)
    except OSError:
        return False
    return True


def create_server(
    address: Address,
    *,
    family: int = AF_INET,
    backlog: int | None = None,
    reuse_port: bool = False,
    dualstack_ipv6: bool = False,
) -> socket:
    """Return a TCP socket that is bound to *address*, a pair (host, port), and listens.

    *family* is AF_INET or AF_INET6. *backlog* is as for :meth:`socket.listen`, a reasonable value is chosen for
    None and 0. *reuse_port* sets SO_REUSEPORT. With *dualstack_ipv6* an AF_INET6 socket takes IPv4 connections
    too, their addresses IPv4-mapped; without it does not, whatever the system's default. SO_REUSEADDR is set
    where it means that connections in TIME_WAIT do not hinder; on Windows, where it would let another program have the
    address as well, SO_EXCLUSIVEADDRUSE is set, which refuses even those that ask for it.

    ValueError for what the platform does not support; OSError that names *address* if it cannot be bound.
    """
    module = public()
    if reuse_port and not hasattr(module, "SO_REUSEPORT"):
        raise ValueError("SO_REUSEPORT not supported on this platform")
    if dualstack_ipv6:
        if not module.has_dualstack_ipv6():
            raise ValueError("dualstack_ipv6 not supported on this platform")
        if family != AF_INET6:
            raise ValueError("dualstack_ipv6 requires AF_INET6 family")
    sock: socket = module.socket(family, SOCK_STREAM)
    try:
        _prepare(module, sock, family, reuse_port, dualstack_ipv6)
        try:
            sock.bind(address)
        except OSError as error:
            text = f"{error.strerror} (while attempting to bind on address {address!r})"
            raise OSError(error.errno, text) from None
        sock.listen(backlog) if backlog else sock.listen()
    except BaseException:
        sock.close()
        raise
    return sock


def _prepare(module: Any, sock: socket, family: int, reuse_port: bool, dualstack_ipv6: bool) -> None:
    """Set the options that must be set before bind(2)."""
    # The system is checked first: a search for a name that does not exist takes longer than the whole function.
    shares_addresses = sys.platform in ("win32", "cygwin")
    if not shares_addresses and hasattr(module, "SO_REUSEADDR"):
        try:
            sock.setsockopt(module.SOL_SOCKET, module.SO_REUSEADDR, 1)
        except OSError:
            pass  # a family without it says so at bind(2), if it matters
    if shares_addresses and hasattr(module, "SO_EXCLUSIVEADDRUSE"):
        sock.setsockopt(module.SOL_SOCKET, module.SO_EXCLUSIVEADDRUSE, 1)
    if reuse_port:
        sock.setsockopt(module.SOL_SOCKET, module.SO_REUSEPORT, 1)
    if module.has_ipv6 and family == AF_INET6 and hasattr(module, "IPV6_V6ONLY"):
        sock.setsockopt(module.IPPROTO_IPV6, module.IPV6_V6ONLY, 0 if dualstack_ipv6 else 1)
