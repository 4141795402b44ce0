"""The registrations of the plugin on this system and on others, and the constants of the standard library."""

from __future__ import annotations

import errno
import os
import socket as stdlib
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import sockcore
import sockcore_linux_misc
from sockcore._plugins.hints import distribution_of
from sockcore.plugin import RawAddress, Register, sockaddr_header
from sockcore.testing import PluginTests, registered_by
from sockcore_linux_misc import structs
from sockcore_linux_misc.constants import TABLE, constant

FAMILIES = {"AF_ALG", "AF_NETLINK", "AF_PACKET", "AF_QIPCRTR", "AF_RDS", "AF_TIPC", "AF_VSOCK"}
MODULES = {
    "AF_ALG": "af_alg",
    "AF_NETLINK": None,
    "AF_PACKET": "af_packet",
    "AF_QIPCRTR": "qrtr",
    "AF_RDS": "rds",
    "AF_TIPC": "tipc",
    "AF_VSOCK": "vsock",
}
#: Families that the standard library only has as numbers.
NUMBER_ONLY = (
    "AF_APPLETALK", "AF_ASH", "AF_ATMPVC", "AF_ATMSVC", "AF_AX25", "AF_BRIDGE", "AF_ECONET", "AF_IPX", "AF_IRDA",
    "AF_KEY", "AF_LLC", "AF_NETBEUI", "AF_NETROM", "AF_PPPOX", "AF_ROSE", "AF_SECURITY", "AF_SNA", "AF_WANPIPE",
    "AF_X25",
)  # fmt: skip
PREFIXES = (
    "AF_", "ALG_", "ETHERTYPE_", "ETH_P_", "IOCTL_VM", "NETLINK_", "PACKET_", "PF_PACKET", "PF_RDS", "RDS_", "SOL_ALG",
    "SOL_RDS", "SOL_TIPC", "SO_VM_", "TIPC_", "VMADDR_", "VM_SOCKETS",
)  # fmt: skip
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these families")

pytestmark = LINUX


class TestPlugin(PluginTests):
    plugin = sockcore_linux_misc


@pytest.fixture(scope="module")
def register() -> Register:
    return registered_by(sockcore_linux_misc)


def test_plugin_registers_all_families(register: Register) -> None:
    assert {family.name for family in register.families.values()} == FAMILIES
    assert {name: register.names[name] for name in FAMILIES} == {name: TABLE[name] for name in FAMILIES}


def test_families_name_their_kernel_module(register: Register) -> None:
    assert {family.name: family.module for family in register.families.values()} == MODULES


def test_plugin_registers_sendmsg_afalg(register: Register) -> None:
    assert set(register.socket_methods) == {"sendmsg_afalg"}
    assert sockcore.socket.sendmsg_afalg is register.socket_methods["sendmsg_afalg"]


def test_plugin_registers_options_and_control_messages(register: Register) -> None:
    level_names = {"SOL_ALG", "SOL_NETLINK", "SOL_PACKET"}
    levels = {TABLE[name] for name in level_names}
    assert {option.name for option in register.options.values() if option.level in levels} >= {
        "ALG_SET_KEY",
        "NETLINK_LIST_MEMBERSHIPS",
        "PACKET_ADD_MEMBERSHIP",
        "PACKET_DROP_MEMBERSHIP",
        "PACKET_FANOUT",
        "PACKET_STATISTICS",
    }
    assert {ancillary.name for ancillary in register.ancillaries.values() if ancillary.level in levels} == {
        "ALG_SET_AEAD_ASSOCLEN",
        "ALG_SET_IV",
        "ALG_SET_OP",
        "NETLINK_LISTEN_ALL_NSID",
        "NETLINK_PKTINFO",
        "PACKET_AUXDATA",
        "PACKET_TX_TIMESTAMP",
    }
    for codec in (*register.options.values(), *register.ancillaries.values()):
        assert codec.number != -1, codec.name
        assert codec.level != -1, codec.name


def names_of_interpreter() -> list[str]:
    """Return the constants of these families in the socket module of this Python."""
    return sorted(name for name in dir(stdlib) if name.startswith(PREFIXES) and name in TABLE)


def test_constants_equal_constants_of_interpreter() -> None:
    names = names_of_interpreter()
    if sys.implementation.name == "cpython":
        assert {"AF_NETLINK", "NETLINK_ROUTE", "PACKET_HOST", "ALG_SET_IV", "AF_AX25"} <= set(names)
    # If a C long has 32 bits, these constants are negative in CPython. In sockcore they are always positive.
    wide = {"VMADDR_CID_ANY", "VMADDR_PORT_ANY", "VM_SOCKETS_INVALID_VERSION"}
    assert {TABLE[name] for name in wide} == {0xFFFFFFFF}
    expected = {name: getattr(stdlib, name) % 2**32 if name in wide else getattr(stdlib, name) for name in names}
    assert {name: getattr(sockcore, name) for name in names} == expected


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="the socket module of PyPy has additional names")
def test_constants_contain_all_constants_of_interpreter() -> None:
    families = {"AF_INET", "AF_INET6", "AF_UNIX", "AF_UNSPEC", "AF_CAN", "AF_BLUETOOTH"}
    names = {name for name in dir(stdlib) if name.startswith(PREFIXES)} - families
    assert sorted(name for name in names if name not in TABLE) == []


