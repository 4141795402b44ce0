"""Measurements of sockcore and the standard library. Tests do not depend on them.

Run ``python -m benchmarks`` in the root of the repository. docs/performance.md describes the method.
"""
