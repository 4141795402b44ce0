"""Run one module of the interpreter's own ``test`` package and tell what came of every test.

    python worker.py JOB

JOB is a JSON file: ``module``; ``stand_in`` (sockcore in the place of socket); ``out``, the file that gets a
line of JSON for every event; ``resources`` of ``test.support`` that are on; ``limit``, seconds for one test;
``leave_out``, patterns of ids; ``only`` and ``done``, ids (or null).

This file runs in the interpreter under test, from 3.9 on, and imports nothing that it can do without: what it
imports is imported before the module under test.
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
    """A result that writes every event to a file at once, so that a crash or a hang loses nothing."""

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
            self.events or [("error", "it ended without an outcome")], key=lambda event: SEVERITY.index(event[0])
        )
        self.write(event="end", id=test.id(), outcome=outcome, detail=detail[-DETAIL:])
        self.events = None

    def note(self, test, outcome, detail=""):
        part = getattr(test, "test_case", None)  # of a subtest: the test that it is part of
        if part is not None:
            self.write(event="subtest", id=part.id(), part=test.id(), outcome=outcome)
            if outcome == "skip":
                return  # the rest of the test counts
        if self.events is None and isinstance(test, unittest.TestCase):
            self.events = []  # Python 3.12.1 does not start a test that is skipped
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
    """The single tests of *suite*, in their order."""
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from tests_of(item)
        else:
            yield item


def is_wanted(test, job):
    name = test.id()
    if any(fnmatch.fnmatchcase(name, pattern) for pattern in job["leave_out"]):
        return False
    if job["only"] is not None and name not in job["only"]:
        return False
    return name not in (job["done"] or ())


def stand_in():
    if "test.support" in sys.modules:
        raise SystemExit("too late for a stand-in")
    import sockcore.stdlib

    sockcore.stdlib.replace()


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        job = json.load(file)
    sys.path[:] = [
        path for path in sys.path if os.path.abspath(path or ".") != os.path.dirname(os.path.abspath(__file__))
    ]
    sys.argv[1:] = []
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin with it ignored
    out = open(job["out"], "a", encoding="utf-8")  # noqa: SIM115 - open to the very end
    recorder = Recorder(out, job["limit"])
    if job["stand_in"]:
        stand_in()

    import socket

    from test import support

    support.verbose = 0
    support.use_resources = job["resources"]
    # While sockcore stands in, its class says that it is "socket.socket".
    is_ours = getattr(sys.modules.get("sockcore"), "socket", None) is socket.socket
    recorder.write(event="socket", name="sockcore" if is_ours else "socket", class_=repr(socket.socket))
    try:
        suite = unittest.defaultTestLoader.loadTestsFromName(job["module"])
    except unittest.SkipTest as reason:
        recorder.write(event="fixture", id=job["module"], outcome="skip", detail=str(reason))
        suite = []
    unittest.TestSuite([test for test in tests_of(suite) if is_wanted(test, job)]).run(recorder)
    if sys.modules["socket"] is not socket:
        raise SystemExit("the socket module was exchanged on the way")
    recorder.write(event="complete")
    out.flush()
    os._exit(0)  # threads that a test left behind must not hold it up


if __name__ == "__main__":
    main()
