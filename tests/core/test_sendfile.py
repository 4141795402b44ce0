"""sendfile: by sendfile(2) or send(), offsets, counts, positions, errors."""

from __future__ import annotations

import io
import os
import tempfile

import pytest
from systems import CLOSED, LIMIT, PEER_GONE, WINDOWS

import sockcore

DATA = os.urandom(1 << 20)
BY_KERNEL, BY_SEND = "_sendfile_use_sendfile", "_sendfile_use_send"
HAS_SENDFILE = hasattr(os, "sendfile")
WAYS = ("sendfile", *([BY_KERNEL] if HAS_SENDFILE else []), BY_SEND)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(DATA)
    with open(path, "rb") as opened:
        yield opened


@pytest.fixture
def received(background):
    """Return a function that reads a socket to its end in a thread.

    It returns a function that returns the data.
    """

    def start(sock):
        parts = []

        def read():
            while part := sock.recv(65536):
                parts.append(part)

        thread = background(read)

        def finish():
            thread.join(LIMIT)
            return b"".join(parts)

        return finish

    return start


@pytest.mark.parametrize("timeout", [None, LIMIT])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("offset", "count"),
    [(0, None), (5, None), (0, 1), (0, 8192), (7, 100_000), (len(DATA) - 3, None), (0, len(DATA)), (3, len(DATA) * 2)],
)
def test_sendfile_sends_the_selected_bytes(pair, file, received, way, offset, count, timeout):
    one, two = pair(timeout=timeout)
    finish = received(two)
    expected = DATA[offset:][:count]
    assert getattr(one, way)(file, offset, count) == len(expected)
    assert file.tell() == offset + len(expected)
    one.close()
    assert finish() == expected


@pytest.mark.parametrize("way", WAYS)
def test_sendfile_ignores_the_current_position_of_the_file(pair, file, received, way):
    one, two = pair()
    finish = received(two)
    file.seek(1000 if HAS_SENDFILE and way != BY_SEND else 0)
    assert getattr(one, way)(file, count=10) == 10
    one.close()
    assert finish() == DATA[:10]


@pytest.mark.parametrize("offset", [len(DATA), len(DATA) + 5])
def test_sendfile_with_offset_beyond_the_end_sends_nothing(pair, file, offset):
    one, _ = pair()
    assert one.sendfile(file, offset) == 0


