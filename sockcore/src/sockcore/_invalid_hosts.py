"""The exceptions for host names that DNS cannot represent.

They are in a separate module, which is imported when one is raised. Their creation takes 0.5 million instructions, more
than that of all other exceptions.
"""

from __future__ import annotations

from sockcore._exceptions import gaierror


class InvalidHostName(gaierror, UnicodeError):
    """A host name that DNS cannot represent, for example with a label of 64 bytes.

    The value is ``(EAI_NONAME, string)``.

    ``except gaierror`` and ``except UnicodeError`` both catch it. It cannot be a UnicodeEncodeError as well, because
    the C structs of that class and of OSError are incompatible. The codec's exception is its ``__cause__``.
    """

    __slots__ = ()
    __module__ = "sockcore"


class InvalidHostInAddress(InvalidHostName, TypeError):
    """An InvalidHostName in an address, where the standard library raises TypeError."""

    __slots__ = ()
    __module__ = "sockcore"
