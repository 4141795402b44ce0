"""Cross-compiled wheels of the core and of sockcore-inet, with their C code, for other machines.

``python -m tools.wheels`` is the command line. The modules:

- `targets`: architectures, with their names in the compiler and the required C library
- `build`: building of wheels
"""
