"""A program with 64 threads that share sockets. threads.py runs it under ThreadSanitizer.

    python shared_sockets.py ROUNDS

It prints the number of successful calls by name. The threads also use sockcore for the first time together.
"""

from __future__ import annotations

import random
import sys
import threading
from collections import Counter
from typing import Any, Callable

THREADS = 64
SOCKETS = 6
sockcore: Any = None
shared: list[Any] = []
#: A Datagrams object.
shared_flow: list[Any] = []
call_counts: Counter[str] = Counter()


def first_use() -> None:
    """Import sockcore and use each part for the first time."""
    import sockcore as s

    global sockcore
    sockcore = s
    with s.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.getsockname()
    with s.socket(s.AF_INET6, s.SOCK_DGRAM) as sock:
        sock.fileno()
    for sock in s.socketpair():
        sock.close()
    assert s.ntohs(s.htons(1)) == 1
    assert s.getaddrinfo("127.0.0.1", 80)
    assert s.inet_pton(s.AF_INET, "127.0.0.1")


def replace(index: int) -> None:
    """Close two sockets that other threads use.

    Replace them by a pair, or by two bound sockets.
    """
    # A call on a closed socket may use the descriptor of a new one, and must not wait forever.
    sock_type = sockcore.SOCK_DGRAM | sockcore.SOCK_NONBLOCK
    if random.random() < 0.5:
        sockets = sockcore.socketpair(sockcore.AF_UNIX, sock_type)
    else:
        sockets = [sockcore.socket(sockcore.AF_INET, sock_type) for _ in range(2)]
        for sock in sockets:
            sock.bind(("127.0.0.1", 0))
    for place, sock in zip((index, index - 1), sockets):
        configure(sock)
        old, shared[place] = shared[place], sock
        old.close()


def send(sock: Any) -> None:
    """Send to the address of the socket itself, or to its peer."""
    if sock.family == sockcore.AF_INET:
        sock.sendto(b"data", sock.getsockname())
        sock.sendmsg([b"da", b"ta"], [], 0, sock.getsockname())
        sock.sendto(b"data", (f"127.0.0.{random.randrange(1, 255)}", random.randrange(20000, 60000)))
    else:
        sock.send(b"data")
        sock.sendall(b"data")


def use_datagrams(sock: Any) -> None:
    """Send to all sockets of the program that have an address, and receive, by one object or by a new one."""
    from sockcore_inet.datagrams import Datagrams, Send

    is_shared = sock.family != sockcore.AF_INET or random.random() < 0.5
    flow = shared_flow[0] if is_shared else Datagrams(sock)
    address = flow.sock.getsockname()
    flow.send([Send(b"one", address)] * 3 + [Send(b"two", address, ecn=1, ttl=5), Send(b"three", address)])
    flow.send_block(b"datagram", 2, address)
    for datagram in flow.receive(random.choice((1, 3, 64))):
        assert bytes(datagram.data) in {b"one", b"two", b"three", b"da", b"ta", b"gr", b"am", b"data"}, datagram
    assert flow.receive_blocks(2)


def close(sock: Any) -> None:
    """Close and replace sockets in one of ten calls."""
    if random.random() < 0.1:
        replace(random.randrange(SOCKETS))


def configure(sock: Any) -> None:
    """Change and read the timeout and options."""
    sock.settimeout(random.choice((0, 0.001, 0.01)))
    sock.gettimeout()
    sock.getblocking()
    sock.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_RCVBUF, 10000)
    sock.getsockopt(sockcore.SOL_SOCKET, sockcore.SO_TYPE)
    sockcore.setdefaulttimeout(random.choice((None, 0.01)))
    repr(sock)


def convert(sock: Any) -> None:
    """Call functions that need no socket."""
    number = random.randrange(1, 255)
    assert sockcore.inet_ntoa(sockcore.inet_aton(f"127.0.0.{number}")) == f"127.0.0.{number}"
    assert sockcore.inet_ntop(sockcore.AF_INET6, bytes(15) + bytes((number,)))
    sockcore.getnameinfo(("127.0.0.1", number), sockcore.NI_NUMERICHOST | sockcore.NI_NUMERICSERV)
    sockcore.gethostbyname("127.0.0.1")
    sockcore.getservbyname("http", "tcp")
    sockcore.gethostname()


CALLS: dict[str, Callable[[Any], Any]] = {
    "send": send,
    "recv": lambda sock: sock.recv(100),
    "recvfrom": lambda sock: sock.recvfrom(100),
    "recv_into": lambda sock: sock.recv_into(bytearray(100)),
    "recvmsg": lambda sock: sock.recvmsg(100, 100),
    "recvmmsg": lambda sock: sock.recvmmsg(4, 100),
    "sendmmsg": lambda sock: sock.sendmmsg([(b"data", sock.getsockname())] * 3),
    "datagrams": use_datagrams,
    "close": close,
    "configure": configure,
    "convert": convert,
}


def open_flow() -> Any:
    """Return a Datagrams object, whose socket all threads use until the end."""
    from sockcore_inet.datagrams import Datagrams

    sock = sockcore.socket(sockcore.AF_INET, sockcore.SOCK_DGRAM | sockcore.SOCK_NONBLOCK)
    sock.bind(("127.0.0.1", 0))
    return Datagrams(sock)


def work(number: int, barrier: threading.Barrier, rounds: int, raised: list[BaseException]) -> None:
    """Run the calls of one thread."""
    try:
        barrier.wait()
        first_use()
        barrier.wait()
        if number == 0:
            shared.extend(sockcore.socket() for _ in range(SOCKETS))
            for index in range(SOCKETS):
                replace(index)
            shared_flow.append(open_flow())
        barrier.wait()
        counts: Counter[str] = Counter()
        for _ in range(rounds):
            name = random.choice(list(CALLS))
            try:
                CALLS[name](random.choice(shared))
                counts[name] += 1
            except OSError:
                pass  # closed socket, no data, or full buffer
        call_counts.update(counts)
    except BaseException as exc:
        raised.append(exc)
        barrier.abort()
        raise


def main() -> None:
    """Run the threads."""
    barrier, raised = threading.Barrier(THREADS), []  # type: ignore[var-annotated]
    sys.setswitchinterval(1e-5)
    threads = [
        threading.Thread(target=work, args=(number, barrier, int(sys.argv[1]), raised)) for number in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for sock in [*shared, *(flow.sock for flow in shared_flow)]:
        sock.close()
    print(dict(call_counts))
    if raised or set(call_counts) != set(CALLS):
        sys.exit(f"{raised} {CALLS.keys() - call_counts.keys()}")


if __name__ == "__main__":
    main()
