"""Tests of CPython for families that are skipped elsewhere. All must run and pass on the simulated Winsock."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

import pytest

#: Classes of test_socket -> their tests that do not apply to Windows.
CLASSES = {
    "BasicHyperVTest": set(),
    "BasicBluetoothTest": {"testCreateHciSocket", "testCreateL2capSocket", "testCreateScoSocket"},
}
CODE = """
    import json, sys, unittest
    import sockcore.stdlib
    sockcore.stdlib.replace()
    from test import test_socket
    tests = unittest.defaultTestLoader.loadTestsFromName(sys.argv[1], test_socket)
    names = [test.id().rpartition(".")[2] for test in tests]
    result = unittest.TestResult()
    tests.run(result)
    skipped = [test.id().rpartition(".")[2] for test, _ in result.skipped]
    failures = [message for _, message in result.failures + result.errors]
    print(json.dumps([names, skipped, failures]))
"""


@pytest.mark.skipif(sys.version_info < (3, 13), reason="older versions do not test these families on Windows")
@pytest.mark.parametrize("name", CLASSES)
def test_suite_class_runs_and_passes(name: str) -> None:
    command = [sys.executable, "-c", textwrap.dedent(CODE), name]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    names, skipped, failures = json.loads(done.stdout)
    assert failures == []
    assert set(skipped) == CLASSES[name]
    assert len(names) > len(skipped)
