"""The exceptions of the module, and the messages of the core's own errors.

Messages match those of the standard library where a program can see them there.
"""

from __future__ import annotations

import errno
import os
import sys
from _operator import index as _operator_index  # the module operator takes ten times longer to import

if sys.platform == "win32":
    # Not at first use: at the end of the process, nothing can be imported any more.
    from _ctypes import FormatError

from sockcore._types import TypeVar

T = TypeVar("T")

error = OSError


class herror(OSError):
    """An address-related error of a function that sets *h_errno*.

    The value is ``(h_errno, string)``.
    """

    __slots__ = ()
    __module__ = "sockcore"


class gaierror(OSError):
    """An address-related error of getaddrinfo() or getnameinfo().

    The value is ``(error, string)`` with an EAI_* number.
    """

    __slots__ = ()
    __module__ = "sockcore"


timeout: type[OSError] = TimeoutError


def timed_out() -> OSError:
    """Return the exception for an operation that exceeded its timeout."""
    return timeout("timed out")


def adopt_timeout(cls: type[OSError]) -> None:
    """Make *cls* the class of :func:`timed_out`.

    Before Python 3.10, the C code of ``ssl`` raises the timeout class of ``_socket``.
    """
    global timeout
    timeout = cls


def from_errno(number: int) -> OSError:
    """Return the OSError for an errno, or for a Winsock error on Windows.

    Its class is the subclass for this error, such as ConnectionResetError.
    """
    if sys.platform == "win32":
        text = FormatError(number).rstrip(" .\r\n")
        if not text or text == "<no description>":
            text = f"Windows Error 0x{number:x}"
        return OSError(0, text, None, number, None)
    return OSError(number, os.strerror(number))


def nothing_sent(count: int, unit: str = "bytes") -> OSError:
    """Return the exception for a call that sent 0 of *count* bytes, and that the system did not report as failed.

    *unit* is the noun in its message, "bytes" or "messages".

    The kernel does so for a refused command of the Bluetooth management interface, and a filter for system calls
    (seccomp) may do so for every call.
    """
    reason = f"the system sent 0 of {count} {unit}, and did not report an error"
    return OSError(errno.EIO, f"{os.strerror(errno.EIO)}: {reason}")


def check_sent(sent: int, count: int, unit: str = "bytes") -> None:
    """Raise OSError (EIO) if a call sent 0 of *count* bytes or messages.

    A loop would send the same again, without an end. *unit* is the noun in the message.
    """
    if count and not sent:
        raise nothing_sent(count, unit)


def number_of(exc: OSError) -> int:
    """Return the number from which :func:`from_errno` created an exception, or 0."""
    return getattr(exc, "winerror", None) or exc.errno or 0


def is_raised_here(exc: BaseException) -> bool:
    """Return True if this package has raised *exc*, False if a signal handler has.

    The traceback of an exception of a handler contains the handler, also if that has called this package.
    """
    traceback = exc.__traceback__
    while traceback is not None:
        if not str(traceback.tb_frame.f_globals.get("__name__", "")).startswith("sockcore."):
            return False
        traceback = traceback.tb_next
    return True


def negative_size(operation: str) -> ValueError:
    """Return the exception for a negative number of bytes to receive."""
    return ValueError(f"negative buffersize in {operation}")


def argument_count(operation: str, expected: str, given: int) -> TypeError:
    """Return the exception for a call with too few or too many arguments."""
    return TypeError(f"{operation}() takes {expected} arguments ({given} given)")


#: Methods whose arguments Argument Clinic parses since Python 3.15.
_BY_CLINIC = ("send", "sendall", "sendmsg") if sys.version_info >= (3, 15) else ()


def raise_wrong_count(operation: str, least: int, most: int, given: int) -> None:
    """Raise TypeError for a wrong number of arguments.

    The message is the interpreter's message for a method in C.
    """
    if not given and operation in ("recv_into", "recvfrom_into"):
        raise TypeError(f"{operation}() missing required argument 'buffer' (pos 1)")
    if least == most < 2:
        number = "exactly one argument" if most else "no arguments"
        raise TypeError(f"socket.{operation}() takes {number} ({given} given)")
    bound, limit = (least, "at least") if given < least else (most, "at most")
    noun = "argument" if bound == 1 else "arguments"
    if operation in _BY_CLINIC:
        raise TypeError(f"{operation} expected {limit} {bound} {noun}, got {given}")
    raise TypeError(f"{operation}() takes {limit} {bound} {noun} ({given} given)")


def option_arguments(given: int, value: object = None) -> TypeError:
    """Return the exception for a wrong number of arguments of setsockopt().

    *value* is the third argument, which must be None if there is a fourth.
    """
    if sys.version_info < (3, 15):
        return argument_count("setsockopt", "exactly 3", given)
    if given != 4:
        return argument_count("setsockopt", "at least 3" if given < 3 else "at most 4", given)
    type_name = type(value).__name__
    return TypeError(f"setsockopt() only takes 4 arguments when the third argument is None (got {type_name})")