def test_hints_name_distribution_of_constants() -> None:
    distributions = {name: distribution_of(name) for name in TABLE if name.isupper() and not name.startswith("PF_")}
    assert {name for name, distribution in distributions.items() if distribution != "sockcore-linux-misc"} == {
        "AF_ROUTE",
        *NUMBER_ONLY,
    }


@pytest.mark.parametrize("name", NUMBER_ONLY)
def test_family_without_codec_is_enum_member_and_accepts_raw_address(name: str) -> None:
    number = getattr(sockcore, name)
    assert number == TABLE[name]
    assert number in list(sockcore.AddressFamily)
    raw_address = RawAddress(sockaddr_header(number, 16) + bytes(14))
    with stdlib.socket(1, stdlib.SOCK_STREAM) as other:
        sock = sockcore.socket(number, sockcore.SOCK_STREAM, 0, fileno=os.dup(other.fileno()))
        with sock:
            with pytest.raises(OSError, match=r"no plugin knows its addresses, pass sockcore\.RawAddress"):
                sock.bind(("x", 1))
            with pytest.raises(OSError, match=r"^\[Errno") as exc_info:  # from the kernel
                sock.bind(raw_address)
            assert exc_info.value.errno == errno.EINVAL


@pytest.mark.parametrize("name", sorted(FAMILIES - {"AF_NETLINK"}))
def test_socket_without_kernel_support_raises_with_hint(name: str) -> None:
    try:
        stdlib.socket(TABLE[name], stdlib.SOCK_SEQPACKET).close()
        number = 0
    except OSError as exc:
        number = exc.errno or 0
    if number != errno.EAFNOSUPPORT:
        pytest.skip("this kernel supports the family")
    with pytest.raises(OSError) as exc_info:
        sockcore.socket(TABLE[name], sockcore.SOCK_SEQPACKET)
    hint = f": {name}: this kernel lacks it (modprobe {MODULES[name]})"
    assert exc_info.value.args == (number, os.strerror(number) + hint)


def test_structs_on_other_systems_is_empty() -> None:
    assert {struct.name for struct in structs.structs("linux")} >= {
        "struct sockaddr_alg",
        "struct af_alg_iv",
        "struct sockaddr_nl",
        "struct nl_pktinfo",
        "struct sockaddr_ll",
        "struct packet_mreq",
        "struct tpacket_stats",
        "struct tpacket_auxdata",
    }
    for system in ("darwin", "freebsd", "netbsd", "openbsd", "windows"):
        assert structs.structs(system) == ()


def test_constant_missing_on_system_is_minus_one() -> None:
    assert constant("AF_NEVER") == -1
    assert constant("SOCK_STREAM") == stdlib.SOCK_STREAM


ON_FREEBSD = """
import sys
sys.platform = "freebsd14"
import sockcore.plugin
from sockcore.testing import registered_by
import sockcore_linux_misc
register = registered_by(sockcore_linux_misc)
assert not any(table for _, table in register.tables()), register.names
"""


@pytest.mark.skipif("EMULATED_ARCHITECTURE" in os.environ, reason="an emulated Python cannot start itself")
def test_plugin_on_other_system_registers_nothing() -> None:
    paths = Path(sockcore_linux_misc.__file__).parents[1], Path(import_module("sockcore").__file__ or "").parents[1]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    command = [sys.executable, "-c", ON_FREEBSD]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_each_codec_is_in_the_module_of_its_family(register: Register) -> None:
    for family in register.families.values():
        module: Any = import_module(f"sockcore_linux_misc.{family.name[3:].lower()}")
        assert type(family).__module__ == module.__name__
        assert module.STRUCTS


@pytest.mark.skipif("EMULATED_ARCHITECTURE" in os.environ, reason="an emulated Python cannot start itself")
def test_registering_imports_no_codec() -> None:
    command = [sys.executable, "-c", "import sys, sockcore; sockcore.AF_ALG; print(*sys.modules)"]
    modules = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert {name for name in modules if name.startswith("sockcore_linux_misc")} <= {
        "sockcore_linux_misc",
        "sockcore_linux_misc.constants",
        "sockcore_linux_misc.tables",
        "sockcore_linux_misc.tables.linux",
    }
