"""Operations that succeed, as in ordinary programs."""

from __future__ import annotations

import array
import fcntl
import os
import tempfile
from typing import TYPE_CHECKING, Any

from operations import fails, operation

import sockcore as s
from sockcore._sockets.addresses import contexts_for
from sockcore._system import backend
from sockcore_inet import interfaces as in_python

if TYPE_CHECKING:
    from operations import Round, Scene

MODES = (None, 5.0, 0.0)


@operation(timeout=MODES)
def send_and_recv(scene: Scene, timeout: float | None) -> Round:
    one, other = scene.pair(timeout)
    data = scene.watch(b"x" * 64)
    return lambda: (one.send(data), other.recv(64))


@operation(timeout=MODES)
def sendall_and_recv_into(scene: Scene, timeout: float | None) -> Round:
    one, other = scene.pair(timeout)
    data, buffer = scene.watch(bytearray(64)), scene.watch(bytearray(64))
    return lambda: (one.sendall(data), other.recv_into(buffer))


@operation(family=(s.AF_INET, s.AF_INET6))
def sendto_and_recvfrom(scene: Scene, family: int) -> Round:
    sock, address = scene.udp(family=family)
    data, buffer = scene.watch(b"x" * 64), scene.watch(bytearray(64))

    def run_round() -> None:
        sock.sendto(data, address)
        sock.recvfrom(100)
        sock.sendto(data, 0, address)
        sock.recvfrom_into(buffer)

    return run_round


@operation()
def sendto_new_peers(scene: Scene) -> Round:
    sock, _ = scene.udp()
    ports = iter([*range(1024, 9000)] * 100)

    def run_round() -> None:
        peer = ("127.0.0.1", next(ports))
        sock.sendto(b"", peer)
        sock.sendto(b"", peer)  # the sockaddr is cached now

    return run_round


@operation(part=0.5)
def sendto_new_peers_from_new_sockets(scene: Scene) -> Round:
    """Encode an address for the first time.

    That takes a reference to the contexts, which all UDP sockets share.
    """
    scene.watch(contexts_for(s.AF_INET, s.SOCK_DGRAM, 0))
    ports = iter([*range(1024, 9000)] * 100)

    def run_round() -> None:
        with s.socket(s.AF_INET, s.SOCK_DGRAM) as sock:
            sock.sendto(b"", ("127.0.0.2", next(ports)))

    return run_round


class Zero:
    """An object with ``__index__``, which the rule of the arguments converts."""

    def __index__(self) -> int:
        return 0


@operation(part=0.5)
def opened_with_converted_arguments(scene: Scene) -> Round:
    zero = scene.watch(Zero())
    return lambda: s.socket(s.AF_UNIX, s.SOCK_STREAM, zero).close()


@operation()
def ioctl_with_buffers(scene: Scene) -> Round:
    sock, _ = scene.udp()
    siocgifindex = 0x8933

    def run_round() -> None:
        backend.ioctl(sock.fileno(), siocgifindex, bytearray(b"lo".ljust(64, b"\0")))

    return run_round


@operation(timeout=MODES)
def sendmsg_and_recvmsg(scene: Scene, timeout: float | None) -> Round:
    one, other = scene.pair(timeout)
    parts, buffers = scene.watch([b"ab", bytearray(3)]), scene.watch([bytearray(2), bytearray(7)])

    def run_round() -> None:
        one.sendmsg(parts)
        other.recvmsg(64)
        one.sendmsg(parts)
        other.recvmsg_into(buffers)

    return run_round


@operation(room=(s.CMSG_SPACE(8), s.CMSG_LEN(4), 8, 0))
def descriptors(scene: Scene, room: int) -> Round:
    """Send two descriptors; the buffer has space for both, for one, or for neither."""
    one, other = scene.pair()
    sent = scene.watch(array.array("i", [0, 1]))
    message = scene.watch([(s.SOL_SOCKET, s.SCM_RIGHTS, sent)])

    def run_round() -> None:
        one.sendmsg([b"x"], message)
        for _, _, data in other.recvmsg(1, room)[1]:
            for fd in array.array("i", data):
                os.close(fd)

    return run_round


@operation()
def descriptors_in_pieces(scene: Scene) -> Round:
    """Receive two messages with descriptors by one call."""
    one, other = scene.pair(5.0)
    message = scene.watch([(s.SOL_SOCKET, s.SCM_RIGHTS, array.array("i", [0, 1]))])

    def run_round() -> None:
        for data in (b"ab", b"cd"):
            one.sendmsg([data], message)
        data, messages, _, _ = other.recvmsg(4, 200, s.MSG_WAITALL)
        assert (data, len(messages)) == (b"abcd", 2)
        for _, _, rights in messages:
            for fd in array.array("i", rights):
                os.close(fd)

    return run_round


