"""An inventory: a kernel sent or accepted each registered control message in a test, or there is a reason here.

1. :data:`TESTS` has the test module of each message. A test function of the module, not one of literals, has the name.
2. :data:`REASONS` has the reason why no kernel can do it here. A message with a test needs no reason.
3. A new message fails until it is in one of them. So does a pattern that no message needs any more.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from sockcore._plugins.discovery import with_codecs
from sockcore.plugin import Ancillary, system_name

for _plugin in ("linux_misc", "can", "bluetooth", "unix"):
    pytest.importorskip(f"sockcore_{_plugin}", reason="the inventory is that of all plugins")

pytestmark = pytest.mark.skipif(system_name() != "linux", reason="the inventory is that of Linux")

TESTS_FOLDER = Path(__file__).parents[1]
#: The distributions of this repository. The laboratory loads those of examples too.
PLUGINS = TESTS_FOLDER.parent / "plugins"
OURS = {"sockcore", *(f"sockcore-{path.name.replace('_', '-')}" for path in PLUGINS.iterdir())}

#: Pattern of messages -> the test module that receives or sends them. Modules of ``lab`` and SCTP need the guest.
TESTS: dict[str, str] = {
    r"SO_(MARK|PRIORITY)|SCM_(INQ|TS_OPT_ID|TXTIME)": "inet/test_message_round_trips.py",
    r"SCM_TIMESTAMPING_OPT_STATS": "inet/test_message_round_trips.py",
    r"IP_(ORIGDSTADDR|PKTINFO|PROTOCOL|RECVFRAGSIZE|RETOPTS)": "inet/test_message_round_trips.py",
    r"IPV6_(2292HOPLIMIT|2292PKTINFO|DONTFRAG|DSTOPTS|FLOWINFO|HOPOPTS)": "inet/test_message_round_trips.py",
    r"IPV6_(ORIGDSTADDR|PKTINFO|RECVFRAGSIZE|RTHDR|RTHDRDSTOPTS)": "inet/test_message_round_trips.py",
    r"SCTP_\w+|TLS_(GET|SET)_RECORD_TYPE": "inet/test_message_round_trips.py",
    r"SCM_TIMESTAMP(ING|NS)?|SO_TIMESTAMP(ING|NS)?_NEW|SO_RXQ_OVFL": "inet/test_inet_messages.py",
    r"IP_(CHECKSUM|RECVOPTS|TOS|TTL)|IPV6_(HOPLIMIT|PATHMTU|TCLASS)|TCP_CM_INQ": "inet/test_inet_messages.py",
    r"IP(V6)?_RECVERR": "inet/test_error_queue.py",
    r"UDP_(GRO|SEGMENT)": "inet/test_udp_segmentation.py",
    r"SCM_(CREDENTIALS|PIDFD|RIGHTS)": "unix/test_unix_credentials.py",
    r"SCM_CAN_RAW_ERRQUEUE": "lab/can/test_lab_can_raw.py",
    r"SCM_J1939_\w+": "lab/can/test_lab_can_j1939.py",
    r"BT_SCM_PKT_STATUS": "lab/bluetooth/test_lab_sco.py",
    r"HCI_CMSG_(DIR|TSTAMP)": "lab/bluetooth/test_lab_hci.py",
    r"NETLINK_PKTINFO|PACKET_(AUXDATA|TX_TIMESTAMP)": "linux_misc/test_linux_messages.py",
    r"ALG_SET_(AEAD_ASSOCLEN|IV|OP)|NETLINK_LISTEN_ALL_NSID": "lab/linux_misc/test_lab_messages.py",
    r"RDS_CMSG_(CONG_UPDATE|RXPATH_LATENCY)|VSOCK_RECVERR": "lab/linux_misc/test_lab_messages.py",
    r"RDS_CMSG_ZCOPY_(COMPLETION|COOKIE)": "lab/linux_misc/test_lab_rds.py",
    r"TIPC_(DESTNAME|ERRINFO|RETDATA)": "lab/linux_misc/test_lab_tipc.py",
}

#: Pattern of messages -> why no kernel sends or accepts them in a test.
REASONS: dict[str, str] = {
    r"BT_SCM_ERROR": "Linux 6.15 is needed, and a controller that reports errors of single packets",
    r"RDS_CMSG_(RDMA|ATOMIC|MASKED_ATOMIC)_\w+": "a device with RDMA is needed",
    r"SCM_DEVMEM_(DMABUF|LINEAR)": "a network device with its own memory is needed",
    r"SCM_SECURITY": "a security module that labels packets, Smack or SELinux, is needed",
    r"SCM_TIMESTAMPING_PKTINFO": "a network device with hardware timestamps is needed",
    r"SCM_WIFI_STATUS": "a wireless network is needed",
}

#: Methods that send or receive, and functions of these tests that do.
MOVES = {"send", "sendall", "sendmsg", "sendto", "recv", "recvmsg", "recvfrom", "errors", "read_one", "run", "values"}


def registered() -> list[Ancillary[Any]]:
    """Return the messages of the core and of the plugins in this repository, not of examples."""
    registry = with_codecs()
    owners = registry.owners["control message"]
    ours = [codec for key, codec in registry.ancillaries.items() if owners[key].replace("_", "-") in OURS]
    return sorted(ours, key=lambda codec: codec.name)


@lru_cache
def names_in_tests(path: str) -> frozenset[str]:
    """Return the names and words in the test functions and methods of a module that use a socket.

    A function that is parametrised has them in its decorators.
    """
    tree = ast.parse((TESTS_FOLDER / path).read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and uses_kernel(node):
            found |= words_of(node)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and "control_message" in ast.dump(node):
            found |= words_of(node)  # the kit of the laboratory receives it
    return frozenset(found)


def words_of(node: ast.AST) -> set[str]:
    """Return the attributes, and the words of the strings, in a part of a program."""
    words: set[str] = set()
    for child in ast.walk(node):
        if isinstance(child, ast.Attribute):
            words.add(child.attr)
        elif isinstance(child, ast.Constant) and isinstance(child.value, str):
            words |= set(re.findall(r"\w+", child.value))
    return words


def uses_kernel(function: ast.FunctionDef) -> bool:
    """Return True for a test that calls one of :data:`MOVES`, not for a test of literals."""
    if not function.name.startswith("test_"):
        return False
    calls = [child.func for child in ast.walk(function) if isinstance(child, ast.Call)]
    return any((call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "")) in MOVES for call in calls)


@pytest.mark.parametrize("codec", registered(), ids=lambda codec: f"{codec.name}-{codec.level}")
def test_registered_message_has_test_or_reason(codec: Ancillary[Any]) -> None:
    paths = [path for pattern, path in TESTS.items() if re.fullmatch(pattern, codec.name)]
    reasons = [reason for pattern, reason in REASONS.items() if re.fullmatch(pattern, codec.name)]
    once = "one pattern, in TESTS with its test or in REASONS with the reason, must match the message"
    assert len(paths) + len(reasons) == 1, (once, paths, reasons)
    for path in paths:
        assert codec.name in names_in_tests(path), path


def test_each_pattern_is_needed() -> None:
    names = [codec.name for codec in registered()]
    stale = [pattern for pattern in (*TESTS, *REASONS) if not any(re.fullmatch(pattern, name) for name in names)]
    assert stale == []


def test_message_with_reason_has_no_test() -> None:
    names = {codec.name for codec in registered() if any(re.fullmatch(pattern, codec.name) for pattern in REASONS)}
    assert names
    for path in set(TESTS.values()):
        assert not names & names_in_tests(path), path
