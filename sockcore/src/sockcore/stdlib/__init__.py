"""sockcore in the place of the standard ``socket`` module, for the whole process.

After ``replace()``, ``import socket`` returns sockcore, and ``import _socket`` a module of its lower level. This
applies to everything that is imported afterwards: programs, and the standard library's ``asyncio``, ``http``,
``socketserver``. So call it first. ``python -m sockcore run`` does this for a program that does not import sockcore.

``to_stdlib`` and ``from_stdlib`` hand one open socket over. ``enable_multiprocessing`` lets multiprocessing send
sockets to other processes if the module is not replaced. docs/drop-in.md lists the supported programs and the limits.

Only this package of sockcore imports the standard module.
"""

from __future__ import annotations

from sockcore.stdlib._handover import enable_multiprocessing, from_stdlib, to_stdlib
from sockcore.stdlib._replace import is_replaced, replace, restore

__all__ = ["enable_multiprocessing", "from_stdlib", "is_replaced", "replace", "restore", "to_stdlib"]
