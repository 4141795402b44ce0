"""Random sequences of operations on both sides, compared after each step."""

from __future__ import annotations

import socket as standard
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from parity import sources as s
from parity.known import EMULATED
from parity.scenes import LISTENING, TCP, UDP, UNIX
from parity.sides import SidePair
from parity.system import WINDOWS

_SOCKET = s.one("sock", "peer")
_SIZES = st.one_of(st.integers(0, 12), st.integers(0, 3000), st.just(70000))
_FLAGS = st.lists(s.one("m.MSG_PEEK", "m.MSG_TRUNC", "m.MSG_DONTWAIT", "m.MSG_WAITALL"), max_size=2).map(
    lambda flags: " | ".join(flags) or "0"
)
# For methods that return bytes: with MSG_TRUNC, the standard library returns uninitialised memory.
_PLAIN_FLAGS = _FLAGS.map(lambda flags: flags.replace("MSG_TRUNC", "MSG_PEEK"))
_OPTIONS = (
    "SO_ERROR", "SO_TYPE", "SO_SNDBUF", "SO_RCVBUF", "SO_ACCEPTCONN", "SO_PASSCRED", "SO_KEEPALIVE", "SO_LINGER",
    "SO_RCVLOWAT", "SO_REUSEADDR", "SO_OOBINLINE", "SO_PRIORITY", "SO_DOMAIN", "SO_PROTOCOL", "SO_PEEK_OFF",
)  # fmt: skip
_OPTION = st.sampled_from([name for name in _OPTIONS if hasattr(standard, name)])


class Conversation(RuleBasedStateMachine):
    """Two connected sockets on each side."""

    scenes: dict[str, tuple[str, ...]]
    sides: SidePair | None = None
    sent = 0

    @initialize(data=st.data())
    def open(self, data: Any) -> None:
        self.scene = data.draw(st.sampled_from(sorted(self.scenes)), label="scene")
        self.sides = SidePair(self.scenes[self.scene])

    def teardown(self) -> None:
        if self.sides is not None:
            self.sides.close()

    def run_line(self, line: str) -> None:
        """Run a line on both sides."""
        assert self.sides is not None
        self.sides.run(line)

    def settle(self, sock: str) -> None:
        """Wait until the peer of *sock* has received its data."""
        self.run_line(f"settle({'peer' if sock == 'sock' else 'sock'})")

    def text(self, size: int) -> str:
        """Return an expression for *size* bytes, which are different each time."""
        self.sent += 1
        return f"(b'%d:' % {self.sent} + b'x' * {size})[:{size}]"

    @rule(sock=_SOCKET, size=_SIZES, how=s.one("send", "sendall"), flags=s.one("0", "m.MSG_DONTWAIT"))
    def send(self, sock: str, size: int, how: str, flags: str) -> None:
        if self.scene not in UDP:
            size = min(size, 3000)  # larger sizes may be sent in part, depending on timing
        self.run_line(f"{sock}.{how}({self.text(size)}, {flags})")
        self.settle(sock)

    @rule(sock=_SOCKET, sizes=st.lists(st.integers(0, 500), max_size=4))
    def send_message(self, sock: str, sizes: list[int]) -> None:
        self.run_line(f"{sock}.sendmsg([{', '.join(self.text(size) for size in sizes)}])")
        self.settle(sock)

    @precondition(lambda self: self.sides is not None and self.scene not in UNIX)
    @rule(sock=_SOCKET, to=_SOCKET, size=st.integers(0, 100))
    def send_to(self, sock: str, to: str, size: int) -> None:
        self.run_line(f"{sock}.sendto({self.text(size)}, {to}.getsockname())")
        self.run_line(f"settle({to})")

    @rule(sock=_SOCKET, size=_SIZES, flags=_PLAIN_FLAGS)
    def receive(self, sock: str, size: int, flags: str) -> None:
        self.run_line(f"{sock}.recv({size}, {flags})")

    @rule(sock=_SOCKET, size=st.integers(0, 300), part=st.integers(0, 300), flags=_FLAGS, how=s.one("recv", "recvfrom"))
    def receive_into(self, sock: str, size: int, part: int, flags: str, how: str) -> None:
        self.run_line(f"[(b, {sock}.{how}_into(b, {part}, {flags})) for b in [bytearray({size})]]")

    @rule(sock=_SOCKET, size=_SIZES, flags=_PLAIN_FLAGS)
    def receive_from(self, sock: str, size: int, flags: str) -> None:
        self.run_line(f"{sock}.recvfrom({size}, {flags})")

    @rule(sock=_SOCKET, size=st.integers(0, 100), room=s.one("0", "8", "m.CMSG_SPACE(12)", "1000"), flags=_PLAIN_FLAGS)
    def receive_message(self, sock: str, size: int, room: str, flags: str) -> None:
        self.run_line(f"{sock}.recvmsg({size}, {room}, {flags})")

    @rule(
        sock=_SOCKET,
        sizes=st.lists(st.integers(0, 20), min_size=EMULATED, max_size=4),
        room=s.one("0", "100"),
        flags=_FLAGS,
    )
    def receive_message_into(self, sock: str, sizes: list[int], room: str, flags: str) -> None:
        buffers = "[" + ", ".join(f"bytearray({size})" for size in sizes) + "]"
        self.run_line(f"[(b, {sock}.recvmsg_into(b, {room}, {flags})) for b in [{buffers}]]")

    @rule(sock=_SOCKET, seconds=s.one("None", "0", "0.002"))
    def set_timeout(self, sock: str, seconds: str) -> None:
        self.run_line(f"({sock}.settimeout({seconds}), {sock}.getblocking(), {sock}.gettimeout(), {sock}.timeout)")

    @rule(sock=_SOCKET, how=s.one("m.SHUT_RD", "m.SHUT_WR", "m.SHUT_RDWR"))
    def shut_down(self, sock: str, how: str) -> None:
        self.run_line(f"{sock}.shutdown({how})")
        self.settle(sock)

    @rule(sock=_SOCKET, name=_OPTION, size=st.sampled_from(["", ", 4", ", 16"]))
    def get_option(self, sock: str, name: str, size: str) -> None:
        self.run_line(f"{sock}.getsockopt(m.SOL_SOCKET, m.{name}{size})")

    @rule(sock=_SOCKET, name=_OPTION, value=st.integers(0, 5000))
    def set_option(self, sock: str, name: str, value: int) -> None:
        self.run_line(f"{sock}.setsockopt(m.SOL_SOCKET, m.{name}, {value})")

    @rule(sock=_SOCKET)
    def look(self, sock: str) -> None:
        self.run_line(f"repr({sock})")
        self.run_line(f"{sock}.getsockname()")
        self.run_line(f"{sock}.getpeername()")
        self.run_line(f"(os.get_blocking({sock}.fileno()), {sock}.get_inheritable())")

    @rule(sock=_SOCKET)
    def duplicate(self, sock: str) -> None:
        self.run_line(f"[keep(old), names.update({sock}=old.dup()), old.close(), {sock}] [1:]".replace("old", sock))

    @rule(sock=_SOCKET)
    def close(self, sock: str) -> None:
        self.run_line(f"{sock}.close()")
        self.settle(sock)

    @rule(sock=_SOCKET, mode=s.one("rb", "wb", "rwb", "r", "w", "rw"), buffering=s.one("None", "0", "-1", "16"))
    def make_file(self, sock: str, mode: str, buffering: str) -> None:
        self.run_line(f"names.__setitem__('f', keep({sock}.makefile({mode!r}, {buffering})))")

    @rule(
        expression=s.one(
            "read(5)", "readline()", "readline(3)", "read1(10)", "peek(3)", "readinto(bytearray(4))",
            "write(b'bytes\\n')", "write('text\\n')", "flush()", "close()", "fileno() >= 0", "closed", "mode",
            "name >= 0", "readable()", "writable()", "seekable()", "tell()", "isatty()", "detach()",
            "writelines([b'a', b'b\\n'])",
        )
    )  # fmt: skip
    def use_file(self, expression: str) -> None:
        self.run_line(f"f.{expression}")
        self.settle("peer")


