"""Wheels of the core, with the native backend in them, for machines other than this one.

``python -m tools.wheels`` is the command line. The modules:

- `targets`: the architectures: what the compiler calls them, and the C library that a wheel asks for
- `headers`: the C headers of the Python of an architecture, which tools.pythons fetches
- `build`: the wheel
"""
