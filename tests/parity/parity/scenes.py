"""Setup statements that define ``sock``, and the ``peer`` that it communicates with."""

from __future__ import annotations

import socket as standard

from parity.system import possible_scenes

_PAIR = ("sock, peer = m.socketpair(m.AF_UNIX, m.{type})", "guard(sock, peer)")

_UDP = (
    "sock, peer = m.socket(m.{family}, m.SOCK_DGRAM), m.socket(m.{family}, m.SOCK_DGRAM)",
    "guard(sock, peer)",
    "sock.bind(('{host}', 0)); peer.bind(('{host}', 0))",
    "sock.connect(peer.getsockname()); peer.connect(sock.getsockname())",
    "label(sock=sock, peer=peer)",
)

_TCP = (
    "listener, sock = m.socket(m.{family}), m.socket(m.{family})",
    "listener.bind(('{host}', 0)); listener.listen()",
    "sock.connect(listener.getsockname())",
    "peer, address = listener.accept()",
    "guard(sock, peer, listener)",
    "sock.setsockopt(m.IPPROTO_TCP, m.TCP_NODELAY, 1); peer.setsockopt(m.IPPROTO_TCP, m.TCP_NODELAY, 1)",
    "label(sock=sock, peer=peer)",
)

_ALONE = ("sock = m.socket(m.{family}, m.{type})", "peer = m.socket(m.{family}, m.{type})", "guard(sock, peer)")

_LISTENER = (
    "sock, peer = m.socket(m.{family}), m.socket(m.{family})",
    "sock.bind(({host!r}, 0)); sock.listen()",
    "peer.connect(sock.getsockname())",
    "guard(sock, peer)",
    "label(sock=sock, peer=peer)",
    "settle(sock)",
)


def _with(statements: tuple[str, ...], **values: str) -> tuple[str, ...]:
    return tuple(statement.format(**values) for statement in statements)


def _has_ipv6() -> bool:
    try:
        with standard.socket(standard.AF_INET6, standard.SOCK_DGRAM) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


#: Whether this machine has the IPv6 loopback address, which comparisons of AF_INET6 need.
IPV6 = _has_ipv6()

_INTERNET = {"": {"family": "AF_INET", "host": "127.0.0.1"}, "6": {"family": "AF_INET6", "host": "::1"}}
if not IPV6:
    del _INTERNET["6"]

UNIX = possible_scenes(
    {f"unix {name[5:].lower()}": _with(_PAIR, type=name) for name in ("SOCK_STREAM", "SOCK_DGRAM", "SOCK_SEQPACKET")}
)
UDP = {f"udp{version}": _with(_UDP, **values) for version, values in _INTERNET.items()}
TCP = {f"tcp{version}": _with(_TCP, **values) for version, values in _INTERNET.items()}
LISTENING = {f"listening{version}": _with(_LISTENER, **values) for version, values in _INTERNET.items()}

#: A pair of streams that needs no network, or only the loopback interface.
PAIR = UNIX.get("unix stream", ("sock, peer = m.socketpair()", "guard(sock, peer)", "label(sock=sock, peer=peer)"))

#: Connected pairs.
CONNECTED = {**UNIX, **UDP, **TCP}

_FAMILIES = (*(["AF_UNIX"] if UNIX else []), *(values["family"] for values in _INTERNET.values()))

#: Sockets that are not bound and not connected.
ALONE = {
    f"{family} {name}": _with(_ALONE, family=family, type=name)
    for family in _FAMILIES
    for name in ("SOCK_STREAM", "SOCK_DGRAM")
}

CLOSED = {
    "closed": (*PAIR, "sock.close()"),
    "detached": (*PAIR, "taken = m.socket(fileno=sock.detach())"),
    "closed tcp": (*TCP["tcp"], "sock.close()"),
    "closed udp": (*UDP["udp"], "sock.close()"),
    "peer closed": (*PAIR, "peer.close()"),
    "peer closed tcp": (*TCP["tcp"], "peer.close()", "settle(sock)"),
}

ALL = {**CONNECTED, **LISTENING, **ALONE, **CLOSED}

#: Statements that set the mode of a socket.
MODES = {
    "blocking": "sock.settimeout(None) if sock.fileno() >= 0 else None",
    "timeout": "sock.settimeout(0.002) if sock.fileno() >= 0 else None",
    "non-blocking": "sock.setblocking(False) if sock.fileno() >= 0 else None",
}
