from __future__ import annotations

import inspect
import os
import socket as stdlib
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

import sockcore
import sockcore_inet
from sockcore.plugin import system_name
from sockcore.testing import PluginTests, registered_by
from sockcore_inet.tables import linux

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class TestPlugin(PluginTests):
    plugin = sockcore_inet


def test_plugin_registers_families_and_defaults() -> None:
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


def test_plugin_registers_functions_of_manual() -> None:
    names = registered_by(sockcore_inet).names
    assert {name for name, value in names.items() if callable(value)} == FUNCTIONS


@pytest.mark.parametrize("name", ["create_connection", "create_server", "getaddrinfo", "getfqdn"])
def test_functions_have_keywords_of_stdlib(name: str) -> None:
    parameters = inspect.signature(getattr(sockcore, name)).parameters
    expected = inspect.signature(getattr(stdlib, name)).parameters
    extra = {"all_errors"} if sys.version_info < (3, 11) else set()
    assert [(p.name, p.kind) for p in parameters.values() if p.name not in extra] == [
        (p.name, p.kind) for p in expected.values()
    ]


def test_musl_has_levels_of_all_options() -> None:
    """Levels are numbers of the kernel. The headers of musl have copies of some."""
    names, values = linux.VARIANTS["musl"]
    missing = {name for name, value in zip(names.split(), values) if value is None}
    assert "AI_IDN" in missing
    assert not {name for name in missing if name.startswith(("SOL_", "IPPROTO_"))}


@pytest.mark.parametrize("name", sorted(FUNCTIONS - {"create_connection", "create_server", "getaddrinfo", "getfqdn"}))
def test_other_functions_are_positional_only(name: str) -> None:
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
def test_constants_match_stdlib(name: str) -> None:
    value: Any = getattr(sockcore, name)
    assert value == getattr(stdlib, name)


@pytest.mark.skipif(system_name() != "linux", reason="the constants are specific to Linux")
@pytest.mark.parametrize("name", ["IPPROTO_MPTCP", "IPPROTO_SCTP", "UDPLITE_SEND_CSCOV", "IP_PKTINFO", "IPV6_PKTINFO"])
def test_constants_exist_regardless_of_python_version(name: str) -> None:
    assert isinstance(getattr(sockcore, name), int)


def test_address_families_and_flags_are_enum_members() -> None:
    assert sockcore.AF_INET is sockcore.AddressFamily.AF_INET
    assert repr(sockcore.AI_PASSIVE).startswith("<AddressInfo.AI_PASSIVE")


SLOW = {"typing", "inspect", "re", "json", "dataclasses", "socket", "_socket", "encodings.idna", "pluggy"}


def test_getaddrinfo_and_socket_do_not_import_slow_modules(run_python: Callable[..., str], tmp_path: Path) -> None:
    # The scan of metadata and .pth files import many modules. The test uses a startup cache and -S to avoid them.
    (tmp_path / "frozen").write_text("inet sockcore_inet sockcore-inet 0\n")
    (tmp_path / "frozen").chmod(0o644)  # a startup cache that other users can write is ignored
    code = (
        f"import os, sys; sys.path[:] = {sys.path!r}; os.environ['SOCKCORE_FROZEN'] = {str(tmp_path / 'frozen')!r};"
        "import threading; before = set(sys.modules); import sockcore;"
        "sockcore.getaddrinfo('localhost', 80); sockcore.socket().close();"
        f"print(sorted({SLOW!r} & (set(sys.modules) - before)))"
    )
    assert run_python("-S", "-c", code).strip() == "[]"


def test_plugin_can_be_imported_before_core(run_python: Callable[..., str]) -> None:
    code = "import sockcore_inet, sockcore; print(sockcore.AF_INET == sockcore_inet.Inet4().number)"
    assert run_python("-W", "error", "-c", code).strip() == "True"


@pytest.mark.skipif("EMULATED_ARCHITECTURE" in os.environ, reason="an emulated Python cannot start itself")
@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6"])
def test_socket_that_is_open_when_the_interpreter_ends_only_warns(family: str, request: pytest.FixtureRequest) -> None:
    if family == "AF_INET6":
        request.getfixturevalue("ipv6")
    code = f"import sockcore; sock = sockcore.socket(sockcore.{family}, sockcore.SOCK_STREAM)"
    done = subprocess.run([sys.executable, "-W", "default", "-c", code], capture_output=True, text=True, check=True)
    assert [line.partition(" ")[2][:20] for line in done.stderr.splitlines()] == ["ResourceWarning: unc"]
