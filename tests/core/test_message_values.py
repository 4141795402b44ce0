"""The control messages of the level SOL_SOCKET: literals, invalid data, and bytes that a C program wrote."""

from __future__ import annotations

import importlib.util
import os
import shutil
import struct
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from systems import LOCAL

import sockcore
from sockcore import SOL_SOCKET, ancillary, messages
from sockcore._families.kernel_structs import OLD_TIMESPEC, OLD_TIMEVAL
from sockcore.messages import ExtendedError, Timestamp, Timestamps
from sockcore.plugin import Ancillary, system_name

if TYPE_CHECKING:
    from pathlib import Path

LINUX = pytest.mark.skipif(system_name() != "linux", reason="only Linux has the message")
ALL: dict[str, Ancillary[Any]] = {name: value for name, value in vars(messages).items() if isinstance(value, Ancillary)}


@pytest.mark.parametrize("name", sorted(ALL))
@given(data=st.binary(max_size=80))
def test_decode_any_bytes_returns_value_or_raises_value_error(name: str, data: bytes) -> None:
    try:
        value = ALL[name].decode(data)
    except ValueError:
        return
    assert value is not None


@pytest.mark.parametrize("name", sorted(name for name, codec in ALL.items() if codec.encode is not None))
def test_encoded_number_is_decoded_or_out_of_range(name: str) -> None:
    encode = ALL[name].encode
    assert encode is not None
    data = encode(5)
    assert int.from_bytes(data, sys.byteorder) == 5
    for wrong, exc_type in ((-1, OverflowError), (1 << 8 * len(data), OverflowError), ("5", TypeError)):
        with pytest.raises(exc_type, match=name):
            encode(wrong)


def test_timestamp_converts_units() -> None:
    assert messages.SO_TIMESTAMP_NEW.decode(struct.pack("=qq", 5, 7)) == (5, 7000)
    assert messages.SO_TIMESTAMPNS_NEW.decode(struct.pack("=qq", 5, 7)) == (5, 7)
    assert Timestamp(5, 7).time_ns == 5_000_000_007
    assert messages.SCM_BINTIME.decode(bytes(16)) == (0, 0)
    data = OLD_TIMEVAL.pack(5, 7)
    assert messages.SO_TIMESTAMP_OLD.decode(data + b"more") == (5, 7000)
    with pytest.raises(ValueError, match=f"{len(data)} bytes are needed, not {len(data) - 1}"):
        messages.SO_TIMESTAMP_OLD.decode(data[:-1])


def test_timestamping_leaves_out_missing_times() -> None:
    decode = messages.SO_TIMESTAMPING_NEW.decode
    assert decode(struct.pack("=6q", 1, 2, 0, 0, 0, 0)) == Timestamps(Timestamp(1, 2), None)
    assert decode(struct.pack("=6q", 0, 0, 0, 0, 3, 4)) == Timestamps(None, Timestamp(3, 4))
    assert messages.SO_TIMESTAMPING_OLD.decode(OLD_TIMESPEC.pack(1, 2) + bytes(32)).software == (1, 2)


def test_statistics_are_numbers_by_attribute() -> None:
    attribute = struct.pack("=HHI", 8, 3, 1234)
    wide = struct.pack("=HHQ", 12, 1 | 0x8000, 2**40)
    assert messages.SCM_TIMESTAMPING_OPT_STATS.decode(attribute + wide) == {3: 1234, 1: 2**40}
    for length in (3, 9):
        with pytest.raises(ValueError, match=f"length {length}"):
            messages.SCM_TIMESTAMPING_OPT_STATS.decode(struct.pack("=HHI", length, 3, 1234))


@LINUX
def test_decode_names_message_in_error() -> None:
    message = (SOL_SOCKET, sockcore.SO_TIMESTAMPNS_NEW, b"short")
    with pytest.raises(ValueError, match=r"^SO_TIMESTAMPNS_NEW: 16 bytes are needed, not 5$"):
        ancillary.decode([message])
    with pytest.raises(ValueError, match=r"^SO_TIMESTAMPNS_NEW: "):
        ancillary.get([message], messages.SO_TIMESTAMPNS_NEW)


