"""Names that type checkers accept on each system. This module is checked, but never run.

Type checkers report a superfluous ``type: ignore``.
"""

import sys
from collections.abc import Sequence

import sockcore


def everywhere(sock: sockcore.socket) -> None:
    family: sockcore.AddressFamily = sockcore.AF_INET
    assert family is sockcore.AddressFamily.AF_INET
    sock.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_REUSEADDR, 1)
    sock.recv(1, sockcore.MSG_PEEK | sockcore.MSG_OOB)
    one, _ = sockcore.socketpair()
    infos: Sequence[tuple[int, int, int, str, object]] = sockcore.getaddrinfo(
        "localhost", 80, flags=sockcore.AI_PASSIVE
    )
    print(one.accept()[0].family, infos, sockcore.has_ipv6, sockcore.timeout)
    sockcore.AF_NONSENSE  # type: ignore[attr-defined]


if sys.platform == "linux":

    def linux(sock: sockcore.socket) -> None:
        print(
            sockcore.AF_CAN, sockcore.AF_ALG, sockcore.SO_PASSCRED, sockcore.BDADDR_ANY.lower(), sockcore.SOCK_CLOEXEC
        )
        sock.sendmsg_afalg([b"x"], op=sockcore.ALG_OP_ENCRYPT)
        sockcore.send_fds(sock, [b"x"], [0])
        sockcore.sethostname("here")
        sock.ioctl(1, 2)  # type: ignore[attr-defined]
        sockcore.fromshare(b"")  # type: ignore[attr-defined]
        sockcore.AF_HYPERV  # type: ignore[attr-defined]
        sockcore.SO_NOSIGPIPE  # type: ignore[attr-defined]
        sockcore.PF_SYSTEM  # type: ignore[attr-defined]

elif sys.platform == "darwin":

    def darwin(sock: sockcore.socket) -> None:
        print(sockcore.PF_SYSTEM, sockcore.SYSPROTO_CONTROL, sockcore.AF_LINK, sockcore.TCP_KEEPALIVE)
        print(sockcore.TCP_CONNECTION_INFO, sockcore.SO_NOSIGPIPE)
        sockcore.send_fds(sock, [b"x"], [0])
        sockcore.AF_CAN  # type: ignore[attr-defined]
        sockcore.SOCK_CLOEXEC  # type: ignore[attr-defined]
        sock.share(1)  # type: ignore[attr-defined]
        sock.sendmsg_afalg([b"x"], op=1)  # type: ignore[attr-defined]

elif sys.platform == "win32":

    def windows(sock: sockcore.socket) -> None:
        sock.ioctl(sockcore.SIO_RCVALL, sockcore.RCVALL_ON)
        sock.ioctl(sockcore.SIO_KEEPALIVE_VALS, (1, 10000, 3000))
        duplicate: sockcore.socket = sockcore.fromshare(sock.share(1))
        print(duplicate, sockcore.AF_HYPERV, sockcore.HV_GUID_ZERO.lower(), sockcore.BTPROTO_RFCOMM, sockcore.AF_UNIX)
        sock.sendmsg_afalg([b"x"], op=1)  # type: ignore[attr-defined]
        sockcore.send_fds(sock, [b"x"], [0])  # type: ignore[attr-defined]
        sockcore.sethostname("here")  # type: ignore[attr-defined]
        sockcore.AF_CAN  # type: ignore[attr-defined]
        sockcore.SOCK_CLOEXEC  # type: ignore[attr-defined]
        sockcore.BTPROTO_L2CAP  # type: ignore[attr-defined]
