"""Names of this package, for type checkers: nothing of this exists at run time."""

# Made by tools/stubs: not to be edited.

import sys

from sockcore import AddressFamily
if sys.platform == "win32":
    from sockcore_windows.sharing import fromshare as fromshare
if sys.platform == "win32":
    AF_APPLETALK: AddressFamily
    AF_DECnet: int
    AF_HYPERV: AddressFamily
    AF_IPX: AddressFamily
    AF_IRDA: AddressFamily
    AF_LINK: AddressFamily
    AF_SNA: AddressFamily
    HVSOCKET_ADDRESS_FLAG_PASSTHRU: int
    HVSOCKET_CONNECTED_SUSPEND: int
    HVSOCKET_CONNECT_TIMEOUT: int
    HVSOCKET_CONNECT_TIMEOUT_MAX: int
    HVSOCKET_CONTAINER_PASSTHRU: int
    HV_GUID_BROADCAST: str
    HV_GUID_CHILDREN: str
    HV_GUID_LOOPBACK: str
    HV_GUID_PARENT: str
    HV_GUID_SILOHOST: str
    HV_GUID_VSOCK_TEMPLATE: str
    HV_GUID_WILDCARD: str
    HV_GUID_ZERO: str
    HV_PROTOCOL_RAW: int
    RCVALL_MAX: int
    RCVALL_OFF: int
    RCVALL_ON: int
    RCVALL_SOCKETLEVELONLY: int
    SIO_KEEPALIVE_VALS: int
    SIO_LOOPBACK_FAST_PATH: int
    SIO_RCVALL: int
    SIO_TCP_INFO: int
    TCPSTATE_CLOSED: int
    TCPSTATE_CLOSE_WAIT: int
    TCPSTATE_CLOSING: int
    TCPSTATE_ESTABLISHED: int
    TCPSTATE_FIN_WAIT_1: int
    TCPSTATE_FIN_WAIT_2: int
    TCPSTATE_LAST_ACK: int
    TCPSTATE_LISTEN: int
    TCPSTATE_SYN_RCVD: int
    TCPSTATE_SYN_SENT: int
    TCPSTATE_TIME_WAIT: int
