from __future__ import annotations

import ipaddress
import os
import platform
import sys
from typing import TYPE_CHECKING, Any

import pytest

import sockcore

if TYPE_CHECKING:
    from collections.abc import Callable

MUSL = sys.platform == "linux" and platform.libc_ver()[0] != "glibc"
HOSTS = [
    "127.0.0.1",
    b"127.0.0.1",
    bytearray(b"localhost"),
    "localhost",
    "",
    "<broadcast>",
    "255.255.255.255",
    "0.0.0.0",
    "127.1",
    "::1",
    "fe80::1%1",
    " ",
    "no.such.host.invalid",
    "bücher.invalid",
    b"\xff\xfe.invalid",
]
FUNCTIONS = ["gethostbyname", "gethostbyname_ex", "gethostbyaddr"]


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("host", HOSTS)
def test_host_functions_match_stdlib(same: Any, name: str, host: Any) -> None:
    same(name, host)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("wrong", [1, None, 1.0, memoryview(b"localhost"), ["localhost"]])
def test_host_functions_wrong_type_raises_type_error(name: str, wrong: Any) -> None:
    type_name = "None" if wrong is None else type(wrong).__name__
    with pytest.raises(TypeError) as caught:
        getattr(sockcore, name)(wrong)
    assert str(caught.value) == f"{name}() argument 1 must be str, bytes or bytearray, not {type_name}"


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("wrong", ["a\0b", b"a\0b", bytearray(b"\0"), "é\0"])
def test_host_functions_null_raises_type_error(name: str, wrong: Any) -> None:
    with pytest.raises(TypeError) as caught:
        getattr(sockcore, name)(wrong)
    type_name = type(wrong).__name__
    assert str(caught.value) == f"{name}() argument 1 must be encoded string without null bytes, not {type_name}"


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("wrong", ["a" * 64, "\ud800", "é..x", "..", "a..b"])
def test_host_functions_invalid_label_raises_gaierror_and_unicode_error(name: str, wrong: str) -> None:
    for exception in (sockcore.gaierror, UnicodeError):
        with pytest.raises(exception):
            getattr(sockcore, name)(wrong)


@pytest.mark.parametrize("wrong", ["a" * 64, "\ud800", "é..x", "..", "a..b", "\xe9" * 80])
@pytest.mark.parametrize("operation", ["bind", "connect", "connect_ex", "sendto"])
def test_address_with_invalid_label_raises_gaierror_and_unicode_error(operation: str, wrong: str) -> None:
    with sockcore.socket(sockcore.AF_INET, sockcore.SOCK_DGRAM) as sock:
        arguments = (b"x", (wrong, 1)) if operation == "sendto" else ((wrong, 1),)
        for exception in (sockcore.gaierror, UnicodeError):
            with pytest.raises(exception):
                getattr(sock, operation)(*arguments)
        if not wrong.isascii():  # as in the standard library
            with pytest.raises(TypeError):
                getattr(sock, operation)(*arguments)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_host_functions_accept_ipaddress_objects(name: str) -> None:
    host = ipaddress.ip_address("127.0.0.1")
    assert getattr(sockcore, name)(host) == getattr(sockcore, name)("127.0.0.1")


def test_getfqdn_accepts_ipaddress_objects() -> None:
    function: Any = sockcore.getfqdn
    assert function(ipaddress.ip_address("127.0.0.1")) == sockcore.getfqdn("127.0.0.1")
    assert function(ipaddress.ip_address("0.0.0.0")) == sockcore.getfqdn()


def test_host_functions_do_not_import_ipaddress(run_python: Callable[..., str]) -> None:
    code = (
        "import sys, sockcore\n"
        "sockcore.getaddrinfo('127.0.0.1', 80); sockcore.getaddrinfo(None, '80'); sockcore.gethostbyname('127.0.0.1')\n"
        "sockcore.socket().bind((bytearray(b'127.0.0.1'), 0))\n"
        "print('ipaddress' in sys.modules)\n"
    )
    assert run_python("-W", "ignore", "-c", code) == "False\n"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_host_functions_wrong_number_of_arguments_raises_type_error(name: str) -> None:
    for args in [(), ("a", "b")]:
        with pytest.raises(TypeError):
            getattr(sockcore, name)(*args)


@pytest.mark.skipif(MUSL, reason="gethostbyaddr() of musl returns the numeric address as the name")
def test_gethostbyaddr_herror_has_number_and_text() -> None:
    # An address in TEST-NET-1 of RFC 5737, which is not assigned to hosts.
    with pytest.raises(sockcore.herror) as caught:
        sockcore.gethostbyaddr("192.0.2.1")
    number, text = caught.value.args
    assert isinstance(number, int)
    assert isinstance(text, str)
    assert issubclass(sockcore.herror, OSError)


@pytest.mark.parametrize("name", ["localhost", " localhost ", "127.0.0.1", "no.such.host.invalid"])
def test_getfqdn_matches_stdlib(same: Any, name: str) -> None:
    same("getfqdn", name)


def test_getfqdn_of_this_machine_is_equal_for_all_names() -> None:
    assert sockcore.getfqdn() == sockcore.getfqdn("::") == sockcore.getfqdn("0.0.0.0") == sockcore.getfqdn("")


