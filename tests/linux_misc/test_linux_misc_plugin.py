"""The plugin as a whole: what it registers, on this system and on others, and the names of the standard library."""

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
#: Families of which the standard library has the number and nothing else.
BARE = (
    "AF_APPLETALK", "AF_ASH", "AF_ATMPVC", "AF_ATMSVC", "AF_AX25", "AF_BRIDGE", "AF_ECONET", "AF_IPX", "AF_IRDA",
    "AF_KEY", "AF_LLC", "AF_NETBEUI", "AF_NETROM", "AF_PPPOX", "AF_ROSE", "AF_SECURITY", "AF_SNA", "AF_WANPIPE",
    "AF_X25",
)  # fmt: skip
PREFIXES = (
    "AF_", "ALG_", "ETHERTYPE_", "ETH_P_", "IOCTL_VM", "NETLINK_", "PACKET_", "PF_PACKET", "PF_RDS", "RDS_", "SOL_ALG",
    "SOL_RDS", "SOL_TIPC", "SO_VM_", "TIPC_", "VMADDR_", "VM_SOCKETS",
)  # fmt: skip
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="these families are Linux's")

pytestmark = LINUX


class TestPlugin(PluginTests):
    plugin = sockcore_linux_misc


@pytest.fixture(scope="module")
def register() -> Register:
    return registered_by(sockcore_linux_misc)


def test_families(register: Register) -> None:
    assert {family.name for family in register.families.values()} == FAMILIES
    assert {name: register.names[name] for name in FAMILIES} == {name: TABLE[name] for name in FAMILIES}


def test_the_kernels_modules(register: Register) -> None:
    assert {family.name: family.module for family in register.families.values()} == MODULES


def test_the_methods_of_the_socket_class(register: Register) -> None:
    assert set(register.socket_methods) == {"sendmsg_afalg"}
    assert sockcore.socket.sendmsg_afalg is register.socket_methods["sendmsg_afalg"]


def test_options_and_control_messages(register: Register) -> None:
    ours = {"SOL_ALG", "SOL_NETLINK", "SOL_PACKET"}
    levels = {TABLE[name] for name in ours}
    assert {option.name for option in register.options.values() if option.level in levels} == {
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
        "NETLINK_PKTINFO",
        "PACKET_AUXDATA",
    }
    for thing in (*register.options.values(), *register.ancillaries.values()):
        assert thing.number != -1, thing.name
        assert thing.level != -1, thing.name


def names_of_the_interpreter() -> list[str]:
    """Those of this Python's own module that are of these families, where it is made for them."""
    return sorted(name for name in dir(stdlib) if name.startswith(PREFIXES) and name in TABLE)


def test_constants_have_the_interpreters_values() -> None:
    found = names_of_the_interpreter()
    if sys.implementation.name == "cpython":
        assert {"AF_NETLINK", "NETLINK_ROUTE", "PACKET_HOST", "ALG_SET_IV", "AF_AX25"} <= set(found)
    # Where C's long has 32 bits the interpreter's numbers of 32 bits come out negative; here nowhere.
    wide = {"VMADDR_CID_ANY", "VMADDR_PORT_ANY", "VM_SOCKETS_INVALID_VERSION"}
    assert {TABLE[name] for name in wide} == {0xFFFFFFFF}
    expected = {name: getattr(stdlib, name) % 2**32 if name in wide else getattr(stdlib, name) for name in found}
    assert {name: getattr(sockcore, name) for name in found} == expected


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="PyPy's module has names of its own")
def test_no_constant_of_the_interpreter_is_missing() -> None:
    families = {"AF_INET", "AF_INET6", "AF_UNIX", "AF_UNSPEC", "AF_CAN", "AF_BLUETOOTH"}
    ours = {name for name in dir(stdlib) if name.startswith(PREFIXES)} - families
    assert sorted(name for name in ours if name not in TABLE) == []


def test_without_the_plugin_its_names_tell_what_to_install() -> None:
    told = {name: distribution_of(name) for name in TABLE if name.isupper() and not name.startswith("PF_")}
    assert {name for name, found in told.items() if found != "sockcore-linux-misc"} == {"AF_ROUTE", *BARE}


@pytest.mark.parametrize("name", BARE)
def test_a_bare_family_is_a_member_of_the_enum_and_takes_raw_addresses(name: str) -> None:
    number = getattr(sockcore, name)
    assert number == TABLE[name]
    assert number in list(sockcore.AddressFamily)
    raw = RawAddress(sockaddr_header(number, 16) + bytes(14))
    with stdlib.socket(1, stdlib.SOCK_STREAM) as other:
        sock = sockcore.socket(number, sockcore.SOCK_STREAM, 0, fileno=os.dup(other.fileno()))
        with sock:
            with pytest.raises(OSError, match=r"no plugin knows its addresses, pass sockcore\.RawAddress"):
                sock.bind(("x", 1))
            with pytest.raises(OSError, match=r"^\[Errno") as refusal:  # the kernel's: it was asked
                sock.bind(raw)
            assert refusal.value.errno == errno.EINVAL


@pytest.mark.parametrize("name", sorted(FAMILIES - {"AF_NETLINK"}))
def test_a_kernel_without_the_family_says_what_to_load(name: str) -> None:
    try:
        stdlib.socket(TABLE[name], stdlib.SOCK_SEQPACKET).close()
        number = 0
    except OSError as refusal:
        number = refusal.errno or 0
    if number != errno.EAFNOSUPPORT:
        pytest.skip("this kernel has it")
    with pytest.raises(OSError) as caught:
        sockcore.socket(TABLE[name], sockcore.SOCK_SEQPACKET)
    hint = f": {name}: this kernel lacks it (modprobe {MODULES[name]})"
    assert caught.value.args == (number, os.strerror(number) + hint)


def test_layouts_are_linux_only() -> None:
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


def test_a_number_that_the_system_lacks() -> None:
    assert constant("AF_NEVER") == -1
    assert constant("SOCK_STREAM") == stdlib.SOCK_STREAM


ELSEWHERE = """
import sys
sys.platform = "freebsd14"
import sockcore.plugin
from sockcore.testing import registered_by
import sockcore_linux_misc
register = registered_by(sockcore_linux_misc)
assert not any(table for _, table in register.tables()), register.names
"""


@pytest.mark.skipif("EMULATED_ARCHITECTURE" in os.environ, reason="an emulated Python cannot start itself")
def test_on_another_system_it_brings_nothing() -> None:
    here = Path(sockcore_linux_misc.__file__).parents[1], Path(import_module("sockcore").__file__ or "").parents[1]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, here))}
    command = [sys.executable, "-c", ELSEWHERE]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_each_family_is_a_module_that_needs_no_other() -> None:
    for name in FAMILIES:
        module: Any = import_module(f"sockcore_linux_misc.{name[3:].lower()}")
        alone = Register("alone")
        module.bring(alone)
        assert {family.name for family in alone.families.values()} == {name}
        assert module.STRUCTS
