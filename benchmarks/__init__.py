"""How fast sockcore is beside the standard library: measured, never asserted.

``python -m benchmarks`` in the repository's root; docs/performance.md says how it is done.
"""
