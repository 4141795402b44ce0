"""makefile: modes, buffers, text, order of closing, timeouts, non-blocking."""

from __future__ import annotations

import io

import pytest
from systems import LIMIT, is_open

import sockcore


@pytest.mark.parametrize(
    ("mode", "file_type", "reads", "writes"),
    [
        ("rb", io.BufferedReader, True, False), ("wb", io.BufferedWriter, False, True),
        ("rwb", io.BufferedRWPair, True, True), ("wrb", io.BufferedRWPair, True, True),
        ("b", io.BufferedReader, True, False), ("r", io.TextIOWrapper, True, False),
        ("w", io.TextIOWrapper, False, True), ("rw", io.TextIOWrapper, True, True), ("", io.TextIOWrapper, True, False),
    ],
)  # fmt: skip
def test_makefile_mode_selects_reading_and_writing(pair, mode, file_type, reads, writes):
    one, _ = pair()
    with one.makefile(mode, encoding=None if "b" in mode else "utf-8") as file:
        assert type(file) is file_type
        assert (file.readable(), file.writable(), file.seekable()) == (reads, writes, False)
        if "b" not in mode:
            assert file.mode == mode


@pytest.mark.parametrize(
    ("mode", "raw_mode"), [("rb", "rb"), ("wb", "wb"), ("rwb", "rwb"), ("br", "rb"), ("bwr", "rwb")]
)
def test_makefile_with_buffering_0_returns_socket_io(pair, mode, raw_mode):
    one, two = pair()
    with one.makefile(mode, buffering=0) as raw:
        assert type(raw) is sockcore.SocketIO
        assert (raw.mode, raw.name, raw.fileno()) == (raw_mode, one.fileno(), one.fileno())
        if "r" in mode:
            two.send(b"abc")
            assert raw.read(2) == b"ab"
            assert raw.readinto(bytearray(5)) == 1
        else:
            with pytest.raises(io.UnsupportedOperation):
                raw.read(1)
        if "w" in mode:
            assert raw.write(b"xyz") == 3
            assert two.recv(5) == b"xyz"
        else:
            with pytest.raises(io.UnsupportedOperation):
                raw.write(b"x")
    assert raw.name == -1


@pytest.mark.parametrize("mode", ["a", "rx", "r+", "rt", "R", "rbU"])
def test_makefile_with_invalid_mode_raises_value_error(pair, mode):
    one, _ = pair()
    with pytest.raises(ValueError, match=rf"^invalid mode '{mode.replace('+', '[+]')}' \(only r, w, b allowed\)$"):
        one.makefile(mode)


def test_makefile_unbuffered_in_text_mode_raises_value_error(pair):
    one, _ = pair()
    with pytest.raises(ValueError, match=r"^unbuffered streams must be binary$"):
        one.makefile("r", buffering=0)


@pytest.mark.parametrize("mode", ["a", "", "b", "x", "r+"])
def test_socket_io_with_invalid_mode_raises_value_error(pair, mode):
    one, _ = pair()
    with pytest.raises(ValueError, match=r"^invalid mode: "):
        sockcore.SocketIO(one, mode)


def test_makefile_in_text_mode_reads_lines(pair):
    one, two = pair()
    two.send("häßlich\r\nzwei\nrest".encode("latin-1"))
    two.shutdown(sockcore.SHUT_WR)
    with one.makefile("r", encoding="latin-1") as file:
        assert list(file) == ["häßlich\n", "zwei\n", "rest"]


def test_makefile_uses_newline_and_errors(pair):
    one, two = pair()
    two.send(b"a\r\n\xff\n")
    two.shutdown(sockcore.SHUT_WR)
    with one.makefile("rw", encoding="ascii", errors="replace", newline="") as file:
        assert file.readlines() == ["a\r\n", "\ufffd\n"]
        file.write("no\n\xe4")
        file.flush()
    assert two.recv(10) == b"no\n?"


