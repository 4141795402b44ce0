"""A program: 64 threads share sockets, from the first use of sockcore on. threads.py runs it under ThreadSanitizer.

    python shared_sockets.py ROUNDS

It prints the number of calls that succeeded, by kind of call.
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
done: Counter[str] = Counter()


def first_use() -> None:
    """Import sockcore, and use each part for the first time."""
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
    """Close two sockets that others use, and put others into their places: a pair, or two with addresses."""
    # A call on a closed socket may get its descriptor, and must not wait for ever.
    kind = sockcore.SOCK_DGRAM | sockcore.SOCK_NONBLOCK
    if random.random() < 0.5:
        made = sockcore.socketpair(sockcore.AF_UNIX, kind)
    else:
        made = [sockcore.socket(sockcore.AF_INET, kind) for _ in range(2)]
        for sock in made:
            sock.bind(("127.0.0.1", 0))
    for place, sock in zip((index, index - 1), made):
        configure(sock)
        old, shared[place] = shared[place], sock
        old.close()


def send(sock: Any) -> None:
    """Send to this socket's own address, or to the peer."""
    if sock.family == sockcore.AF_INET:
        sock.sendto(b"data", sock.getsockname())
        sock.sendmsg([b"da", b"ta"], [], 0, sock.getsockname())
        sock.sendto(b"data", (f"127.0.0.{random.randrange(1, 255)}", random.randrange(20000, 60000)))
    else:
        sock.send(b"data")
        sock.sendall(b"data")


def close(sock: Any) -> None:
    """Close sockets now and then."""
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
    """Use the functions without a socket."""
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
    "close": close,
    "configure": configure,
    "convert": convert,
}


def work(number: int, barrier: threading.Barrier, rounds: int, problems: list[BaseException]) -> None:
    """Do what one thread does."""
    try:
        barrier.wait()
        first_use()
        barrier.wait()
        if number == 0:
            shared.extend(sockcore.socket() for _ in range(SOCKETS))
            for index in range(SOCKETS):
                replace(index)
        barrier.wait()
        counts: Counter[str] = Counter()
        for _ in range(rounds):
            name = random.choice(list(CALLS))
            try:
                CALLS[name](random.choice(shared))
                counts[name] += 1
            except OSError:
                pass  # closed, no data, no room
        done.update(counts)
    except BaseException as problem:
        problems.append(problem)
        barrier.abort()
        raise


def main() -> None:
    """Run the threads."""
    barrier, problems = threading.Barrier(THREADS), []  # type: ignore[var-annotated]
    sys.setswitchinterval(1e-5)
    threads = [
        threading.Thread(target=work, args=(number, barrier, int(sys.argv[1]), problems)) for number in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for sock in shared:
        sock.close()
    print(dict(done))
    if problems or set(done) != set(CALLS):
        sys.exit(f"{problems} {CALLS.keys() - done.keys()}")


if __name__ == "__main__":
    main()
