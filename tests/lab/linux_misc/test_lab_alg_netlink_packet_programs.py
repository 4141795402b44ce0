"""Programs that were written for the standard module: they print the same where sockcore stands in for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parent / "programs"


def printed(*arguments: str, **variables: str) -> str:
    command, environment = [sys.executable, *arguments], {**os.environ, **variables}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize(
    ("program", "plugins", "says"),
    [
        ("list_links.py", "linux_misc", "1 lo 772 000000000000"),
        # It sends what it sees by UDP.
        ("sniff.py", "linux_misc,inet", "('lo', 2048, 4, 772, b'\\x00\\x00\\x00\\x00\\x00\\x00') 52 0800 True"),
        ("hash.py", "linux_misc", "cbc(aes)"),
    ],
)
def test_a_program_prints_the_same(program: str, plugins: str, says: str) -> None:
    path = str(PROGRAMS / program)
    plain = printed(path)
    assert says in plain
    assert printed("-m", "sockcore", "run", path) == plain
    # Nothing else is needed.
    assert printed("-m", "sockcore", "run", path, SOCKCORE_PLUGINS=plugins) == plain
