"""Types of control messages, of reports from error queues and of addresses. This module is checked, but never run."""

import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any, Union

from typing_extensions import assert_type

import sockcore
from sockcore import addresses, ancillary, errors
from sockcore.messages import SCM_TIMESTAMPING, SCM_TIMESTAMPNS, ExtendedError, Timestamp, Timestamps
from sockcore.plugin import Ancillary
from sockcore_inet.errors import PacketTooBig
from sockcore_inet.messages import (
    IP_PKTINFO,
    IP_RECVERR,
    IP_TOS,
    IPV6_PKTINFO,
    TLS_GET_RECORD_TYPE,
    Ecn,
    PacketInfo,
    PacketInfo6,
    RecordType,
    TrafficClass,
)
from sockcore_unix.messages import SCM_RIGHTS


def messages(sock: sockcore.socket) -> None:
    received = sock.recvmsg(100, 100)[1]
    assert_type(IP_PKTINFO, Ancillary[PacketInfo])
    assert_type(ancillary.get(received, IP_PKTINFO), Union[PacketInfo, None])
    assert_type(ancillary.get(received, IPV6_PKTINFO), Union[PacketInfo6, None])
    assert_type(ancillary.get(received, SCM_TIMESTAMPNS), Union[Timestamp, None])
    assert_type(ancillary.get(received, SCM_TIMESTAMPING), Union[Timestamps, None])
    assert_type(ancillary.get(received, SCM_RIGHTS), Union[list[int], None])
    if sys.platform != "win32":
        assert_type(ancillary.get(received, IP_RECVERR), Union[ExtendedError, None])
    assert_type(ancillary.get(received, TLS_GET_RECORD_TYPE), Union[RecordType, int, None])
    field = ancillary.get(received, IP_TOS, TrafficClass(0))
    assert field is not None
    assert_type(field.ecn, Ecn)
    assert_type(ancillary.decode(received, sock), list[Union[tuple[str, Any], tuple[int, int, bytes]]])
    assert_type(ancillary.encode(IP_TOS, 3), tuple[int, int, bytes])
    assert_type(ancillary.encode("IP_TOS", 3), tuple[int, int, bytes])


def queue(sock: sockcore.socket) -> None:
    assert_type(errors.errors(sock), Iterator[errors.QueuedError])
    assert_type(errors.watch(sock), AsyncIterator[errors.QueuedError])
    for error in errors.errors(sock):
        assert_type(error.errno, int)
        if isinstance(error, PacketTooBig):
            assert_type(error.mtu, int)
            assert_type(error.offender, Union[str, None])
        elif isinstance(error, errors.ZeroCopyCompletion):
            assert_type(error.ids, range)
        elif isinstance(error, errors.TransmitTimestamp):
            assert_type(error.times.software, Union[Timestamp, None])


def bytes_of_addresses() -> None:
    assert_type(addresses.encode(sockcore.AF_INET, ("127.0.0.1", 80)), bytes)
    assert_type(addresses.capabilities(sockcore.AF_INET).is_stream, bool)
