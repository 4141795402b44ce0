"""Intended differences between the standard module and sockcore, with their reasons.

The socket module of PyPy is a separate implementation, with other checks of arguments and other exceptions. On PyPy,
only results and the errno of system calls are compared.
"""

from __future__ import annotations

import os
import platform
import re
import socket as standard
import sys
from typing import TYPE_CHECKING, NamedTuple

from parity.outcomes import ARITY
from parity.system import WINDOWS

if TYPE_CHECKING:
    from parity.outcomes import Outcome

#: Whether the standard module is that of CPython, whose messages are compared.
IS_CPYTHON = platform.python_implementation() == "CPython"
#: Whether the interpreter runs in an emulator that translates system calls.
EMULATED = os.environ.get("HYPOTHESIS_PROFILE") == "emulated"


class Difference(NamedTuple):
    """Two patterns for outcomes of the same line, which are accepted as equivalent."""

    line: str
    standard: str
    sockcore: str
    reason: str
    #: First version of Python with this difference, and first version without it.
    since: tuple[int, int] = (3, 9)
    until: tuple[int, int] = (9, 9)
    #: Whether the difference exists only on Windows.
    windows: bool = False

    def explains(self, standard: Outcome, sockcore: Outcome) -> bool:
        """Return whether this entry covers the difference between two outcomes."""
        return (
            (WINDOWS or not self.windows)
            and self.since <= sys.version_info[:2] < self.until
            and re.search(self.line, standard.line) is not None
            and re.fullmatch(self.standard, _text(standard), re.DOTALL) is not None
            and re.fullmatch(self.sockcore, _text(sockcore), re.DOTALL) is not None
        )


#: Exceptions for invalid arguments. `sides.BadIndex` raises ZeroDivisionError.
_ARGUMENT_ERRORS = {"TypeError", "ValueError", "OverflowError", "ZeroDivisionError"}
_OUT_OF_RANGE = r"OverflowError: (signed integer is .*|Python int too large .*)"

_EAI_SERVICE = getattr(standard, "EAI_SERVICE", 0)
_INVALID_HOST = r"[\w.]*InvalidHost(Name|InAddress): .*"

