from __future__ import annotations

import ipaddress
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

import sockcore

if TYPE_CHECKING:
    from collections.abc import Callable

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
def test_parity(same: Any, name: str, host: Any) -> None:
    same(name, host)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("wrong", [1, None, 1.0, memoryview(b"localhost"), ["localhost"]])
def test_a_host_of_a_wrong_type(name: str, wrong: Any) -> None:
    kind = "None" if wrong is None else type(wrong).__name__
    with pytest.raises(TypeError) as caught:
        getattr(sockcore, name)(wrong)
    assert str(caught.value) == f"{name}() argument 1 must be str, bytes or bytearray, not {kind}"


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("wrong", ["a\0b", b"a\0b", bytearray(b"\0"), "é\0"])
def test_a_null_inside(name: str, wrong: Any) -> None:
    with pytest.raises(TypeError) as caught:
        getattr(sockcore, name)(wrong)
    kind = type(wrong).__name__
    assert str(caught.value) == f"{name}() argument 1 must be encoded string without null bytes, not {kind}"


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("wrong", ["a" * 64, "\ud800", "é..x", "..", "a..b"])
def test_host_functions_invalid_label_raises_gaierror_and_unicode_error(name: str, wrong: str) -> None:
    for kind in (sockcore.gaierror, UnicodeError):
        with pytest.raises(kind):
            getattr(sockcore, name)(wrong)


@pytest.mark.parametrize("wrong", ["a" * 64, "\ud800", "é..x", "..", "a..b", "\xe9" * 80])
@pytest.mark.parametrize("operation", ["bind", "connect", "connect_ex", "sendto"])
def test_address_with_invalid_label_raises_gaierror_and_unicode_error(operation: str, wrong: str) -> None:
    with sockcore.socket(sockcore.AF_INET, sockcore.SOCK_DGRAM) as sock:
        arguments = (b"x", (wrong, 1)) if operation == "sendto" else ((wrong, 1),)
        for kind in (sockcore.gaierror, UnicodeError):
            with pytest.raises(kind):
                getattr(sock, operation)(*arguments)
        if not wrong.isascii():  # as in the standard library
            with pytest.raises(TypeError):
                getattr(sock, operation)(*arguments)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_host_functions_ipaddress_object_is_its_text(name: str) -> None:
    host = ipaddress.ip_address("127.0.0.1")
    assert getattr(sockcore, name)(host) == getattr(sockcore, name)("127.0.0.1")


def test_getfqdn_ipaddress_object_is_its_text() -> None:
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
def test_arity(name: str) -> None:
    for args in [(), ("a", "b")]:
        with pytest.raises(TypeError):
            getattr(sockcore, name)(*args)


def test_herror_has_number_and_text() -> None:
    # TEST-NET-1 of RFC 5737 belongs to no host.
    with pytest.raises(sockcore.herror) as caught:
        sockcore.gethostbyaddr("192.0.2.1")
    number, text = caught.value.args
    assert isinstance(number, int)
    assert isinstance(text, str)
    assert issubclass(sockcore.herror, OSError)


@pytest.mark.parametrize("name", ["localhost", " localhost ", "127.0.0.1", "no.such.host.invalid"])
def test_getfqdn(same: Any, name: str) -> None:
    same("getfqdn", name)


def test_getfqdn_of_this_host_is_the_same_by_all_names() -> None:
    assert sockcore.getfqdn() == sockcore.getfqdn("::") == sockcore.getfqdn("0.0.0.0") == sockcore.getfqdn("")


