"""The registrations of the plugin on each system, including systems where it registers nothing."""

from __future__ import annotations

import os
import socket as stdlib
import subprocess
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from bsd_systems import SYSTEMS, families, table

import sockcore
import sockcore_bsd
from sockcore._plugins.placeholders import RawFamily
from sockcore._plugins.registrations import Register
from sockcore._plugins.registry import Registry
from sockcore.plugin import system_name
from sockcore.testing import FakeContext, PluginTests, registered_by
from sockcore_bsd.constants import TABLE
from sockcore_bsd.support import SUPPORT

if TYPE_CHECKING:
    from pathlib import Path

IS_BSD = system_name() in SYSTEMS


class TestBsdPlugin(PluginTests):
    plugin = sockcore_bsd

    def test_registers(self) -> None:
        if IS_BSD:
            super().test_registers()


@pytest.mark.skipif(IS_BSD, reason="the plugin supports this system")
def test_plugin_on_other_system_registers_nothing() -> None:
    register = registered_by(sockcore_bsd)
    assert not TABLE
    for registrations in (
        register.families,
        register.names,
        register.options,
        register.ancillaries,
        register.socket_methods,
    ):
        assert not registrations
    assert not hasattr(sockcore, "PF_SYSTEM")
    assert not hasattr(sockcore, "LOCAL_CREDS")


@pytest.mark.skipif(IS_BSD, reason="the plugin supports this system")
def test_missing_constant_names_distribution() -> None:
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


def test_families_depend_on_system() -> None:
    assert {system: list(families(system)) for system in SYSTEMS} == {
        "darwin": ["AF_SYSTEM", "AF_LINK"],
        "freebsd": ["AF_LINK", "AF_DIVERT"],
        "netbsd": ["AF_LINK"],
        "openbsd": ["AF_LINK"],
    }


def test_constants_equal_documented_values() -> None:
    """The numbers come from the documentation of the systems, not from the tables."""
    darwin, freebsd, netbsd, openbsd = map(table, SYSTEMS)
    assert (darwin["PF_SYSTEM"], darwin["AF_SYSTEM"], darwin["SYSPROTO_CONTROL"]) == (32, 32, 2)
    assert (darwin["af_sys_control"], darwin["CTLIOCGINFO"]) == (2, 0xC0644E03)
    assert (freebsd["LOCAL_CREDS"], freebsd["LOCAL_CREDS_PERSISTENT"], freebsd["SCM_CREDS2"]) == (2, 3, 8)
    assert freebsd["AF_DIVERT"] == freebsd["PF_DIVERT"] == 44
    assert netbsd["LOCAL_CREDS"] == 4
    assert [names["AF_LINK"] for names in (darwin, freebsd, netbsd, openbsd)] == [18] * 4
    for name in ("PF_SYSTEM", "SYSPROTO_CONTROL"):
        assert [name in names for names in (darwin, freebsd, netbsd, openbsd)] == [True, False, False, False]
    for name in ("LOCAL_CREDS_PERSISTENT", "SCM_CREDS2", "AF_DIVERT"):
        assert [name in names for names in (darwin, freebsd, netbsd, openbsd)] == [False, True, False, False]


def test_constants_do_not_contain_false_families() -> None:
    """AF_SYS_CONTROL is not a family, but equals AF_INET.

    It would be the enum name of AF_INET without sockcore-inet.
    """
    for system in SYSTEMS:
        numbers = [value for name, value in table(system).items() if name.startswith("AF_")]
        assert not {0, 1, 2} & set(numbers)


def test_facts_are_constants_of_other_distributions() -> None:
    for system in SYSTEMS:
        facts = import_module(f"sockcore_bsd.tables.{system}").FACTS.split()
        assert set(facts) == {name for name in table(system) if name.islower()}
    assert {"af_inet", "af_unix", "sol_local", "local_peercred"} <= set(table("freebsd"))


@pytest.mark.parametrize("system", SYSTEMS)
def test_registry_finds_registered_families(system: str) -> None:
    register, registry = Register("sockcore-bsd"), Registry()
    for family in families(system).values():
        register.family(family)
    registry.add(register)
    for family in families(system).values():
        assert registry.family(family.number, family.proto or 0).name == family.name


def test_other_protocol_of_af_system_has_raw_address() -> None:
    """SYSPROTO_EVENT has no addresses. Another plugin may register it."""
    register, registry = Register("sockcore-bsd"), Registry()
    register.family(families("darwin")["AF_SYSTEM"])
    registry.add(register)
    event = registry.family(32, 1)
    assert type(event) is RawFamily
    with pytest.raises(OSError, match="RawAddress"):
        event.encode((1, 0), FakeContext(32, 3, 1))


def test_support_lists_systems_with_family() -> None:
    systems = {name.split()[0]: set(tested) for name, tested in SUPPORT.items()}
    for name, tested_systems in systems.items():
        assert tested_systems == {system for system in SYSTEMS if name in families(system)}
    assert {method for tested in SUPPORT.values() for method in tested.values()} == {"headers"}


@pytest.mark.skipif(not IS_BSD, reason="the standard library has these constants on macOS and the BSDs only")
@pytest.mark.parametrize("name", sorted(set(TABLE).difference(TABLE.facts)) or ["AF_LINK"])
def test_constant_equals_constant_of_standard_library(name: str) -> None:
    if hasattr(stdlib, name):
        assert getattr(sockcore, name) == getattr(stdlib, name)


def test_import_does_not_load_socket_or_slow_modules(tmp_path: Path) -> None:
    (tmp_path / "frozen").write_text("bsd sockcore_bsd sockcore-bsd 0\n")
    (tmp_path / "frozen").chmod(0o644)  # a cache that others can write is ignored
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


def test_repr_of_family_contains_protocol() -> None:
    family: Any = families("darwin")["AF_SYSTEM"]
    assert repr(family) == "<Control AF_SYSTEM (32, protocol 2)>"