DIFFERENCES = (
    Difference(
        r"",
        r"(UnicodeError|UnicodeEncodeError): .*|TypeError: encoding of hostname failed|gaierror: .*",
        _INVALID_HOST,
        "for a host with an invalid DNS label, the exception is a gaierror and a UnicodeError, and also a TypeError if "
        "the standard library raises one",
    ),
    Difference(
        r"'a' \* 64",
        r"(TypeError|OverflowError|ZeroDivisionError): .*",
        _INVALID_HOST,
        "if another part of the address is invalid too, the standard library reports that part, because it accepts any "
        "ASCII host until it resolves it",
    ),
    Difference(
        r"getaddrinfo\(.*\\0|create_connection\(.*\\0",
        r".*",
        r"ValueError: embedded null (byte|character)",
        "the standard library looks up the part of a host or service before its NUL",
    ),
    Difference(
        r"(getaddrinfo|create_connection)\(.*(-\d|65536|70000|2\*\*)",
        r".*",
        rf"gaierror: \[Errno {_EAI_SERVICE}\] .*",
        "the system uses the lowest 16 bits of a port, and older versions reject a large int",
    ),
    Difference(
        r"getnameinfo\(.*(-\d|65536|70000|2\*\*)",
        r".*",
        r"OverflowError: getnameinfo\(\): port must be 0-65535\.",
        "the system uses the lowest 16 bits of a port",
    ),
    Difference(
        r"bind|connect|sendto|sendmsg",
        r".*",
        r"ValueError: \w+\(\): AF_UNIX path must not contain a NUL",
        "the standard library uses the part of a path before its NUL",
    ),
    Difference(
        r"create_connection\(",
        r"\w+: \[(Errno|WinError) \d+\] [^:]*",
        r"\w+: \[(Errno|WinError) \d+\] [^:]*: .*",
        "the message contains the address that could not be reached",
    ),
    Difference(
        r"getfqdn\((name=)?(' *'|'0\.0\.0\.0'|'::')?\)",
        r"'.*'",
        r"'.*'",
        "the standard library resolves the name of this host, and then looks up the name of the address",
    ),
    Difference(
        r"^fds_received\(",
        r"\(b.*\[\(\d+, True, .*\)",
        r"\(b.*\[\(\d+, False, .*\)",
        "recv_fds() makes descriptors non-inheritable, as every function of sockcore that returns one",
    ),
    Difference(
        r"(if_indextoname|htonl|ntohl)\(",
        r"TypeError: (expected int, .* found|an integer is required)",
        r".*",
        "before Python 3.14 the standard library accepts only int",
        until=(3, 14),
    ),
    Difference(
        r"",
        r"TypeError: (.* cannot be interpreted as an integer|an integer is required .*|integer argument expected, .*)",
        r"TypeError: (.* cannot be interpreted as an integer|an integer is required .*|integer argument expected, .*)",
        "before Python 3.10 the message for a value that is not an integer depends on the function",
        until=(3, 10),
    ),
    Difference(
        r"timeout",
        r"OverflowError: timestamp (too large to convert to|out of range for) (C _?PyTime_t|platform time_t)",
        r"OverflowError: timestamp (too large to convert to|out of range for) (C _?PyTime_t|platform time_t)",
        "the message contains names of internal types, which depend on the version",
    ),
    Difference(
        r"timeout",
        r"TypeError: ('.*' object cannot be interpreted as an integer( or float)?|must be real number, not .*)",
        r"TypeError: ('.*' object cannot be interpreted as an integer( or float)?|must be real number, not .*)",
        "the message for a timeout that is not a number depends on the version",
    ),
    Difference(
        r"",
        _OUT_OF_RANGE,
        _OUT_OF_RANGE,
        "Python 3.11 and 3.14 changed the conversion of integer arguments, and the message for a value out of range",
        until=(3, 11),
    ),
    Difference(r"", _OUT_OF_RANGE, _OUT_OF_RANGE, "see above", since=(3, 14)),
    Difference(
        r"(if_indextoname|hton[ls]|ntoh[ls])\(",
        r"0|OSError: .*|(OverflowError|ValueError|TypeError): .*",
        r"(OverflowError|ValueError|TypeError): .*",
        "the message for a value that is not an unsigned integer depends on the version, and older versions truncate",
    ),
    Difference(
        r"close\(|dup\(|fromfd\(|socket\(",
        r"OSError: .*Bad file descriptor|ValueError: negative file descriptor",
        r"OverflowError: .*",
        "the standard library truncates a descriptor that exceeds a C int, and may close another descriptor",
    ),
    Difference(
        r"inet_aton",
        r"TypeError: inet_aton\(\) argument 1 must be str, .*",
        r"TypeError: inet_aton\(\) argument must be str, .*",
        "Python 3.13 changed the name of the argument in the message",
        until=(3, 13),
    ),
    Difference(
        r"f\.",
        r"ValueError: I/O operation on closed (file|socket)\.?",
        r"ValueError: I/O operation on closed (file|socket)\.?",
        "the message names the file or the socket, depending on the version",
        until=(3, 10),
    ),
    Difference(
        r"^setattr",
        r"AttributeError: (readonly attribute|attribute .* is not writable|can't set attribute.*)",
        r"AttributeError: (property .* has no setter|can't set attribute.*)",
        "attributes of C types and properties have different messages, which depend on the version",
    ),
    Difference(
        r"setsockopt",
        r"TypeError: (a bytes-like object is required, not .*|\(the number or the names of arguments\))",
        r"(OverflowError|ZeroDivisionError): .*",
        "before Python 3.15 the standard library tries one type of argument after the other, and reports the error of "
        "the last",
        until=(3, 15),
    ),
    Difference(
        r"sendmsg",
        r"TypeError: .* argument must be (3-item tuple, not|tuple of length 3, not) .*",
        r"TypeError: .*",
        "from Python 3.14 on, a control message that is a sequence other than a tuple is deprecated, and a str invalid",
        since=(3, 14),
    ),
    Difference(
        r"setsockopt",
        r"TypeError: \(the number or the names of arguments\)",
        r"OverflowError: .*",
        "if both the number of arguments and an argument are wrong, either may be reported",
    ),
    Difference(
        r"setsockopt\(.*, None, (?!-1\))",
        r"(None|OSError: .*|TypeError: .*)",
        r"OverflowError: setsockopt optlen must be .*",
        "the standard library truncates a length that exceeds a C unsigned int",
    ),
    Difference(
        r"getsockopt\(",
        r"OSError: getsockopt buflen out of range",
        r"b'.*|b\".*|OSError: \[(Errno|WinError) .*",
        "the standard library returns at most 1024 bytes, but some options are longer",
    ),
    Difference(
        r"setsockopt\(.*2\*\*3[12](-1)?\)",
        r"OverflowError: .*|TypeError: a bytes-like object is required, not 'int'",
        r"None|OSError: .*",
        "the standard library accepts only signed values, but marks and masks have 32 bits",
    ),
    Difference(
        r"recv_into\((?=.*MSG_PEEK)(?=.*MSG_TRUNC)",
        r"0",
        r"\d+|\w*(Error|timeout): .*",
        "the standard library makes no system call for an empty buffer, and sockcore returns the length of a datagram",
    ),
    Difference(
        r"sendmsg\(|recvmsg_into\(",
        r"OSError: \[Errno \d+\] Message too long",
        r"\d+|\(\d+, .*",
        "on a stream, sockcore transfers the first IOV_MAX buffers, like a short write",
    ),
    Difference(
        r"inet_pton\(",
        r"OSError: \[Errno 0\] Error",
        r"OSError: \[WinError 10047\] .*",
        "the standard library uses errno for an unknown family, but Winsock does not set it",
        windows=True,
    ),
    Difference(
        r"if_indextoname\(",
        r"(OSError: \[Errno 0\] Error|SystemError: .*)",
        r"OSError: \[Errno 6\] .*",
        "the standard library uses errno for an unknown index, but Windows does not set it",
        windows=True,
    ),
    Difference(
        r"socketpair\(",
        r"(ValueError: Only .* supported|OverflowError: .*)",
        r"(TypeError|OverflowError|ZeroDivisionError): .*",
        "the standard library compares the arguments, instead of converting them to a C int as on other systems",
        windows=True,
    ),
    Difference(
        r"socketpair\((family=)?None",
        r"ValueError: Only .* supported",
        r".*",
        "None is not a valid family, as on other systems",
        windows=True,
    ),
    Difference(
        r"sock\.(recv|send|accept|makefile)",
        r"TimeoutError: timed out",
        r"(OSError|BrokenPipeError): .*",
        "the standard library waits before the system call. sockcore calls first, so errors that do not depend on "
        "readiness (unknown flags, sending on a listening socket) are raised at once",
    ),
    Difference(
        r"\.(send|flush|write)",
        r"TimeoutError: timed out",
        r"\d+|None",
        "see above: a socket accepts data before poll reports it writable, which needs half of its buffer to be free",
    ),
    Difference(
        r"(sock|peer)\.(recv|send|makefile)",
        r"TimeoutError: timed out",
        r"(ConnectionResetError|BrokenPipeError): .*",
        "see above; Wine reports a reset connection where Windows reports a missing one",
        windows=True,
    ),
    Difference(
        r"sockopt\(",
        r"OSError: \[Errno 0\] Error",
        r"OSError: .*",
        "Wine sets no error for some options, and the standard library then raises error 0",
        windows=True,
    ),
    Difference(
        r"recvfrom",
        r".*\(0, b'(\\x00){14}'\).*",
        r".*None.*",
        "Winsock writes no address on a connected stream, and the standard library decodes the zeros in the buffer",
        windows=True,
    ),
    Difference(
        r"f\.",
        r"TimeoutError: .*",
        r"OSError: cannot read from timed out object",
        "before Python 3.10 socket.timeout is not the TimeoutError of the system",
        until=(3, 10),
        windows=True,
    ),
    Difference(
        r"getnameinfo\(",
        r"gaierror: \[Errno 11001\] .*",
        r"gaierror: \[Errno 11003\] .*",
        "Wine returns another error for a long non-ASCII name in UTF-16, which sockcore passes",
        windows=True,
    ),
    Difference(
        r"_sendfile_use_sendfile",
        r"_GiveupOnSendfile: .*",
        r"(_GiveupOnSendfile|ValueError): .*",
        "the exception of a private function without os.sendfile",
        windows=True,
    ),
)


