"""Tests of CPython, run on sockcore and compared with a run on the standard library.

- `modules`: test modules of each suite, and omitted tests
- `worker`: a script for the interpreter under test, which runs a module and writes outcomes as lines of JSON
- `session`: runs of workers until every test has an outcome
- `baseline`: cached outcomes of the standard library
- `compare`: regressions, and the list of accepted differences
- `suite_run`: a suite on both modules, with repeated runs of tests that differ
"""
