"""Receiving, splitting, grouping and sending of datagrams in Python.

``datagrams_native.py`` has the same four functions, over those in C.

1. A received payload is an immutable object of its size, so nothing changes under a view of it.
2. The socket's own methods wait, with its timeout.
"""

from __future__ import annotations

from errno import EAGAIN
from os import strerror

from sockcore.plugin import CMSG_SPACE, Any, Iterable, Sequence
from sockcore_inet.datagrams_options import Control, read_controls, segment_control
from sockcore_inet.datagrams_values import Block, Datagram, Send

#: The largest datagram, and the largest buffer of joined datagrams.
MOST_BYTES = 0xFFFF
#: The buffers of a batch: recvmmsg() of the core keeps a block of a megabyte for the next call.
MOST_BUFFERS = 15
#: Room for the control messages of all features.
CONTROL_SIZE = CMSG_SPACE(64) * 4

#: The limits of a buffer that the kernel splits: UDP_MAX_SEGMENTS, and the payload of the largest packet of IPv6 with
#: its header.
MOST_SEGMENTS = 64
MOST_SEGMENT_BYTES = MOST_BYTES - 40 - 8
#: The messages of one system call.
MOST_MESSAGES = 64


class Run:
    """Consecutive datagrams that go to one receiver with the same control messages.

    All have *stride* bytes. The last one may be shorter.
    """

    __slots__ = ("controls", "end", "sockaddr", "start", "stride", "to")

    def __init__(
        self, start: int, end: int, stride: int, to: Any, sockaddr: bytes | None, controls: tuple[Control, ...]
    ) -> None:
        self.start: int = start
        self.end: int = end
        self.stride: int = stride
        self.to: Any = to
        self.sockaddr: bytes | None = sockaddr
        self.controls: tuple[Control, ...] = controls


def receive(sock: Any, limit: int, is_merging: bool) -> list[Block]:
    """Wait for datagrams, and return a block for each received buffer.

    If *is_merging*, consecutive blocks that differ in their time only are joined.
    """
    blocks: list[Block] = []
    for data, messages, _, source in sock.recvmmsg(min(limit, MOST_BUFFERS), MOST_BYTES, CONTROL_SIZE):
        destination, interface, ecn, ttl, time_ns, segment = read_controls(messages)
        stride = min(segment or len(data), len(data))
        block = Block(memoryview(data), stride, source, destination, interface, ecn, ttl, time_ns)
        blocks.append(block)
    return _merge(blocks) if is_merging else blocks


def _merge(blocks: list[Block]) -> list[Block]:
    """Join consecutive blocks. Only the last datagram of a block may be shorter than its stride."""
    merged: list[list[Block]] = []
    is_open = False
    for block in blocks:
        size, stride = len(block.data), block.stride
        first = merged[-1][0] if merged else None
        if is_open and first and block[2:7] == first[2:7] and size > 0 and _continues(block, first.stride):
            merged[-1].append(block)
            stride = first.stride
        else:
            merged.append([block])
        is_open = stride > 0 and size % stride == 0
    return [
        parts[0]._replace(data=memoryview(b"".join(part.data for part in parts))) if len(parts) > 1 else parts[0]
        for parts in merged
    ]


def _continues(block: Block, stride: int) -> bool:
    """Return True if the datagrams of *block* have *stride* bytes, or it is one shorter datagram."""
    return block.stride == stride or (block.stride == len(block.data) < stride)


def split(blocks: list[Block], limit: int) -> tuple[list[Datagram], list[Block]]:
    """Return at most *limit* datagrams of *blocks*, and the blocks with the others."""
    datagrams: list[Datagram] = []
    for number, block in enumerate(blocks):
        room = limit - len(datagrams)
        if room <= 0:
            return datagrams, blocks[number:]
        rest: list[Block] = []
        if block.segments > room:
            end = room * block.stride
            rest = [block._replace(data=block.data[end:]), *blocks[number + 1 :]]
            block = block._replace(data=block.data[:end])
        datagrams += [Datagram(data, *block[2:]) for data in block.split()]
        if rest:
            return datagrams, rest
    return datagrams, []


