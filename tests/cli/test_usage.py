"""Help, version, and wrong usage."""

from pathlib import Path

import pytest

COMMANDS = ["check-layout", "constants", "demo", "families", "freeze", "new-family", "options", "plugins", "run"]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "commands.md"


def test_no_command_prints_the_commands_and_is_status_2(sockcore):
    done = sockcore()
    assert (done.returncode, done.stdout) == (2, "")
    assert all(f"\n  {command} " in done.stderr for command in COMMANDS)


def test_help_lists_every_command(sockcore):
    done = sockcore("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(f"\n  {command} " in done.stdout for command in COMMANDS)


def test_page_of_commands_lists_every_command(sockcore):
    printed = sockcore("--help").stdout.partition("commands:\n")[2]
    commands = [line.split()[0] for line in printed.splitlines() if line.startswith("  ") and line[2] != " "]
    assert sorted(commands) == COMMANDS
    page = PAGE.read_text(encoding="utf-8")
    assert [command for command in commands if f"\n| `{command}" not in page] == []


def test_version_prints_the_version(sockcore):
    done = sockcore("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("sockcore ")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_describes_it(sockcore, command):
    done = sockcore(command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: python -m sockcore {command}")
    assert len(done.stdout.splitlines()) > 3


@pytest.mark.parametrize("wrong", [["nonsense"], ["--nonsense"], ["plugins", "--nonsense"], ["families", "extra"]])
def test_wrong_usage_is_status_2(sockcore, wrong):
    done = sockcore(*wrong)
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage: python -m sockcore" in done.stderr


def test_closed_pipe_is_status_1_without_a_traceback(python):
    code = """
import subprocess, sys
command = [sys.executable, "-m", "sockcore", "constants"]
writer = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
writer.stdout.close()
print(writer.wait(), writer.stderr.read())
writer.stderr.close()
"""
    assert python("-c", code).stdout.split() == ["1", "b''"]