class Listening(RuleBasedStateMachine):
    """A listening socket and its clients on each side."""

    sides: SidePair | None = None

    @initialize(scene=st.sampled_from(sorted(LISTENING)))
    def open(self, scene: str) -> None:
        self.sides = SidePair([*LISTENING[scene], "others = []"])

    def teardown(self) -> None:
        if self.sides is not None:
            self.sides.close()

    def run_line(self, line: str) -> None:
        """Run a line on both sides."""
        assert self.sides is not None
        self.sides.run(line)
        self.sides.run("settle(sock)")

    @rule(how=s.one("connect", "connect_ex"), seconds=s.one("None", "0.05"))
    def connect(self, how: str, seconds: str) -> None:
        self.run_line("(others.append(keep(m.socket(sock.family))), guard(others[-1]))")
        self.run_line(f"(others[-1].settimeout({seconds}), others[-1].{how}(sock.getsockname()))")
        self.run_line("label(other=others[-1])")

    @rule()
    def connect_again(self) -> None:
        self.run_line("others[-1].connect(sock.getsockname())")

    @rule(seconds=s.one(*(["0.01"] if WINDOWS else ["None"]), "0", "0.002"))
    def set_timeout(self, seconds: str) -> None:
        self.run_line(f"sock.settimeout({seconds})")

    @rule(seconds=s.one("None", "2", "0"))
    def set_default_timeout(self, seconds: str) -> None:
        self.run_line(
            f"[m.setdefaulttimeout({seconds}), m.getdefaulttimeout(), keep(m.socket()).gettimeout(),"
            " [each.gettimeout() for each in keep(m.socketpair())], m.setdefaulttimeout(None)]"
        )

    @rule(seconds=s.one("None", "None", "2"))
    def accept(self, seconds: str) -> None:
        self.run_line(f"(m.setdefaulttimeout({seconds}), [keep(sock.accept()), m.setdefaulttimeout(None)])")
        self.run_line("m.setdefaulttimeout(None)")

    @rule(backlog=s.one("", "20", "100"))
    def listen(self, backlog: str) -> None:
        self.run_line(f"sock.listen({backlog})")

    @rule()
    def close(self) -> None:
        self.run_line("sock.close()")


SCENES = {**({"unix": UNIX} if UNIX else {}), "udp": UDP, "tcp": TCP}


@pytest.mark.parametrize("scene_type", SCENES)
def test_random_operations_on_pair_match(scene_type: str) -> None:
    machine = type(f"{scene_type.title()}Conversation", (Conversation,), {"scenes": SCENES[scene_type]})
    run_state_machine_as_test(machine)


def test_random_operations_on_listener_match() -> None:
    run_state_machine_as_test(Listening)
