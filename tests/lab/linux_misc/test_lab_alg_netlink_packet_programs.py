"""Programs for the standard module, which print the same output with ``python -m sockcore run``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parent / "programs"


def output_of(*arguments: str, **variables: str) -> str:
    command, environment = [sys.executable, *arguments], {**os.environ, **variables}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize(
    ("program", "plugins", "expected"),
    [
        ("list_links.py", "linux_misc", "1 lo 772 000000000000"),
        # The program also sends UDP datagrams, which needs sockcore-inet.
        ("sniff.py", "linux_misc,inet", "('lo', 2048, 4, 772, b'\\x00\\x00\\x00\\x00\\x00\\x00') 52 0800 True"),
        ("hash.py", "linux_misc", "cbc(aes)"),
    ],
)
def test_sockcore_run_program_prints_same_output(program: str, plugins: str, expected: str) -> None:
    path = str(PROGRAMS / program)
    output = output_of(path)
    assert expected in output
    assert output_of("-m", "sockcore", "run", path) == output
    # No other plugin is needed.
    assert output_of("-m", "sockcore", "run", path, SOCKCORE_PLUGINS=plugins) == output
