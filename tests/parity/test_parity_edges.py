"""Edge cases that random tests may miss: each line runs in every scene and mode."""

from __future__ import annotations

import pytest
from parity.known import EMULATED
from parity.scenes import ALL, MODES
from parity.sides import check_parity
from parity.system import read_rest

LINES = (
    "sock.recv(0)",
    "sock.recv(1)",
    "sock.recv(100, m.MSG_PEEK)",
    "sock.recv(-1)",
    "sock.recv(5, None)",
    "sock.recv(2**62)",
    "sock.recv_into(hold(bytearray()))",
    "sock.recv_into(hold(bytearray(4)), 4)",
    "sock.recv_into(hold(bytearray(4)), 5)",
    "sock.recv_into(hold(bytearray(4)), 0, 0)",
    "sock.recv_into(hold(bytearray(4)), -1)",
    "sock.recv_into(nbytes=2, buffer=hold(bytearray(4)))",
    "sock.recvfrom(0)",
    "sock.recvfrom(5)",
    "sock.recvfrom_into(hold(bytearray(4)))",
    "sock.recvfrom_into(hold(bytearray(4)), 5)",
    "sock.recvmsg(0)",
    "sock.recvmsg(5)",
    "sock.recvmsg(100, 100)",
    "sock.recvmsg(5, -1)",
    "sock.recvmsg(5, 2**31)",
    "sock.recvmsg(-1)",
    "sock.recvmsg_into([hold(bytearray(3)), hold(bytearray(30))])",
    "sock.recvmsg_into([b'x'])",
    "sock.send(b'')",
    "sock.send(b'some bytes')",
    "sock.send(memoryview(b'some bytes')[::2])",
    "sock.send('text')",
    "sock.sendall(b'')",
    "sock.sendall(b'some bytes')",
    "sock.sendall(array('i', [1, 2, 3]))",
    "sock.sendto(b'x', peer.getsockname())",
    "sock.sendto(b'x')",
    "sock.sendto(b'x', 0, None)",
    "sock.sendmsg([])",
    "sock.sendmsg([b'a', b'', bytearray(b'b')])",
    "sock.sendmsg([b'x'], [(m.SOL_SOCKET, m.SCM_RIGHTS, b'')])",
    "sock.sendmsg([b'x'], [], 0, peer.getsockname())",
    "sock.accept()",
    "sock.listen(-1)",
    "sock.listen(0)",
    "sock.connect(peer.getsockname())",
    "sock.connect_ex(peer.getsockname())",
    "sock.connect_ex(sock.getsockname())",
    "sock.bind(sock.getsockname())",
    "sock.shutdown(m.SHUT_RD)",
    "sock.shutdown(m.SHUT_WR)",
    "sock.shutdown(m.SHUT_RDWR)",
    "sock.shutdown(3)",
    "sock.getpeername()",
    "sock.getsockname()",
    "sock.dup()",
    "sock.close()",
    "sock.detach() >= -1 and None",
    "sock.makefile('rb').read(2)",
    "sock.makefile('rb').readline()",
    "sock.makefile('wb', 0).write(b'x')",
    "sock.makefile('x')",
    "sock.sendfile(io.BytesIO(b'a file'))",
    "sock.sendfile(io.BytesIO(b'a file'), 2, 3)",
    "sock.sendfile(io.BytesIO(b'a file'), 9)",
    "sock.getsockopt(m.SOL_SOCKET, m.SO_TYPE)",
    "sock.getsockopt(m.SOL_SOCKET, m.SO_TYPE, 0)",
    "sock.getsockopt(m.SOL_SOCKET, m.SO_TYPE, 1)",
    "sock.getsockopt(m.SOL_SOCKET, m.SO_TYPE, 1024)",
    "sock.getsockopt(m.SOL_SOCKET, m.SO_TYPE, 1025)",
    "sock.getsockopt(m.SOL_SOCKET, m.SO_TYPE, -1)",
    "sock.setsockopt(m.SOL_SOCKET, m.SO_KEEPALIVE, 1)",
    "sock.setsockopt(m.SOL_SOCKET, m.SO_KEEPALIVE, b'')",
    "sock.get_inheritable()",
    "(sock.set_inheritable(True), sock.get_inheritable())",
    "(sock.settimeout(0.25), sock.dup())",
    "(sock.setblocking(True), sock.dup())",
    "(sock.setblocking(False), sock.dup())",
    "sock.family, sock.type, sock.proto, sock.timeout",
    "repr(sock)",
    "(sock.__enter__() is sock, sock.__exit__(None, None, None), sock.fileno())",
    "m.fromfd(sock.fileno(), sock.family, sock.type, sock.proto)",
    "m.socket(fileno=os.dup(sock.fileno()))",
    "m.socket(sock.family, sock.type, sock.proto, os.dup(sock.fileno()))",
)
_AFTER = (
    "label(sock=sock, peer=peer)",
    "(sock.fileno() >= 0, sock.gettimeout(), repr(sock))",
    "sock.setblocking(False)",
    "settle(peer)",
    read_rest("peer"),
    read_rest("sock"),
)
# An emulator does not send or receive a message without buffers.
_SKIPPED = ("sock.sendmsg([])", "sock.recvmsg(0)") if EMULATED else ()
_SEND = "try: peer.send(b'message'); settle(sock)\nexcept OSError: pass"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("scene", ALL)
def test_edge_case_lines_match(scene: str, mode: str) -> None:
    failures = []
    for line in LINES:
        if line in _SKIPPED:
            continue
        for sending in ([], [_SEND]) if "recv" in line or "read" in line else ([_SEND],):
            try:
                check_parity([*ALL[scene], MODES[mode], *sending], [line, *_AFTER])
            except AssertionError as exc:
                failures.append(str(exc).split("\nassert ")[0])
    assert not failures, "\n".join(failures)


@pytest.mark.parametrize("seconds", ["0.02", "0"])
@pytest.mark.parametrize("operation", ["connect", "connect_ex"])
def test_connect_to_full_backlog_matches(operation: str, seconds: str) -> None:
    setup = (
        "listener = m.socket(m.AF_INET)",
        "listener.bind(('127.0.0.1', 0)); listener.listen(0)",
        "others = [keep(m.socket(m.AF_INET)) for _ in range(3)]",
        "for each in others: each.setblocking(False); each.connect_ex(listener.getsockname())",
        "sock = m.socket(m.AF_INET)",
        f"sock.settimeout({seconds})",
        "address = listener.getsockname()",
        "label(listener=listener)",
    )
    outcomes = check_parity(
        setup, [f"sock.{operation}(address)", "sock.gettimeout()", "sock.getsockopt(m.SOL_SOCKET, m.SO_ERROR)"]
    )
    assert outcomes[0].exception in ("", "TimeoutError", "BlockingIOError")
    assert outcomes[0].value != "0"
