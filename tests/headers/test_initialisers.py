"""Codecs against structs that are not ours: what a target's compiler makes of an initialiser of the system's own.

A codec is asked in a process that takes itself for one of the target.
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
def test_codecs_agree_with_the_compiler(where):
    asked = initialisers.questions(where, initialisers.literals(where))
    answers = simulated_platform.ask(where, [question for question, _ in asked])
    assert len(answers) == len(asked) > 10
    for (question, expected), answer in zip(asked, answers):
        assert answer == expected, question


def test_every_family_with_a_struct_of_its_own_has_a_case():
    found = {(system, case.family) for case in cases.CASES for system in case.systems}
    assert {family for system, family in found if system == "linux"} == {
        "AF_ALG", "AF_BLUETOOTH", "AF_CAN", "AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET", "AF_QIPCRTR", "AF_RDS",
        "AF_TIPC", "AF_UNIX", "AF_VSOCK",
    }  # fmt: skip
    ip = {"AF_INET", "AF_INET6", "AF_UNIX"}
    bsd = ip | {"AF_LINK"}
    assert {family for system, family in found if system == "darwin"} == bsd | {"AF_SYSTEM"}
    assert {family for system, family in found if system == "freebsd"} == bsd | {"AF_DIVERT", "AF_BLUETOOTH"}
    assert {family for system, family in found if system == "netbsd"} == bsd | {"AF_BLUETOOTH", "AF_CAN"}
    assert {family for system, family in found if system == "openbsd"} == bsd
    assert {family for system, family in found if system == "windows"} == ip | {"AF_BLUETOOTH", "AF_HYPERV"}


@pytest.mark.parametrize("triple", LITERALS)
def test_the_literals_of_the_other_tests_are_still_what_compilers_say(triple):
    said = initialisers.literals(target(triple), "sockcore_bsd")
    assert {name: raw.hex() for name, raw in said.items()} == LITERALS[triple]


def test_a_difference_is_found():
    """A struct that is initialised otherwise has other bytes, in the target's byte order."""
    big = target("s390x-linux-gnu")
    (case,) = (case for case in initialisers.cases("linux") if case.name == "sockaddr_in")
    assert initialisers.sockaddr(big, case)[:4] == b"\0\2\1\2"
    other = case._replace(fields=case.fields.replace("258", "259"))
    assert initialisers.sockaddr(big, other)[:4] == b"\0\2\1\3"
    assert initialisers.sockaddr(target("aarch64-macos"), case._replace(length="sin_len"))[:4] == b"\x10\2\1\2"


def test_what_does_not_compile_is_said():
    with pytest.raises(RuntimeError, match=r"s390x-linux-gnu: struct sockaddr_in: .*no_such_field"):
        initialisers.compiled(target("s390x-linux-gnu"), "netinet/in.h", "struct sockaddr_in", ".no_such_field = 1")
