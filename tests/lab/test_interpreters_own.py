"""test_socket of CPython, on a kernel where few of its tests are skipped.

1. No test may fail on sockcore that passes with the standard library, as in tests/conformance.
2. All tests of the families in FAMILIES must run and pass on sockcore, even if the standard library was built without
   the family. not_passed.txt lists the exceptions, in the format of tests/conformance/expected.txt.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from suites import compare, suite_run
from suites.session import Interpreter

import sockcore

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
ACCEPTED = HERE.parent / "conformance" / "expected.txt"
NOT_PASSED = HERE / "not_passed.txt"

# Family -> patterns of the names of its classes in test_socket.
FAMILIES = {
    "CAN": "BasicCANTest CANTest",
    "ISOTP": "ISOTPTest",
    "J1939": "J1939Test",
    "RDS": "BasicRDSTest RDSTest",
    "QIPCRTR": "BasicQIPCRTRTest",
    "ALG": "LinuxKernelCryptoAPI",
    "TIPC": "TIPC*Test",
    "VSOCK": "*VSOCK*Test",
    "SCTP": "*SCTP*Test",
    "UDPLITE": "*UDPLITE*Test",
    "BLUETOOTH": "*Bluetooth*Test",
}
LIMIT = pytest.mark.timeout(900)  # the first test to use suite_outcomes runs test_socket twice


@pytest.fixture(scope="module")
def _controllers() -> Iterator[None]:
    """Run two Bluetooth controllers, to which tests of HCI bind."""
    with subprocess.Popen([os.environ["LAB_BTVIRT"], "-l2"], stdout=subprocess.DEVNULL) as program:
        for _ in range(600):
            if Path("/sys/class/bluetooth/hci1").exists():
                break
            time.sleep(0.1)
        assert program.poll() is None
        yield
        program.terminate()


@pytest.fixture(scope="module")
def suite_result(_controllers: None) -> suite_run.SuiteRun:
    """Run test_socket on this interpreter, without cached outcomes of other machines."""
    under_test = Interpreter.from_path(Path(sys.executable))
    site = Path(sockcore.__file__).parents[1]
    accepted = [*compare.entries(ACCEPTED), *compare.entries(NOT_PASSED)]
    (result,) = suite_run.run_suites(under_test, ["test_socket"], site, accepted, use_cache=False, jobs=1)
    print(dict(zip(suite_run.HEADER, result.row)))
    return result


@LIMIT
def test_suite_on_sockcore_has_no_regressions(suite_result: suite_run.SuiteRun) -> None:
    messages = [f"{test.id}: {test.outcome}\n{test.detail[-1500:]}" for test in suite_result.regressions]
    assert not messages, "\n".join([f"{len(messages)} regressions", *messages])
    assert suite_result.passed_before > 500, "fewer than 500 tests pass with the standard library"


@LIMIT
@pytest.mark.parametrize("family", FAMILIES)
def test_suite_tests_of_family_pass(family: str, suite_result: suite_run.SuiteRun) -> None:
    patterns = " ".join(f"test.test_socket.{name}.*" for name in FAMILIES[family].split())
    of_family = compare.Entry(patterns, "*", family)
    listed = [entry for entry in compare.entries(NOT_PASSED) if entry.concerns(suite_result.version)]
    tests = {name: test for name, test in suite_result.sockcore.tests.items() if of_family.matches(name)}
    assert tests, "test_socket of this Python does not test the family"
    excluded = {name for name in tests if any(entry.matches(name) for entry in listed)}
    assert len(excluded) < len(tests), "all tests of the family are excluded"
    for name, test in tests.items():
        if name not in excluded:
            assert test.outcome in compare.GOOD, f"{name}: {test.outcome}: {test.detail}"


@LIMIT
def test_not_passed_txt_contains_failing_tests_only(suite_result: suite_run.SuiteRun) -> None:
    for entry in compare.entries(NOT_PASSED):
        assert len(entry.reason.split()) > 3, entry
        if entry.concerns(suite_result.version):
            matching = [name for name in suite_result.sockcore.tests if entry.matches(name)]
            assert matching, f"no such test: {entry.tests}"
            passed = [name for name in matching if suite_result.sockcore.tests[name].outcome in compare.GOOD]
            assert not passed, f"remove from {NOT_PASSED.name}: {passed}"
