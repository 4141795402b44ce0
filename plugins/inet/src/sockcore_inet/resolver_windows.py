"""The resolver of Windows, with the functions of ``resolver_posix``: GetAddrInfoW and GetNameInfoW.

1. Names go in and come out in UTF-16. Bytes that are not ASCII are in the ANSI code page, as they are without the W.
2. An error is a gaierror with the error of Winsock, whose text is one for all, as in the standard module.
"""

from __future__ import annotations

from ctypes import byref, c_int, c_uint32, c_void_p, c_wchar, c_wchar_p, wstring_at

from sockcore.plugin import Any, gaierror, libc_function
from sockcore_inet.structs import ADDRINFOW as ADDRINFO
from sockcore_inet.text import from_system

__all__ = ["ADDRINFO", "ask", "canonical_name", "error", "free", "names_of"]

_GetAddrInfoW = libc_function("GetAddrInfoW", c_int, c_wchar_p, c_wchar_p, c_void_p, c_void_p)
free = libc_function("FreeAddrInfoW", None, c_void_p)
_GetNameInfoW = libc_function("GetNameInfoW", c_int, c_void_p, c_int, c_void_p, c_uint32, c_void_p, c_uint32, c_int)

_Host, _Service = c_wchar * 1025, c_wchar * 256

#: What CPython says of every error here.
_TEXT = "getaddrinfo failed"


def error(code: int) -> gaierror:
    """Return the error of a number of Winsock."""
    return gaierror(code, _TEXT)


def _wide(text: bytes | None) -> str | None:
    return None if text is None else from_system(text)


def ask(host: bytes | None, service: bytes | None, hints: Any) -> int | None:
    """Return where the first answer is, to be freed."""
    first = c_void_p()
    code: int = _GetAddrInfoW(_wide(host), _wide(service), byref(hints), byref(first))
    if code:
        raise error(code)
    return first.value


def canonical_name(answer: Any) -> str:
    """Return the name in an answer, "" if there is none."""
    return wstring_at(answer.ai_canonname) if answer.ai_canonname else ""


def names_of(address: bytes, flags: int) -> tuple[str, str]:
    """Return host and service of a sockaddr, as GetNameInfoW has them."""
    host, service = _Host(), _Service()
    code: int = _GetNameInfoW(address, len(address), host, len(host), service, len(service), flags)
    if code:
        raise error(code)
    return host.value, service.value