def test_sendfile_of_empty_file_sends_nothing(pair, tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    one, two = pair()
    with open(tmp_path / "empty", "rb") as empty:
        assert one.sendfile(empty) == 0
    assert one.sendfile(io.BytesIO()) == 0
    one.close()
    assert two.recv(1) == b""


def test_sendfile_of_other_file_objects_uses_send(pair, received):
    one, two = pair()
    finish = received(two)
    memory = io.BytesIO(b"0123456789")
    assert one.sendfile(memory, 2, 5) == 5
    assert memory.tell() == 7
    reader, writer = os.pipe()
    os.write(writer, b"from a pipe")
    os.close(writer)
    with open(reader, "rb") as pipe:

        class NoSeek:
            mode = "rb"
            read, fileno = pipe.read, pipe.fileno

        assert one.sendfile(NoSeek()) == 11
    one.close()
    assert finish() == b"23456from a pipe"


@pytest.mark.skipif(HAS_SENDFILE, reason="this system has sendfile")
def test_sendfile_without_os_sendfile_uses_send(pair, file):
    one, _ = pair()
    with pytest.raises(sockcore._GiveupOnSendfile):
        one._sendfile_use_sendfile(file)
    file.seek(len(DATA) - 2)
    assert one.sendfile(file) == 2  # from the position of the file, like send()


def test_sendfile_use_sendfile_with_unsuitable_file_gives_up_before_sending(pair):
    one, two = pair(timeout=0.05)
    with pytest.raises(sockcore._GiveupOnSendfile):
        one._sendfile_use_sendfile(io.BytesIO(b"x"))
    with pytest.raises(sockcore.timeout):
        two.recv(1)


def test_sendfile_of_text_file_raises_value_error(pair, tmp_path):
    (tmp_path / "text").write_text("x")
    one, _ = pair()
    with open(tmp_path / "text", encoding="ascii") as text, pytest.raises(ValueError, match="binary mode"):
        one.sendfile(text)


@pytest.mark.parametrize("count", [0, -1, -(1 << 40)])
def test_sendfile_with_count_not_positive_raises_value_error(pair, file, count):
    one, _ = pair()
    with pytest.raises(ValueError, match=rf"^count must be a positive integer \(got {count}\)$"):
        one.sendfile(file, count=count)


@pytest.mark.parametrize("count", ["1", 1.0, b"1", [1]])
def test_sendfile_with_count_not_an_integer_raises_type_error(pair, file, count):
    one, _ = pair()
    with pytest.raises(TypeError, match=r"^count must be a positive integer"):
        one.sendfile(file, count=count)


def test_sendfile_on_datagram_socket_raises_value_error(pair, file):
    one, _ = pair(sockcore.SOCK_DGRAM)
    with pytest.raises(ValueError, match=r"^only SOCK_STREAM type sockets are supported$"):
        one.sendfile(file)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("timeout", [None, LIMIT])
def test_sendfile_on_closed_socket_raises_as_the_standard_module_does(pair, file, way, timeout):
    """sendfile(2) is preceded by a selector, which rejects the descriptor -1. send() calls the system."""
    one, _ = pair(timeout=timeout)
    one.close()
    if way == BY_SEND or not HAS_SENDFILE:
        with pytest.raises(OSError) as refusal:
            getattr(one, way)(file)
        assert refusal.value.errno == CLOSED
    else:
        with pytest.raises(ValueError, match=r"^Invalid file descriptor: -1$"):
            getattr(one, way)(file)


def test_sendfile_in_non_blocking_mode_raises_value_error(pair, file):
    one, _ = pair(timeout=0)
    for source in (file, io.BytesIO(b"x")):
        with pytest.raises(ValueError, match=r"^non-blocking sockets are not supported$"):
            one.sendfile(source)


@pytest.mark.parametrize("way", WAYS)
def test_sendfile_after_timeout_sets_position_after_sent_bytes(pair, file, way):
    one, two = pair(timeout=0.1)
    with pytest.raises(sockcore.timeout):
        getattr(one, way)(file)
    sent = file.tell()
    assert 0 < sent < len(DATA)
    one.close()
    got = b"".join(iter(lambda: two.recv(1 << 20), b""))
    assert got == DATA[:sent]


@pytest.mark.parametrize("way", WAYS)
def test_sendfile_with_closed_peer_raises(pair, file, way):
    one, two = pair()
    two.close()
    with pytest.raises(sockcore._GiveupOnSendfile if way == BY_KERNEL else PEER_GONE):
        getattr(one, way)(file)
    # TCP reports that only later.
    assert file.tell() == 0 or (WINDOWS and file.tell() < len(DATA))


def test_sendfile_called_repeatedly_sends_the_whole_file_each_time(pair, received):
    one, two = pair()
    finish = received(two)
    with tempfile.TemporaryFile() as source:
        source.write(b"abc")
        source.flush()
        for _ in range(3):
            if not HAS_SENDFILE:
                source.seek(0)
            assert one.sendfile(source) == 3
    one.close()
    assert finish() == b"abcabcabc"


@pytest.mark.parametrize("offset", [0, 5])
def test_sendfile_by_send_failed_at_once_keeps_position(pair, offset):
    one, _ = pair()
    one.shutdown(sockcore.SHUT_WR)
    source = io.BytesIO(DATA)
    source.seek(7)
    with pytest.raises(OSError):
        one.sendfile(source, offset)
    assert source.tell() == (offset or 7)