@operation(part=0.2, timeout=MODES)
def batches(scene: Scene, timeout: float | None) -> Round:
    sock, address = scene.udp(timeout)
    messages = scene.watch([(b"one", address), ([b"tw", b"o"], address), (bytearray(3), address, [])])
    buffers = scene.watch([bytearray(10), [bytearray(2), bytearray(2)], bytearray(4)])

    def run_round() -> None:
        assert sock.sendmmsg(messages) == 3
        assert len(sock.recvmmsg(3, 10)) == 3
        assert sock.sendmmsg(messages) == 3
        assert len(sock.recvmmsg_into(buffers, 64)) == 3
        assert sock.recvmmsg_into([]) == sock.recvmmsg(0, 9) == []

    return run_round


@operation(part=0.2)
def accept_and_close(scene: Scene) -> Round:
    listener = scene.listener()
    name = scene.watch(listener.getsockname())

    def run_round() -> None:
        with s.socket(s.AF_UNIX, s.SOCK_STREAM) as client:
            client.connect(name)
            listener.accept()[0].close()

    return run_round


@operation(part=0.1, timeout=(None, 5.0))
def accept_over_tcp(scene: Scene, timeout: float | None) -> Round:
    listener = scene.open.enter_context(s.create_server(("127.0.0.1", 0)))
    listener.settimeout(timeout)
    address = scene.watch(listener.getsockname())
    reset = b"\1\0\0\0\0\0\0\0"  # struct linger: close resets the connection, so that its port is free at once

    def run_round() -> None:
        with s.socket() as client:
            client.settimeout(timeout)
            client.connect(address)
            peer, _ = listener.accept()
            client.setsockopt(s.SOL_SOCKET, s.SO_LINGER, reset)
        peer.close()

    return run_round


@operation()
def opened_and_closed(scene: Scene) -> Round:
    def run_round() -> None:
        s.socket(s.AF_INET, s.SOCK_DGRAM).close()
        with s.socket(s.AF_UNIX, s.SOCK_STREAM, 0):
            pass

    return run_round


class Subclass(s.socket):  # type: ignore[misc]
    """A class with a __dict__, and a constructor that may fail."""

    def __init__(self, *arguments: Any, fail: bool) -> None:
        super().__init__(*arguments)
        self.attribute = [self]
        if fail:
            self.close()
            raise KeyError


@operation()
def subclasses(scene: Scene) -> Round:
    scene.watch(Subclass)

    def run_round() -> None:
        sock = Subclass(s.AF_INET, s.SOCK_DGRAM, fail=False)
        sock.attribute.clear()
        sock.close()
        try:
            Subclass(s.AF_INET, fail=True)
        except KeyError:
            pass

    return run_round


class WithResults(s.socket):
    """A class whose methods return an object where the C code expects None."""

    result: Any = None

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)  # accept() calls setblocking() of a class with a constructor only

    def _real_close(self) -> Any:
        super()._real_close()
        return self.result

    def close(self) -> Any:
        super().close()
        return self.result

    def setblocking(self, flag: bool) -> Any:
        super().setblocking(flag)
        return self.result


@operation(part=0.1)
def subclasses_with_results(scene: Scene) -> Round:
    """Call methods in Python whose results the C code does not use."""
    WithResults.result = scene.watch(object())
    listener = scene.listener()
    name = listener.getsockname()
    listener.settimeout(5.0)
    scene.open.callback(setattr, s, "socket", s.socket)
    s.socket = WithResults  # type: ignore[misc]

    def run_round() -> None:
        with WithResults(s.AF_UNIX, s.SOCK_STREAM) as client:
            client.connect(name)
            peer, _ = listener.accept()
            file = peer.makefile("rb", buffering=0)
            peer.close()
            file.close()

    return run_round


@operation(part=0.5)
def duplicates(scene: Scene) -> Round:
    one, _ = scene.pair()

    def run_round() -> None:
        one.dup().close()
        s.socket(fileno=os.dup(one.fileno())).close()
        os.close(one.dup().detach())
        s.fromfd(one.fileno(), s.AF_UNIX, s.SOCK_STREAM).close()
        for sock in s.socketpair():
            sock.close()

    return run_round


@operation(part=0.2)
def functions_with_large_descriptors(scene: Scene) -> Round:
    """Use numbers that are not among the small ones, of which the interpreter has one object each."""
    one, _ = scene.pair()

    def run_round() -> None:
        fd = fcntl.fcntl(one.fileno(), fcntl.F_DUPFD, 600)
        s.close(s.dup(Number(fd)))
        s.close(Number(fd))
        s.CMSG_LEN(Number(600)), s.CMSG_SPACE(Number(600))
        fails(TypeError, s.CMSG_LEN, "600")
        fails(OverflowError, s.CMSG_SPACE, Number(-600))

    return run_round


