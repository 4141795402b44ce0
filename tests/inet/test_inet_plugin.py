from __future__ import annotations

import inspect
import socket as stdlib
import sys
from typing import TYPE_CHECKING, Any

import pytest

import sockcore
import sockcore_inet
from sockcore.plugin import system_name
from sockcore.testing import PluginTests, registered_by

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class TestPlugin(PluginTests):
    plugin = sockcore_inet


def test_families_and_what_hangs_on_them() -> None:
    register = registered_by(sockcore_inet)
    assert {family.name for family in register.families.values()} == {"AF_INET", "AF_INET6"}
    assert register.names["has_ipv6"] is True
    assert register.singles["socket"] == register.names["AF_INET"]
    assert "resolver" in register.singles


FUNCTIONS = {
    "create_connection",
    "create_server",
    "getaddrinfo",
    "getfqdn",
    "gethostbyaddr",
    "gethostbyname",
    "gethostbyname_ex",
    "gethostname",
    "getnameinfo",
    "getprotobyname",
    "getservbyname",
    "getservbyport",
    "has_dualstack_ipv6",
    "htonl",
    "htons",
    "if_indextoname",
    "if_nameindex",
    "if_nametoindex",
    "inet_aton",
    "inet_ntoa",
    "inet_ntop",
    "inet_pton",
    "ntohl",
    "ntohs",
}
if sys.platform != "win32":
    FUNCTIONS.add("sethostname")


def test_the_functions_of_the_manual() -> None:
    names = registered_by(sockcore_inet).names
    assert {name for name, value in names.items() if callable(value)} == FUNCTIONS


@pytest.mark.parametrize("name", ["create_connection", "create_server", "getaddrinfo", "getfqdn"])
def test_keywords_are_those_of_the_standard_library(name: str) -> None:
    ours = inspect.signature(getattr(sockcore, name)).parameters
    theirs = inspect.signature(getattr(stdlib, name)).parameters
    extra = {"all_errors"} if sys.version_info < (3, 11) else set()
    assert [(p.name, p.kind) for p in ours.values() if p.name not in extra] == [
        (p.name, p.kind) for p in theirs.values()
    ]


@pytest.mark.parametrize("name", sorted(FUNCTIONS - {"create_connection", "create_server", "getaddrinfo", "getfqdn"}))
def test_the_other_functions_take_no_keywords(name: str) -> None:
    for parameter in inspect.signature(getattr(sockcore, name)).parameters.values():
        assert parameter.kind is inspect.Parameter.POSITIONAL_ONLY


PREFIXES = (
    "AF_INET",
    "AI_",
    "EAI_",
    "INADDR_",
    "IPPORT_",
    "IPPROTO_",
    "IPV6_",
    "IPX_",
    "IP_",
    "NI_",
    "SOL_IP",
    "SOL_TCP",
    "SOL_UDP",
    "TCP_",
    "UDPLITE_",
    "SCTP_",
    "MPTCP_",
)


@pytest.mark.parametrize(
    "name", sorted(name for name, value in vars(stdlib).items() if name.startswith(PREFIXES) and isinstance(value, int))
)
def test_constants_of_the_standard_library(name: str) -> None:
    ours: Any = getattr(sockcore, name)
    assert ours == getattr(stdlib, name)


@pytest.mark.skipif(system_name() != "linux", reason="the names are those of Linux")
@pytest.mark.parametrize("name", ["IPPROTO_MPTCP", "IPPROTO_SCTP", "UDPLITE_SEND_CSCOV", "IP_PKTINFO", "IPV6_PKTINFO"])
def test_constants_that_old_pythons_lack(name: str) -> None:
    assert isinstance(getattr(sockcore, name), int)


def test_address_families_and_flags_are_enums() -> None:
    assert sockcore.AF_INET is sockcore.AddressFamily.AF_INET
    assert repr(sockcore.AI_PASSIVE).startswith("<AddressInfo.AI_PASSIVE")


SLOW = {"typing", "inspect", "re", "json", "dataclasses", "socket", "_socket", "encodings.idna", "pluggy"}


def test_nothing_slow_is_imported(run_python: Callable[..., str], tmp_path: Path) -> None:
    # A startup cache, since the scan of metadata imports much on its own account; -S, since .pth files do.
    (tmp_path / "frozen").write_text("inet sockcore_inet sockcore-inet 0\n")
    (tmp_path / "frozen").chmod(0o644)  # one that others can write is not used
    code = (
        f"import os, sys; sys.path[:] = {sys.path!r}; os.environ['SOCKCORE_FROZEN'] = {str(tmp_path / 'frozen')!r};"
        "import threading; before = set(sys.modules); import sockcore;"
        "sockcore.getaddrinfo('localhost', 80); sockcore.socket().close();"
        f"print(sorted({SLOW!r} & (set(sys.modules) - before)))"
    )
    assert run_python("-S", "-c", code).strip() == "[]"


def test_the_plugin_can_be_imported_first(run_python: Callable[..., str]) -> None:
    code = "import sockcore_inet, sockcore; print(sockcore.AF_INET == sockcore_inet.Inet4().number)"
    assert run_python("-W", "error", "-c", code).strip() == "True"
