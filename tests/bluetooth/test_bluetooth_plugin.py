"""The registrations and imports of the plugin, and protocols that other plugins may register."""

from __future__ import annotations

import os
import socket as stdlib
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from bluetooth_literals import AF, DEVICE, codecs

import sockcore
import sockcore_bluetooth
from sockcore._plugins.placeholders import RawFamily
from sockcore._plugins.registry import Registry
from sockcore.plugin import U8, Family, RawAddress, Register, RegistrationError, Struct, octets, padding, system_name
from sockcore.testing import FakeContext, PluginTests, registered_by
from sockcore_bluetooth import constants
from sockcore_bluetooth.constants import AF_BLUETOOTH, TABLE

if TYPE_CHECKING:
    from pathlib import Path

    from sockcore.plugin import Context

LINUX = pytest.mark.skipif(system_name() != "linux", reason="only Linux has these names and structs")


class TestBluetoothPlugin(PluginTests):
    plugin = sockcore_bluetooth


@LINUX
def test_plugin_registers_one_codec_per_protocol() -> None:
    families = registered_by(sockcore_bluetooth).families
    codec_names = {proto: type(family).__name__ for (number, proto), family in families.items()}
    assert codec_names == {
        TABLE["BTPROTO_L2CAP"]: "L2cap",
        TABLE["BTPROTO_RFCOMM"]: "Rfcomm",
        TABLE["BTPROTO_HCI"]: "HciByNumber",
        TABLE["BTPROTO_SCO"]: "Sco",
        TABLE["BTPROTO_ISO"]: "Iso",
    }
    assert {number for number, _ in families} == {TABLE["AF_BLUETOOTH"]}
    assert all(family.module == "bluetooth" for family in families.values())
    types = {proto: family.probe for (_, proto), family in families.items()}
    assert types[TABLE["BTPROTO_RFCOMM"]] == (int(sockcore.SOCK_STREAM), TABLE["BTPROTO_RFCOMM"])
    assert types[TABLE["BTPROTO_HCI"]] == (int(sockcore.SOCK_RAW), TABLE["BTPROTO_HCI"])


@LINUX
def test_constants_are_attributes_of_sockcore() -> None:
    assert sockcore.AF_BLUETOOTH is sockcore.AddressFamily.AF_BLUETOOTH
    assert sockcore.BDADDR_ANY == "00:00:00:00:00:00"
    assert sockcore.BDADDR_LOCAL == "00:00:00:FF:FF:FF"
    for name in ("BTPROTO_L2CAP", "BTPROTO_HCI", "BTPROTO_SCO", "BTPROTO_RFCOMM", "BTPROTO_ISO", "BTPROTO_BNEP"):
        assert isinstance(getattr(sockcore, name), int)
    for name in ("HCI_FILTER", "HCI_TIME_STAMP", "HCI_DATA_DIR", "SOL_HCI", "SOL_L2CAP", "SOL_RFCOMM", "SOL_SCO"):
        assert isinstance(getattr(sockcore, name), int)


PREFIXES = ("AF_BLUETOOTH", "BT", "BDADDR_", "HCI_", "L2CAP_", "RFCOMM_", "SCO_", "SOL_BLUETOOTH", "SOL_HCI")


@pytest.mark.parametrize(
    "name", sorted(name for name in vars(stdlib) if name.startswith((*PREFIXES, "SOL_L2CAP", "SOL_RFCOMM", "SOL_SCO")))
)
def test_constant_equals_constant_of_standard_library(name: str) -> None:
    assert getattr(sockcore, name) == getattr(stdlib, name)


# ---------------------------------------------------------------------- constants by system


def public_names(monkeypatch: pytest.MonkeyPatch, system: str, table: dict[str, int]) -> dict[str, object]:
    monkeypatch.setattr(constants, "system_name", lambda: system)
    monkeypatch.setattr(constants, "TABLE", table)
    return {name: value for names in constants.public() for name, value in names.items()}


def test_public_without_constants_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    assert public_names(monkeypatch, "darwin", {}) == {}


def test_public_on_freebsd_omits_sco(monkeypatch: pytest.MonkeyPatch) -> None:
    """Test the names on FreeBSD, which does not support SCO according to the manual.

    Its headers define BTPROTO_SCO nevertheless.
    """
    table = {"AF_BLUETOOTH": 36, "BTPROTO_HCI": 134, "BTPROTO_L2CAP": 135, "BTPROTO_RFCOMM": 136, "BTPROTO_SCO": 137}
    names = public_names(monkeypatch, "freebsd", {**table, "SOL_HCI": 0x802, "HCI_FILTER": 1})
    assert "BTPROTO_SCO" not in names
    assert (names["BTPROTO_RFCOMM"], names["SOL_HCI"], names["HCI_FILTER"]) == (136, 0x802, 1)
    assert "HCI_TIME_STAMP" not in names
    assert names["BDADDR_ANY"] == "00:00:00:00:00:00"


