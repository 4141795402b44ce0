"""The generated tables of all distributions, for every target: well-formed, and no name twice."""

from __future__ import annotations

import ast
import itertools
import uuid
from pathlib import Path

import pytest
from tools.headers import config
from tools.headers.targets import TARGETS

from sockcore._platform import select

ROOT = Path(__file__).parents[2]
FOLDERS = {distribution.name: distribution.folder for distribution in config.DISTRIBUTIONS}
SYSTEMS = tuple(config.SYSTEMS)


def has_table(distribution: str, system: str) -> bool:
    (found,) = [one for one in config.DISTRIBUTIONS if one.name == distribution]
    return system in found.on()


FILES = [
    pytest.param(ROOT / folder / f"{name}.py", id=f"{distribution}-{name}")
    for distribution, folder in FOLDERS.items()
    for name in ("everywhere", *SYSTEMS)
    if name == "everywhere" or has_table(distribution, name)
]
FACTS = {name for distribution in config.DISTRIBUTIONS for name, _ in distribution.facts}


def literals(path: Path) -> dict[str, dict]:
    """Return the dictionaries of a module as they are written, without importing it or its package."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.target.id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }


def chosen(distribution: str, target) -> dict[str, int]:
    if not has_table(distribution, target.system):
        return {}
    folder = ROOT / FOLDERS[distribution]
    everywhere, system = literals(folder / "everywhere.py"), literals(folder / f"{target.system}.py")
    return select(everywhere["NAMES"], system["NAMES"], system["VARIANTS"], target.words)


@pytest.mark.parametrize("path", FILES)
def test_names_are_sorted_one_a_line_and_numbers(path):
    module = literals(path)
    guids = module.get("GUIDS", {})
    assert list(guids) == sorted(guids)
    assert all(str(uuid.UUID(text)).upper() == text for text in guids.values())
    for table in (module["NAMES"], *module.get("VARIANTS", {}).values()):
        assert list(table) == sorted(table)
        assert all(name.isidentifier() for name in table)
        assert all(type(value) in (int, type(None)) and -(2**63) <= (value or 0) < 2**63 for value in table.values())
    assert None not in module["NAMES"].values()
    written = [line.split('"')[1] for line in path.read_text().splitlines() if line.startswith('    "')]
    assert len(written) == len(module["NAMES"]) + len(module.get("VARIANTS", {})) + len(guids)


@pytest.mark.parametrize("path", FILES)
def test_every_name_is_in_the_table_of_its_owner(path):
    module = literals(path)
    (distribution,) = [one for one in config.DISTRIBUTIONS if ROOT / one.folder == path.parent]
    systems = distribution.on() if path.stem == "everywhere" else (path.stem,)
    for table in (module["NAMES"], *module.get("VARIANTS", {}).values()):
        for name in table.keys() - FACTS:
            assert all(config.owner(name, system) is distribution for system in systems), name


@pytest.mark.parametrize("path", FILES)
def test_every_variant_is_of_some_target_and_changes_something(path):
    if path.stem == "everywhere":
        return
    module = literals(path)
    everywhere = literals(path.with_name("everywhere.py"))["NAMES"]
    assert not everywhere.keys() & module["NAMES"].keys()
    for condition, changes in module["VARIANTS"].items():
        assert any(target.words.issuperset(condition.split()) for target in TARGETS if target.system == path.stem)
        assert not everywhere.keys() & changes.keys()
        assert all(module["NAMES"].get(name) != value for name, value in changes.items())


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.triple)
def test_no_name_has_two_owners(target):
    for one, other in itertools.combinations(FOLDERS, 2):
        assert not chosen(one, target).keys() & chosen(other, target).keys()


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.triple)
def test_the_core_knows_no_family_and_every_fact(target):
    core = chosen("sockcore", target)
    assert [name for name in core if name.startswith(("AF_", "PF_"))] == ["AF_UNSPEC", "PF_UNSPEC"]
    of_target = {name for name, by_system in config.CORE.facts if by_system.keys() & {"*", target.system}}
    assert core.keys() & FACTS == of_target
    # A control message's header is cmsg_len, level and type, aligned.
    assert core["cmsg_header"] >= core["cmsg_len_size"] + 8
    assert core["cmsg_header"] % core["cmsg_align"] == 0


POSIX = [target for target in TARGETS if target.system in config.POSIX]
WINDOWS = [target for target in TARGETS if target.system == "windows"]


@pytest.mark.parametrize("target", POSIX, ids=lambda target: target.triple)
def test_what_posix_promises_is_there(target):
    names = {name for distribution in FOLDERS for name in chosen(distribution, target)}
    assert names >= {
        "AF_INET", "AF_INET6", "AF_UNIX", "AF_UNSPEC", "AI_ADDRCONFIG", "AI_NUMERICHOST", "AI_PASSIVE", "EAI_AGAIN",
        "EAI_FAIL", "EAI_NONAME", "INADDR_ANY", "INADDR_LOOPBACK", "IPPROTO_ICMP", "IPPROTO_IPV6", "IPPROTO_TCP",
        "IPPROTO_UDP", "IPV6_JOIN_GROUP", "IPV6_MULTICAST_IF", "IPV6_V6ONLY", "MSG_CTRUNC", "MSG_DONTWAIT",
        "MSG_NOSIGNAL", "MSG_OOB", "MSG_PEEK", "MSG_TRUNC", "MSG_WAITALL", "NI_NUMERICHOST", "SCM_RIGHTS", "SHUT_RD",
        "SHUT_RDWR", "SHUT_WR", "SOCK_DGRAM", "SOCK_RAW", "SOCK_SEQPACKET", "SOCK_STREAM", "SOL_SOCKET", "SOMAXCONN",
        "SO_BROADCAST", "SO_ERROR", "SO_KEEPALIVE", "SO_LINGER", "SO_RCVBUF", "SO_RCVTIMEO", "SO_REUSEADDR",
        "SO_SNDTIMEO", "SO_TYPE", "TCP_NODELAY",
    }  # fmt: skip


@pytest.mark.parametrize("target", WINDOWS, ids=lambda target: target.triple)
def test_what_programs_on_windows_find_is_there(target):
    names = {name: value for distribution in FOLDERS for name, value in chosen(distribution, target).items()}
    assert names.keys() >= {
        "AF_APPLETALK", "AF_BLUETOOTH", "AF_DECnet", "AF_HYPERV", "AF_INET", "AF_INET6", "AF_IPX", "AF_IRDA", "AF_LINK",
        "AF_SNA", "AF_UNIX", "AF_UNSPEC", "AI_PASSIVE", "BTPROTO_RFCOMM", "EAI_FAMILY", "EAI_NODATA", "HV_PROTOCOL_RAW",
        "HVSOCKET_CONNECT_TIMEOUT", "INADDR_LOOPBACK", "IPPROTO_ICLFXBM", "IPV6_V6ONLY", "IP_RECVDSTADDR",
        "MSG_ERRQUEUE", "MSG_WAITALL", "NI_NUMERICHOST", "RCVALL_MAX", "RCVALL_SOCKETLEVELONLY", "SHUT_RDWR",
        "SIO_KEEPALIVE_VALS", "SIO_LOOPBACK_FAST_PATH", "SIO_RCVALL", "SOCK_RDM", "SOL_TCP",
        "SOMAXCONN", "SO_EXCLUSIVEADDRUSE", "SO_USELOOPBACK", "TCP_FASTOPEN", "TCP_KEEPIDLE",
    }  # fmt: skip
    # Errors of getaddrinfo are Winsock's, levels and requests those of no other system.
    assert {name: value for name, value in names.items() if name in WINSOCK} == WINSOCK
    # What its Python has no name for, its headers only for drivers, or with another meaning.
    assert not names.keys() & {
        "BTPROTO_L2CAP", "MSG_DONTWAIT", "MSG_NOSIGNAL", "SCM_RIGHTS", "SO_REUSEPORT", "SO_TIMESTAMP", "SOCK_CLOEXEC",
        "SOCK_NONBLOCK", "PF_NX_ENABLED", "NI_OPENCANDIDATE", "IP_ADAPTER_DHCP_ENABLED", "TCP_TABLE_BASIC_ALL",
    }  # fmt: skip


#: By Microsoft's documentation of each.
WINSOCK = {
    "AF_BLUETOOTH": 32, "AF_HYPERV": 34, "AF_INET6": 23, "BTPROTO_RFCOMM": 3, "BT_PORT_ANY": 0xFFFFFFFF,
    "EAI_AGAIN": 11002, "EAI_FAMILY": 10047, "EAI_NONAME": 11001, "INADDR_NONE": -1, "INADDR_UNSPEC_GROUP": -0x20000000,
    "SHUT_RD": 0, "SHUT_RDWR": 2, "SHUT_WR": 1, "SIO_RCVALL": 0x98000001, "SOL_SOCKET": 0xFFFF, "SOMAXCONN": 0x7FFFFFFF,
    "SO_BTH_AUTHENTICATE": 0x80000001 - 2**32, "SO_EXCLUSIVEADDRUSE": -5,
}  # fmt: skip


def test_guids_of_windows():
    own = {one.name: literals(ROOT / one.folder / "windows.py")["GUIDS"] for one in config.DISTRIBUTIONS if one.guids}
    assert own.keys() == {"sockcore", "sockcore-windows"}
    assert own["sockcore"] == {"WSAID_WSARECVMSG": "F689D7C8-6F1F-436B-8A53-E54FE351C322"}
    found = own["sockcore-windows"]
    assert found["HV_GUID_WILDCARD"] == found["HV_GUID_ZERO"] == str(uuid.UUID(int=0))
    assert found["HV_GUID_BROADCAST"] == str(uuid.UUID(int=2**128 - 1)).upper()
    assert found.keys() >= {"HV_GUID_CHILDREN", "HV_GUID_LOOPBACK", "HV_GUID_PARENT"}
    assert len(set(found.values())) == len(found) - 1


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("darwin", "AF_APPLETALK AF_LINK AF_ROUTE AF_SYSTEM PF_SYSTEM SYSPROTO_CONTROL CTLIOCGINFO"),
        ("darwin", "UTUN_OPT_IFNAME SO_NOSIGPIPE TCP_KEEPALIVE TCP_CONNECTION_INFO ETHERTYPE_VLAN LOCAL_PEERCRED"),
        ("freebsd", "AF_DIVERT PF_DIVERT IPPROTO_DIVERT AF_LINK AF_ROUTE LOCAL_CREDS LOCAL_CREDS_PERSISTENT SCM_CREDS"),
        ("freebsd", "SCM_CREDS2 SO_USER_COOKIE SO_NOSIGPIPE AF_BLUETOOTH ETHERTYPE_ARP SO_SETFIB SO_REUSEPORT_LB"),
        ("netbsd", "AF_APPLETALK AF_LINK AF_ROUTE LOCAL_CREDS SCM_CREDS SO_NOSIGPIPE AF_BLUETOOTH AF_CAN"),
        ("openbsd", "AF_KEY AF_LINK AF_ROUTE IPPROTO_DIVERT SO_RTABLE"),
    ],
)
def test_what_the_manual_and_the_standard_library_have_on_macos_and_the_bsds(system, expected):
    for target in TARGETS:
        if target.system == system:
            assert set(expected.split()) <= {name for one in FOLDERS for name in chosen(one, target)}, target.triple


@pytest.mark.parametrize("system", SYSTEMS)
def test_families_by_number(system):
    families = literals(ROOT / config.CORE.folder / f"families_{system}.py")["NAMES"]
    assert list(families) == sorted(families)
    assert all(name.startswith("AF_") for name in families.values())
    for distribution, name in (("sockcore-unix", "AF_UNIX"), ("sockcore-inet", "AF_INET6")):
        target = next(target for target in TARGETS if target.system == system)
        assert families[chosen(distribution, target)[name]] == name


def test_numbers_that_are_known_to_differ():
    by_triple = {target.triple: chosen("sockcore", target) for target in TARGETS}
    assert by_triple["mips64el-linux-gnuabi64"]["SOCK_DGRAM"] == 1
    assert by_triple["x86_64-linux-gnu"]["SOCK_DGRAM"] == 2
    assert by_triple["mips-linux-musleabihf"]["SOL_SOCKET"] == 0xFFFF
    assert by_triple["s390x-linux-gnu"]["SOL_SOCKET"] == 1
    # By the size of time_t: musl's has 64 bits everywhere.
    assert by_triple["arm-linux-gnueabihf"]["SO_RCVTIMEO"] == 20
    assert by_triple["arm-linux-musleabihf"]["SO_RCVTIMEO"] == 66
    assert by_triple["x86_64-macos"]["cmsg_align"] == 4
    assert by_triple["x86-windows-gnu"]["cmsg_header"] == 12
    assert by_triple["aarch64-windows-gnu"]["cmsg_header"] == 16
