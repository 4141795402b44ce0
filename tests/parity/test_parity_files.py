"""File objects of sockets, and sendfile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parity import sources as s
from parity.scenes import MODES, PAIR, TCP, UDP, UNIX
from parity.sides import check_parity
from parity.system import read_rest

if TYPE_CHECKING:
    from pathlib import Path

_MODES = st.one_of(
    s.one("'r'", "'w'", "'rw'", "'b'", "'rb'", "'wb'", "'rwb'", "'br'", "''"),
    s.one("'a'", "'r+'", "'x'", "'rr'", "'U'", "None", "5", "b'r'", "'rt'", "['r', 'b']"),
)
_MAKEFILE = s.call("sock.makefile", _MODES, s.one("None", "0", "-1", "1", "16", "8192", "-5", "'x'", "1.5"),
                   optional=2, keywords=("mode", "buffering"), odd=s.one("None", "'rb'"))  # fmt: skip
_TEXT = s.one(
    "encoding='utf-8'", "encoding='latin-1'", "encoding='nosuch'", "errors='ignore'", "errors='nosuch'", "newline=''",
    "newline='\\n'", "newline='\\r\\n'", "newline='x'", "encoding=5",
)  # fmt: skip
_USE = s.one(
    "read(3)", "read(0)", "read()", "readline()", "readline(2)", "readlines()", "readinto(bytearray(4))", "read1(5)",
    "read1()", "peek()", "readall()", "write(b'bytes')", "write(bytearray(b'bytes'))", "write('text\\n')",
    "write('\\xe9\\u20ac')", "write(5)", "write(None)", "writelines([b'a', b'b'])", "flush()", "close()", "closed",
    "mode", "name >= 0", "readable()", "writable()", "seekable()", "tell()", "seek(0)", "truncate()", "isatty()",
    "detach()", "encoding", "newlines", "errors", "line_buffering", "buffer", "raw", "__enter__()", "fileno() >= 0",
    "fileno() == sock.fileno()", "raw.name >= 0", "raw.mode", "raw.closed", "raw.readinto(bytearray(3))",
    "__next__()", "raw.write(b'x')", "raw.fileno() >= 0", "raw.read(3)", "raw.readall()", "raw.readinto(b'')",
    "raw._sock is sock", "raw.seekable()",
)  # fmt: skip
SCENES = {**UNIX, **TCP, **UDP}


@given(
    st.sampled_from(sorted(SCENES)),
    st.sampled_from(sorted(MODES)),
    _MAKEFILE,
    st.lists(_TEXT, max_size=2, unique_by=lambda text: text.partition("=")[0]),
    st.lists(_USE, max_size=5),
    st.integers(0, 2),
)
def test_makefile_and_file_methods_match(
    scene: str, mode: str, makefile: str, texts: list[str], uses: list[str], messages: int
) -> None:
    setup = [*SCENES[scene], MODES[mode], "f = None"]
    setup += ["peer.send(b'line\\xc3\\xa9\\r\\nline\\n'); settle(sock)"] * messages
    make = ", ".join([makefile[:-1], *texts]).replace("(, ", "(") + ")"
    lines = [f"[names.update(f=keep({make})), f]", *(f"f.{use}" for use in uses)]
    lines += [
        "sock.close()",
        "sock.fileno() >= 0",
        "f.close()",
        "sock.fileno() >= 0",
        "f.closed",
        "f.read(1)",
        "f.write(b'')",
    ]
    lines += ["settle(peer)", read_rest("peer")]
    check_parity(setup, lines)


# Both modules report an unraisable exception when a stream with an invalid mode is deleted.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@given(
    s.call("m.SocketIO", s.one("sock", "peer"), s.one("'r'", "'w'", "'rw'", "'rb'", "'x'", "5", "'rwb'", "''"),
    odd=s.one("'r'")),
    st.lists(_USE, max_size=4),
)  # fmt: skip
def test_socketio_methods_match(make: str, uses: list[str]) -> None:
    setup = [*PAIR, "f = None", "peer.send(b'some bytes\\n')"]
    check_parity(
        setup,
        [
            f"[names.update(f=keep({make})), f]",
            *(f"f.{use}" for use in uses),
            "sock._io_refs",
            "f.close()",
            "sock._io_refs",
        ],
    )


_FILES = {
    "open('f', 'rb')": "f", "open('f', 'r')": "f", "open('empty', 'rb')": "empty", "io.BytesIO(b'x' * 20000)": "",
    "open('f', 'rb', 0)": "f",
    "io.StringIO('text')": "", "None": "", "open('f', 'wb')": "f", "Unread()": "",
}  # fmt: skip


@pytest.mark.parametrize("how", ["sendfile", "_sendfile_use_sendfile", "_sendfile_use_send"])
def test_sendfile_matches(how: str, folder: Path) -> None:
    setup = (
        "class Unread:\n    def read(self, size): return b''",
        "with open('f', 'wb') as f, open('empty', 'wb'): f.write(bytes(range(256)) * 40)",
    )

    @given(
        st.sampled_from([*UNIX, "tcp", "udp"]),
        st.sampled_from(sorted(MODES)),
        st.sampled_from(sorted(_FILES)),
        s.call("", s.one("0", "1", "5000", "20000", "-1", "None", "'1'", "1.5", "2**64"), s.one("None", "1", "0",
        "-1", "300", "10**9",
                                                                                       "1.5", "'1'", "True"),
               optional=2, odd=s.one("None")),
    )  # fmt: skip
    def check(scene: str, mode: str, file: str, arguments: str) -> None:
        call = f"sock.{how}(file, {arguments[1:]}"
        lines = [call, "settle(peer)", "file.tell()", read_rest("peer", 30000)]
        check_parity([*SCENES[scene], *setup, f"file = {file}", MODES[mode]], lines, folder)

    check()
