"""The interpreter's own tests, run on sockcore and compared with a run on the standard library.

- `modules`: which test modules make up a suite, and what of them is left out
- `worker`: runs in the interpreter under test: one module, each test's outcome as a line of JSON
- `session`: runs workers, until every test has an outcome
- `baseline`: the outcomes of the standard library, kept between runs
- `compare`: which differences are regressions; the list of those that are accepted
- `proof`: a suite on both, with what differs run again
"""
