"""The comparison of two runs, with literals; and the worker, on test modules made up for it."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from suites import compare, proof, session
from suites.compare import Entry
from suites.session import Outcome, Results


def results(**outcomes: str) -> Results:
    return Results({f"test.test_x.{name}": Outcome(outcome, f"why {name}") for name, outcome in outcomes.items()})


def ids(found: list[compare.Regression]) -> dict[str, str]:
    return {one.id.rpartition(".")[2]: one.outcome for one in found}


@pytest.mark.parametrize("now", ["fail", "error", "skip", "unexpected", "hang", "crash"])
@pytest.mark.parametrize("was", ["pass", "xfail"])
def test_what_passed_and_does_not_pass_is_a_regression(was: str, now: str) -> None:
    found = compare.regressions(results(a=was, b="pass"), results(a=now, b="pass"))
    assert ids(found) == {"a": now}
    assert found[0].detail == "why a"


@pytest.mark.parametrize("now", ["pass", "xfail"])
def test_what_passes_on_both_is_none(now: str) -> None:
    assert compare.regressions(results(a="pass"), results(a=now)) == []


@pytest.mark.parametrize("was", ["fail", "error", "skip", "hang", "crash", "unexpected"])
def test_what_did_not_pass_is_not_compared(was: str) -> None:
    assert compare.regressions(results(a=was), results(a="error")) == []
    assert compare.regressions(results(a=was), results()) == []


def test_a_missing_test_is_a_regression_and_tells_the_fixture_that_failed() -> None:
    now = results()
    now.fixtures["setUpClass (test.test_x.T)"] = Outcome("skip", "no such family")
    (found,) = compare.regressions(results(a="pass"), now)
    assert found.outcome == "missing"
    assert "no such family" in found.detail


def test_a_failing_fixture_is_a_regression_unless_it_fails_on_the_standard_library_too() -> None:
    was, now = results(a="pass"), results(a="pass")
    now.fixtures["tearDownModule (test.test_x)"] = Outcome("error", "left open")
    assert [one.id for one in compare.regressions(was, now)] == ["tearDownModule (test.test_x)"]
    was.fixtures["tearDownModule (test.test_x)"] = Outcome("error", "left open")
    assert compare.regressions(was, now) == []


def test_a_subtest_is_told_where_the_test_already_failed() -> None:
    was, now = results(a="fail"), results(a="fail")
    was.subtests = {"test.test_x.a (n=1)": "fail", "test.test_x.a (n=2)": "pass"}
    now.subtests = {"test.test_x.a (n=1)": "fail", "test.test_x.a (n=2)": "error"}
    (found,) = compare.regressions(was, now)
    assert (found.id, found.test, found.outcome) == ("test.test_x.a (n=2)", "test.test_x.a", "error")


def test_a_test_and_its_subtest_count_once() -> None:
    was, now = results(a="pass"), results(a="fail")
    was.subtests = {"test.test_x.a (n=1)": "pass"}
    now.subtests = {"test.test_x.a (n=1)": "fail"}
    assert ids(compare.regressions(was, now)) == {"a": "fail"}


@pytest.mark.parametrize(
    ("pythons", "concerned"),
    [("*", "3.9 3.10 3.15"), ("3.9", "3.9"), ("3.9-3.11", "3.9 3.10"), ("3.9 3.12-3.15", "3.9 3.15")],
)
def test_an_entry_concerns_versions(pythons: str, concerned: str) -> None:
    entry = Entry("*", pythons, "because")
    assert [version for version in ("3.9", "3.10", "3.15") if entry.concerns(version)] == concerned.split()


def test_the_list_takes_out_what_it_names() -> None:
    found = compare.regressions(results(a="pass", ab="pass", c="pass"), results(a="fail", ab="skip", c="fail"))
    listed = [Entry("test.none test.test_x.a*", "3.9", "because"), Entry("test.test_x.c", "3.10", "because")]
    unlisted, accepted = compare.split(found, listed, "3.9")
    assert (ids(unlisted), ids(accepted)) == ({"c": "fail"}, {"a": "fail", "ab": "skip"})


def test_an_entry_that_nothing_needs_is_stale() -> None:
    passes, gone = Entry("test.test_x.a", "*", "because"), Entry("test.test_x.gone", "*", "because")
    needed, other = Entry("test.test_x.b", "*", "because"), Entry("test.test_y.a", "*", "because")
    elsewhere, unknown = Entry("test.test_x.a", "3.9", "because"), Entry("test.test_x.s", "*", "because")
    listed = [passes, gone, needed, other, elsewhere, unknown]
    was, now = results(a="pass", b="pass", s="skip"), results(a="pass", b="fail", s="skip")
    assert compare.stale(listed, "3.13", "test_x", was, now) == [passes, gone]


def test_reading_the_list(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text("# comment\n\ntest.a.* | 3.9 | it is | so\n")
    assert compare.entries(path) == [Entry("test.a.*", "3.9", "it is | so")]
    path.write_text("test.a.* | 3.9\n")
    with pytest.raises(ValueError, match="list:1: expected"):
        compare.entries(path)


def events(*lines: dict[str, str]) -> list[str]:
    return [json.dumps(line) for line in ({"event": "socket", "name": "socket", "class_": "x"}, *lines)]


def test_a_test_that_hangs_is_told_from_one_that_crashes() -> None:
    hung, crashed = Results(), Results()
    begun = events({"event": "start", "id": "a"})
    assert not session.read([*begun, "Timeout (0:01:40)!", "Thread 1:"], "words", hung, expect_sockcore=False)
    assert not session.read(begun, "words", crashed, expect_sockcore=False)
    assert hung.tests == {"a": Outcome("hang", "Timeout (0:01:40)!\nThread 1:")}
    assert crashed.tests == {"a": Outcome("crash", "words")}


def test_a_worker_that_never_began_is_an_error() -> None:
    broken = Results()
    assert session.read([], "ImportError", broken, expect_sockcore=True)
    assert [one.outcome for one in compare.regressions(results(), broken)] == ["error"]


def test_the_wrong_module_under_test_is_noticed() -> None:
    with pytest.raises(RuntimeError, match="wrong module"):
        session.read(events(), "", Results(), expect_sockcore=True)


MADE_UP = """
    import os, unittest

    class T(unittest.TestCase):
        def test_good(self): pass
        def test_bad(self): self.fail("said so")
        def test_wrong(self): raise OSError("said so")
        def test_left_out(self): self.skipTest("no reason")
        @unittest.skip("no reason")
        def test_skipped_before_it_began(self): pass
        @unittest.expectedFailure
        def test_known(self): self.fail()
        @unittest.expectedFailure
        def test_mended(self): pass
        def test_parts(self):
            for n in range(3):
                with self.subTest(n=n):
                    self.assertNotEqual(n, 1)
        def test_crash(self): os._exit(3)
        def test_z_hang(self):
            import time
            time.sleep(60)
        def test_zz_leaves_machine(self): self.fail()

    class U(unittest.TestCase):
        @classmethod
        def setUpClass(cls): raise unittest.SkipTest("not here")
        def test_never(self): pass
