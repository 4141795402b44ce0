"""The interpreter's own tests of families that it skips elsewhere: on the look-alike each runs, and passes."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

import pytest

#: Classes of test_socket, and which of their tests are not for Windows.
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
    wrong = [words for _, words in result.failures + result.errors]
    print(json.dumps([names, skipped, wrong]))
"""


@pytest.mark.skipif(sys.version_info < (3, 13), reason="the tests of an older Python know nothing of them on Windows")
@pytest.mark.parametrize("name", CLASSES)
def test_all_of_them_pass(name: str) -> None:
    command = [sys.executable, "-c", textwrap.dedent(CODE), name]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    names, skipped, wrong = json.loads(done.stdout)
    assert wrong == []
    assert set(skipped) == CLASSES[name]
    assert len(names) > len(skipped)
