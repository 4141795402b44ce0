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

    def settle(self, who: str) -> None:
        """Wait until the peer of *who* has received its data."""
        self.run_line(f"settle({'peer' if who == 'sock' else 'sock'})")

    def text(self, size: int) -> str:
        """Return an expression for *size* bytes, which are different each time."""
        self.sent += 1
        return f"(b'%d:' % {self.sent} + b'x' * {size})[:{size}]"

    @rule(who=_SOCKET, size=_SIZES, how=s.one("send", "sendall"), flags=s.one("0", "m.MSG_DONTWAIT"))
    def send(self, who: str, size: int, how: str, flags: str) -> None:
        if self.scene not in UDP:
            size = min(size, 3000)  # larger sizes may be sent in part, depending on timing
        self.run_line(f"{who}.{how}({self.text(size)}, {flags})")
        self.settle(who)

    @rule(who=_SOCKET, sizes=st.lists(st.integers(0, 500), max_size=4))
    def send_message(self, who: str, sizes: list[int]) -> None:
        self.run_line(f"{who}.sendmsg([{', '.join(self.text(size) for size in sizes)}])")
        self.settle(who)

    @precondition(lambda self: self.sides is not None and self.scene not in UNIX)
    @rule(who=_SOCKET, to=_SOCKET, size=st.integers(0, 100))
    def send_to(self, who: str, to: str, size: int) -> None:
        self.run_line(f"{who}.sendto({self.text(size)}, {to}.getsockname())")
        self.run_line(f"settle({to})")

    @rule(who=_SOCKET, size=_SIZES, flags=_PLAIN_FLAGS)
    def receive(self, who: str, size: int, flags: str) -> None:
        self.run_line(f"{who}.recv({size}, {flags})")

    @rule(who=_SOCKET, size=st.integers(0, 300), part=st.integers(0, 300), flags=_FLAGS, how=s.one("recv", "recvfrom"))
    def receive_into(self, who: str, size: int, part: int, flags: str, how: str) -> None:
        self.run_line(f"[(b, {who}.{how}_into(b, {part}, {flags})) for b in [bytearray({size})]]")

    @rule(who=_SOCKET, size=_SIZES, flags=_PLAIN_FLAGS)
    def receive_from(self, who: str, size: int, flags: str) -> None:
        self.run_line(f"{who}.recvfrom({size}, {flags})")

    @rule(who=_SOCKET, size=st.integers(0, 100), room=s.one("0", "8", "m.CMSG_SPACE(12)", "1000"), flags=_PLAIN_FLAGS)
    def receive_message(self, who: str, size: int, room: str, flags: str) -> None:
        self.run_line(f"{who}.recvmsg({size}, {room}, {flags})")

    @rule(
        who=_SOCKET,
        sizes=st.lists(st.integers(0, 20), min_size=EMULATED, max_size=4),
        room=s.one("0", "100"),
        flags=_FLAGS,
    )
    def receive_message_into(self, who: str, sizes: list[int], room: str, flags: str) -> None:
        buffers = "[" + ", ".join(f"bytearray({size})" for size in sizes) + "]"
        self.run_line(f"[(b, {who}.recvmsg_into(b, {room}, {flags})) for b in [{buffers}]]")

    @rule(who=_SOCKET, seconds=s.one("None", "0", "0.002"))
    def set_timeout(self, who: str, seconds: str) -> None:
        self.run_line(f"({who}.settimeout({seconds}), {who}.getblocking(), {who}.gettimeout(), {who}.timeout)")

    @rule(who=_SOCKET, how=s.one("m.SHUT_RD", "m.SHUT_WR", "m.SHUT_RDWR"))
    def shut_down(self, who: str, how: str) -> None:
        self.run_line(f"{who}.shutdown({how})")
        self.settle(who)

    @rule(who=_SOCKET, name=_OPTION, size=st.sampled_from(["", ", 4", ", 16"]))
    def get_option(self, who: str, name: str, size: str) -> None:
        self.run_line(f"{who}.getsockopt(m.SOL_SOCKET, m.{name}{size})")

    @rule(who=_SOCKET, name=_OPTION, value=st.integers(0, 5000))
    def set_option(self, who: str, name: str, value: int) -> None:
        self.run_line(f"{who}.setsockopt(m.SOL_SOCKET, m.{name}, {value})")

    @rule(who=_SOCKET)
    def look(self, who: str) -> None:
        self.run_line(f"repr({who})")
        self.run_line(f"{who}.getsockname()")
        self.run_line(f"{who}.getpeername()")
        self.run_line(f"(os.get_blocking({who}.fileno()), {who}.get_inheritable())")

    @rule(who=_SOCKET)
    def duplicate(self, who: str) -> None:
        self.run_line(f"[keep(old), names.update({who}=old.dup()), old.close(), {who}] [1:]".replace("old", who))

    @rule(who=_SOCKET)
    def close(self, who: str) -> None:
        self.run_line(f"{who}.close()")
        self.settle(who)

    @rule(who=_SOCKET, mode=s.one("rb", "wb", "rwb", "r", "w", "rw"), buffering=s.one("None", "0", "-1", "16"))
    def make_file(self, who: str, mode: str, buffering: str) -> None:
        self.run_line(f"names.__setitem__('f', keep({who}.makefile({mode!r}, {buffering})))")

    @rule(
        what=s.one(
            "read(5)", "readline()", "readline(3)", "read1(10)", "peek(3)", "readinto(bytearray(4))",
            "write(b'bytes\\n')", "write('text\\n')", "flush()", "close()", "fileno() >= 0", "closed", "mode",
            "name >= 0", "readable()", "writable()", "seekable()", "tell()", "isatty()", "detach()",
            "writelines([b'a', b'b\\n'])",
        )
    )  # fmt: skip
    def use_file(self, what: str) -> None:
        self.run_line(f"f.{what}")
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


@pytest.mark.parametrize("kind", SCENES)
def test_random_operations_on_pair_match(kind: str) -> None:
    machine = type(f"{kind.title()}Conversation", (Conversation,), {"scenes": SCENES[kind]})
    run_state_machine_as_test(machine)


def test_random_operations_on_listener_match() -> None:
    run_state_machine_as_test(Listening)
