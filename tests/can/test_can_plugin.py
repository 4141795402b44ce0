"""The registrations of the plugin, the codec of each protocol, and the structs of other systems."""

from __future__ import annotations

import errno
import os
import runpy
import struct
import subprocess
import sys

import pytest

import sockcore
import sockcore_can
from sockcore._platform import select
from sockcore.plugin import Family, RawAddress, Register, RegistrationError, system_name
from sockcore.testing import FakeContext, PluginTests, registered_by
from sockcore_can import options as can_options
from sockcore_can import structs
from sockcore_can.constants import AF_CAN, TABLE

LINUX = pytest.mark.skipif(system_name() != "linux", reason="NetBSD supports CAN_RAW only")


class TestCanPlugin(PluginTests):
    plugin = sockcore_can


@pytest.fixture
def registry():
    from sockcore._plugins.registry import Registry

    registry = Registry()
    registry.add(registered_by(sockcore_can, "sockcore-can"))
    return registry


@LINUX
def test_plugin_registers_one_codec_per_address_format():
    families = registered_by(sockcore_can).families
    assert {key: type(family) for key, family in families.items()} == {
        (AF_CAN, None): sockcore_can.Can,
        (AF_CAN, 6): sockcore_can.Isotp,
        (AF_CAN, 7): sockcore_can.J1939,
    }
    assert [family.probe[1] for family in families.values()] == [1, 6, 7]
    assert all(family.size == 24 for family in families.values())


@LINUX
@pytest.mark.parametrize("name", ["CAN_RAW", "CAN_BCM", "CAN_TP16", "CAN_TP20", "CAN_MCNET", None])
def test_protocol_without_separate_codec_has_interface_address(registry, name):
    proto = 99 if name is None else TABLE[name]
    family = registry.family(AF_CAN, proto)
    assert type(family) is sockcore_can.Can
    context = FakeContext(AF_CAN, 2, proto, interfaces={"vcan0": 3})
    assert family.decode(family.encode(("vcan0",), context), context) == ("vcan0",)


@LINUX
def test_third_party_protocol_is_registered_unless_it_conflicts(registry):
    class Mcnet(Family):
        number, name, proto = AF_CAN, "AF_CAN", TABLE["CAN_MCNET"]

        def encode(self, address, context):
            return b"\0" * 24

        def decode(self, sockaddr, context):
            return "mcnet"

    third_party = Register("third-party")
    third_party.family(Mcnet())
    registry.add(third_party)
    assert type(registry.family(AF_CAN, TABLE["CAN_MCNET"])) is Mcnet
    assert type(registry.family(AF_CAN, TABLE["CAN_RAW"])) is sockcore_can.Can

    class Isotp(Mcnet):
        proto = TABLE["CAN_ISOTP"]

    conflicting = Register("conflicting")
    conflicting.family(Isotp())
    with pytest.raises(RegistrationError, match=r"conflicting and sockcore-can both register the family \(\d+, 6\)"):
        registry.add(conflicting)


@pytest.mark.parametrize("proto", [1, 2, 3, 6, 7, 99])
def test_raw_address_reaches_kernel_unchanged(can_socket, proto):
    sock = can_socket(sockcore, proto)
    raw_address = RawAddress(struct.pack("=HxxiQQ", AF_CAN, 0, 0, 0))
    for call in (sock.bind, sock.connect, lambda address: sock.sendto(b"x", address)):
        with pytest.raises(OSError) as exc_info:  # from the UDP socket, which has another family
            call(raw_address)
        assert exc_info.value.errno in (errno.EAFNOSUPPORT, errno.EINVAL)
    with pytest.raises(ValueError, match="2 to 128 bytes"):
        sock.connect(RawAddress(b"x"))


@pytest.mark.parametrize(("proto", "rest"), [(1, ()), (2, ()), (6, (1, 2)), (7, (0, 0x40000, 0x20))])
def test_existing_interface_is_encoded_and_unknown_one_raises_enodev(can_socket, proto, rest):
    sock = can_socket(sockcore, proto)
    with pytest.raises(OSError) as exc_info:  # encoded, then refused by the UDP socket
        sock.connect(("lo", *rest))
    assert exc_info.value.errno == errno.EAFNOSUPPORT
    for operation in (sock.connect, sock.connect_ex, sock.bind, lambda address: sock.sendto(b"", address)):
        with pytest.raises(OSError) as exc_info:
            operation(("no-such-if", *rest))
        assert exc_info.value.args == (errno.ENODEV, os.strerror(errno.ENODEV))


def test_families_name_their_kernel_module():
    # The error of socket() contains it. tests/lab has a kernel with these modules.
    modules = [family.module for family in registered_by(sockcore_can).families.values()]
    assert modules == ["can", "can-isotp", "can-j1939"][: len(modules)]


def test_plugin_without_constants_registers_nothing(monkeypatch):
    monkeypatch.setattr(sockcore_can, "TABLE", {})
    monkeypatch.setattr("sockcore_can.options.TABLE", {})
    register = registered_by(sockcore_can)
    assert not register.families
    assert not register.names
    assert not register.options
    assert not register.ancillaries


