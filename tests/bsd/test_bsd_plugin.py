"""The plugin as a whole: what it registers on each system, and that it does no harm where it has nothing to bring."""

from __future__ import annotations

import os
import socket as stdlib
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from bsd_systems import SYSTEMS, families, table

import sockcore
import sockcore_bsd
from sockcore._plugins.registry import RawFamily, Register, Registry
from sockcore.plugin import system_name
from sockcore.testing import FakeContext, PluginTests, registered_by
from sockcore_bsd.constants import TABLE, public
from sockcore_bsd.support import SUPPORT

if TYPE_CHECKING:
    from pathlib import Path

HERE = system_name() in SYSTEMS


class TestBsdPlugin(PluginTests):
    plugin = sockcore_bsd

    def test_registers(self) -> None:
        if HERE:
            super().test_registers()


@pytest.mark.skipif(HERE, reason="this system has what the plugin brings")
def test_elsewhere_nothing_is_registered() -> None:
    register = registered_by(sockcore_bsd)
    assert not TABLE
    for things in (register.families, register.names, register.options, register.ancillaries, register.socket_methods):
        assert not things
    assert not hasattr(sockcore, "PF_SYSTEM")
    assert not hasattr(sockcore, "LOCAL_CREDS")


@pytest.mark.skipif(HERE, reason="this system has what the plugin brings")
def test_what_is_missing_is_named() -> None:
    for name in (
        "PF_SYSTEM",
        "AF_SYSTEM",
        "SYSPROTO_CONTROL",
        "CTLIOCGINFO",
        "LOCAL_CREDS",
        "SCM_CREDS2",
    ):
        with pytest.raises(AttributeError, match="sockcore-bsd"):
            getattr(sockcore, name)


def test_what_each_system_has() -> None:
    assert {system: list(families(system)) for system in SYSTEMS} == {
        "darwin": ["AF_SYSTEM", "AF_LINK"],
        "freebsd": ["AF_LINK", "AF_DIVERT"],
        "netbsd": ["AF_LINK"],
        "openbsd": ["AF_LINK"],
    }


def test_constants_of_each_system() -> None:
    """Numbers that are well known, from the systems' own documentation and not from the tables."""
    darwin, freebsd, netbsd, openbsd = map(table, SYSTEMS)
    assert (darwin["PF_SYSTEM"], darwin["AF_SYSTEM"], darwin["SYSPROTO_CONTROL"]) == (32, 32, 2)
    assert (darwin["af_sys_control"], darwin["CTLIOCGINFO"]) == (2, 0xC0644E03)
    assert (freebsd["LOCAL_CREDS"], freebsd["LOCAL_CREDS_PERSISTENT"], freebsd["SCM_CREDS2"]) == (2, 3, 8)
    assert freebsd["AF_DIVERT"] == freebsd["PF_DIVERT"] == 44
    assert netbsd["LOCAL_CREDS"] == 4
    assert [found["AF_LINK"] for found in (darwin, freebsd, netbsd, openbsd)] == [18] * 4
    for name in ("PF_SYSTEM", "SYSPROTO_CONTROL"):
        assert [name in found for found in (darwin, freebsd, netbsd, openbsd)] == [True, False, False, False]
    for name in ("LOCAL_CREDS_PERSISTENT", "SCM_CREDS2", "AF_DIVERT"):
        assert [name in found for found in (darwin, freebsd, netbsd, openbsd)] == [False, True, False, False]


def test_what_is_no_family_is_not_called_one() -> None:
    """AF_SYS_CONTROL has the number of AF_INET, and would be its name where sockcore-inet is not installed."""
    for system in SYSTEMS:
        numbers = [value for name, value in table(system).items() if name.startswith("AF_")]
        assert not {0, 1, 2} & set(numbers)


def test_names_of_others_are_not_registered() -> None:
    assert not [name for name in public() if name.islower()]
    assert {"af_inet", "af_unix", "sol_local", "local_peercred"} <= set(table("freebsd"))


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_registry_takes_the_families(system: str) -> None:
    register, registry = Register("sockcore-bsd"), Registry()
    for family in families(system).values():
        register.family(family)
    registry.add(register)
    for family in families(system).values():
        assert registry.family(family.number, family.proto or 0).name == family.name


def test_other_protocols_of_system_are_for_others() -> None:
    """SYSPROTO_EVENT has no addresses; another plugin may bring it."""
    register, registry = Register("sockcore-bsd"), Registry()
    register.family(families("darwin")["AF_SYSTEM"])
    registry.add(register)
    event = registry.family(32, 1)
    assert type(event) is RawFamily
    with pytest.raises(OSError, match="RawAddress"):
        event.encode((1, 0), FakeContext(32, 3, 1))


def test_proof_is_about_what_there_is() -> None:
    systems = {name.split()[0]: set(proof) for name, proof in SUPPORT.items()}
    for name, proved in systems.items():
        assert proved == {system for system in SYSTEMS if name in families(system)}
    assert {how for proof in SUPPORT.values() for how in proof.values()} == {"headers"}


@pytest.mark.skipif(not HERE, reason="the standard library has these names on macOS and the BSDs")
@pytest.mark.parametrize("name", sorted(public()) or ["AF_LINK"])
def test_constants_of_the_standard_library(name: str) -> None:
    if hasattr(stdlib, name):
        assert getattr(sockcore, name) == getattr(stdlib, name)


def test_nothing_heavy_is_imported(tmp_path: Path) -> None:
    (tmp_path / "frozen").write_text("bsd sockcore_bsd sockcore-bsd 0\n")
    (tmp_path / "frozen").chmod(0o644)  # one that others can write is not used
    code = (
        f"import sys; sys.path[:] = {sys.path!r}; before = set(sys.modules); import sockcore, sockcore_bsd;"
        "hasattr(sockcore, 'AF_LINK');"
        "print(sorted({'socket', '_socket', 'typing', 'inspect', 'json', 'sockcore_bsd.credentials'}"
        " & (set(sys.modules) - before)))"
    )
    environment = {**os.environ, "SOCKCORE_FROZEN": str(tmp_path / "frozen")}
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_families_have_a_repr() -> None:
    found: Any = families("darwin")["AF_SYSTEM"]
    assert repr(found) == "<Control AF_SYSTEM (32, protocol 2)>"
