"""Codecs, compared with C initialisers that the compiler of each target evaluates.

The codecs run in a process that simulates the target.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tools.headers import cases, initialisers, simulated_platform
from tools.headers.targets import TARGETS, target

pytest.importorskip("ziglang", reason="the tox environment 'headers' has the headers and their compiler")

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "bsd"))

from bsd_literals import LITERALS  # noqa: E402


@pytest.mark.parametrize("where", TARGETS, ids=lambda where: where.triple)
def test_codec_bytes_match_compiler(where):
    queries = initialisers.queries(where, initialisers.literals(where))
    results = simulated_platform.run_queries(where, [query for query, _ in queries])
    assert len(results) == len(queries) > 10
    for (query, expected), result in zip(queries, results):
        assert result == expected, query


def test_cases_contain_every_family_with_sockaddr():
    families = {(system, case.family) for case in cases.CASES for system in case.systems}
    assert {family for system, family in families if system == "linux"} == {
        "AF_ALG", "AF_BLUETOOTH", "AF_CAN", "AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET", "AF_QIPCRTR", "AF_RDS",
        "AF_TIPC", "AF_UNIX", "AF_VSOCK",
    }  # fmt: skip
    ip = {"AF_INET", "AF_INET6", "AF_UNIX"}
    bsd = ip | {"AF_LINK"}
    assert {family for system, family in families if system == "darwin"} == bsd | {"AF_SYSTEM"}
    assert {family for system, family in families if system == "freebsd"} == bsd | {"AF_DIVERT", "AF_BLUETOOTH"}
    assert {family for system, family in families if system == "netbsd"} == bsd | {"AF_BLUETOOTH", "AF_CAN"}
    assert {family for system, family in families if system == "openbsd"} == bsd
    assert {family for system, family in families if system == "windows"} == ip | {"AF_BLUETOOTH", "AF_HYPERV"}


@pytest.mark.parametrize("triple", LITERALS)
def test_bsd_literals_match_compiler(triple):
    literals = initialisers.literals(target(triple), "sockcore_bsd")
    assert {name: sockaddr.hex() for name, sockaddr in literals.items()} == LITERALS[triple]


def test_sockaddr_of_changed_case_differs():
    """Different initialisers have different bytes, in the byte order of the target."""
    big = target("s390x-linux-gnu")
    (case,) = (case for case in initialisers.cases("linux") if case.name == "sockaddr_in")
    assert initialisers.sockaddr(big, case)[:4] == b"\0\2\1\2"
    other = case._replace(fields=case.fields.replace("258", "259"))
    assert initialisers.sockaddr(big, other)[:4] == b"\0\2\1\3"
    assert initialisers.sockaddr(target("aarch64-macos"), case._replace(length="sin_len"))[:4] == b"\x10\2\1\2"


def test_initialised_bytes_compiler_error_raises():
    with pytest.raises(RuntimeError, match=r"s390x-linux-gnu: struct sockaddr_in: .*no_such_field"):
        initialisers.initialised_bytes(
            target("s390x-linux-gnu"),
            initialisers.Initialiser("netinet/in.h", "struct sockaddr_in", ".no_such_field = 1"),
        )
