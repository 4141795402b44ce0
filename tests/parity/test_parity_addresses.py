"""Valid and invalid addresses of each family, in all operations with an address argument."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parity import sources as s
from parity.scenes import IPV6, UNIX
from parity.sides import check_parity

if TYPE_CHECKING:
    from pathlib import Path

FAMILIES = ["AF_INET", *(["AF_UNIX"] if UNIX else []), *(["AF_INET6"] if IPV6 else [])]
_SETUP = ("sock, peer = m.socket(m.{0}, m.{1}), m.socket(m.{0}, m.{1})", "guard(sock, peer)", "sock.settimeout(0.002)")


@pytest.mark.parametrize("family", FAMILIES)
def test_bind_address_matches(family: str, folder: Path) -> None:
    @given(s.FREE_ADDRESS[family], s.one("SOCK_STREAM", "SOCK_DGRAM"))
    def check(address: str, sock_type: str) -> None:
        lines = [
            f"address.append({address})",
            "sock.bind(address[0])",
            "label(sock=sock)",
            "sock.getsockname()",
            "sorted(os.listdir())",
            "repr(sock)",
            "peer.bind(sock.getsockname())",
            "sock.listen(1)",
            "label(sock=sock)",
            "peer.connect_ex(sock.getsockname())",
            "label(peer=peer)",
            "peer.getpeername()",
            "peer.getsockname()",
            "repr(peer)",
            "keep(sock.accept())",
        ]
        check_parity([*(statement.format(family, sock_type) for statement in _SETUP), "address = []"], lines, folder)

    check()


@pytest.mark.parametrize("family", FAMILIES)
def test_send_and_connect_address_match(family: str, folder: Path) -> None:
    # The socket is bound to a loopback address, so that datagrams stay on this machine.
    bind = {"AF_INET": "sock.bind(('127.0.0.1', 0))", "AF_INET6": "sock.bind(('::1', 0))", "AF_UNIX": "sock.bind('me')"}

    @given(
        s.ADDRESS[family],
        s.one("SOCK_STREAM", "SOCK_DGRAM"),
        s.one(
            "sock.sendto(b'x', {})", "sock.sendto(b'x', 0, {})", "sock.sendmsg([b'x'], [], 0, {})", "sock.connect({})",
            "sock.connect_ex({})",
        ),
    )  # fmt: skip
    def check(address: str, sock_type: str, line: str) -> None:
        setup = [*(statement.format(family, sock_type) for statement in _SETUP), bind[family], "label(sock=sock)"]
        lines = [line.format(address), "sock.getsockname()", "sock.getpeername()", "repr(sock)", line.format(address)]
        check_parity(setup, lines, folder)

    check()


@given(
    st.one_of(s.INTERNET, s.SCOPED),
    s.one("m.NI_NUMERICHOST | m.NI_NUMERICSERV", "m.NI_NUMERICHOST | m.NI_DGRAM", "-1", "2**31", "None"),
)
def test_getnameinfo_matches(address: str, flags: str) -> None:
    check_parity([], [f"m.getnameinfo({address}, {flags})"])


@pytest.mark.skipif(not UNIX, reason="the standard module does not support AF_UNIX on this system")
def test_unix_datagram_sender_address_matches(folder: Path) -> None:
    @given(s.PATHS, s.one("recvfrom(9)", "recvfrom_into(bytearray(9))", "recvmsg(9)", "recvmsg_into([bytearray(9)])"))
    def check(path: str, receive: str) -> None:
        setup = [
            "sock, peer = m.socket(m.AF_UNIX, m.SOCK_DGRAM), m.socket(m.AF_UNIX, m.SOCK_DGRAM)",
            "sock.bind('me'); guard(sock, peer)",
        ]
        lines = [f"peer.bind({path})", "peer.sendto(b'hello', 'me')", f"sock.{receive}", "peer.getsockname()"]
        check_parity(setup, lines, folder)

    check()