def size_of(data: Any, name: str) -> int:
    """Return the size of a bytes-like object in bytes.

    Raises TypeError or BufferError if it has no contiguous buffer. *name* is its description in the message.
    """
    try:
        given = memoryview(data)
    except TypeError:
        raise TypeError(f"{name} must be a bytes-like object, not {type(data).__name__}") from None
    with given as view:
        if not view.c_contiguous:
            raise BufferError("the data of a datagram must be contiguous")
        return view.nbytes


def is_alike(one: Any, other: Any) -> bool:
    """Return True for equal values of equal types: 1.0 and True do not match a valid 1."""
    if one is other:
        return True
    if type(one) is not type(other) or one != other:
        return False
    return not isinstance(one, tuple) or all(map(is_alike, one, other))


def group(items: Sequence[Any]) -> list[tuple[int, int, int]]:
    """Return (start, end, stride) of the runs of *items*, which have all fields but *data* in common.

    Raises TypeError for an item that is not a Send, or whose data is not a bytes-like object.
    """
    runs: list[tuple[int, int, int]] = []
    start = stride = last = 0
    for position, item in enumerate(items):
        if not isinstance(item, Send):
            raise TypeError(f"send(): item {position} must be a Send, not {type(item).__name__}")
        size = size_of(item.data, f"send(): data of item {position}")
        if position and not (0 < size <= stride == last and is_alike(item[1:], items[start][1:])):
            runs.append((start, position, stride))
            start = position
        if start == position:
            stride = size
        last = size
    if items:
        runs.append((start, len(items), stride))
    return runs


def first_unsent(runs: Sequence[Run], position: int) -> int:
    """Return the index of the run with the datagram *position*.

    A binary search: with a scan, the time of many refused datagrams would be quadratic.
    """
    low, high = 0, len(runs)
    while low < high:
        middle = (low + high) // 2
        if runs[middle].end > position:
            high = middle
        else:
            low = middle + 1
    return low


def messages_of(
    source: Any, runs: Iterable[Run], position: int, most_segments: int, most_messages: int
) -> list[tuple[int, tuple[Any, ...]]]:
    """Return (datagrams, message for sendmmsg) from the datagram *position* on."""
    made: list[tuple[int, tuple[Any, ...]]] = []
    for run in runs:
        at = max(position, run.start)
        while at < run.end and len(made) < most_messages:
            count = min(most_segments, run.end - at, MOST_SEGMENT_BYTES // run.stride if run.stride else 1)
            count = max(count, 1)
            if isinstance(source, memoryview):
                data: Any = source[at * run.stride : (at + count) * run.stride]
            else:
                data = [item.data for item in source[at : at + count]]
            controls = run.controls
            if count > 1:
                controls = (*controls, segment_control(run.stride))
            made.append((count, (data, run.to, controls)))
            at += count
    return made


def send(
    sock: Any, source: Any, runs: Sequence[Run], position: int, most_segments: int, most_messages: int = MOST_MESSAGES
) -> tuple[int, OSError | None]:
    """Send the datagrams of *runs* from *position* on, and return the position of the first one that was not sent.

    *source* is a sequence of Send, or a memoryview of datagrams of the stride. The error is that of the datagram at
    this position. The socket waits for the first message only.
    """
    end = runs[-1].end
    while position < end:
        first = first_unsent(runs, position)
        made = messages_of(source, runs[first : first + most_messages], position, most_segments, most_messages)
        try:
            sent = sock.sendmmsg([message for _, message in made])
        except OSError as exc:
            # The frames of a traceback would keep the buffers of the data, for as long as the program keeps the error.
            exc.__context__ = None
            return position, exc.with_traceback(None)
        position += sum(count for count, _ in made[:sent])
        if sent < len(made):
            continue  # the next call raises the error, or waits
        if most_messages < MOST_MESSAGES:
            break
    return position, None


def would_block() -> OSError:
    """Return the exception of a call that would have to wait."""
    return BlockingIOError(EAGAIN, strerror(EAGAIN))
