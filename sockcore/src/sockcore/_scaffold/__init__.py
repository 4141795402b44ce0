"""A scaffold for distributions of plugins, and a check of their structs against C headers.

1. The commands ``new-family`` and ``check-layout`` use this package. No other part of the core imports it.
2. A C compiler reads the headers. No compiled code runs, so that every target of the compiler can be read.
3. Expected problems raise ScaffoldError. Its text is complete: the commands print it without a traceback.
"""

from __future__ import annotations


class ScaffoldError(Exception):
    """A problem that the user of a command can solve. Its text names the cause and the solution."""