@pytest.fixture
def queries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note what is asked of the system's resolver, which knows a host with an alias."""
    from sockcore_inet import hostnames, hosts

    asked: list[str] = []

    def answer(what: str, result: Any) -> Callable[..., Any]:
        def ask(*arguments: object) -> Any:
            asked.append(what)
            if isinstance(result, Exception):
                raise result
            return result

        return ask

    monkeypatch.setattr(sockcore, "gethostname", lambda: "thishost")
    monkeypatch.setattr(hostnames, "_lookup_by_name", answer("name", ("host", ["host.example"], ["192.0.2.1"])))
    monkeypatch.setattr(hostnames, "_lookup_by_address", answer("address", ("other.example", [], ["192.0.2.1"])))
    monkeypatch.setattr(hosts, "lookup", answer("getaddrinfo", sockcore.gaierror(sockcore.EAI_NONAME, "no")))
    monkeypatch.setattr(hosts, "resolve", answer("getaddrinfo", bytes(16)))
    monkeypatch.setattr(hostnames, "lookup", answer("IPv6", sockcore.gaierror(sockcore.EAI_NONAME, "no")))
    return asked


@pytest.mark.parametrize("name", ["", " ", "0.0.0.0", "::"])
def test_getfqdn_of_this_host_queries_the_resolver_once(queries: list[str], name: str) -> None:
    assert sockcore.getfqdn(name) == "host.example"
    assert queries == ["name"]


def test_getfqdn_of_this_host_without_an_answer_is_gethostname(
    queries: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
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


@pytest.mark.skipif("AF_INET6" not in dir(sockcore), reason="no IPv6 here")
def test_getfqdn_of_this_host_with_ipv6_alone_is_the_canonical_name(
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


def test_getfqdn_of_this_host_is_audited_as_gethostbyaddr(queries: list[str], audited: list[Any]) -> None:
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
def test_getfqdn_takes_the_first_name_with_a_dot(
    monkeypatch: pytest.MonkeyPatch, primary: str, aliases: list[str], expected: str
) -> None:
    monkeypatch.setattr(sockcore, "gethostbyaddr", lambda name: (primary, list(aliases), ["10.0.0.1"]))
    assert sockcore.getfqdn("anything") == expected


def test_getfqdn_of_an_unknown_host(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> None:
        raise sockcore.herror(1, "Unknown host")

    monkeypatch.setattr(sockcore, "gethostbyaddr", unknown)
    monkeypatch.setattr(sockcore, "gethostname", lambda: "thishost")
    assert sockcore.getfqdn("given") == "given"
    assert sockcore.getfqdn() == sockcore.getfqdn("0.0.0.0") == sockcore.getfqdn("::") == "thishost"


def test_gethostname(same: Any) -> None:
    name = same("gethostname")
    if sys.platform == "win32":
        # The name of NetBIOS: of the same one, its first 15 characters.
        assert name.upper()[:15] == os.environ["COMPUTERNAME"]
    else:
        assert name == os.uname().nodename


def test_sethostname_where_there_is_none() -> None:
    assert hasattr(sockcore, "sethostname") == (sys.platform != "win32")
    assert ("sethostname" in dir(sockcore)) == (sys.platform != "win32")


POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no sethostname")


@POSIX
@pytest.mark.parametrize("wrong", [1, None, bytearray(b"x")])
def test_sethostname_takes_a_name(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"expected str, bytes or os\.PathLike object, not"):
        sockcore.sethostname(wrong)


@POSIX
def test_sethostname_takes_no_null() -> None:
    with pytest.raises(ValueError, match=r"^embedded null byte$"):
        sockcore.sethostname("a\0b")


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of 64 bytes is Linux's")
@pytest.mark.parametrize("name", ["a" * 300, b"a" * 300])
def test_sethostname_refused_by_the_system(same: Any, name: Any) -> None:
    # EINVAL for root, EPERM for others: either way nothing changes.
    before = sockcore.gethostname()
    assert same("sethostname", name)[0] in ("OSError", "PermissionError")
    assert sockcore.gethostname() == before


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can make a host name of a process's own")
def test_sethostname_sets_it(run_python: Callable[..., str]) -> None:
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
        pytest.skip("no right to a host name of its own (CAP_SYS_ADMIN)")
    assert printed.split() == ["frisk.example", "frosk"]
