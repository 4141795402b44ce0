"""Messages about wrong arguments.

They name the public call, and match CPython if it has the method.
"""

from __future__ import annotations

import re
import sys

import implementations
import pytest
from implementations import IN_C, IN_PYTHON

import sockcore
from sockcore._plugins.discovery import registry
from sockcore.backends import available

standard = pytest.importorskip("socket")
AF_INET, DGRAM = int(standard.AF_INET), int(standard.SOCK_DGRAM)
CPYTHON = pytest.mark.skipif(sys.implementation.name != "cpython", reason="PyPy has its own messages")

METHODS = sorted(
    {name for name in dir(sockcore.socket.__base__) if not name.startswith("_")}
    - {"family", "type", "proto", "timeout", "close", "detach", *registry().socket_methods}
    | {"_accept", "__init__"}
)
#: Wrong calls: with more arguments than any method accepts, or of types that no method accepts.
CALLS = {
    "none": ((), {}),
    "object": ((object(),), {}),
    "text": (("x",), {}),
    "float": ((1.5,), {}),
    "two": ((1, 2), {}),
    "no flags": ((1, 2, object()), {}),
    "three": ((1, 2, 3.5), {}),
    "seven": ((1,) * 7, {}),
    "keyword": ((), {"nonsense": 1}),
}
#: Patterns of the differences between two classes with the same messages. The interpreter writes "socket.recv()" only
#: for calls by name.
UNIFORM = [
    (re.compile(r"^socket\.(?=\w+\(\) takes no keyword arguments)"), ""),
    (re.compile(r"'(_socket|sockcore)\.socket'"), "'socket'"),
    # before Python 3.13
    (
        re.compile(r"^('\w+') is an invalid keyword argument for (\w+\(\))$"),
        r"\2 got an unexpected keyword argument \1",
    ),
]


def outcome(cls, name, arguments, keywords):
    sock = cls(AF_INET, DGRAM)
    try:
        sock.setblocking(False)
        getattr(sock, name)(*arguments, **keywords)
    except BlockingIOError as exc:
        return type(exc).__name__
    except (TypeError, ValueError, OverflowError, OSError) as exc:
        message = str(exc)
        for pattern, replacement in UNIFORM:
            message = pattern.sub(replacement, message)
        return f"{type(exc).__name__}: {message}"
    finally:
        sock.close()
    return "done"


CASES = [(name, call) for name in METHODS for call in CALLS]
# Without a plugin for AF_INET, sockcore has no default family and no tuples as addresses.
if not hasattr(sockcore, "AF_INET"):
    CASES = [
        case
        for case in CASES
        if case != ("__init__", "none")
        and not (case[0] in ("bind", "connect", "connect_ex") and case[1] in ("object", "text", "float"))
    ]
SHARED = [(name, call) for name, call in CASES if hasattr(standard.SocketType, name)]
if sys.version_info < (3, 12):  # these versions reject or convert objects that later versions, and sockcore, do not
    SHARED = [case for case in SHARED if case[0] != "setblocking" and case != ("shutdown", "float")]


@CPYTHON
@pytest.mark.skipif(IN_C is None, reason="there is no native backend")
@pytest.mark.parametrize(("name", "call"), SHARED)
def test_native_backend_argument_messages_match_cpython(name, call):
    if name.startswith(("recv_into", "recvfrom_into")) and call == "keyword":
        pytest.skip("another wrong argument is reported first")
    assert outcome(IN_C, name, *CALLS[call]) == outcome(standard.SocketType, name, *CALLS[call])


COUNTED = re.compile(r"takes .*argument|missing .*argument|unexpected keyword")


#: Methods of the pure backend whose arguments the interpreter counts, including the socket.
HOT = {name for name in METHODS if name.startswith(("recv", "send")) or name in ("fileno", "getblocking", "gettimeout")}


@CPYTHON
@pytest.mark.parametrize(("name", "call"), SHARED)
def test_pure_backend_argument_messages_match_cpython(name, call):
    ours = outcome(IN_PYTHON, name, *CALLS[call])
    theirs = outcome(standard.SocketType, name, *CALLS[call])
    if COUNTED.search(ours) and name in HOT | {"__init__"}:
        assert re.match(rf"^TypeError: (socket\.)?{name}\(\) ", ours)
        assert theirs.startswith("TypeError: ")
    else:
        assert ours == theirs


@pytest.mark.parametrize("cls", implementations.BOTH)
@pytest.mark.parametrize(("name", "call"), CASES)
def test_argument_count_messages_name_the_method(cls, name, call):
    message = outcome(cls, name, *CALLS[call])
    assert "BaseSocket" not in message
    assert "_native" not in message
    if "argument" in message and re.search(r"takes|missing|expected (exactly|at)|unexpected", message):
        name = {"__init__": "(__init__|socket)"}.get(name, name)
        assert re.match(rf"^TypeError: (socket\.)?{name}(\(\))? ", message)


def test_bind_message_names_the_public_call():
    with sockcore.socket(AF_INET, DGRAM) as sock, pytest.raises(TypeError) as exc:
        sock.bind(1, 2)
    assert str(exc.value) == "socket.bind() takes exactly one argument (2 given)"


@pytest.mark.parametrize("backend", ["native", "pure"])
def test_argument_counts_are_read_from_one_table(python, backend):
    if backend not in available():
        pytest.skip("the native backend was not built")
    code = """
        from sockcore import _arguments
        _arguments.COUNTS["getsockopt"] = (5, 6)
        import sockcore
        with sockcore.socket(2, sockcore.SOCK_STREAM) as sock:
            for arguments in ((1,), (1, 2, 3, 4, 5, 6, 7)):
                try:
                    sock.getsockopt(*arguments)
                except TypeError as exc:
                    print(exc)
    """
    assert python(code, SOCKCORE_BACKEND=backend) == (
        "getsockopt() takes at least 5 arguments (1 given)\ngetsockopt() takes at most 6 arguments (7 given)\n"
    )
