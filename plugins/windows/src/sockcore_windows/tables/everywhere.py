"""Constants that every system has, with one value."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES: dict[str, int] = {
    "AF_APPLETALK": 16,
    "AF_DECnet": 12,
    "AF_HYPERV": 34,
    "AF_IPX": 6,
    "AF_IRDA": 26,
    "AF_LINK": 33,
    "AF_SNA": 11,
    "HVSOCKET_ADDRESS_FLAG_PASSTHRU": 1,
    "HVSOCKET_CONNECTED_SUSPEND": 4,
    "HVSOCKET_CONNECT_TIMEOUT": 1,
    "HVSOCKET_CONNECT_TIMEOUT_MAX": 300000,
    "HVSOCKET_CONTAINER_PASSTHRU": 2,
    "HV_PROTOCOL_RAW": 1,
    "RCVALL_MAX": 3,
    "RCVALL_OFF": 0,
    "RCVALL_ON": 1,
    "RCVALL_SOCKETLEVELONLY": 2,
    "SIO_KEEPALIVE_VALS": 2550136836,
    "SIO_LOOPBACK_FAST_PATH": 2550136848,
    "SIO_RCVALL": 2550136833,
    "SIO_TCP_INFO": 3623878695,
    "TCPSTATE_CLOSED": 0,
    "TCPSTATE_CLOSE_WAIT": 7,
    "TCPSTATE_CLOSING": 8,
    "TCPSTATE_ESTABLISHED": 4,
    "TCPSTATE_FIN_WAIT_1": 5,
    "TCPSTATE_FIN_WAIT_2": 6,
    "TCPSTATE_LAST_ACK": 9,
    "TCPSTATE_LISTEN": 1,
    "TCPSTATE_SYN_RCVD": 3,
    "TCPSTATE_SYN_SENT": 2,
    "TCPSTATE_TIME_WAIT": 10,
    "ipproto_tcp": 6,
}
