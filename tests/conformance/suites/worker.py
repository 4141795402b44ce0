"""Run one module of the ``test`` package of the interpreter, and write the outcome of every test.

    python worker.py JOB

JOB is a JSON file with these fields:

- ``module``: name of the module
- ``stand_in``: whether sockcore replaces socket
- ``out``: file for events, one line of JSON each
- ``resources``: enabled resources of ``test.support``
- ``limit``: seconds for one test
- ``leave_out``: patterns of test ids
- ``only``, ``done``: test ids, or null

This file runs in the interpreter under test, from Python 3.9 on. It imports as few modules as possible, because they
are imported before the module under test.
"""

import faulthandler
import fnmatch
import json
import os
import signal
import sys
import unittest

SEVERITY = ["pass", "xfail", "skip", "unexpected", "fail", "error"]
DETAIL = 6000  # characters of a traceback


class Recorder(unittest.TestResult):
    """A test result that writes each event to a file immediately.

    So events survive a crash or a hang.
    """

    def __init__(self, out, limit):
        super().__init__()
        self.out, self.limit = out, limit
        self.events = None

    def write(self, **event):
        self.out.write(json.dumps(event) + "\n")
        self.out.flush()

    def startTest(self, test):
        super().startTest(test)
        self.events = []
        self.write(event="start", id=test.id())
        faulthandler.dump_traceback_later(self.limit, exit=True, file=self.out)

    def stopTest(self, test):
        faulthandler.cancel_dump_traceback_later()
        super().stopTest(test)
        outcome, detail = max(
            self.events or [("error", "the test ended without an outcome")], key=lambda event: SEVERITY.index(event[0])
        )
        self.write(event="end", id=test.id(), outcome=outcome, detail=detail[-DETAIL:])
        self.events = None

    def note(self, test, outcome, detail=""):
        owner = getattr(test, "test_case", None)  # the test of a subtest
        if owner is not None:
            self.write(event="subtest", id=owner.id(), part=test.id(), outcome=outcome)
            if outcome == "skip":
                return  # the outcome of the test depends on its other parts
        if self.events is None and isinstance(test, unittest.TestCase):
            self.events = []  # Python 3.12.1 does not call startTest for a skipped test
        if self.events is None:  # set-up or tear-down of a class or module
            self.write(event="fixture", id=test.id(), outcome=outcome, detail=detail[-DETAIL:])
        else:
            self.events.append((outcome, detail))

    def addSuccess(self, test):
        self.note(test, "pass")

    def addSkip(self, test, reason):
        self.note(test, "skip", reason)

    def addExpectedFailure(self, test, err):
        self.note(test, "xfail")

    def addUnexpectedSuccess(self, test):
        self.note(test, "unexpected")

    def addFailure(self, test, err):
        self.note(test, "fail", self._exc_info_to_string(err, test))

    def addError(self, test, err):
        self.note(test, "error", self._exc_info_to_string(err, test))

    def addSubTest(self, test, subtest, err):
        if err is None:
            self.note(subtest, "pass")
        elif issubclass(err[0], test.failureException):
            self.note(subtest, "fail", self._exc_info_to_string(err, test))
        else:
            self.note(subtest, "error", self._exc_info_to_string(err, test))


def tests_of(suite):
    """Yield the tests of *suite* in order."""
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from tests_of(item)
        else:
            yield item


def is_selected(test, job):
    name = test.id()
    if any(fnmatch.fnmatchcase(name, pattern) for pattern in job["leave_out"]):
        return False
    if job["only"] is not None and name not in job["only"]:
        return False
    return name not in (job["done"] or ())


def replace_socket():
    if "test.support" in sys.modules:
        raise SystemExit("test.support was imported before sockcore could replace socket")
    import sockcore.stdlib

    sockcore.stdlib.replace()


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        job = json.load(file)
    sys.path[:] = [
        path for path in sys.path if os.path.abspath(path or ".") != os.path.dirname(os.path.abspath(__file__))
    ]
    sys.argv[1:] = []
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores SIGINT for background jobs
    out = open(job["out"], "a", encoding="utf-8")  # noqa: SIM115 - open to the very end
    recorder = Recorder(out, job["limit"])
    if job["stand_in"]:
        replace_socket()

    import socket

    from test import support

    support.verbose = 0
    support.use_resources = job["resources"]
    # With sockcore.stdlib, the class of sockcore has the name "socket.socket".
    is_sockcore = getattr(sys.modules.get("sockcore"), "socket", None) is socket.socket
    recorder.write(event="socket", name="sockcore" if is_sockcore else "socket", class_=repr(socket.socket))
    try:
        suite = unittest.defaultTestLoader.loadTestsFromName(job["module"])
    except unittest.SkipTest as reason:
        recorder.write(event="fixture", id=job["module"], outcome="skip", detail=str(reason))
        suite = []
    unittest.TestSuite([test for test in tests_of(suite) if is_selected(test, job)]).run(recorder)
    if sys.modules["socket"] is not socket:
        raise SystemExit("a test replaced the socket module")
    recorder.write(event="complete")
    out.flush()
    os._exit(0)  # do not wait for threads that tests have left running


if __name__ == "__main__":
    main()
