"""The resolver on Windows: GetAddrInfoW and GetNameInfoW, with the interface of ``resolver_posix``.

1. These functions use names in UTF-16. Bytes that are not ASCII are decoded with the ANSI code page, as the functions
   without the W do.
2. Errors are raised as gaierror with the error number of Winsock. All have the same text, as in CPython.
"""

from __future__ import annotations

from ctypes import byref, c_int, c_uint32, c_void_p, c_wchar, c_wchar_p, wstring_at

from sockcore.plugin import Any, gaierror, libc_function
from sockcore_inet.arguments import from_system
from sockcore_inet.structs import ADDRINFOW as ADDRINFO

__all__ = ["ADDRINFO", "call_getaddrinfo", "freeaddrinfo", "gai_error", "getnameinfo", "read_canonical_name"]

_GetAddrInfoW = libc_function("GetAddrInfoW", c_int, c_wchar_p, c_wchar_p, c_void_p, c_void_p)
freeaddrinfo: Any = libc_function("FreeAddrInfoW", None, c_void_p)
_GetNameInfoW = libc_function("GetNameInfoW", c_int, c_void_p, c_int, c_void_p, c_uint32, c_void_p, c_uint32, c_int)

_Host, _Service = c_wchar * 1025, c_wchar * 256

#: The text of every gaierror. Matches CPython.
_ERROR_TEXT = "getaddrinfo failed"


def gai_error(code: int) -> gaierror:
    """Return the gaierror for an error number of Winsock."""
    return gaierror(code, _ERROR_TEXT)


def _to_wide(text: bytes | None) -> str | None:
    return None if text is None else from_system(text)


def call_getaddrinfo(host: bytes | None, service: bytes | None, hints: Any) -> int | None:
    """Return a pointer to the first result, which the caller frees."""
    first = c_void_p()
    code: int = _GetAddrInfoW(_to_wide(host), _to_wide(service), byref(hints), byref(first))
    if code:
        raise gai_error(code)
    return first.value


def read_canonical_name(answer: Any) -> str:
    """Return the canonical name in a result, or "" if it is NULL."""
    return wstring_at(answer.ai_canonname) if answer.ai_canonname else ""


def getnameinfo(sockaddr: bytes, flags: int) -> tuple[str, str]:
    """Return the host and service of a sockaddr: GetNameInfoW."""
    host, service = _Host(), _Service()
    code: int = _GetNameInfoW(sockaddr, len(sockaddr), host, len(host), service, len(service), flags)
    if code:
        raise gai_error(code)
    return host.value, service.value
