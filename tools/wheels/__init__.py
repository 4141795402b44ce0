"""Cross-compiled wheels of the core and of the plugins with C code, for other machines.

``python -m tools.wheels`` is the command line. The modules:

- `targets`: architectures, with their names in the compiler and the required C library
- `build`: building of wheels
"""