def outcomes_agree(standard: Outcome, sockcore: Outcome) -> bool:
    """Return whether two outcomes of the same line agree."""
    if standard == sockcore:
        return True
    if not IS_CPYTHON and (standard.exception or sockcore.exception):
        return None in (standard.errno, sockcore.errno) or standard.errno == sockcore.errno
    return _both_reject_arguments(standard, sockcore) or any(
        difference.explains(standard, sockcore) for difference in DIFFERENCES
    )


def states_differ(standard: Outcome, sockcore: Outcome) -> bool:
    """Return whether the two sides may differ in state after outcomes that agree."""
    if not IS_CPYTHON:
        return standard != sockcore
    return bool(standard.exception) != bool(sockcore.exception)


def _both_reject_arguments(standard: Outcome, sockcore: Outcome) -> bool:
    """Return whether one side reports the argument count, the other a bad argument.

    If a call has several errors, either may be reported.
    """
    errors = {(outcome.exception, outcome.message) for outcome in (standard, sockcore)}
    if ("TypeError", ARITY) not in errors or not all(exception in _ARGUMENT_ERRORS for exception, _ in errors):
        return False
    return standard._replace(exception="", message="") == sockcore._replace(exception="", message="")


def _text(outcome: Outcome) -> str:
    return f"{outcome.exception}: {outcome.message}" if outcome.exception else outcome.value
