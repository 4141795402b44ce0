"""A scaffold for distributions of plugins, and a check of their structs against C headers.

1. The commands ``new-family`` and ``check-layout`` use this package. No other part of the core imports it.
2. A C compiler reads the headers. No compiled code runs, so that every target of the compiler can be read.
3. Expected problems raise ScaffoldError. Its text is complete: the commands print it without a traceback.
"""

from __future__ import annotations

#: The longest quotation in a message, in characters.
_LONGEST_QUOTATION = 300


class ScaffoldError(Exception):
    """A problem that the user of a command can solve. Its text names the cause and the solution."""


def one_line(text: str) -> str:
    """Return *text* for a message: as one line without control characters, and shortened."""
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line if len(line) <= _LONGEST_QUOTATION else f"{line[:_LONGEST_QUOTATION]}..."
