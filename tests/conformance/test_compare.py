"""Comparison of two runs with literal results, and the worker with a sample test module."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from suites import compare, session, suite_run
from suites.compare import Entry
from suites.session import Outcome, Results


def results(**outcomes: str) -> Results:
    return Results({f"test.test_x.{name}": Outcome(outcome, f"why {name}") for name, outcome in outcomes.items()})


def ids(differences: list[compare.Regression]) -> dict[str, str]:
    return {one.id.rpartition(".")[2]: one.outcome for one in differences}


@pytest.mark.parametrize("actual_outcome", ["fail", "error", "skip", "unexpected", "hang", "crash"])
@pytest.mark.parametrize("expected_outcome", ["pass", "xfail"])
def test_regressions_passed_test_that_fails_is_reported(expected_outcome: str, actual_outcome: str) -> None:
    differences = compare.regressions(results(a=expected_outcome, b="pass"), results(a=actual_outcome, b="pass"))
    assert ids(differences) == {"a": actual_outcome}
    assert differences[0].detail == "why a"


@pytest.mark.parametrize("actual_outcome", ["pass", "xfail"])
def test_regressions_passing_test_is_not_reported(actual_outcome: str) -> None:
    assert compare.regressions(results(a="pass"), results(a=actual_outcome)) == []


@pytest.mark.parametrize("expected_outcome", ["fail", "error", "skip", "hang", "crash", "unexpected"])
def test_regressions_ignores_tests_that_failed_before(expected_outcome: str) -> None:
    assert compare.regressions(results(a=expected_outcome), results(a="error")) == []
    assert compare.regressions(results(a=expected_outcome), results()) == []


def test_regressions_missing_test_has_fixture_message() -> None:
    actual_outcome = results()
    actual_outcome.fixtures["setUpClass (test.test_x.T)"] = Outcome("skip", "no such family")
    (differences,) = compare.regressions(results(a="pass"), actual_outcome)
    assert differences.outcome == "missing"
    assert "no such family" in differences.detail


def test_regressions_failing_fixture_is_reported_unless_expected() -> None:
    expected_outcome, actual_outcome = results(a="pass"), results(a="pass")
    actual_outcome.fixtures["tearDownModule (test.test_x)"] = Outcome("error", "left open")
    assert [one.id for one in compare.regressions(expected_outcome, actual_outcome)] == ["tearDownModule (test.test_x)"]
    expected_outcome.fixtures["tearDownModule (test.test_x)"] = Outcome("error", "left open")
    assert compare.regressions(expected_outcome, actual_outcome) == []


def test_regressions_subtest_of_failed_test_is_reported() -> None:
    expected_outcome, actual_outcome = results(a="fail"), results(a="fail")
    expected_outcome.subtests = {"test.test_x.a (n=1)": "fail", "test.test_x.a (n=2)": "pass"}
    actual_outcome.subtests = {"test.test_x.a (n=1)": "fail", "test.test_x.a (n=2)": "error"}
    (differences,) = compare.regressions(expected_outcome, actual_outcome)
    assert (differences.id, differences.test, differences.outcome) == ("test.test_x.a (n=2)", "test.test_x.a", "error")


def test_regressions_test_and_subtest_are_reported_once() -> None:
    expected_outcome, actual_outcome = results(a="pass"), results(a="fail")
    expected_outcome.subtests = {"test.test_x.a (n=1)": "pass"}
    actual_outcome.subtests = {"test.test_x.a (n=1)": "fail"}
    assert ids(compare.regressions(expected_outcome, actual_outcome)) == {"a": "fail"}


@pytest.mark.parametrize(
    ("pythons", "expected_versions"),
    [("*", "3.9 3.10 3.15"), ("3.9", "3.9"), ("3.9-3.11", "3.9 3.10"), ("3.9 3.12-3.15", "3.9 3.15")],
)
def test_entry_concerns_versions_and_ranges(pythons: str, expected_versions: str) -> None:
    entry = Entry("*", pythons, "because")
    assert [version for version in ("3.9", "3.10", "3.15") if entry.concerns(version)] == expected_versions.split()


def test_entries_of_a_backend_omits_those_of_the_other(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("test.a | * | for both\ntest.b | 3.9 pure | for one\ntest.c | native 3.9 | for the other\n")
    assert [entry.tests for entry in compare.entries(path)] == ["test.a", "test.b", "test.c"]
    assert [entry.tests for entry in compare.entries(path, "pure")] == ["test.a", "test.b"]
    assert [entry.tests for entry in compare.entries(path, "native")] == ["test.a", "test.c"]
    assert compare.entries(path, "pure")[1].concerns("3.9")


def test_split_separates_listed_regressions() -> None:
    differences = compare.regressions(results(a="pass", ab="pass", c="pass"), results(a="fail", ab="skip", c="fail"))
    listed = [Entry("test.none test.test_x.a*", "3.9", "because"), Entry("test.test_x.c", "3.10", "because")]
    unlisted, accepted = compare.split(differences, listed, "3.9")
    assert (ids(unlisted), ids(accepted)) == ({"c": "fail"}, {"a": "fail", "ab": "skip"})


def test_stale_returns_unnecessary_entries() -> None:
    passes, gone = Entry("test.test_x.a", "*", "because"), Entry("test.test_x.gone", "*", "because")
    needed, other = Entry("test.test_x.b", "*", "because"), Entry("test.test_y.a", "*", "because")
    elsewhere, unknown = Entry("test.test_x.a", "3.9", "because"), Entry("test.test_x.s", "*", "because")
    listed = [passes, gone, needed, other, elsewhere, unknown]
    expected_outcome, actual_outcome = results(a="pass", b="pass", s="skip"), results(a="pass", b="fail", s="skip")
    assert compare.stale(listed, "3.13", "test_x", expected_outcome, actual_outcome) == [passes, gone]


def test_entries_reads_list_and_reports_invalid_line(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text("# comment\n\ntest.a.* | 3.9 | it is | so\n")
    assert compare.entries(path) == [Entry("test.a.*", "3.9", "it is | so")]
    path.write_text("test.a.* | 3.9\n")
    with pytest.raises(ValueError, match="list:1: expected"):
        compare.entries(path)


def events(*lines: dict[str, str]) -> list[str]:
    return [json.dumps(line) for line in ({"event": "socket", "name": "socket", "class_": "x"}, *lines)]


def test_read_distinguishes_hang_and_crash() -> None:
    hanging, crashed = Results(), Results()
    lines = events({"event": "start", "id": "a"})
    assert not session.read([*lines, "Timeout (0:01:40)!", "Thread 1:"], "words", hanging, expect_sockcore=False)
    assert not session.read(lines, "words", crashed, expect_sockcore=False)
    assert hanging.tests == {"a": Outcome("hang", "Timeout (0:01:40)!\nThread 1:")}
    assert crashed.tests == {"a": Outcome("crash", "words")}


def test_read_without_events_is_regression() -> None:
    broken = Results()
    assert session.read([], "ImportError", broken, expect_sockcore=True)
    assert [one.outcome for one in compare.regressions(results(), broken)] == ["error"]


def test_read_wrong_socket_module_raises() -> None:
    with pytest.raises(RuntimeError, match="wrong module"):
        session.read(events(), "", Results(), expect_sockcore=True)


SAMPLE = """
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
            time.sleep(600)
        def test_zz_leaves_machine(self): self.fail()

    class U(unittest.TestCase):
        @classmethod
        def setUpClass(cls): raise unittest.SkipTest("not here")
        def test_never(self): pass
