"""sockcore-inet: AF_INET and AF_INET6 for sockcore, name resolution, and related functions."""

from __future__ import annotations

import sys

from sockcore.plugin import Any, Register, hookimpl, import_module
from sockcore_inet.constants import TABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sockcore_inet.datagrams import Datagrams as Datagrams
    from sockcore_inet.inet4 import Inet4 as Inet4
    from sockcore_inet.inet6 import Inet6 as Inet6

__all__ = ["SOCKCORE_API", "Datagrams", "Inet4", "Inet6", "sockcore_register"]

SOCKCORE_API = 1

#: Class -> its module, which is imported at first use.
_CLASSES = {"Datagrams": "sockcore_inet.datagrams", "Inet4": "sockcore_inet.inet4", "Inet6": "sockcore_inet.inet6"}

#: Module -> its public functions.
FUNCTIONS: dict[str, tuple[str, ...]] = {
    "backend": (
        *("htonl", "htons", "inet_aton", "inet_ntoa", "inet_ntop", "inet_pton", "ntohl", "ntohs"),
        *("if_indextoname", "if_nameindex", "if_nametoindex"),
    ),
    "connection": ("create_connection", "create_server", "has_dualstack_ipv6"),
    "databases": ("getprotobyname", "getservbyname", "getservbyport"),
    "hostnames": (
        *("getfqdn", "gethostbyaddr", "gethostbyname", "gethostbyname_ex", "gethostname"),
        *(() if sys.platform == "win32" else ("sethostname",)),
    ),
    "hosts": ("getaddrinfo", "getnameinfo"),
}


#: Modules that the functions and codecs import on first use.
LATER: list[str] = [
    "sockcore_inet.interfaces",
    "sockcore_inet.loopback",
    "sockcore_inet.resolver",
    "encodings.idna",
    "encodings.punycode",
    *(["encodings.mbcs"] if sys.platform == "win32" else []),
    *(["exceptiongroup"] if sys.version_info < (3, 11) else []),
]


def __getattr__(name: str) -> Any:
    if name not in _CLASSES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_CLASSES[name]), name)


def _resolve(host: str | bytes, family: int) -> bytes:
    # The module imports the functions of the C library. Few programs need them at start-up.
    sockaddr: bytes = import_module("sockcore_inet.resolver").resolve(host, family)
    return sockaddr


@hookimpl
def sockcore_register(register: Register) -> None:
    """Register AF_INET and AF_INET6, their constants and functions, and the resolver."""
    register.constants(TABLE)
    if "AF_INET" not in TABLE:
        return
    register.deferred_family(TABLE["AF_INET"], "AF_INET", "sockcore_inet.inet4:Inet4")
    register.default_family(TABLE["AF_INET"])
    if "AF_INET6" in TABLE:
        register.deferred_family(TABLE["AF_INET6"], "AF_INET6", "sockcore_inet.inet6:Inet6")
    register.constants({"has_ipv6": "AF_INET6" in TABLE})
    register.resolver(_resolve)
    for module, names in FUNCTIONS.items():
        register.deferred(f"sockcore_inet.{module}", *names)
    for module in LATER:
        register.deferred(module)
    register.codecs("sockcore_inet.options")
    register.codecs("sockcore_inet.messages")
    register.codecs("sockcore_inet.sctp_messages")


def _list_imports() -> None:
    """List modules that are imported by name, for tools such as PyInstaller.

    Never called.
    """
    import sockcore_inet._native  # type: ignore[import-untyped,import-not-found,unused-ignore]
    from sockcore_inet import (
        addrinfo,
        aton,
        backend,
        connection,
        conversions,
        databases,
        datagrams,
        datagrams_asyncio,
        datagrams_native,
        errors,
        extension_headers,
        hostent,
        hostnames,
        hosts,
        inet4,
        inet6,
        interfaces,
        loopback,
        messages,
        netdb,
        options,
        reentrant,
        resolver,
        sctp_messages,
    )
    from sockcore_inet.tables import darwin, freebsd, linux, netbsd, openbsd, windows
