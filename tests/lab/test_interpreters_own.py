"""The interpreter's own test_socket, on a kernel where it skips few tests: compared, and family by family.

That nothing regresses is shown as tests/conformance shows it, here with the families that other machines lack. And
of each of these families every test is run and passes on sockcore, though the interpreter's own module may have been
built without it; what cannot be is listed in not_passed.txt, in the form of tests/conformance/expected.txt.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from suites import compare, proof
from suites.session import Interpreter

import sockcore

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
ACCEPTED = HERE.parent / "conformance" / "expected.txt"
NOT_PASSED = HERE / "not_passed.txt"

# Beginnings of the names of classes in test_socket, with or without a word before them.
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
LIMIT = pytest.mark.timeout(900)  # whichever comes first runs all of test_socket, twice


@pytest.fixture(scope="module")
def _controllers() -> Iterator[None]:
    """Two controllers of Bluetooth, to which tests of HCI bind."""
    with subprocess.Popen([os.environ["LAB_BTVIRT"], "-l2"], stdout=subprocess.DEVNULL) as program:
        for _ in range(100):
            if Path("/sys/class/bluetooth/hci1").exists():
                break
            time.sleep(0.1)
        assert program.poll() is None
        yield
        program.terminate()


@pytest.fixture(scope="module")
def proven(_controllers: None) -> proof.SuiteProof:
    """All of test_socket on this interpreter; the outcomes of no other machine are taken for this one's."""
    under_test = Interpreter.ask(Path(sys.executable))
    site = Path(sockcore.__file__).parents[1]
    accepted = [*compare.entries(ACCEPTED), *compare.entries(NOT_PASSED)]
    (one,) = proof.prove(under_test, ["test_socket"], site, accepted, use_cache=False, jobs=1)
    print(dict(zip(proof.HEADER, one.row)))
    return one


@LIMIT
def test_nothing_regresses(proven: proof.SuiteProof) -> None:
    told = [f"{found.id}: {found.outcome}\n{found.detail[-1500:]}" for found in proven.regressions]
    assert not told, "\n".join([f"{len(told)} regressions", *told])
    assert proven.passed_before > 500, "hardly anything passes with the standard library"


@LIMIT
@pytest.mark.parametrize("family", FAMILIES)
def test_every_test_of_a_family_passes(family: str, proven: proof.SuiteProof) -> None:
    patterns = " ".join(f"test.test_socket.{name}.*" for name in FAMILIES[family].split())
    of_family = compare.Entry(patterns, "*", family)
    listed = [entry for entry in compare.entries(NOT_PASSED) if entry.concerns(proven.version)]
    tests = {name: one for name, one in proven.sockcore.tests.items() if of_family.matches(name)}
    assert tests, "this Python has no such tests"
    excused = {name for name in tests if any(entry.matches(name) for entry in listed)}
    assert len(excused) < len(tests), "nothing is left that is run"
    for name, one in tests.items():
        if name not in excused:
            assert one.outcome in compare.GOOD, f"{name}: {one.outcome}: {one.detail}"


@LIMIT
def test_the_list_has_nothing_that_passes(proven: proof.SuiteProof) -> None:
    for entry in compare.entries(NOT_PASSED):
        assert len(entry.reason.split()) > 3, entry
        if entry.concerns(proven.version):
            named = [name for name in proven.sockcore.tests if entry.matches(name)]
            assert named, f"no such test: {entry.tests}"
            passed = [name for name in named if proven.sockcore.tests[name].outcome in compare.GOOD]
            assert not passed, f"take out of {NOT_PASSED.name}: {passed}"