@pytest.fixture
def queries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replace the system resolver; return the list of queries.

    The replacement knows a host with an alias.
    """
    from sockcore_inet import hostnames, hosts

    recorded: list[str] = []

    def answer(query: str, result: Any) -> Callable[..., Any]:
        def lookup(*arguments: object) -> Any:
            recorded.append(query)
            if isinstance(result, Exception):
                raise result
            return result

        return lookup

    monkeypatch.setattr(sockcore, "gethostname", lambda: "thishost")
    monkeypatch.setattr(hostnames, "_lookup_by_name", answer("name", ("host", ["host.example"], ["192.0.2.1"])))
    monkeypatch.setattr(hostnames, "_lookup_by_address", answer("address", ("other.example", [], ["192.0.2.1"])))
    monkeypatch.setattr(hosts, "lookup", answer("getaddrinfo", sockcore.gaierror(sockcore.EAI_NONAME, "no")))
    monkeypatch.setattr(hosts, "resolve", answer("getaddrinfo", bytes(16)))
    monkeypatch.setattr(hostnames, "lookup", answer("IPv6", sockcore.gaierror(sockcore.EAI_NONAME, "no")))
    return recorded


@pytest.mark.parametrize("name", ["", " ", "0.0.0.0", "::"])
def test_getfqdn_of_this_machine_queries_resolver_once(queries: list[str], name: str) -> None:
    assert sockcore.getfqdn(name) == "host.example"
    assert queries == ["name"]


def test_getfqdn_of_this_machine_not_found_is_gethostname(queries: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from sockcore_inet import constants, hostnames

    def unknown(name: bytes) -> None:
        raise sockcore.herror(number, "no answer")

    monkeypatch.setattr(hostnames, "_lookup_by_name", unknown)
    number = constants.TRY_AGAIN
    assert sockcore.getfqdn() == "thishost"
    assert queries == []
    number = 1
    assert sockcore.getfqdn() == "thishost"
    assert queries == ["IPv6"]


@pytest.mark.skipif("AF_INET6" not in dir(sockcore), reason="this system does not support IPv6")
def test_getfqdn_of_this_machine_with_ipv6_only_is_canonical_name(
    queries: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from sockcore_inet import hostnames
    from sockcore_inet.structs import SOCKADDR_IN6

    def unknown(name: bytes) -> None:
        raise sockcore.herror(1, "Unknown host")

    raw = SOCKADDR_IN6.pack(sockcore.AF_INET6, 0, 0, bytes(15) + b"\1", 0)
    monkeypatch.setattr(hostnames, "_lookup_by_name", unknown)
    monkeypatch.setattr(hostnames, "lookup", lambda *arguments: [(10, 2, 17, "six.example", raw)])
    assert sockcore.getfqdn() == "six.example"


def test_getfqdn_of_this_machine_raises_audit_event_of_gethostbyaddr(queries: list[str], audited: list[Any]) -> None:
    sockcore.getfqdn()
    assert audited == [("socket.gethostbyaddr", ("thishost",))]


@pytest.mark.parametrize(
    ("primary", "aliases", "expected"),
    [
        ("host", [], "host"),
        ("host", ["other"], "host"),
        ("host", ["other", "host.example", "late.example"], "host.example"),
        ("host.example", ["other.example"], "host.example"),
    ],
)
def test_getfqdn_returns_first_name_with_dot(
    monkeypatch: pytest.MonkeyPatch, primary: str, aliases: list[str], expected: str
) -> None:
    monkeypatch.setattr(sockcore, "gethostbyaddr", lambda name: (primary, list(aliases), ["10.0.0.1"]))
    assert sockcore.getfqdn("anything") == expected


def test_getfqdn_of_unknown_host_returns_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> None:
        raise sockcore.herror(1, "Unknown host")

    monkeypatch.setattr(sockcore, "gethostbyaddr", unknown)
    monkeypatch.setattr(sockcore, "gethostname", lambda: "thishost")
    assert sockcore.getfqdn("given") == "given"
    assert sockcore.getfqdn() == sockcore.getfqdn("0.0.0.0") == sockcore.getfqdn("::") == "thishost"


def test_gethostname_matches_stdlib_and_system(same: Any) -> None:
    name = same("gethostname")
    if sys.platform == "win32":
        # COMPUTERNAME is the NetBIOS name, which consists of the first 15 characters of the host name.
        assert name.upper()[:15] == os.environ["COMPUTERNAME"]
    else:
        assert name == os.uname().nodename


def test_sethostname_is_missing_on_windows_only() -> None:
    assert hasattr(sockcore, "sethostname") == (sys.platform != "win32")
    assert ("sethostname" in dir(sockcore)) == (sys.platform != "win32")


POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows does not have sethostname()")


@POSIX
@pytest.mark.parametrize("wrong", [1, None, bytearray(b"x")])
def test_sethostname_wrong_type_raises_type_error(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"expected str, bytes or os\.PathLike object, not"):
        sockcore.sethostname(wrong)


@POSIX
def test_sethostname_null_raises_value_error() -> None:
    with pytest.raises(ValueError, match=r"^embedded null byte$"):
        sockcore.sethostname("a\0b")


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of 64 bytes is specific to Linux")
@pytest.mark.parametrize("name", ["a" * 300, b"a" * 300])
def test_sethostname_rejected_by_system_matches_stdlib(same: Any, name: Any) -> None:
    # The error is EINVAL for root and EPERM for other users. The host name does not change in either case.
    before = sockcore.gethostname()
    assert same("sethostname", name)[0] in ("OSError", "PermissionError")
    assert sockcore.gethostname() == before


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has UTS namespaces")
def test_sethostname_changes_host_name(run_python: Callable[..., str]) -> None:
    code = (
        "import ctypes, sockcore\n"
        "if ctypes.CDLL(None, use_errno=True).unshare(0x04000000):\n"  # CLONE_NEWUTS
        "    print('refused')\n"
        "else:\n"
        "    for name in ('frisk.example', b'frosk'):\n"
        "        sockcore.sethostname(name); print(sockcore.gethostname())\n"
    )
    printed = run_python("-c", code)
    if printed == "refused\n":
        pytest.skip("a new UTS namespace requires CAP_SYS_ADMIN")
    assert printed.split() == ["frisk.example", "frosk"]
