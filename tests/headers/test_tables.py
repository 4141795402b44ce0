"""The generated tables of all distributions, for every target: form, owners of names, known values."""

from __future__ import annotations

import ast
import itertools
import uuid
from pathlib import Path

import pytest
from tools.headers import config
from tools.headers.targets import TARGETS
from tools.stubs.stub import literals

from sockcore._platform import select

ROOT = Path(__file__).parents[2]
FOLDERS = {distribution.name: distribution.folder for distribution in config.DISTRIBUTIONS}
SYSTEMS = tuple(config.SYSTEMS)


def has_table(distribution: str, system: str) -> bool:
    (entry,) = [entry for entry in config.DISTRIBUTIONS if entry.name == distribution]
    return system in entry.on()


FILES = [
    pytest.param(ROOT / folder / f"{system}.py", id=f"{distribution}-{system}")
    for distribution, folder in FOLDERS.items()
    for system in SYSTEMS
    if has_table(distribution, system)
]
FACTS = {name for distribution in config.DISTRIBUTIONS for name, _ in distribution.facts}


def parts(module: dict) -> list[tuple[list[str], tuple[int | None, ...]]]:
    """Return the names and values of a system, and of each variant."""
    texts = [(module["NAMES"], module["VALUES"]), *module["VARIANTS"].values()]
    return [(names.split(), values) for names, values in texts]


def select_values(distribution: str, target) -> dict[str, int]:
    if not has_table(distribution, target.system):
        return {}
    module = literals(ROOT / FOLDERS[distribution] / f"{target.system}.py")
    return select(module["NAMES"], module["VALUES"], module["VARIANTS"], target.words)


@pytest.mark.parametrize("path", FILES)
def test_table_names_are_sorted_with_valid_values(path):
    module = literals(path)
    guids = module.get("GUIDS", {})
    assert list(guids) == sorted(guids)
    assert all(str(uuid.UUID(text)).upper() == text for text in guids.values())
    for names, values in parts(module):
        assert names == sorted(set(names))
        assert len(names) == len(values)
        # The registry does not check the names in tables.
        assert all(name.isidentifier() and name[0] != "_" for name in names)
        assert all(type(value) in (int, type(None)) and -(2**63) <= (value or 0) < 2**63 for value in values)
    assert None not in module["VALUES"]
    assert module["FACTS"].split() == sorted({name for names, _ in parts(module) for name in names if name.islower()})


@pytest.mark.parametrize("path", FILES)
def test_comments_of_values_have_the_names(path):
    commented = [
        line.split("  # ") for line in path.read_text().splitlines() if line.startswith(" ") and "  # " in line
    ]
    expected = [(name, value) for names, values in parts(literals(path)) for name, value in zip(names, values)]
    assert [(name, ast.literal_eval(text.strip(" ,"))) for text, name in commented] == expected


@pytest.mark.parametrize("path", FILES)
def test_table_names_belong_to_distribution(path):
    (distribution,) = [one for one in config.DISTRIBUTIONS if ROOT / one.folder == path.parent]
    for names, _ in parts(literals(path)):
        for name in set(names) - FACTS:
            assert config.owner(name, path.stem) is distribution, name


@pytest.mark.parametrize("path", FILES)
def test_variants_apply_to_targets_and_change_values(path):
    module = literals(path)
    usual = dict(zip(module["NAMES"].split(), module["VALUES"]))
    for condition, (names, values) in module["VARIANTS"].items():
        assert any(target.words.issuperset(condition.split()) for target in TARGETS if target.system == path.stem)
        assert all(usual.get(name) != value for name, value in zip(names.split(), values))


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.triple)
def test_names_are_in_one_distribution_only(target):
    for one, other in itertools.combinations(FOLDERS, 2):
        assert not select_values(one, target).keys() & select_values(other, target).keys()


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.triple)
def test_core_table_has_all_facts_and_no_family(target):
    core = select_values("sockcore", target)
    assert [name for name in core if name.startswith(("AF_", "PF_"))] == ["AF_UNSPEC", "PF_UNSPEC"]
    of_target = {name for name, by_system in config.CORE.facts if by_system.keys() & {"*", target.system}}
    assert core.keys() & FACTS == of_target
    # The header of a control message has cmsg_len, level and type, and is aligned.
    assert core["cmsg_header"] >= core["cmsg_len_size"] + 8
    assert core["cmsg_header"] % core["cmsg_align"] == 0


POSIX = [target for target in TARGETS if target.system in config.POSIX]
WINDOWS = [target for target in TARGETS if target.system == "windows"]