@operation()
def options(scene: Scene) -> Round:
    one, _ = scene.pair()
    value = scene.watch(b"\1\0\0\0")

    def run_round() -> None:
        one.setsockopt(s.SOL_SOCKET, s.SO_KEEPALIVE, 1)
        one.setsockopt(s.SOL_SOCKET, s.SO_KEEPALIVE, value)
        one.setsockopt(s.SOL_SOCKET, s.SO_KEEPALIVE, bytearray(value))
        one.getsockopt(s.SOL_SOCKET, s.SO_TYPE)
        one.getsockopt(s.SOL_SOCKET, s.SO_TYPE, 4)
        one.getsockopt(s.SOL_SOCKET, s.SO_TYPE, 5000)
        fails(OSError, one.getsockopt, 9999, 1)
        fails(OSError, one.setsockopt, 9999, 1, None, 0)

    return run_round


@operation()
def names_and_modes(scene: Scene) -> Round:
    sock, address = scene.udp()
    sock.connect(address)

    def run_round() -> None:
        sock.getsockname(), sock.getpeername(), sock.fileno(), repr(sock), sock.family, sock.type, sock.proto
        sock.settimeout(1.5)
        sock.gettimeout(), sock.getblocking(), sock.timeout
        sock.setblocking(True)
        sock.set_inheritable(False)
        sock.get_inheritable()

    return run_round


@operation(part=0.2)
def numeric_hosts(scene: Scene) -> Round:
    ports = iter([*range(2000, 9000)] * 200)  # integers below 257 are not allocated

    def run_round() -> None:
        port = next(ports)
        s.getaddrinfo("127.0.0.1", port, type=s.SOCK_STREAM)
        s.getnameinfo(("::1", port), s.NI_NUMERICHOST | s.NI_NUMERICSERV)
        s.inet_pton(s.AF_INET6, s.inet_ntop(s.AF_INET6, bytes(16)))

    return run_round


@operation()
def conversions(scene: Scene) -> Round:
    packed = scene.watch(bytes(range(200, 216)))
    texts = [scene.watch(text) for text in ("198.51.100.7", "2001:db8::1", "no address", "a\0")]

    def run_round() -> None:
        for convert in (s.htonl, s.htons, s.ntohl, s.ntohs):
            convert(5000)
            fails((OverflowError, ValueError), convert, -1)
            fails(TypeError, convert, texts[0])
        s.inet_ntoa(s.inet_aton(texts[0]))
        s.inet_ntop(s.AF_INET6, packed)
        s.inet_pton(s.AF_INET6, texts[1])
        for text, exception in ((texts[2], OSError), (texts[3], ValueError)):
            fails(exception, s.inet_aton, text)
            fails(exception, s.inet_pton, s.AF_INET, text)
        fails(OSError, s.inet_ntoa, packed)
        fails(ValueError, s.inet_ntop, s.AF_INET, packed)
        fails(TypeError, s.inet_ntoa, texts[0])

    return run_round


class Number:
    """An object with ``__index__``, which returns a new number."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value + 0


class Seconds(float):
    """A number of seconds that is not an exact float."""

    __slots__ = ()


class WithConstructor(s.socket):  # type: ignore[misc]
    """A class whose constructor is in Python, which ``dup`` and ``accept`` call."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)


class Text(str):
    """A text that is not an exact str."""

    __slots__ = ()


@operation(part=0.2)
def conversions_of_other_types(scene: Scene) -> Round:
    number, port = scene.watch(Number(1 << 31)), scene.watch(Number(5000))
    family, text = scene.watch(Number(s.AF_INET)), scene.watch(Text("198.51.100.7"))
    unknown_family = scene.watch(Number(5000))
    strided = scene.watch(memoryview(bytes(range(200, 208)))[::2])

    def run_round() -> None:
        s.htonl(number), s.ntohl(number), s.htons(port), s.ntohs(port)
        s.inet_ntoa(s.inet_aton(text))
        s.inet_ntop(s.AF_INET, s.inet_pton(s.AF_INET, text))
        s.inet_pton(family, text)
        for call, *arguments in ((s.inet_ntoa, strided), (s.inet_ntop, s.AF_INET, strided)):
            try:
                call(*arguments)
            except BufferError:  # not contiguous
                pass
        fails(OSError, s.inet_pton, family, Text("x"))
        fails(OSError, s.inet_pton, unknown_family, text)
        fails(ValueError, s.inet_ntop, unknown_family, b"1234")
        fails(OSError, s.inet_aton, Text("x"))

    return run_round