@LINUX
@pytest.mark.skipif(not importlib.util.find_spec("sockcore_unix"), reason="sockcore-unix is not installed")
def test_decode_that_fails_closes_received_descriptors() -> None:
    read, write = os.pipe()
    os.close(read)
    rights = ancillary.encode("SCM_RIGHTS", [write])
    with pytest.raises(ValueError, match="SO_TIMESTAMPNS_NEW"):
        ancillary.decode([rights, (SOL_SOCKET, sockcore.SO_TIMESTAMPNS_NEW, b"")])
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(write)


def test_decode_takes_family_of_socket(add_registration: Any) -> None:
    add_registration("ancillaries", (900, 1), Ancillary("SCM_ANY", 900, 1, bytes.hex))
    with sockcore.socket(LOCAL, sockcore.SOCK_STREAM) as sock:
        key = (900, 1, int(sock.family))
        add_registration("ancillaries", key, Ancillary("SCM_OF_FAMILY", 900, 1, len, family=sock.family))
        assert ancillary.decode([(900, 1, b"ab")], sock) == [("SCM_OF_FAMILY", 2)]
        assert ancillary.decode([(900, 1, b"ab")], sock.family) == [("SCM_OF_FAMILY", 2)]
    assert ancillary.decode([(900, 1, b"ab")]) == [("SCM_ANY", "6162")]
    assert ancillary.decode([(900, 2, b"ab")], 1) == [(900, 2, b"ab")]


def test_known_lists_names() -> None:
    assert ("SCM_TIMESTAMP" in ancillary.known()) == ALL["SCM_TIMESTAMP"].is_available
    assert sorted(ancillary.known()) == ancillary.known()


PROGRAM = r"""
#include <stdio.h>
#include <time.h>
#include <sys/socket.h>
#include <linux/types.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
static void show(const char *name, const void *data, unsigned size) {
    printf("%s ", name);
    for (unsigned i = 0; i < size; i++) printf("%02x", ((const unsigned char *)data)[i]);
    printf("\n");
}
int main(void) {
    struct sock_extended_err error = {.ee_errno = 1, .ee_origin = 2, .ee_type = 3, .ee_code = 4, .ee_info = 5};
    struct __kernel_timespec new = {.tv_sec = 6, .tv_nsec = 7};
    struct __kernel_sock_timeval value = {.tv_sec = 8, .tv_usec = 9};
    struct scm_timestamping64 three = {.ts = {{1, 2}, {0, 0}, {3, 4}}};
    struct scm_ts_pktinfo packet = {.if_index = 10, .pkt_length = 11};
    unsigned long long txtime = 12;
    error.ee_data = 13;
    show("error", &error, sizeof error);
    show("SO_TIMESTAMPNS_NEW", &new, sizeof new);
    show("SO_TIMESTAMP_NEW", &value, sizeof value);
    show("SO_TIMESTAMPING_NEW", &three, sizeof three);
    show("SCM_TIMESTAMPING_PKTINFO", &packet, sizeof packet);
    show("SCM_TXTIME", &txtime, sizeof txtime);
    return 0;
}
"""


@LINUX
@pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no gcc")
@pytest.mark.skipif("EMULATED_ARCHITECTURE" in os.environ, reason="the compiler is not that of the emulated machine")
def test_bytes_of_c_program_are_decoded(tmp_path: Path) -> None:
    (tmp_path / "structs.c").write_text(PROGRAM)
    built = subprocess.run(
        ["gcc", "-o", "structs", "structs.c"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    if built.returncode:
        pytest.skip(f"the headers lack a struct: {built.stderr[:200]}")
    output = subprocess.run([str(tmp_path / "structs")], capture_output=True, text=True, check=True).stdout
    written = {name: bytes.fromhex(data) for name, data in (line.split() for line in output.splitlines())}
    assert messages.extended_error_decoder()(written.pop("error")) == ExtendedError(1, 2, 3, 4, 5, 13)
    assert {name: ALL[name].decode(data) for name, data in written.items()} == {
        "SO_TIMESTAMPNS_NEW": (6, 7),
        "SO_TIMESTAMP_NEW": (8, 9000),
        "SO_TIMESTAMPING_NEW": ((1, 2), (3, 4)),
        "SCM_TIMESTAMPING_PKTINFO": (10, 11),
        "SCM_TXTIME": 12,
    }
