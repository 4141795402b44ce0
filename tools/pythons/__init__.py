"""Pythons to test on: the ones that this machine has, and others fetched from Debian.

``python -m tools.pythons`` is the command line. Other tools import the modules:

- `make`: a Python of another architecture (run by qemu's user mode) or of a newer release
- `headers`: its C headers
- `found`: which Pythons there are, by version
- `target`: the checkout's distributions and what they need, in a folder for ``PYTHONPATH``
"""
