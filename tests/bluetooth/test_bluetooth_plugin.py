"""The plugin as a whole: what it registers, whose protocols it leaves to others, and what it imports."""

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
from sockcore._plugins.registry import RawFamily, Registry
from sockcore.plugin import U8, Family, RawAddress, Register, RegistrationError, Struct, octets, padding, system_name
from sockcore.testing import FakeContext, PluginTests, registered_by
from sockcore_bluetooth import constants
from sockcore_bluetooth.constants import AF_BLUETOOTH, TABLE

if TYPE_CHECKING:
    from pathlib import Path

    from sockcore.plugin import Context

LINUX = pytest.mark.skipif(system_name() != "linux", reason="the names and structs are those of Linux")


class TestBluetoothPlugin(PluginTests):
    plugin = sockcore_bluetooth


@LINUX
def test_each_protocol_has_its_own_entry() -> None:
    families = registered_by(sockcore_bluetooth).families
    found = {proto: type(family).__name__ for (number, proto), family in families.items()}
    assert found == {
        TABLE["BTPROTO_L2CAP"]: "L2cap",
        TABLE["BTPROTO_RFCOMM"]: "Rfcomm",
        TABLE["BTPROTO_HCI"]: "HciByNumber",
        TABLE["BTPROTO_SCO"]: "Sco",
    }
    assert {number for number, _ in families} == {TABLE["AF_BLUETOOTH"]}
    assert all(family.module == "bluetooth" for family in families.values())
    types = {proto: family.probe for (_, proto), family in families.items()}
    assert types[TABLE["BTPROTO_RFCOMM"]] == (int(sockcore.SOCK_STREAM), TABLE["BTPROTO_RFCOMM"])
    assert types[TABLE["BTPROTO_HCI"]] == (int(sockcore.SOCK_RAW), TABLE["BTPROTO_HCI"])


@LINUX
def test_names() -> None:
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
def test_constants_of_the_standard_library(name: str) -> None:
    assert getattr(sockcore, name) == getattr(stdlib, name)


# ---------------------------------------------------------------------- names by system


def named(monkeypatch: pytest.MonkeyPatch, system: str, table: dict[str, int]) -> dict[str, object]:
    monkeypatch.setattr(constants, "system_name", lambda: system)
    monkeypatch.setattr(constants, "TABLE", table)
    return constants.public()


def test_a_system_without_a_table_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert named(monkeypatch, "darwin", {}) == {}


def test_freebsd_has_no_sco(monkeypatch: pytest.MonkeyPatch) -> None:
    """The manual: this protocol is not supported under FreeBSD; its headers have a number for it all the same."""
    table = {"AF_BLUETOOTH": 36, "BTPROTO_HCI": 134, "BTPROTO_L2CAP": 135, "BTPROTO_RFCOMM": 136, "BTPROTO_SCO": 137}
    found = named(monkeypatch, "freebsd", {**table, "SOL_HCI": 0x802, "HCI_FILTER": 1})
    assert "BTPROTO_SCO" not in found
    assert (found["BTPROTO_RFCOMM"], found["SOL_HCI"], found["HCI_FILTER"]) == (136, 0x802, 1)
    assert "HCI_TIME_STAMP" not in found
    assert found["BDADDR_ANY"] == "00:00:00:00:00:00"


def test_netbsd_has_the_protocol_for_a_level(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {"AF_BLUETOOTH": 31, "BTPROTO_HCI": 1, "BTPROTO_L2CAP": 2, "BTPROTO_RFCOMM": 3, "BTPROTO_SCO": 4}
    found = named(monkeypatch, "netbsd", table)
    assert [found[f"SOL_{name}"] for name in ("HCI", "L2CAP", "RFCOMM", "SCO")] == [1, 2, 3, 4]
    assert "HCI_FILTER" not in found


# ---------------------------------------------------------------------- protocols of others

SOCKADDR_ISO = Struct(
    "struct sockaddr_iso",
    "<bluetooth/bluetooth.h> <bluetooth/iso.h>",
    ("iso_bdaddr", octets(6)),
    ("iso_bdaddr_type", U8),
    ("pad", padding(1)),
    sockaddr=True,
)


class Iso(Family):
    """A stranger's protocol: isochronous channels, ``(bdaddr as bytes, bdaddr_type)``."""

    number, name, proto, size = AF, "AF_BLUETOOTH", 8, SOCKADDR_ISO.size

    def encode(self, address: object, context: Context) -> bytes:
        assert isinstance(address, tuple)
        return SOCKADDR_ISO.pack(self.number, *address)

    def decode(self, raw: bytes, context: Context) -> object:
        return SOCKADDR_ISO.unpack(raw)


def with_ours(*others: Register) -> Registry:
    """A registry with Linux's Bluetooth, and what strangers bring."""
    ours, registry = Register("sockcore-bluetooth"), Registry()
    for codec in codecs("linux").values():
        ours.family(codec)
    for register in (ours, *others):
        registry.add(register)
    return registry


def test_a_stranger_brings_a_protocol() -> None:
    stranger = Register("somebody-iso")
    stranger.family(Iso())
    registry = with_ours(stranger)
    assert type(registry.family(AF, 8)) is Iso
    assert type(registry.family(AF, 0)).__name__ == "L2cap"
    assert registry.owners["family", (AF, 8)] == "somebody-iso"
    context = FakeContext(AF, proto=8)
    raw = registry.family(AF, 8).encode((b"abcdef", 1), context)
    assert registry.decode(RawAddress(raw), context) == (b"abcdef", 1)
    # The same bytes on a socket of another protocol are its own.
    assert registry.decode(RawAddress(raw), FakeContext(AF, proto=2)) == "66:65:64:63:62:61"


def test_nobody_else_brings_ours() -> None:
    stranger = Register("somebody-sco")
    stranger.family(codecs("linux")["SCO"])
    with pytest.raises(RegistrationError, match="somebody-sco and sockcore-bluetooth both register the family"):
        with_ours(stranger)


@pytest.mark.parametrize("proto", [4, 5, 6, 7, 8, 99])
def test_protocols_of_nobody_have_raw_addresses(proto: int) -> None:
    family = with_ours().family(AF, proto)
    assert type(family) is RawFamily
    context = FakeContext(AF, proto=proto)
    assert family.decode(b"\x1f\0abc", context) == RawAddress(b"\x1f\0abc")
    with pytest.raises(OSError, match=r"pass sockcore\.RawAddress, not tuple"):
        family.encode((DEVICE, 1), context)


# ---------------------------------------------------------------------- the module


@LINUX
def test_opening_says_what_the_kernel_lacks() -> None:
    """On a kernel without the module; on another the socket is there, and knows its protocol."""
    try:
        sock = sockcore.socket(AF_BLUETOOTH, sockcore.SOCK_STREAM, TABLE["BTPROTO_RFCOMM"])
    except OSError as refusal:
        assert "AF_BLUETOOTH: this kernel lacks it (modprobe bluetooth)" in str(refusal)  # noqa: PT017
    else:
        with sock:
            assert sock.proto == TABLE["BTPROTO_RFCOMM"]


def test_nothing_of_the_standard_socket_is_imported(tmp_path: Path) -> None:
    # A startup cache, since the scan of metadata imports much on its own account.
    (tmp_path / "frozen").write_text("bluetooth sockcore_bluetooth sockcore-bluetooth 0\n")
    (tmp_path / "frozen").chmod(0o644)  # one that others can write is not used
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