def test_public_on_netbsd_defines_levels_as_protocols(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {"AF_BLUETOOTH": 31, "BTPROTO_HCI": 1, "BTPROTO_L2CAP": 2, "BTPROTO_RFCOMM": 3, "BTPROTO_SCO": 4}
    names = public_names(monkeypatch, "netbsd", table)
    assert [names[f"SOL_{name}"] for name in ("HCI", "L2CAP", "RFCOMM", "SCO")] == [1, 2, 3, 4]
    assert "HCI_FILTER" not in names


# ---------------------------------------------------------------------- protocols of other plugins

SOCKADDR_BNEP = Struct(
    "struct sockaddr_bnep",
    "<third_party.h>",
    ("bnep_bdaddr", octets(6)),
    ("bnep_role", U8),
    ("pad", padding(1)),
    sockaddr=True,
)


class Bnep(Family):
    """A third-party protocol with the address ``(bdaddr as bytes, role)``."""

    number, name, proto, size = AF, "AF_BLUETOOTH", 4, SOCKADDR_BNEP.size

    def encode(self, address: object, context: Context) -> bytes:
        assert isinstance(address, tuple)
        return SOCKADDR_BNEP.pack(self.number, *address)

    def decode(self, sockaddr: bytes, context: Context) -> object:
        return SOCKADDR_BNEP.unpack(sockaddr)


def registry_with(*others: Register) -> Registry:
    """Return a registry with the Bluetooth protocols of Linux and *others*.

    The *others* are the registrations of other plugins.
    """
    bluetooth, registry = Register("sockcore-bluetooth"), Registry()
    for codec in codecs("linux").values():
        bluetooth.family(codec)
    for register in (bluetooth, *others):
        registry.add(register)
    return registry


def test_third_party_protocol_is_registered() -> None:
    third_party = Register("third-party-bnep")
    third_party.family(Bnep())
    registry = registry_with(third_party)
    assert type(registry.family(AF, 4)) is Bnep
    assert type(registry.family(AF, 0)).__name__ == "L2cap"
    assert registry.owners["family"][AF, 4] == "third-party-bnep"
    context = FakeContext(AF, proto=4)
    sockaddr = registry.family(AF, 4).encode((b"abcdef", 1), context)
    assert registry.decode(RawAddress(sockaddr), context) == (b"abcdef", 1)
    # On a socket of another protocol, its codec decodes the same bytes.
    assert registry.decode(RawAddress(sockaddr), FakeContext(AF, proto=2)) == "66:65:64:63:62:61"


def test_third_party_codec_of_registered_protocol_conflicts() -> None:
    third_party = Register("third-party-sco")
    third_party.family(codecs("linux")["SCO"])
    with pytest.raises(RegistrationError, match="third-party-sco and sockcore-bluetooth both register the family"):
        registry_with(third_party)


@pytest.mark.parametrize("proto", [4, 5, 6, 7, 99])
def test_protocol_without_codec_has_raw_address(proto: int) -> None:
    family = registry_with().family(AF, proto)
    assert type(family) is RawFamily
    context = FakeContext(AF, proto=proto)
    assert family.decode(b"\x1f\0abc", context) == RawAddress(b"\x1f\0abc")
    with pytest.raises(OSError, match=r"pass sockcore\.RawAddress, not tuple"):
        family.encode((DEVICE, 1), context)


# ---------------------------------------------------------------------- the module


@LINUX
def test_socket_without_kernel_support_raises_with_hint() -> None:
    """If the kernel supports Bluetooth, the socket has the protocol RFCOMM instead."""
    try:
        sock = sockcore.socket(AF_BLUETOOTH, sockcore.SOCK_STREAM, TABLE["BTPROTO_RFCOMM"])
    except OSError as exc:
        assert "AF_BLUETOOTH: this kernel lacks it (modprobe bluetooth)" in str(exc)  # noqa: PT017
    else:
        with sock:
            assert sock.proto == TABLE["BTPROTO_RFCOMM"]


def test_import_does_not_load_socket_or_slow_modules(tmp_path: Path) -> None:
    # With a startup cache, because scanning the metadata of distributions imports many modules.
    (tmp_path / "frozen").write_text("bluetooth sockcore_bluetooth sockcore-bluetooth 0\n")
    (tmp_path / "frozen").chmod(0o644)  # a cache that others can write is ignored
    code = (
        f"import sys; sys.path[:] = {sys.path!r}; before = set(sys.modules); import sockcore, sockcore_bluetooth;"
        "hasattr(sockcore, 'AF_BLUETOOTH');"
        "print(sorted({'socket', '_socket', 'typing', 'inspect', 'json'} & (set(sys.modules) - before)))"
    )
    environment = {**os.environ, "SOCKCORE_FROZEN": str(tmp_path / "frozen")}
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