def test_makefile_writer_buffers_data_until_full_or_closed(pair):
    one, two = pair()
    two.setblocking(False)
    with one.makefile("wb", buffering=8) as file:
        file.write(b"1234")
        with pytest.raises(BlockingIOError):
            two.recv(10)
        file.write(b"56789")
        assert two.recv(10)[:4] == b"1234"
        file.write(b"0")
    assert two.recv(10).endswith(b"0")


def test_makefile_rwb_reads_and_writes(pair):
    one, two = pair()
    with one.makefile("rwb") as first_file, two.makefile("rwb") as second_file:
        first_file.write(b"question\n")
        first_file.flush()
        assert second_file.readline() == b"question\n"
        second_file.write(b"answer\n")
        second_file.flush()
        assert first_file.readline() == b"answer\n"


@pytest.mark.parametrize("order", ["socket first", "file first"])
def test_close_with_open_files_keeps_descriptor_until_the_last(pair, order):
    one, two = pair()
    fd, file, other = one.fileno(), one.makefile("rb"), one.makefile("wb")
    two.send(b"still")
    if order == "socket first":
        one.close()
        assert "[closed]" in repr(one)
        assert file.read(5) == b"still"
        other.close()
        assert is_open(fd)
        file.close()
        file.close()
    else:
        file.close()
        other.close()
        assert is_open(fd)
        assert one.recv(5) == b"still"
        one.close()
    assert not is_open(fd)


def test_file_close_leaves_the_socket_open(pair):
    one, two = pair()
    with one.makefile("rb"), one.makefile("rb"):
        pass
    one.send(b"x")
    assert two.recv(1) == b"x"


@pytest.mark.parametrize(
    ("call", "what"), [("readable", "socket"), ("writable", "socket"), ("seekable", "socket"), ("fileno", "file")]
)
def test_closed_socket_io_raises_value_error(pair, call, what):
    one, _ = pair()
    raw = one.makefile("rwb", buffering=0)
    raw.close()
    raw.close()
    assert (raw.closed, raw.name) == (True, -1)
    with pytest.raises(ValueError, match=rf"^I/O operation on closed {what}\.?$"):
        getattr(raw, call)()
    for use in (lambda: raw.read(1), lambda: raw.readinto(bytearray(1)), lambda: raw.write(b"x")):
        with pytest.raises(ValueError, match="closed"):
            use()


def test_file_read_after_timeout_raises_os_error(pair):
    one, two = pair(timeout=0.05)
    with one.makefile("rb") as file:
        two.send(b"par")
        with pytest.raises(sockcore.timeout, match="timed out"):
            file.read(6)
        two.send(b"tial")
        for _ in range(2):
            with pytest.raises(OSError, match=r"^cannot read from timed out object$"):
                file.read(1)
    assert one.recv(10) == b"tial"


def test_file_write_after_timeout_succeeds(pair):
    one, two = pair(timeout=0.05)
    with one.makefile("rwb", buffering=0) as file:
        with pytest.raises(sockcore.timeout):
            file.read(1)
        file.write(b"x")
    assert two.recv(1) == b"x"


def test_socket_io_of_non_blocking_socket_returns_none(pair):
    one, two = pair(timeout=0)
    with one.makefile("rwb", buffering=0) as raw:
        assert raw.read(1) is None
        assert raw.readinto(bytearray(1)) is None
        while raw.write(b"x" * 65536) is not None:
            pass
        two.send(b"y")
        assert raw.read(1) == b"y"
    with one.makefile("rb") as file:
        assert file.read(10) is None


def test_file_read_at_end_of_stream_returns_empty(pair):
    one, two = pair()
    two.close()
    with one.makefile("rb") as file:
        assert (file.read(), file.read(1), file.readline()) == (b"", b"", b"")


def test_file_read_of_large_size_waits_for_all_data(pair, background):
    one, two = pair()
    data = bytes(range(256)) * 4096
    thread = background(two.sendall, data)
    with one.makefile("rb") as file:
        assert file.read(len(data)) == data
    thread.join(LIMIT)
