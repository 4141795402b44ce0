"""Functions of the C library for plugins: through cffi on PyPy, which compiles the calls, and ctypes elsewhere."""

from __future__ import annotations

import sys

from sockcore._system.foreign import NULL, c_int, c_size_t, c_uint, c_void_p, new_buffer, read_buffer, read_string
from sockcore._types import Callable

if sys.platform == "win32":
    from sockcore._system import load_backend
    from sockcore._system.winsock_library import failure, named_function, save_error

    load_backend()  # it starts Winsock
else:
    from sockcore._system.foreign import failure, save_error
    from sockcore._system.foreign import function as named_function

__all__ = ["c_function", "new_buffer", "read_buffer", "read_string"]

_NUMBERS = {"int": c_int, "unsigned": c_uint, "size": c_size_t}
_PARAMETERS = {**_NUMBERS, "pointer": c_void_p}


def c_function(
    name: str, result: str, *parameters: str, is_error: Callable[[int], bool] | None = None
) -> Callable[..., int]:
    """Return a function of the C library, or of Winsock on Windows, that returns a number.

    *result* and *parameters* are the C types: ``"int"``, ``"unsigned"``, ``"size"`` (size_t) and, for a parameter,
    ``"pointer"``. The argument for a pointer is bytes, a buffer of :func:`new_buffer`, or None for NULL. Other threads
    run during a call.

    With *is_error*, a call raises the OSError of errno if ``is_error(result)`` is true, and restores the former errno.

    Raises ValueError for an unknown type, and AttributeError if the library does not have the function.
    """
    unknown = [word for word in (result,) if word not in _NUMBERS]
    unknown += [word for word in parameters if word not in _PARAMETERS]
    if unknown:
        raise ValueError(
            f"{name}: a parameter is one of {', '.join(_PARAMETERS)}, and the result is a number, not {unknown[0]!r}"
        )
    function: Callable[..., int] = named_function(name, _NUMBERS[result], *(_PARAMETERS[word] for word in parameters))
    if NULL is not None:
        function = _with_null(function)
    return function if is_error is None else _checked(function, is_error)


def _with_null(function: Callable[..., int]) -> Callable[..., int]:
    def call(*arguments: object) -> int:
        if None in arguments:  # PyPy does not compile a loop over the arguments: 2.7 us instead of 0.05 us
            arguments = tuple(NULL if argument is None else argument for argument in arguments)
        return function(*arguments)

    return call


def _checked(function: Callable[..., int], is_error: Callable[[int], bool]) -> Callable[..., int]:
    def call(*arguments: object) -> int:
        previous = save_error()
        value = function(*arguments)
        if is_error(value):
            raise failure(previous)
        return value

    return call
