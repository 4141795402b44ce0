"""The resolver of Windows, GetAddrInfoW and GetNameInfoW: what ``resolver`` is elsewhere, with the same functions.

1. Names go in and come out in UTF-16. Bytes that are not ASCII are in the ANSI code page, as they are without the W.
2. An error is a gaierror with the error of Winsock, whose text is one for all, as in the standard module.
"""

from __future__ import annotations

from ctypes import byref, c_int, c_uint32, c_void_p, c_wchar, c_wchar_p, string_at, wstring_at

from sockcore.plugin import gaierror, libc_function
from sockcore_inet.layouts import ADDRINFOW
from sockcore_inet.text import from_system

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sockcore_inet.resolver import Answer

_GetAddrInfoW = libc_function("GetAddrInfoW", c_int, c_wchar_p, c_wchar_p, c_void_p, c_void_p)
_FreeAddrInfoW = libc_function("FreeAddrInfoW", None, c_void_p)
_GetNameInfoW = libc_function("GetNameInfoW", c_int, c_void_p, c_int, c_void_p, c_uint32, c_void_p, c_uint32, c_int)

_addrinfo = ADDRINFOW.build()
_Host, _Service = c_wchar * 1025, c_wchar * 256

#: What CPython says of every error here.
_TEXT = "getaddrinfo failed"


def _wide(text: bytes | None) -> str | None:
    return None if text is None else from_system(text)


def lookup(
    host: bytes | None, service: bytes | None, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
) -> list[Answer]:
    """Return all that GetAddrInfoW answers, in its order."""
    # Winsock reads up to the first null.
    hints = _addrinfo(ai_flags=flags, ai_family=family, ai_socktype=type, ai_protocol=proto)
    first = c_void_p()
    code: int = _GetAddrInfoW(_wide(host), _wide(service), byref(hints), byref(first))
    if code:
        raise gaierror(code, _TEXT)
    answers: list[Answer] = []
    try:
        at = first.value
        while at:
            entry = _addrinfo.from_address(at)
            name = wstring_at(entry.ai_canonname) if entry.ai_canonname else ""
            raw = string_at(entry.ai_addr, entry.ai_addrlen)
            answers.append((entry.ai_family, entry.ai_socktype, entry.ai_protocol, name, raw))
            at = entry.ai_next
    finally:
        _FreeAddrInfoW(first)
    return answers


def resolve(host: str | bytes, family: int) -> bytes:
    """Return the first sockaddr of *family* (0: of any) for *host*; gaierror if there is none."""
    raw = host.encode("ascii") if isinstance(host, str) else host
    return lookup(raw, None, family)[0][-1]


def names_of(address: bytes, flags: int) -> tuple[str, str]:
    """Return host and service of a sockaddr, as GetNameInfoW has them."""
    host, service = _Host(), _Service()
    code: int = _GetNameInfoW(address, len(address), host, len(host), service, len(service), flags)
    if code:
        raise gaierror(code, _TEXT)
    return host.value, service.value
