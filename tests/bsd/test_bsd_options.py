"""The codecs of options and control messages of macOS, FreeBSD and NetBSD, tested with literals of their structs."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from bsd_systems import SYSTEMS, table

from sockcore._plugins.registrations import Register
from sockcore._plugins.registry import Registry
from sockcore.plugin import Struct
from sockcore_bsd import messages as bsd_messages
from sockcore_bsd import option_utun
from sockcore_bsd import options as bsd_options
from sockcore_bsd.structs import XUCRED_PID, structs

IDS = (1001, 1002, 1003, 1004)


def groups(*numbers: int) -> bytes:
    return struct.pack(f"={len(numbers)}I", *numbers)


def message(system: str, name: str = "SCM_CREDS") -> Any:
    (codec,) = (codec for codec in bsd_messages.ancillaries(system, table(system)) if codec.name == name)
    return codec


def option(system: str, name: str) -> Any:
    (codec,) = (codec for codec in bsd_options.options(system, table(system)) if codec.name == name)
    return codec


def test_options_and_ancillaries_depend_on_system() -> None:
    assert {
        system: (
            [codec.name for codec in bsd_options.options(system, table(system))],
            [codec.name for codec in bsd_messages.ancillaries(system, table(system))],
        )
        for system in SYSTEMS
    } == {
        "darwin": (["LOCAL_PEERCRED", *option_utun.KINDS], ["IP_RECVIF"]),
        "freebsd": (
            ["LOCAL_CREDS", "LOCAL_CREDS_PERSISTENT", "LOCAL_PEERCRED"],
            ["SCM_CREDS", "SCM_CREDS2", "IP_RECVIF"],
        ),
        "netbsd": (["LOCAL_CREDS", "LOCAL_PEEREID"], ["SCM_CREDS", "IP_RECVIF"]),
        "openbsd": ([], ["IP_RECVIF"]),
    }


@pytest.mark.parametrize("system", SYSTEMS)
def test_registry_accepts_options_and_ancillaries(system: str) -> None:
    register = Register("tested")
    for option_codec in bsd_options.options(system, table(system)):
        # The level equals IPPROTO_IP or, of a tunnel, IPPROTO_IGMP.
        assert option_codec.family == (32 if option_codec.name.startswith("UTUN_") else 1)
        register.option(option_codec)
    for ancillary_codec in bsd_messages.ancillaries(system, table(system)):
        register.ancillary(ancillary_codec)
    Registry().add(register)


def test_options_and_ancillaries_on_other_systems_are_empty() -> None:
    for system in ("linux", "windows", "plan9"):
        assert list(bsd_options.options(system, {})) == list(bsd_messages.ancillaries(system, {})) == []
        assert structs(system) == ()


def test_scm_creds2_on_freebsd_is_decoded() -> None:
    codec = message("freebsd", "SCM_CREDS2")
    fixed = struct.pack("=iiIIII", 0, 77, *IDS)
    assert codec.number == 8
    assert codec.encode is None
    assert codec.decode(fixed + struct.pack("=i", 2) + groups(5, 0xFFFFFFFF)) == (77, *IDS, (5, 0xFFFFFFFF))
    # A struct without groups, and a struct that is truncated within its groups.
    assert codec.decode(fixed + struct.pack("=i", 0) + groups(9)) == (77, *IDS, ())
    assert codec.decode(fixed + struct.pack("=i", 3) + groups(5, 6)[:-1]) == (77, *IDS, (5,))
    assert codec.decode(fixed + struct.pack("=i", -1)) == (77, *IDS, ())
    assert codec.decode(fixed[:8]) == (77, 0, 0, 0, 0, ())
    assert codec.decode(fixed + struct.pack("=i", 0x7FFFFFFF) + groups(5)) == (77, *IDS, (5,))


def test_scm_creds_on_netbsd_is_decoded() -> None:
    codec = message("netbsd")
    assert codec.number == 16
    assert codec.encode is None
    assert codec.decode(struct.pack("=iIIIIi", 77, *IDS, 1) + groups(5)) == (77, *IDS, (5,))


def test_scm_creds_on_freebsd_decodes_both_structs() -> None:
    codec = message("freebsd")
    sockcred = struct.pack("=IIIIi", *IDS, 3) + groups(5, 6, 7)
    assert codec.decode(sockcred) == (None, *IDS, (5, 6, 7))
    cmsgcred = struct.pack("=iIIIh2x", 77, 1001, 1002, 1003, 2) + groups(1004, 5).ljust(64, b"\0")
    assert len(cmsgcred) == 84
    assert codec.decode(cmsgcred) == (77, *IDS, (1004, 5))
    without_groups = struct.pack("=iIIIh2x", 77, 1001, 1002, 1003, 0) + bytes(64)
    assert codec.decode(without_groups) == (77, 1001, 1002, 1003, 1003, ())


def test_scm_creds_on_freebsd_encodes_none_only() -> None:
    codec = message("freebsd")
    assert codec.encode(None) == bytes(84)
    for value in ((1, 2, 3), 0, b""):
        with pytest.raises(TypeError, match="SCM_CREDS must be None"):
            codec.encode(value)


def xucred(count: int, *numbers: int) -> bytes:
    return struct.pack("=IIh2x", 0, 1002, count) + groups(*numbers).ljust(64, b"\0")


def test_local_peercred_on_macos_is_decoded() -> None:
    codec = option("darwin", "LOCAL_PEERCRED")
    assert (codec.level, codec.number, codec.size, codec.encode) == (0, 1, 76, None)
    assert codec.decode(xucred(3, 20, 12, 61)) == (None, 1002, 20, (20, 12, 61))
    assert codec.decode(xucred(0)) == (None, 1002, None, ())
    assert codec.decode(b"") == (None, 0, None, ())


def test_local_peercred_on_freebsd_is_decoded() -> None:
    codec = option("freebsd", "LOCAL_PEERCRED")
    gap = b"" if struct.calcsize("P") == 4 else bytes(4)
    end = struct.pack("=i", 77).ljust(struct.calcsize("P"), b"\0")
    whole = xucred(2, 1004, 5) + gap + end
    assert codec.size == len(whole) == XUCRED_PID.packer().size
    assert codec.decode(whole) == (77, 1002, 1004, (1004, 5))


def test_local_peereid_on_netbsd_is_decoded() -> None:
    codec = option("netbsd", "LOCAL_PEEREID")
    assert (codec.number, codec.size) == (3, 12)
    assert codec.decode(struct.pack("=iII", 77, 1002, 1004)) == (77, 1002, 1004)


@pytest.mark.parametrize(
    ("system", "name", "number"),
    [("freebsd", "LOCAL_CREDS", 2), ("freebsd", "LOCAL_CREDS_PERSISTENT", 3), ("netbsd", "LOCAL_CREDS", 4)],
)
def test_boolean_option_is_encoded_and_decoded(system: str, name: str, number: int) -> None:
    codec = option(system, name)
    assert (codec.number, codec.size) == (number, 4)
    assert codec.decode(struct.pack("=i", 0)) is False
    assert codec.decode(struct.pack("=i", 4)) is True
    assert codec.encode(True) == codec.encode(1) == struct.pack("=i", 1)
    assert codec.encode(False) == struct.pack("=i", 0)


def test_ip_recvif_is_decoded_to_link_address() -> None:
    for system in SYSTEMS:
        codec = message(system, "IP_RECVIF")
        assert (codec.level, codec.number, codec.family) == (0, 30 if system == "openbsd" else 20, 2)
        sockaddr = b"\x36\x12" + struct.pack("=HBBBB", 258, 6, 3, 0, 0) + b"em0"
        assert codec.decode(sockaddr) == (258, 6, "em0", b"")


def test_structs_depend_on_system() -> None:
    names = {
        system: [declared.name for declared in structs(system) if isinstance(declared, Struct)] for system in SYSTEMS
    }
    assert all("struct sockaddr_dl" in struct_names for struct_names in names.values())
    assert "struct sockaddr_ctl" in names["darwin"]
    assert "struct sockcred2" in names["freebsd"]


def test_tunnel_options_have_values() -> None:
    name, uuid = option("darwin", "UTUN_OPT_IFNAME"), option("darwin", "UTUN_OPT_CHANNEL_BIND_UUID")
    assert name.decode(b"utun5\0\0\0") == "utun5"
    assert name.encode is None
    text = "01020304-0506-0708-090a-0b0c0d0e0f10"
    assert uuid.encode(text) == bytes(range(1, 17))
    assert uuid.decode(bytes(range(1, 17))) == text
    for value, error in ((5, TypeError), ("0102", ValueError), ("x" * 36, ValueError), (text[:-1], ValueError)):
        with pytest.raises(error, match="UTUN_OPT_CHANNEL_BIND_UUID must be a UUID"):
            uuid.encode(value)
    statistics = option("darwin", "UTUN_OPT_INC_IFDATA_STATS_OUT")
    assert statistics.encode((1, 2, 3)) == struct.pack("=3Q", 1, 2, 3)
    with pytest.raises(OverflowError, match="UTUN_OPT_INC_IFDATA_STATS_OUT errors must be 0 to"):
        statistics.encode((1, 2, -1))