def option_value(value: object) -> TypeError:
    """Return the exception for a value that no socket option accepts."""
    type_name = type(value).__name__
    if sys.version_info < (3, 15):
        return TypeError(f"a bytes-like object is required, not {type_name!r}")
    if value is None:
        return TypeError("setsockopt() requires 4 arguments when the third argument is None")
    return TypeError(f"socket option should be int, bytes-like object or None (got {type_name})")


def index(value: object) -> int:
    """Return *value* as an int.

    Raises TypeError if it is not an integer; a float is not.
    """
    if sys.version_info < (3, 10) and not hasattr(value, "__index__"):
        # These messages match the argument parser of Python 3.9.
        if isinstance(value, float):
            raise TypeError("integer argument expected, got float")
        raise TypeError(f"an integer is required (got type {type(value).__name__})")
    return _operator_index(value)  # type: ignore[arg-type]


def to_seconds(value: object) -> int:
    """Return a number of seconds, which is not a float, as an int.

    Raises TypeError if it is not an integer.
    """
    if sys.version_info < (3, 14) or hasattr(type(value), "__index__"):
        return index(value)
    type_name = type(value).__name__
    if sys.version_info < (3, 15):
        raise TypeError(f"{type_name!r} object cannot be interpreted as an integer or float")
    raise TypeError(f"must be real number, not {type_name}")


#: The largest value of a C long, which has 32 bits on Windows.
_LONG_MAX = 0x7FFFFFFF if sys.platform == "win32" else sys.maxsize

#: The message for an int that is too large, in :class:`socket` and in functions with one argument. Other functions have
#: a message for each cause.
ONE_ARGUMENT = "Python int too large to convert to C int"


def wrong_type(what: str, expected: str, value: object) -> TypeError:
    """Return the exception for an argument of a wrong type.

    *what* names the function and the argument. *expected* describes the valid values, such as ``"a str"``.
    """
    return TypeError(f"{what} must be {expected}, not {type(value).__name__}")


def check_type(what: str, value: object, cls: type, expected: str) -> None:
    """Raise TypeError if an argument is not an instance of *cls*. The rest is as for :func:`wrong_type`."""
    if not isinstance(value, cls):
        raise wrong_type(what, expected, value)


def check_socket(function: str, sock: object) -> None:
    """Raise TypeError if the argument *sock* is not a socket, nor an object that is used like one."""
    if not hasattr(sock, "family"):
        raise wrong_type(f"{function}(): sock", "a socket", sock)


def c_int(value: object, message: str = "") -> int:
    """Return *value* as an int that fits C's ``int``.

    Raises TypeError if it is not an integer, and OverflowError, with *message* if given, if it does not fit.
    """
    number = value if type(value) is int else index(value)
    if -0x80000000 <= number <= 0x7FFFFFFF:
        return number
    if message:
        raise OverflowError(message)
    if -_LONG_MAX - 1 <= number <= _LONG_MAX:
        raise OverflowError(
            "signed integer is greater than maximum" if number > 0 else "signed integer is less than minimum"
        )
    raise OverflowError("Python int too large to convert to C long")


def to_descriptor(value: object) -> int:
    """Return *value* as an int that fits a file descriptor.

    The range is that of C's ``int``, or of 64 bits on 64-bit Windows.
    """
    if sys.platform != "win32" or sys.maxsize <= _LONG_MAX:
        return c_int(value)
    number = value if type(value) is int else index(value)
    if -sys.maxsize - 1 <= number <= sys.maxsize:
        return number
    raise OverflowError("int too big to convert")


def ssize(value: object) -> int:
    """Return *value* as an int that fits C's ``Py_ssize_t``.

    Raises TypeError if it is not an integer, and OverflowError if it does not fit.
    """
    if sys.version_info < (3, 10) and isinstance(value, float):
        raise TypeError("integer argument expected, got float")
    number = value if type(value) is int else _operator_index(value)  # type: ignore[arg-type]
    if -sys.maxsize - 1 <= number <= sys.maxsize:
        return number
    raise OverflowError("Python int too large to convert to C ssize_t")


#: The most bits of an integer in a message.
_MOST_BITS = 1024


def unsigned(what: str, value: object, bits: int) -> int:
    """Return an unsigned integer of an option or control message.

    *what* is its description in messages.

    Raises TypeError if it is not an integer, and OverflowError if it has more than *bits* bits.
    """
    number = named_integer(what, value)
    if not 0 <= number < 1 << bits:
        raise OverflowError(f"{what} must be 0-{(1 << bits) - 1}, not {number}")
    return number


def named_integer(what: str, value: object) -> int:
    """Return *value* as an int.

    Raises TypeError, with the description *what*, if it is not an integer, and OverflowError if it has more than 1024
    bits. No number of a system is as large, and a message about its range could not contain it: str() of an integer
    raises ValueError above 4300 digits.
    """
    if not hasattr(type(value), "__index__"):
        raise wrong_type(what, "an integer", value)
    number = _operator_index(value)  # type: ignore[arg-type]
    if number.bit_length() > _MOST_BITS:
        raise OverflowError(f"{what} must have at most {_MOST_BITS} bits, not {number.bit_length()}")
    return number
