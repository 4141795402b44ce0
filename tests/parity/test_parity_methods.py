"""All methods of a socket with generated arguments, in every scene and mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parity import sources as s
from parity.scenes import ALL, MODES
from parity.sides import check_parity
from parity.system import read_rest

if TYPE_CHECKING:
    from pathlib import Path

_BUFFER = ("buffer", "nbytes", "flags")

CALLS = {
    "recv": s.call("sock.recv", s.SIZE, s.RECEIVE_FLAGS, optional=1),
    "recv_into": s.call("sock.recv_into", s.WRITABLE, s.SIZE, s.FLAGS, optional=2, keywords=_BUFFER),
    "recvfrom": s.call("sock.recvfrom", s.SIZE, s.RECEIVE_FLAGS, optional=1),
    "recvfrom_into": s.call("sock.recvfrom_into", s.WRITABLE, s.SIZE, s.FLAGS, optional=2, keywords=_BUFFER),
    "recvmsg": s.call("sock.recvmsg", s.SIZE, s.SIZE, s.RECEIVE_FLAGS, optional=2),
    "recvmsg_into": s.call("sock.recvmsg_into", s.WRITABLES, s.SIZE, s.FLAGS, optional=2),
    "send": s.call("sock.send", s.READABLE, s.FLAGS, optional=1),
    "sendall": s.call("sock.sendall", s.READABLE, s.FLAGS, optional=1),
    "sendto": s.call("sock.sendto", s.READABLE, s.ANY_ADDRESS),
    "sendto with flags": s.call("sock.sendto", s.READABLE, s.FLAGS, s.ANY_ADDRESS),
    "sendmsg": s.call("sock.sendmsg", s.READABLES, s.ANCILLARY, s.FLAGS, s.ANY_ADDRESS, optional=3),
    "listen": s.call("sock.listen", s.EDGES, optional=1),
    "shutdown": s.call("sock.shutdown", s.HOW),
    "settimeout": s.call("sock.settimeout", s.SECONDS, odd=s.SECONDS),
    "setblocking": s.call("sock.setblocking", s.TRUTH, odd=s.TRUTH),
    "set_inheritable": s.call("sock.set_inheritable", s.one("True", "False", "1", "0")),
    "bind": s.call("sock.bind", s.ANY_ADDRESS),
    "connect": s.call("sock.connect", s.ANY_ADDRESS),
    "connect_ex": s.call("sock.connect_ex", s.ANY_ADDRESS),
    "without arguments": st.one_of(
        *(
            s.call(f"sock.{name}")
            for name in (
                "accept", "close", "dup", "getpeername", "getsockname", "getblocking", "gettimeout", "get_inheritable",
                "__enter__", "__repr__", "_decref_socketios",
            )
        )
    ),
    "descriptor": s.one("sock.fileno() >= 0", "keep(m.socket(fileno=sock.detach()))", "m.close(sock.detach())"),
    "attributes": s.one(
        "sock.family", "sock.type", "sock.proto", "sock.timeout", "sock.nosuch", "str(sock.family)",
        "repr(sock.type)", "setattr(sock, 'family', 1)", "setattr(sock, 'type', 1)", "setattr(sock, 'proto', 1)",
        "setattr(sock, 'timeout', 1)", "setattr(sock, 'mine', 1)", "hash(sock) == hash(sock)", "sock == peer",
        "bool(sock)", "repr(sock)", "str(sock)", "hasattr(sock, 'ioctl')", "hasattr(sock, 'share')",
        "hasattr(sock, '__dict__')", "hasattr(sock, '__weakref__')", "copy.copy(sock)", "copy.deepcopy(sock)",
        "pickle.dumps(sock)", "len(sock)", "format(sock)", "type(sock)", "type(sock).__mro__[-1]", "sock._closed",
        "sock._io_refs", "weakref.ref(sock)() is sock",
    ),
}  # fmt: skip
CALLS = {name: strategy for name, strategy in CALLS.items() if not strategy.is_empty}

_LAST = (
    "(sock.gettimeout(), sock.fileno() >= 0 and os.get_blocking(sock.fileno()))",
    "sock.setblocking(False)",
    read_rest("peer"),
    read_rest("sock"),
    "label(sock=sock, peer=peer)",
    "repr(sock)",
)

_SEND = "try: peer.send(b'message {}'); settle(sock)\nexcept OSError: pass"


@pytest.mark.parametrize("method", CALLS)
def test_method_calls_match(method: str, folder: Path) -> None:
    @given(st.sampled_from(sorted(ALL)), st.sampled_from(sorted(MODES)), st.integers(0, 2), CALLS[method])
    def check(scene: str, mode: str, messages: int, line: str) -> None:
        if "tcp" in scene:
            line = line.replace("MSG_TRUNC", "MSG_PEEK")  # on a stream, MSG_TRUNC discards data
        setup = ["import copy, pickle, weakref", *ALL[scene], MODES[mode]]
        setup += [_SEND.format(number) for number in range(messages)]
        check_parity(setup, [line, "settle(peer)", *_LAST] if "send" in line else [line, *_LAST], folder)

    check()