"""


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> session.Interpreter:
    """Return the running interpreter with a sample ``test`` package."""
    package = tmp_path / "lib" / "test"
    package.mkdir(parents=True)
    package.joinpath("__init__.py").write_text("")
    package.joinpath("support.py").write_text("")
    package.joinpath("test_made_up.py").write_text(textwrap.dedent(SAMPLE))
    launcher = tmp_path / "python"
    starter = f"import sys; sys.path.insert(0, {str(package.parent)!r}); import runpy; sys.argv[:] = sys.argv[1:]"
    starter += "; runpy.run_path(sys.argv[0], run_name='__main__')"
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{starter}" "$@"\n')
    launcher.chmod(0o755)
    monkeypatch.setattr(session, "TEST_LIMIT", 5)
    monkeypatch.setattr(session.modules, "LEAVE_OUT", ("*.test_zz_*",))
    return session.Interpreter(launcher, "3.99", package, "made up")


def test_run_module_records_outcomes_despite_crash_and_hang(sample: session.Interpreter) -> None:
    results_of_run = session.run_module(sample, "test.test_made_up", None)
    assert {name.rpartition(".test_")[2]: one.outcome for name, one in results_of_run.tests.items()} == {
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
    assert "said so" in results_of_run.tests["test.test_made_up.T.test_wrong"].detail
    assert "test_z_hang" in results_of_run.tests["test.test_made_up.T.test_z_hang"].detail
    assert results_of_run.fixtures["setUpClass (test.test_made_up.U)"] == Outcome("skip", "not here")
    assert {name.partition(" ")[2]: one for name, one in results_of_run.subtests.items()}["(n=1)"] == "fail"


def test_run_module_only_runs_selected_tests(sample: session.Interpreter) -> None:
    results_of_run = session.run_module(sample, "test.test_made_up", None, ["test.test_made_up.T.test_good"])
    assert list(results_of_run.tests) == ["test.test_made_up.T.test_good"]


def test_run_suites_reports_differences_of_sample_suite(
    sample: session.Interpreter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken replacement for sockcore causes the expected regressions.

    It also does so after repeated runs.
    """
    broken = tmp_path / "site" / "sockcore"
    broken.mkdir(parents=True)
    broken.joinpath("__init__.py").write_text("")
    replacement = """
        import sys, types

        def replace():
            module = types.ModuleType("socket")
            module.socket = type("socket", (), {"__module__": "sockcore"})
            sys.modules["socket"] = module
            sys.modules["sockcore"].socket = module.socket
    """
    broken.joinpath("stdlib.py").write_text(textwrap.dedent(replacement))
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
    sample.package.joinpath("test_made_up.py").write_text(textwrap.dedent(tests))
    monkeypatch.setattr(suite_run.baseline, "folder", lambda: tmp_path / "kept")
    listed = [Entry("*.test_listed", "*", "because"), Entry("*.test_both", "*", "because")]
    progress: list[str] = []
    for round in range(2):
        tmp_path.joinpath("seen").unlink(missing_ok=True)
        (result,) = suite_run.run_suites(
            sample, ["test_made_up"], tmp_path / "site", listed, print_progress=progress.append
        )
        assert ids(result.regressions) == {"test_constant": "error"}
        assert ids(result.listed) == {"test_listed": "error"}
        assert [entry.tests for entry in result.stale] == ["*.test_both"]
        if round:  # in the first round, the run on the standard library creates the file
            assert result.unsteady == ["test.test_made_up.T.test_unsteady"]
    assert len(list(tmp_path.joinpath("kept").iterdir())) == 1
    assert progress


def test_run_command_python_without_tests_fails(tmp_path: Path) -> None:
    runner = Path(session.__file__).parents[1] / "run.py"
    done = subprocess.run([sys.executable, str(runner), "--python", str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 2
    assert "regressions" in done.stdout
