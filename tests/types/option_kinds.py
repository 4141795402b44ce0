"""The types of option values: a sample of each kind. This module is checked, but never run."""

from typing import Any, Optional

from typing_extensions import assert_type

import sockcore
from sockcore import ancillary, messages, options
from sockcore.plugin import Option
from sockcore_bsd import options as bsd
from sockcore_inet import messages as inet_messages
from sockcore_inet import options as inet
from sockcore_linux_misc import options as linux_misc
from sockcore_windows import options as windows


def scalars(sock: sockcore.socket) -> None:
    assert_type(options.SO_KEEPALIVE, Option[bool])
    assert_type(options.get(sock, options.SO_KEEPALIVE), bool)
    assert_type(options.get(sock, options.SO_RCVBUF), int)
    assert_type(options.get(sock, options.SO_SNDTIMEO), float)
    assert_type(options.get(sock, options.SO_BINDTODEVICE), str)
    assert_type(options.get(sock, inet.TCP_FASTOPEN_KEY), bytes)
    assert_type(options.get(sock, options.SO_CONNECT_TIME), Optional[int])
    assert_type(options.get(sock, options.SO_SPLICE), int)
    assert_type(options.get(sock, bsd.UTUN_OPT_GET_CHANNEL_UUID), str)


def enums_and_flags(sock: sockcore.socket) -> None:
    assert_type(options.get(sock, inet.UDP_ENCAP), inet.UdpEncapsulation)
    assert_type(options.get(sock, inet.TCP_TXTLS_MODE), inet.TlsMode)
    assert_type(options.get(sock, inet.IP_TOS).ecn, inet.Ecn)
    assert_type(options.get(sock, options.SO_BUF_LOCK), options.BufferLocks)
    assert_type(options.get(sock, bsd.UTUN_OPT_FLAGS), bsd.TunnelFlags)
    assert_type(options.get(sock, options.SO_TXTIME).flags, options.TxTimeFlags)


def structs(sock: sockcore.socket) -> None:
    assert_type(options.get(sock, inet.TCP_AO_INFO), inet.TcpAoInfo)
    assert_type(options.get(sock, inet.TCP_AO_INFO).current_key, Optional[int])
    assert_type(options.get(sock, inet.MPTCP_FULL_INFO).subflows, list[inet.SubflowInfo])
    assert_type(options.get(sock, inet.SCTP_PRIMARY_ADDR).address, Optional[tuple[str, int]])
    assert_type(options.get(sock, inet.TLS_TX), inet.TlsCryptoInfo)
    assert_type(options.get(sock, inet.IPV6_FLOWLABEL_MGR).label, int)
    assert_type(options.get(sock, inet.IPV6_RTHDR), Optional[inet.RoutingHeader])
    assert_type(options.get(sock, windows.SIO_TCP_INFO).SndLimBytesSnd, Optional[int])
    assert_type(options.get(sock, options.SO_MEMINFO).drops, Optional[int])


def lists(sock: sockcore.socket) -> None:
    assert_type(options.get(sock, inet.TCP_AO_GET_KEYS), list[inet.TcpAoKeyState])
    assert_type(options.get(sock, inet.IPV6_HOPOPTS), tuple[inet.IpOption, ...])
    for option in options.get(sock, inet.IP_OPTIONS):
        if isinstance(option, inet.IpTimestamps):
            assert_type(option.entries[0].time, Optional[int])
    assert_type(options.get(sock, inet.SCTP_GET_PEER_ADDRS), list[tuple[str, int]])
    assert_type(options.get(sock, linux_misc.RDS_INFO_TCP_SOCKETS), list[linux_misc.RdsTcpSocket])
    assert_type(options.get(sock, linux_misc.NETLINK_LIST_MEMBERSHIPS), tuple[int, ...])


def requests(sock: sockcore.socket) -> None:
    assert_type(inet.get_source_filter(sock, "239.1.2.3", "lo"), inet.SourceFilter)
    request = inet.PrStatus(0, 0, 16)
    assert_type(inet.get_sctp_option(sock, inet.SCTP_PR_ASSOC_STATUS, request), inet.PrStatus)


def control_messages(received: list[tuple[int, int, bytes]]) -> None:
    assert_type(ancillary.get(received, messages.SCM_DEVMEM_DMABUF), Optional[messages.DevmemFragment])
    assert_type(ancillary.get(received, messages.SCM_TIMESTAMPING), Optional[messages.Timestamps])
    assert_type(ancillary.get(received, inet_messages.IP_PKTINFO_EX), Optional[inet_messages.PacketInfoEx])
    assert_type(ancillary.get(received, inet_messages.SCM_SECURITY), Optional[str])
    assert_type(ancillary.get(received, inet_messages.IP_RECVOPTS), Optional[tuple[inet.Ipv4Option, ...]])
    assert_type(options.get(sockcore.socket(), "TCP_INFO"), Any)
