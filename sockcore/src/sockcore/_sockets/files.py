"""File objects of sockets: the raw stream of ``makefile``, and ``sendfile``."""

from __future__ import annotations

import errno
import io
import os
import stat

from sockcore import _exceptions, _timeouts
from sockcore._names import public_names
from sockcore._platform import constants
from sockcore._sockets.socket import socket
from sockcore._types import Any, Literal, ReadableBuffer, WriteableBuffer

TYPE_CHECKING = False

#: The maximum number of bytes that the kernel sends by one sendfile(2): INT_MAX, rounded down to a page.
_LONGEST_SENDFILE = 0x7FFFF000
_CHUNK = 8192
#: The errors of a call that would block. A BlockingIOError without an errno is raised by a signal handler.
_WOULD_BLOCK = (errno.EAGAIN, errno.EWOULDBLOCK)
_SOCK_STREAM: int = constants().get("SOCK_STREAM", 1)


class SocketIO(io.RawIOBase):
    """The raw, unbuffered stream of a socket, to which ``makefile`` adds a buffer.

    On a non-blocking socket, ``readinto`` and ``write`` return None if they would block. After a timeout the stream
    cannot be read any more, because the data in a buffer are lost.
    """

    __module__ = "sockcore"

    if TYPE_CHECKING:
        _sock: socket | None
    else:  # without an annotation: it would be evaluated in the module that __module__ names
        _sock = None  # for the finalizer after an invalid mode

    def __init__(self, sock: socket, mode: Literal["r", "w", "rw", "rb", "wb", "rwb"]) -> None:
        if mode not in ("r", "w", "rw", "rb", "wb", "rwb"):
            raise ValueError(f"invalid mode: {mode!r}")
        super().__init__()
        self._sock = sock
        self._mode: Any = mode if "b" in mode else mode + "b"
        self._reading = "r" in mode
        self._writing = "w" in mode
        self._timeout_occurred = False

    def _open_socket(self) -> socket:
        if self._sock is None:
            raise ValueError("I/O operation on closed socket.")
        return self._sock

    def readinto(self, b: WriteableBuffer) -> int | None:
        """Receive into the buffer *b*, and return the number of bytes.

        Returns 0 at the end of the stream, and None if no data are available in non-blocking mode.

        Raises ValueError if the stream is closed, UnsupportedOperation if it is not readable, OSError after a timeout,
        and otherwise the exceptions of recv_into().
        """
        self._checkClosed()
        self._checkReadable()  # type: ignore[attr-defined]
        if self._timeout_occurred:
            raise OSError("cannot read from timed out object")
        try:
            return self._open_socket().recv_into(b)
        except _exceptions.timeout:
            self._timeout_occurred = True
            raise
        except BlockingIOError as exc:
            if exc.errno in _WOULD_BLOCK:
                return None
            raise

    def write(self, b: ReadableBuffer) -> int | None:
        """Send the bytes-like object *b*, and return the number of bytes.

        Returns None if the call would block in non-blocking mode.

        Raises ValueError if the stream is closed, UnsupportedOperation if it is not writable, OSError (EIO) if the
        system sends 0 bytes of the data without an error, and otherwise the exceptions of send().
        """
        self._checkClosed()
        self._checkWritable()  # type: ignore[attr-defined]
        try:
            sent = self._open_socket().send(b)
        except BlockingIOError as exc:
            if exc.errno in _WOULD_BLOCK:
                return None
            raise
        if not sent:  # io.BufferedWriter would call this method again, without an end
            _exceptions.check_sent(sent, memoryview(b).nbytes)
        return sent

    def readable(self) -> bool:
        """Return True if the mode includes reading.

        Raises ValueError if the stream is closed.
        """
        self._refuse_closed()
        return self._reading

    def writable(self) -> bool:
        """Return True if the mode includes writing.

        Raises ValueError if the stream is closed.
        """
        self._refuse_closed()
        return self._writing

    def seekable(self) -> bool:
        """Return False. Raises ValueError if the stream is closed."""
        self._refuse_closed()
        return super().seekable()

    def _refuse_closed(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed socket.")

    def fileno(self) -> int:
        """Return the file descriptor of the socket.

        Raises ValueError if the stream is closed.
        """
        self._checkClosed()
        return self._open_socket().fileno()

    @property
    def name(self) -> int:
        """The file descriptor, or -1 if the stream is closed."""
        return -1 if self.closed else self.fileno()

    @property
    def mode(self) -> Literal["rb", "wb", "rwb"]:
        """``'rb'``, ``'wb'`` or ``'rwb'``."""
        mode: Literal["rb", "wb", "rwb"] = self._mode
        return mode

    def close(self) -> None:
        """Close the stream.

        If the socket is closed already, its file descriptor is closed with the last of its streams. A second call does
        nothing. Other methods of a closed stream raise ValueError.
        """
        if self.closed:
            return
        super().close()
        sock, self._sock = self._sock, None
        if sock is not None:
            sock._decref_socketios()


def _parse_mode(mode: str) -> tuple[bool, bool, bool]:
    """Return whether a mode includes reading, writing, and bytes."""
    if not set(mode) <= {"r", "w", "b"}:
        raise ValueError(f"invalid mode {mode!r} (only r, w, b allowed)")
    writing = "w" in mode
    return "r" in mode or not writing, writing, "b" in mode


#: The common modes: a lookup takes 0.2 microseconds less than _parse_mode().
_MODES: dict[str, tuple[bool, bool, bool]] = {mode: _parse_mode(mode) for mode in ("r", "w", "rw", "rb", "wb", "rwb")}
#: Reading and writing -> the mode of the raw stream.
_RAW_MODES: dict[tuple[bool, bool], Literal["r", "w", "rw"]] = {
    (True, False): "r", (False, True): "w", (True, True): "rw",
}  # fmt: skip


def makefile(
    sock: socket,
    mode: str,
    buffering: int | None,
    encoding: str | None,
    errors: str | None,
    newline: str | None,
) -> Any:
    """Return a file object over *sock*, for arguments like those of ``open``."""
    reading, writing, binary = (_MODES.get(mode) if type(mode) is str else None) or _parse_mode(mode)
    # A program may replace the public name with a class of its own.
    raw = public_names().get("SocketIO", SocketIO)(sock, _RAW_MODES[reading, writing])
    try:
        sock._io_refs += 1
    except AttributeError:  # the constructor has not set it
        sock._io_refs = 1
    if buffering is None or buffering < 0:
        buffering = io.DEFAULT_BUFFER_SIZE
    if buffering == 0:
        if not binary:
            raise ValueError("unbuffered streams must be binary")
        return raw
    buffer: Any
    if reading and writing:
        buffer = io.BufferedRWPair(raw, raw, buffering)
    elif reading:
        buffer = io.BufferedReader(raw, buffering)
    else:
        buffer = io.BufferedWriter(raw, buffering)
    if binary:
        return buffer
    if encoding is None and hasattr(io, "text_encoding"):
        encoding = io.text_encoding(encoding)
    text: Any = io.TextIOWrapper(buffer, encoding, errors, newline)
    text.mode = mode
    return text


class NoSendfile(Exception):
    """The system cannot send this file by sendfile(2)."""


def sendfile_by_kernel(sock: socket, file: Any, offset: int, count: int | None) -> int:
    """Send a regular file by sendfile(2).

    Raises NoSendfile, before any data are sent, if that is not possible.
    """
    check_sendfile(sock, file, offset, count)
    if not hasattr(os, "sendfile"):
        raise NoSendfile("no os.sendfile")
    try:
        source = file.fileno()
        status = os.fstat(source)
    except (AttributeError, io.UnsupportedOperation, OSError) as exc:
        raise NoSendfile(exc) from exc
    if not stat.S_ISREG(status.st_mode):
        raise NoSendfile("no regular file")
    if not status.st_size:
        return 0
    timeout = sock.gettimeout()
    if timeout == 0:
        raise ValueError("non-blocking sockets are not supported")
    target = sock.fileno()
    if target < 0:  # matches CPython, whose selector raises it
        raise ValueError(f"Invalid file descriptor: {target}")
    block = min(count or status.st_size, _LONGEST_SENDFILE)
    total = 0
    try:
        while count is None or total < count:
            if count is not None:
                block = min(block, count - total)
            try:
                sent = os.sendfile(target, source, offset, block)
            except OSError as exc:
                if not _exceptions.is_raised_here(exc):
                    raise
                if isinstance(exc, BlockingIOError):
                    # Sending a file may take long: the timeout applies to each wait, as it does with send().
                    _timeouts.wait(target, _timeouts.WRITE, _timeouts.deadline_of(timeout))
                    continue
                if not total:
                    # No data have been sent yet. send() may succeed where sendfile(2) fails, or raises the same error.
                    raise NoSendfile(exc) from exc
                raise
            if not sent:
                break
            offset += sent
            total += sent
        return total
    finally:
        if total and hasattr(file, "seek"):
            file.seek(offset)


def sendfile_by_send(sock: socket, file: Any, offset: int, count: int | None) -> int:
    """Send the data that ``file.read()`` returns, in pieces, by :meth:`socket.send`."""
    check_sendfile(sock, file, offset, count)
    if sock.gettimeout() == 0:
        raise ValueError("non-blocking sockets are not supported")
    can_seek = hasattr(file, "seekable") and file.seekable()
    start = offset or (file.tell() if can_seek else 0)
    if offset:
        file.seek(offset)
    total = 0
    try:
        while count is None or total < count:
            data = memoryview(file.read(_CHUNK if count is None else min(_CHUNK, count - total)))
            if not data:
                break
            while data:
                sent = sock.send(data)
                _exceptions.check_sent(sent, len(data))
                total += sent
                data = data[sent:]
        return total
    except OSError:
        if not total and can_seek:
            file.seek(start)  # to the first byte that was not sent
        raise
    finally:
        if total and hasattr(file, "seek"):
            file.seek(offset + total)


def check_sendfile(sock: socket, file: Any, offset: int, count: int | None) -> None:
    """Raise ValueError or TypeError for invalid arguments of sendfile()."""
    if "b" not in getattr(file, "mode", "b"):
        raise ValueError("file should be opened in binary mode")
    if not int(sock.type) & _SOCK_STREAM:
        raise ValueError("only SOCK_STREAM type sockets are supported")
    if count is not None:
        if not isinstance(count, int):
            raise TypeError(f"count must be a positive integer (got {count!r})")
        if count <= 0:
            raise ValueError(f"count must be a positive integer (got {count!r})")