@pytest.mark.parametrize("target", POSIX, ids=lambda target: target.triple)
def test_posix_names_are_in_tables(target):
    names = {name for distribution in FOLDERS for name in select_values(distribution, target)}
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
def test_windows_names_are_in_tables(target):
    names = {name: value for distribution in FOLDERS for name, value in select_values(distribution, target).items()}
    assert names.keys() >= {
        "AF_APPLETALK", "AF_BLUETOOTH", "AF_DECnet", "AF_HYPERV", "AF_INET", "AF_INET6", "AF_IPX", "AF_IRDA", "AF_LINK",
        "AF_SNA", "AF_UNIX", "AF_UNSPEC", "AI_PASSIVE", "BTPROTO_RFCOMM", "EAI_FAMILY", "EAI_NODATA", "HV_PROTOCOL_RAW",
        "HVSOCKET_CONNECT_TIMEOUT", "INADDR_LOOPBACK", "IPPROTO_ICLFXBM", "IPV6_V6ONLY", "IP_RECVDSTADDR",
        "MSG_ERRQUEUE", "MSG_WAITALL", "NI_NUMERICHOST", "RCVALL_MAX", "RCVALL_SOCKETLEVELONLY", "SHUT_RDWR",
        "SIO_KEEPALIVE_VALS", "SIO_LOOPBACK_FAST_PATH", "SIO_RCVALL", "SOCK_RDM", "SOL_TCP",
        "SOMAXCONN", "SO_EXCLUSIVEADDRUSE", "SO_USELOOPBACK", "TCP_FASTOPEN", "TCP_KEEPIDLE",
    }  # fmt: skip
    # Errors of getaddrinfo are Winsock errors. Levels and requests differ from all other systems.
    assert {name: value for name, value in names.items() if name in WINSOCK} == WINSOCK
    # Names that CPython lacks on Windows, that are only for drivers, or that have another meaning there.
    assert not names.keys() & {
        "BTPROTO_L2CAP", "MSG_DONTWAIT", "MSG_NOSIGNAL", "SCM_RIGHTS", "SO_REUSEPORT", "SO_TIMESTAMP", "SOCK_CLOEXEC",
        "SOCK_NONBLOCK", "PF_NX_ENABLED", "NI_OPENCANDIDATE", "IP_ADAPTER_DHCP_ENABLED", "TCP_TABLE_BASIC_ALL",
    }  # fmt: skip


#: Values from the documentation of Microsoft.
WINSOCK = {
    "AF_BLUETOOTH": 32, "AF_HYPERV": 34, "AF_INET6": 23, "BTPROTO_RFCOMM": 3, "BT_PORT_ANY": 0xFFFFFFFF,
    "EAI_AGAIN": 11002, "EAI_FAMILY": 10047, "EAI_NONAME": 11001, "INADDR_NONE": -1, "INADDR_UNSPEC_GROUP": -0x20000000,
    "SHUT_RD": 0, "SHUT_RDWR": 2, "SHUT_WR": 1, "SIO_RCVALL": 0x98000001, "SOL_SOCKET": 0xFFFF, "SOMAXCONN": 0x7FFFFFFF,
    "SO_BTH_AUTHENTICATE": 0x80000001 - 2**32, "SO_EXCLUSIVEADDRUSE": -5,
}  # fmt: skip


def test_windows_guids_are_in_tables():
    by_distribution = {
        one.name: literals(ROOT / one.folder / "windows.py")["GUIDS"] for one in config.DISTRIBUTIONS if one.guids
    }
    assert by_distribution.keys() == {"sockcore", "sockcore-windows"}
    assert by_distribution["sockcore"] == {"WSAID_WSARECVMSG": "F689D7C8-6F1F-436B-8A53-E54FE351C322"}
    guids = by_distribution["sockcore-windows"]
    assert guids["HV_GUID_WILDCARD"] == guids["HV_GUID_ZERO"] == str(uuid.UUID(int=0))
    assert guids["HV_GUID_BROADCAST"] == str(uuid.UUID(int=2**128 - 1)).upper()
    assert guids.keys() >= {"HV_GUID_CHILDREN", "HV_GUID_LOOPBACK", "HV_GUID_PARENT"}
    assert len(set(guids.values())) == len(guids) - 1


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
def test_macos_and_bsd_names_are_in_tables(system, expected):
    for target in TARGETS:
        if target.system == system:
            assert set(expected.split()) <= {name for one in FOLDERS for name in select_values(one, target)}, (
                target.triple
            )


@pytest.mark.parametrize("system", SYSTEMS)
def test_families_tables_have_names_by_number(system):
    families = literals(ROOT / config.CORE.folder / f"families_{system}.py")["NAMES"]
    assert list(families) == sorted(families)
    assert all(name.startswith("AF_") for name in families.values())
    for distribution, name in (("sockcore-unix", "AF_UNIX"), ("sockcore-inet", "AF_INET6")):
        target = next(target for target in TARGETS if target.system == system)
        assert families[select_values(distribution, target)[name]] == name


def test_known_differences_between_targets():
    by_triple = {target.triple: select_values("sockcore", target) for target in TARGETS}
    assert by_triple["mips64el-linux-gnuabi64"]["SOCK_DGRAM"] == 1
    assert by_triple["x86_64-linux-gnu"]["SOCK_DGRAM"] == 2
    assert by_triple["mips-linux-musleabihf"]["SOL_SOCKET"] == 0xFFFF
    assert by_triple["s390x-linux-gnu"]["SOL_SOCKET"] == 1
    # The value depends on the size of time_t, which is always 64 bits with musl.
    assert by_triple["arm-linux-gnueabihf"]["SO_RCVTIMEO"] == 20
    assert by_triple["arm-linux-musleabihf"]["SO_RCVTIMEO"] == 66
    assert by_triple["x86_64-macos"]["cmsg_align"] == 4
    assert by_triple["x86-windows-gnu"]["cmsg_header"] == 12
    assert by_triple["aarch64-windows-gnu"]["cmsg_header"] == 16
