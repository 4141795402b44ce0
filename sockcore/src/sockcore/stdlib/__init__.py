"""sockcore in the place of the standard ``socket`` module, for the whole process.

``replace()`` makes ``import socket`` give sockcore, and ``import _socket`` a module of its lower level, to everything
that is imported afterwards: programs, the standard library's ``asyncio``, ``http``, ``socketserver``... Call it
first. ``python -m sockcore run`` does so for a program that knows nothing of it.

``to_stdlib`` and ``from_stdlib`` hand one open socket over, and ``enable_multiprocessing`` lets sockets travel to
other processes where the module is not replaced. docs/drop-in.md tells what works, and the limits.

This package and nothing else of sockcore imports the standard module.
"""

from __future__ import annotations

from sockcore.stdlib._handover import from_stdlib, to_stdlib
from sockcore.stdlib._replace import is_replaced, replace, restore
from sockcore.stdlib._sharing import enable_multiprocessing

__all__ = ["enable_multiprocessing", "from_stdlib", "is_replaced", "replace", "restore", "to_stdlib"]
