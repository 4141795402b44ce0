"""The functions of ``datagrams_pure.py`` over those in C, which make non-blocking calls.

If a call would block, a method of the socket waits, with the timeout and the signal handling of the core.
"""

from __future__ import annotations

from os import strerror

from sockcore.plugin import Any, Sequence, constants
from sockcore_inet import datagrams_pure
from sockcore_inet.backend import native
from sockcore_inet.datagrams_options import SCM_TIMESTAMPNS
from sockcore_inet.datagrams_pure import MOST_MESSAGES, Run, first_unsent, would_block
from sockcore_inet.datagrams_values import Block, Datagram, Send

_PEEK: int = constants().get("MSG_PEEK", 0)


def is_available() -> bool:
    """Return True if the C module has the functions."""
    return hasattr(native, "receive_datagrams")


def receive(sock: Any, limit: int, is_merging: bool) -> list[Block]:
    """Wait for datagrams, and return their blocks. Like the pure function."""
    while True:
        blocks: list[Block] | None = native.receive_datagrams(sock, limit, Block, SCM_TIMESTAMPNS, is_merging)
        if blocks is not None:
            return blocks
        if sock.gettimeout() == 0:
            raise would_block()
        source = sock.recvmsg_into([], 0, _PEEK)[3]  # waits, and receives nothing
        if source is None:
            # After shutdown(SHUT_RD), recvmmsg(2) would fail with EAGAIN again, and this call would not wait.
            return [Block(memoryview(b""), 0, None)]


def split(blocks: list[Block], limit: int) -> tuple[list[Datagram], list[Block]]:
    """Return at most *limit* datagrams, and the other blocks. Like the pure function."""
    result: tuple[list[Datagram], list[Block]] = native.split_datagrams(blocks, limit, Datagram, Block)
    return result


def group(items: Sequence[Any]) -> list[tuple[int, int, int]]:
    """Return the runs of datagrams. Like the pure function."""
    runs: list[tuple[int, int, int]] = native.group_datagrams(items, Send)
    return runs


def send(
    sock: Any, source: Any, runs: Sequence[Run], position: int, most_segments: int, most_messages: int = MOST_MESSAGES
) -> tuple[int, OSError | None]:
    """Send datagrams, and return the position of the first one that was not sent. Like the pure function."""
    end = runs[-1].end
    while position < end:
        first = first_unsent(runs, position)
        part = runs[first : first + MOST_MESSAGES]
        prepared = tuple([(run.start, run.end, run.stride, run.sockaddr, run.controls) for run in part])
        position, number = native.send_datagrams(sock, source, prepared, position, most_segments)
        if number == 0:
            continue
        error = OSError(number, strerror(number))
        if not isinstance(error, BlockingIOError) or sock.gettimeout() == 0:
            return position, error
        position, failed = datagrams_pure.send(sock, source, runs, position, most_segments, 1)  # waits
        if failed is not None:
            return position, failed
    return position, None
