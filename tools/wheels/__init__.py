"""Wheels of the core and of sockcore-inet, with their C code compiled, for machines other than this one.

``python -m tools.wheels`` is the command line. The modules:

- `targets`: the architectures: what the compiler calls them, and the C library that a wheel asks for
- `build`: the wheels
"""
