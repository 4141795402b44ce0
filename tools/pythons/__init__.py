"""Pythons for tests: those of this machine, and others from Debian.

``python -m tools.pythons`` is the command line. Other tools import the modules:

- `make`: fetches a Python of another architecture (for qemu's user mode) or of a newer release
- `headers`: fetches the C headers of such a Python
- `musl`: builds a Python for musl from Debian's sources
- `found`: finds Pythons by version
- `target`: installs the distributions of the checkout, with their requirements, into a folder for ``PYTHONPATH``
"""