"""


@pytest.fixture
def made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> session.Interpreter:
    """This interpreter, with a ``test`` package of its own."""
    package = tmp_path / "lib" / "test"
    package.mkdir(parents=True)
    package.joinpath("__init__.py").write_text("")
    package.joinpath("support.py").write_text("")
    package.joinpath("test_made_up.py").write_text(textwrap.dedent(MADE_UP))
    launcher = tmp_path / "python"
    starter = f"import sys; sys.path.insert(0, {str(package.parent)!r}); import runpy; sys.argv[:] = sys.argv[1:]"
    starter += "; runpy.run_path(sys.argv[0], run_name='__main__')"
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{starter}" "$@"\n')
    launcher.chmod(0o755)
    monkeypatch.setattr(session, "TEST_LIMIT", 1)
    monkeypatch.setattr(session.modules, "LEAVE_OUT", ("*.test_zz_*",))
    return session.Interpreter(launcher, "3.99", package, "made up")


def test_the_worker_records_every_outcome_and_outlives_crash_and_hang(made_up: session.Interpreter) -> None:
    ran = session.run_module(made_up, "test.test_made_up", None)
    assert {name.rpartition(".test_")[2]: one.outcome for name, one in ran.tests.items()} == {
        "good": "pass",
        "bad": "fail",
        "wrong": "error",
        "left_out": "skip",
        "skipped_before_it_began": "skip",
        "known": "xfail",
        "mended": "unexpected",
        "parts": "fail",
        "crash": "crash",
        "z_hang": "hang",
    }
    assert "said so" in ran.tests["test.test_made_up.T.test_wrong"].detail
    assert "test_z_hang" in ran.tests["test.test_made_up.T.test_z_hang"].detail
    assert ran.fixtures["setUpClass (test.test_made_up.U)"] == Outcome("skip", "not here")
    assert {name.partition(" ")[2]: one for name, one in ran.subtests.items()}["(n=1)"] == "fail"


def test_single_tests_can_be_run_again(made_up: session.Interpreter) -> None:
    ran = session.run_module(made_up, "test.test_made_up", None, ["test.test_made_up.T.test_good"])
    assert list(ran.tests) == ["test.test_made_up.T.test_good"]


def test_a_made_up_suite_is_compared(
    made_up: session.Interpreter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stand-in breaks what the standard library can do: exactly that is told, after it was run again."""
    broken = tmp_path / "site" / "sockcore"
    broken.mkdir(parents=True)
    broken.joinpath("__init__.py").write_text("")
    stand_in = """
        import sys, types

        def replace():
            module = types.ModuleType("socket")
            module.socket = type("socket", (), {"__module__": "sockcore"})
            sys.modules["socket"] = module
            sys.modules["sockcore"].socket = module.socket
    """
    broken.joinpath("stdlib.py").write_text(textwrap.dedent(stand_in))
    tests = """
        import os, socket, unittest

        class T(unittest.TestCase):
            def test_both(self): self.assertTrue(socket.socket)
            def test_constant(self): self.assertTrue(socket.AF_INET)
            def test_listed(self): self.assertTrue(socket.AF_INET)
            def test_unsteady(self):
                if not os.path.exists(%r):
                    self.assertTrue(open(%r, "w").close() or hasattr(socket, "AF_INET"))
    """ % (2 * (str(tmp_path / "seen"),))
    made_up.package.joinpath("test_made_up.py").write_text(textwrap.dedent(tests))
    monkeypatch.setattr(proof.baseline, "folder", lambda: tmp_path / "kept")
    listed = [Entry("*.test_listed", "*", "because"), Entry("*.test_both", "*", "because")]
    said: list[str] = []
    for round in range(2):
        tmp_path.joinpath("seen").unlink(missing_ok=True)
        (one,) = proof.prove(made_up, ["test_made_up"], tmp_path / "site", listed, say=said.append)
        assert ids(one.regressions) == {"test_constant": "error"}
        assert ids(one.listed) == {"test_listed": "error"}
        assert [entry.tests for entry in one.stale] == ["*.test_both"]
        if round:  # the file was there for the standard library in the first round, which made it
            assert one.unsteady == ["test.test_made_up.T.test_unsteady"]
    assert len(list(tmp_path.joinpath("kept").iterdir())) == 1
    assert said


def test_the_command_line_refuses_a_python_without_tests(tmp_path: Path) -> None:
    runner = Path(session.__file__).parents[1] / "run.py"
    done = subprocess.run([sys.executable, str(runner), "--python", str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 2
    assert "regressions" in done.stdout
