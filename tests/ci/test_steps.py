"""The functions in .ci/steps, which run steps of CI at the same time."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

STEPS = Path(__file__).parents[2] / ".ci" / "steps"
pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")


def run(folder: Path, script: str) -> list[str]:
    """Run a script with the functions of steps in *folder*; return its output lines."""
    script = f"set -uo pipefail; logs=.; source {STEPS}\n{script}"
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


MEET = "touch $0; until [ -e $1 ]; do sleep 0.05; done"


def test_step_two_steps_run_concurrently(tmp_path: Path) -> None:
    lines = run(
        tmp_path,
        f"step one 60 bash -c '{MEET}' a b; step two 60 bash -c '{MEET}' b a; finish_all; echo ${{#failed[@]}}",
    )
    assert lines[-1] == "0"


def test_step_third_step_waits(tmp_path: Path) -> None:
    lines = run(tmp_path, "step one 60 true; step two 60 true; step three 60 true; finish_all")
    begins = [number for number, line in enumerate(lines) if " begins: " in line]
    ends = [number for number, line in enumerate(lines) if ": done in " in line]
    assert len(begins) == len(ends) == 3
    assert ends[0] < begins[2]


def test_light_step_does_not_delay_steps(tmp_path: Path) -> None:
    until = "until [ -e go ]; do sleep 0.05; done"
    steps = f"light one 60 bash -c '{until}'; light two 60 bash -c '{until}'; step three 60 true; step four 60 touch go"
    lines = run(tmp_path, f"{steps}; finish_all; step five 60 true; finish_all; echo ${{#running[@]}} ${{#lights[@]}}")
    assert [line for line in lines if "FAILED" in line] == []
    assert lines[-1] == "0 0"


def test_step_output_is_printed_together(tmp_path: Path) -> None:
    meet = "echo $0 1; " + MEET + "; echo $0 2 >&2"
    lines = run(tmp_path, f"step one 60 bash -c '{meet}' a b; step two 60 bash -c '{meet}' b a; finish_all")
    for name in ("a", "b"):
        place = lines.index(f"{name} 1")
        assert lines[place - 1] == f"==== {'one' if name == 'a' else 'two'}: output"
        assert lines[place + 1] == f"{name} 2"


def test_step_failed_is_recorded_with_status(tmp_path: Path) -> None:
    lines = run(
        tmp_path,
        'step bad 60 bash -c "exit 3"; step good 60 true; finish_all; echo "${failed[@]}"; echo "${durations[@]}"',
    )
    assert lines[-2] == "bad"
    assert "bad: FAILED with status 3" in lines[-1]


def test_step_beyond_time_limit_fails(tmp_path: Path) -> None:
    lines = run(tmp_path, 'step slow 1 sleep 50; finish_all; echo "${failed[@]}"')
    assert lines[-1] == "slow"


def test_step_missing_command_fails(tmp_path: Path) -> None:
    lines = run(tmp_path, 'step none 60 ./no-such-command; finish_all; echo "${failed[@]}"')
    assert lines[-1] == "none"


def test_finish_waits_for_named_step_only(tmp_path: Path) -> None:
    until = "until [ -e go ]; do sleep 0.05; done"
    script = f"step long 60 bash -c '{until}'; step short 60 true; finish short; echo now; touch go; finish_all"
    lines = run(tmp_path, script)
    [done] = [number for number, line in enumerate(lines) if line.startswith("==== long: done")]
    assert lines.index("now") < done
