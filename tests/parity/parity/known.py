"""Differences that are meant: what the standard library says, what sockcore says, and why.

PyPy's module is written anew, and refuses other arguments than CPython's, with other exceptions: what is compared there
is what both sides do, and the errno that the system gives to both.
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

#: Whether this interpreter's standard module is CPython's, words and all.
WORDS = platform.python_implementation() == "CPython"
#: Whether the interpreter runs in an emulator of another machine, which translates system calls.
EMULATED = os.environ.get("HYPOTHESIS_PROFILE") == "emulated"


class Known(NamedTuple):
    """Two patterns of outcomes that stand for each other, and the lines on which they do."""

    line: str
    standard: str
    sockcore: str
    reason: str
    #: The first version of Python that has this, and the first that has it no more.
    since: tuple[int, int] = (3, 9)
    until: tuple[int, int] = (9, 9)
    #: Whether only Windows has this.
    windows: bool = False

    def explains(self, standard: Outcome, sockcore: Outcome) -> bool:
        """Return whether this is the difference between two outcomes."""
        return (
            (WINDOWS or not self.windows)
            and self.since <= sys.version_info[:2] < self.until
            and re.search(self.line, standard.line) is not None
            and re.fullmatch(self.standard, _told(standard), re.DOTALL) is not None
            and re.fullmatch(self.sockcore, _told(sockcore), re.DOTALL) is not None
        )


#: What is raised for an argument; the last is what an object of the tests raises when it is asked for a number.
_OF_ARGUMENTS = {"TypeError", "ValueError", "OverflowError", "ZeroDivisionError"}
_OUT_OF_RANGE = r"OverflowError: (signed integer is .*|Python int too large .*)"

_EAI_SERVICE = getattr(standard, "EAI_SERVICE", 0)
_INVALID_HOST = r"[\w.]*InvalidHost(Name|InAddress): .*"

DIFFERENCES = (
    Known(
        r"",
        r"(UnicodeError|UnicodeEncodeError): .*|TypeError: encoding of hostname failed|gaierror: .*",
        _INVALID_HOST,
        "a host with a label that the DNS cannot hold is a gaierror and a UnicodeError everywhere, and a TypeError too "
        "where the standard library has one",
    ),
    Known(
        r"getaddrinfo\(.*\\0|create_connection\(.*\\0",
        r".*",
        r"ValueError: embedded null (byte|character)",
        "the standard library looks up the part of a host or service before its NUL",
    ),
    Known(
        r"(getaddrinfo|create_connection)\(.*(-\d|65536|70000|2\*\*)",
        r".*",
        rf"gaierror: \[Errno {_EAI_SERVICE}\] .*",
        "the system takes the lowest 16 bits of a port, and older versions refuse it as an int",
    ),
    Known(
        r"getnameinfo\(.*(-\d|65536|70000|2\*\*)",
        r".*",
        r"OverflowError: getnameinfo\(\): port must be 0-65535\.",
        "the system takes the lowest 16 bits of a port",
    ),
    Known(
        r"bind|connect|sendto|sendmsg",
        r".*",
        r"ValueError: \w+\(\): AF_UNIX path must not contain a NUL",
        "the standard library uses the part of a path before its NUL",
    ),
    Known(
        r"create_connection\(",
        r"\w+: \[(Errno|WinError) \d+\] [^:]*",
        r"\w+: \[(Errno|WinError) \d+\] [^:]*: .*",
        "the error names the address that could not be reached",
    ),
    Known(
        r"getfqdn\((name=)?(' *'|'0\.0\.0\.0'|'::')?\)",
        r"'.*'",
        r"'.*'",
        "the standard library looks up the name of this host and then its address, and takes the name of that",
    ),
    Known(
        r"^fds_received\(",
        r"\(b.*\[\(\d+, True, .*\)",
        r"\(b.*\[\(\d+, False, .*\)",
        "recv_fds() makes descriptors non-inheritable, as every function of sockcore that returns one",
    ),
    Known(
        r"(if_indextoname|htonl|ntohl)\(",
        r"TypeError: (expected int, .* found|an integer is required)",
        r".*",
        "before Python 3.14 the standard library takes nothing but an int",
        until=(3, 14),
    ),
    Known(
        r"",
        r"TypeError: (.* cannot be interpreted as an integer|an integer is required .*|integer argument expected, .*)",
        r"TypeError: (.* cannot be interpreted as an integer|an integer is required .*|integer argument expected, .*)",
        "Python 3.10 changed what it says of what is no integer, before it was different from function to function",
        until=(3, 10),
    ),
    Known(
        r"timeout",
        r"OverflowError: timestamp (too large to convert to|out of range for) (C _?PyTime_t|platform time_t)",
        r"OverflowError: timestamp (too large to convert to|out of range for) (C _?PyTime_t|platform time_t)",
        "names of internal types, which each version spells in its own way",
    ),
    Known(
        r"timeout",
        r"TypeError: ('.*' object cannot be interpreted as an integer( or float)?|must be real number, not .*)",
        r"TypeError: ('.*' object cannot be interpreted as an integer( or float)?|must be real number, not .*)",
        "each version says it in its own way that a timeout has to be a number",
    ),
    Known(
        r"",
        _OUT_OF_RANGE,
        _OUT_OF_RANGE,
        "Python 3.11 and 3.14 changed how functions read an integer argument, and what they say of one out of range",
        until=(3, 11),
    ),
    Known(r"", _OUT_OF_RANGE, _OUT_OF_RANGE, "see above", since=(3, 14)),
    Known(
        r"(if_indextoname|hton[ls]|ntoh[ls])\(",
        r"0|OSError: .*|(OverflowError|ValueError|TypeError): .*",
        r"(OverflowError|ValueError|TypeError): .*",
        "each version has its own words for what is no unsigned integer, and older ones cut off what is too large",
    ),
    Known(
        r"close\(|dup\(|fromfd\(|socket\(",
        r"OSError: .*Bad file descriptor|ValueError: negative file descriptor",
        r"OverflowError: .*",
        "the standard library cuts a descriptor off that C's int does not hold, and may so close another one",
    ),
    Known(
        r"inet_aton",
        r"TypeError: inet_aton\(\) argument 1 must be str, .*",
        r"TypeError: inet_aton\(\) argument must be str, .*",
        "Python 3.13 calls the only argument so",
        until=(3, 13),
    ),
    Known(
        r"f\.",
        r"ValueError: I/O operation on closed (file|socket)\.?",
        r"ValueError: I/O operation on closed (file|socket)\.?",
        "which of the two is closed is not the same in each version",
        until=(3, 10),
    ),
    Known(
        r"^setattr",
        r"AttributeError: (readonly attribute|attribute .* is not writable|can't set attribute.*)",
        r"AttributeError: (property .* has no setter|can't set attribute.*)",
        "attributes of a C type and properties have words of their own, other ones in each version",
    ),
    Known(
        r"setsockopt",
        r"TypeError: (a bytes-like object is required, not .*|\(the number or the names of arguments\))",
        r"(OverflowError|ZeroDivisionError): .*",
        "before Python 3.15 the standard library tried one kind of argument after the other, and told what was wrong "
        "with the last",
        until=(3, 15),
    ),
    Known(
        r"sendmsg",
        r"TypeError: .* argument must be (3-item tuple, not|tuple of length 3, not) .*",
        r"TypeError: .*",
        "from Python 3.14 on a control message that is no tuple, but a sequence, is about to be refused, and a str is",
        since=(3, 14),
    ),
    Known(
        r"setsockopt",
        r"TypeError: \(the number or the names of arguments\)",
        r"OverflowError: .*",
        "what is wrong with the arguments, where it is their number and one of them, is nobody's promise",
    ),
    Known(
        r"setsockopt\(.*, None, ",
        r"(None|OSError: .*|TypeError: .*)",
        r"OverflowError: setsockopt optlen must be .*",
        "the standard library wraps a length that is no C unsigned int",
    ),
    Known(
        r"getsockopt\(",
        r"OSError: getsockopt buflen out of range",
        r"b'.*|b\".*|OSError: \[(Errno|WinError) .*",
        "the standard library returns at most 1024 bytes, and some options have more",
    ),
    Known(
        r"setsockopt\(.*2\*\*3[12](-1)?\)",
        r"OverflowError: .*|TypeError: a bytes-like object is required, not 'int'",
        r"None|OSError: .*",
        "the standard library takes no unsigned number, and marks and masks have 32 bits",
    ),
    Known(
        r"recv_into\((?=.*MSG_PEEK)(?=.*MSG_TRUNC)",
        r"0",
        r"\d+|\w*(Error|timeout): .*",
        "the standard library makes no system call for an empty buffer, and sockcore returns the length of a datagram",
    ),
    Known(
        r"sendmsg\(|recvmsg_into\(",
        r"OSError: \[Errno \d+\] Message too long",
        r"\d+|\(\d+, .*",
        "a stream takes the first IOV_MAX buffers, as it takes the first bytes that there is room for",
    ),
    Known(
        r"inet_pton\(",
        r"OSError: \[Errno 0\] Error",
        r"OSError: \[WinError 10047\] .*",
        "the standard library asks errno about an unknown family, and Winsock does not set it",
        windows=True,
    ),
    Known(
        r"if_indextoname\(",
        r"(OSError: \[Errno 0\] Error|SystemError: .*)",
        r"OSError: \[Errno 6\] .*",
        "the standard library asks errno about an unknown index, and nobody sets it",
        windows=True,
    ),
    Known(
        r"socketpair\(",
        r"(ValueError: Only .* supported|OverflowError: .*)",
        r"(TypeError|OverflowError|ZeroDivisionError): .*",
        "the standard library compares there what elsewhere has to be a C int",
        windows=True,
    ),
    Known(
        r"socketpair\((family=)?None",
        r"ValueError: Only .* supported",
        r".*",
        "None is no family, as on the other systems",
        windows=True,
    ),
    Known(
        r"sock\.(recv|send|accept|makefile)",
        r"TimeoutError: timed out",
        r"(OSError|BrokenPipeError): .*",
        "the standard library waits before it calls; sockcore calls first, and what the system refuses to do at all "
        "(flags that it does not know, sending on a listening socket) it then refuses at once",
    ),
    Known(
        r"\.(send|flush|write)",
        r"TimeoutError: timed out",
        r"\d+|None",
        "see above: a socket takes more than there is when poll calls it writable, half of its buffer free or more",
    ),
    Known(
        r"(sock|peer)\.(recv|send|makefile)",
        r"TimeoutError: timed out",
        r"(ConnectionResetError|BrokenPipeError): .*",
        "see above; Wine says that the connection was reset where Windows says that there is none",
        windows=True,
    ),
    Known(
        r"sockopt\(",
        r"OSError: \[Errno 0\] Error",
        r"OSError: .*",
        "Wine leaves no error for some options, and the standard library takes that for one",
        windows=True,
    ),
    Known(
        r"recvfrom",
        r".*\(0, b'(\\x00){14}'\).*",
        r".*None.*",
        "Winsock writes no address on a connected stream, and the standard library reads the zeros that were there",
        windows=True,
    ),
    Known(
        r"f\.",
        r"TimeoutError: .*",
        r"OSError: cannot read from timed out object",
        "before Python 3.10 the system's own timeout was not the standard library's class of that name",
        until=(3, 10),
        windows=True,
    ),
    Known(
        r"getnameinfo\(",
        r"gaierror: \[Errno 11001\] .*",
        r"gaierror: \[Errno 11003\] .*",
        "Wine has another error for a long name that is not ASCII where it is given in UTF-16, as sockcore does",
        windows=True,
    ),
    Known(
        r"_sendfile_use_sendfile",
        r"_GiveupOnSendfile: .*",
        r"(_GiveupOnSendfile|ValueError): .*",
        "what a private function says to another when there is no os.sendfile",
        windows=True,
    ),
)


def same(standard: Outcome, sockcore: Outcome) -> bool:
    """Return whether two outcomes of the same line agree."""
    if standard == sockcore:
        return True
    if not WORDS and (standard.exception or sockcore.exception):
        return None in (standard.errno, sockcore.errno) or standard.errno == sockcore.errno
    return _counted(standard, sockcore) or any(known.explains(standard, sockcore) for known in DIFFERENCES)


def parted(standard: Outcome, sockcore: Outcome) -> bool:
    """Return whether the two sides are not in the same state any more, after outcomes that agree."""
    if not WORDS:
        return standard != sockcore
    return bool(standard.exception) != bool(sockcore.exception)


def _counted(standard: Outcome, sockcore: Outcome) -> bool:
    """Return whether one side says that there are too many arguments and the other what is wrong with one of them.

    Where several things are wrong, which one is found first is nobody's promise.
    """
    told = {(each.exception, each.words) for each in (standard, sockcore)}
    of_arguments = all(exception in _OF_ARGUMENTS for exception, _ in told) and ("TypeError", ARITY) in told
    return of_arguments and standard._replace(exception="", words="") == sockcore._replace(exception="", words="")


def _told(outcome: Outcome) -> str:
    return f"{outcome.exception}: {outcome.words}" if outcome.exception else outcome.value