@operation(part=0.1, timeout=MODES)
def methods_with_converted_arguments(scene: Scene, timeout: float | None) -> Round:
    """Call all methods with objects that the rules in Python convert."""
    sock, address = scene.udp(timeout)
    sock.connect(address)
    zero, size, space = (scene.watch(Number(value)) for value in (0, 300, s.CMSG_SPACE(400)))
    data, buffer = scene.watch(memoryview(b"x" * 300)), scene.watch(bytearray(400))
    level, name = scene.watch(Number(s.SOL_SOCKET)), scene.watch(Number(s.SO_KEEPALIVE))
    seconds = scene.watch(Seconds(1.5))
    scene.watch(WithConstructor)

    def run_round() -> None:
        sock.send(data, zero), sock.recv(size, zero)
        sock.sendall(data, zero), sock.recv_into(buffer, size, zero)
        sock.sendto(data, zero, address), sock.recvfrom(size, zero)
        sock.send(data, zero), sock.recvfrom_into(buffer, size, zero)
        sock.sendmsg((data,), (), zero), sock.recvmsg(size, space, zero)
        sock.sendmsg(iter([data]), iter([]), zero), sock.recvmsg_into(iter([buffer]), space, zero)
        sock.sendmmsg(iter([(data, address)]), zero), sock.recvmmsg(Number(2), size, space, zero)
        sock.sendmmsg([data], zero), sock.recvmmsg_into(iter([buffer]), space, zero)
        sock.setsockopt(level, name, zero), sock.getsockopt(level, name), sock.getsockopt(level, name, Number(4))
        sock.settimeout(seconds), sock.settimeout(1000), sock.settimeout(timeout)
        s.CMSG_SPACE(size), s.CMSG_LEN(size), s.close(Number(s.dup(Number(sock.fileno()))))
        with WithConstructor(fileno=Number(sock.dup().detach())) as other, other.dup() as third:
            assert type(third) is WithConstructor
        fails(OSError, sock.listen, zero)
        fails(OSError, sock.shutdown, size)

    return run_round


@operation(part=0.05)
def lookups(scene: Scene) -> Round:
    texts = [scene.watch(text) for text in ("http", "tcp", "no-such-service")]
    # objects of other types, which the rules in Python convert
    port, text, text_of_protocol = (scene.watch(value) for value in (Number(80), Text("http"), Text("tcp")))

    def run_round() -> None:
        s.getservbyport(s.getservbyname(*texts[:2]), texts[1])
        s.getprotobyname(texts[1])
        s.gethostname()
        s.getaddrinfo("127.1", "80", type=s.SOCK_STREAM)
        s.getnameinfo(("127.0.0.1", 80), s.NI_NUMERICHOST | s.NI_NUMERICSERV)
        s.gethostbyname_ex("127.0.0.1")
        (
            s.getservbyname(text, text_of_protocol),
            s.getservbyport(port, text_of_protocol),
            s.getprotobyname(text_of_protocol),
        )
        fails(OSError, s.getservbyname, texts[2])
        fails(OSError, s.getprotobyname, texts[2])
        fails(s.gaierror, s.getaddrinfo, None, texts[2])

    return run_round


@operation(part=0.2)
def interfaces(scene: Scene) -> Round:
    names = [scene.watch(name) for name in ("no-interface", "x" * 20)]
    loopback = scene.watch(s.if_nameindex()[0][1])
    # C code calls these for arguments that it does not convert
    scene.watch(in_python), scene.watch(in_python.if_nametoindex), scene.watch(in_python.if_indextoname)

    def run_round() -> None:
        s.if_nameindex()  # other tests create and delete interfaces at the same time
        assert s.if_indextoname(s.if_nametoindex(loopback)) == loopback
        for name in names:
            fails(OSError, s.if_nametoindex, name)
        fails(OSError, s.if_indextoname, 1 << 30)
        fails(TypeError, s.if_nameindex, 1)

    return run_round


@operation(part=0.2)
def files(scene: Scene) -> Round:
    one, other = scene.pair()

    def run_round() -> None:
        with one.makefile("wb") as writer, other.makefile("r", encoding="utf-8") as reader:
            writer.write(b"a line\n")
            writer.flush()
            reader.readline()

    return run_round


@operation(part=0.2)
def sendfile(scene: Scene) -> Round:
    one, other = scene.pair(5.0)
    file = scene.open.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
    file.write(b"x" * 100)
    file.flush()

    def run_round() -> None:
        one.sendfile(file, 10, 50)
        other.recv(100)

    return run_round