def test_plugin_on_netbsd_registers_can_raw_only(monkeypatch):
    from sockcore_can.tables import netbsd

    table = select(netbsd.NAMES, netbsd.VALUES, netbsd.VARIANTS, frozenset())
    monkeypatch.setattr(sockcore_can, "TABLE", table)
    monkeypatch.setattr("sockcore_can.messages.TABLE", table)
    monkeypatch.setattr(sockcore_can.Can, "number", table["AF_CAN"])
    register = registered_by(sockcore_can)
    assert [key[1] for key in register.families] == [None]
    # The options of NetBSD are created when the module is imported.
    monkeypatch.setattr("sockcore_can.constants.TABLE", table)
    monkeypatch.setattr("sockcore.plugin.system_name", lambda: "netbsd")
    options = runpy.run_path(str(can_options.__file__))["options"]()
    # The level equals IPPROTO_ICMP. The family distinguishes the options.
    assert [(option.name, option.level, option.number, option.family) for option in options] == [
        ("CAN_RAW_FILTER", 1, 1, AF_CAN),
        ("CAN_RAW_LOOPBACK", 1, table["CAN_RAW_LOOPBACK"], AF_CAN),
        ("CAN_RAW_RECV_OWN_MSGS", 1, table["CAN_RAW_RECV_OWN_MSGS"], AF_CAN),
    ]
    assert not register.ancillaries
    assert register.names["AF_CAN"] == 35
    assert not [name for name in register.names if name.startswith(("CAN_BCM", "CAN_ISOTP", "J1939", "CANFD"))]


def test_structs_returns_structs_of_system():
    assert [(declared.name, declared.size) for declared in structs.structs("netbsd")] == [
        ("struct sockaddr_can", 16),
        ("struct can_frame", 16),
        ("struct can_filter", 8),
    ]
    assert {declared.header for declared in structs.structs("netbsd")} == {"<sys/socket.h> <netcan/can.h>"}
    sizes: dict[str, set[int]] = {}
    for declared in structs.structs("linux"):
        sizes.setdefault(declared.name.partition(" ")[2], set()).add(declared.size)
    assert sizes == {
        "sockaddr_can": {24},
        "can_frame": {16},
        "canfd_frame": {72},
        "canxl_frame": {2060},
        "can_filter": {8},
        "can_raw_vcid_options": {4},
        "can_isotp_options": {12},
        "can_isotp_fc_options": {3},
        "can_isotp_ll_options": {3},
    }
    assert structs.structs("darwin") == structs.structs("windows") == structs.structs("plan9") == ()


def test_struct_sizes_depend_on_processor():
    longs = struct.calcsize("l")
    # The fields of the header end at 36 on a 32-bit machine. The frames are aligned to eight bytes.
    assert structs.BCM_MSG_HEAD.packer().size == (56 if longs == 8 else 40)
    i386 = longs == 4 and struct.calcsize("@BQ") == 12
    assert structs.J1939_FILTER.packer().size == (28 if i386 else 32)


NETBSD = """
import sys
sys.path[:] = PATH
sys.platform = "netbsd10"
import ctypes
find = ctypes.CDLL.__getitem__  # __socket30 is the name on NetBSD only
ctypes.CDLL.__getitem__ = lambda library, name: find(library, name.replace("__socket30", "socket"))
from sockcore.testing import FakeContext
from sockcore_can import Can, frames
context = FakeContext(Can.number, interfaces={"can0": 7})
print(Can.number, Can.size, Can().encode(("can0",), context).hex(), Can().encode(("",), context).hex())
print(Can().decode(bytes.fromhex("1023") + Can().encode(("can0",), context)[2:8], context))
print(frames.unpack(frames.pack(0x123, b"abc")))
try:
    frames.unpack(bytes(72))
except ValueError as exc:
    print(exc)
"""


def test_netbsd_addresses_have_length_byte_and_16_bytes():
    index = struct.pack("=i", 7).hex()
    printed = run(NETBSD.replace("PATH", repr(sys.path))).splitlines()
    assert printed[:3] == [f"35 16 10230000{index}{'0' * 16} 1023{'0' * 28}", "('can0',)", "(291, b'abc', 0)"]
    assert printed[3:] == ["a frame has 16 bytes, not 72"]


IMPORT = """
import sys
sys.path[:] = PATH
import sockcore.plugin
before = set(sys.modules)
import sockcore_can
new = set(sys.modules) - before
print(sorted(name for name in new if not name.startswith("sockcore_can")))
print(sorted(set(sys.modules) & {"socket", "_socket", "sockcore_inet", "sockcore_unix"}))
"""


def test_import_loads_neither_socket_nor_other_plugin():
    assert run(IMPORT.replace("PATH", repr(sys.path))).splitlines() == ["[]", "[]"]


def run(code: str) -> str:
    """Return the output of *code* in another process.

    The option -S keeps .pth files from importing modules.
    """
    try:
        done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, timeout=60)
    except OSError as exc:
        if exc.errno != errno.ENOEXEC:
            raise
        pytest.skip("this Python is emulated and cannot start itself")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout
