"""TCP clients and servers: create_connection, create_server, has_dualstack_ipv6.

At each call these functions look up other public names in the module ``sockcore``: see
:mod:`sockcore_inet.public_module`.
"""

from __future__ import annotations

import sys

from sockcore.plugin import GLOBAL_DEFAULT_TIMEOUT, Any, Union, import_module, socket
from sockcore_inet.constants import AF_INET, AF_INET6, SOCK_STREAM
from sockcore_inet.public_module import public_module

#: An address of the families that listen and accept. bytes are for AF_UNIX.
Address = Union[tuple[Any, ...], str, bytes]


def create_connection(
    address: tuple[str | None, str | bytes | int | None],
    timeout: float | None = GLOBAL_DEFAULT_TIMEOUT,  # type: ignore[assignment]
    source_address: Address | None = None,
    *,
    all_errors: bool = False,
) -> socket:
    """Connect to the TCP service at *address* (host, port), and return the socket.

    Tries all IPv4 and IPv6 addresses of the host in turn until one connects. *timeout* (seconds or None) is set on the
    socket before it connects. If it is omitted, the default timeout applies. *source_address* is a pair (host, port) to
    bind to before connecting. The host ``''`` and the port 0 let the system choose.

    Raises the exception of the last address that was tried. With *all_errors* raises an ExceptionGroup of the
    exceptions of all addresses. Before Python 3.11 this class comes from the distribution ``exceptiongroup``. The
    ``filename`` of each exception with an errno is the address that could not be reached, or *source_address* if that
    could not be bound. TimeoutError has no errno if *timeout* has passed.
    """
    exception_group = _import_exception_group() if all_errors else None
    module = public_module()
    host, port = address
    errors: list[OSError] = []
    for family, sock_type, proto, _, target in module.getaddrinfo(host, port, 0, module.SOCK_STREAM):
        sock = None
        current_address: object = target
        try:
            sock = module.socket(family, sock_type, proto)
            if timeout is not GLOBAL_DEFAULT_TIMEOUT:
                sock.settimeout(timeout)
            if source_address:
                current_address = source_address
                sock.bind(source_address)
                current_address = target
            sock.connect(target)
        except OSError as exc:
            if exc.errno is not None and exc.filename is None:  # str() of an exception with both has both
                exc.filename = current_address
            errors.append(exc)
            if sock is not None:
                sock.close()
        except BaseException:
            if sock is not None:
                sock.close()
            raise
        else:
            # Break the reference cycle: the traceback of each exception refers to this frame.
            errors.clear()
            return sock  # type: ignore[no-any-return]
    if not errors:
        raise OSError("getaddrinfo returns an empty list")
    try:
        raise errors[-1] if exception_group is None else exception_group("create_connection failed", errors)
    finally:
        errors.clear()


def _import_exception_group() -> Any:
    if sys.version_info >= (3, 11):
        from builtins import ExceptionGroup
    else:
        ExceptionGroup = import_module("exceptiongroup").ExceptionGroup
    return ExceptionGroup


def has_dualstack_ipv6() -> bool:
    """Return True if this platform supports TCP sockets that accept IPv4 and IPv6.

    The function opens a socket to find out. It returns False instead of raising OSError.
    """
    module = public_module()
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
    """Return a listening TCP socket that is bound to *address*, a pair (host, port).

    *family* is AF_INET or AF_INET6, or another family with stream sockets (AF_UNIX, whose *address* is a path).
    *backlog* has the same meaning as for :meth:`socket.listen`, but with None or 0 a reasonable value is chosen.
    *reuse_port* sets SO_REUSEPORT. With *dualstack_ipv6* an AF_INET6 socket also accepts IPv4 connections, whose
    addresses are IPv4-mapped. Without it the socket accepts IPv6 connections only, regardless of the system default. On
    POSIX systems SO_REUSEADDR is set, so that connections in TIME_WAIT do not prevent the bind. On Windows SO_REUSEADDR
    would allow another program to bind to the same address. SO_EXCLUSIVEADDRUSE is set instead, which prevents this.

    Raises ValueError for an option that the platform does not support. If *address* cannot be bound, the message of
    the OSError contains the address.
    """
    module = public_module()
    if reuse_port and not hasattr(module, "SO_REUSEPORT"):
        raise ValueError("SO_REUSEPORT not supported on this platform")
    if dualstack_ipv6:
        if not module.has_dualstack_ipv6():
            raise ValueError("dualstack_ipv6 not supported on this platform")
        if family != AF_INET6:
            raise ValueError("dualstack_ipv6 requires AF_INET6 family")
    sock: socket = module.socket(family, SOCK_STREAM)
    try:
        _set_bind_options(module, sock, family, reuse_port, dualstack_ipv6)
        try:
            sock.bind(address)
        except OSError as exc:
            message = f"{exc.strerror} (while attempting to bind on address {address!r})"
            raise OSError(exc.errno, message) from None
        sock.listen() if backlog is None else sock.listen(backlog)
    except BaseException:
        sock.close()
        raise
    return sock


def _set_bind_options(module: Any, sock: socket, family: int, reuse_port: bool, dualstack_ipv6: bool) -> None:
    """Set the options that must be set before bind(2)."""
    # The system is checked first, because a failed lookup in the module takes longer than the rest of this function.
    shares_addresses = sys.platform in ("win32", "cygwin")
    if not shares_addresses and hasattr(module, "SO_REUSEADDR"):
        try:
            sock.setsockopt(module.SOL_SOCKET, module.SO_REUSEADDR, 1)
        except OSError:
            pass  # not all families support it; if it is necessary, bind(2) fails
    if shares_addresses and hasattr(module, "SO_EXCLUSIVEADDRUSE"):
        sock.setsockopt(module.SOL_SOCKET, module.SO_EXCLUSIVEADDRUSE, 1)
    if reuse_port:
        sock.setsockopt(module.SOL_SOCKET, module.SO_REUSEPORT, 1)
    if module.has_ipv6 and family == AF_INET6 and hasattr(module, "IPV6_V6ONLY"):
        sock.setsockopt(module.IPPROTO_IPV6, module.IPV6_V6ONLY, 0 if dualstack_ipv6 else 1)
