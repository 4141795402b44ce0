"""A guest: a kernel that has every family of sockets, on the machine's files, running one command.

machine/prepare makes the kernel, machine/run boots it; docs/testing.md says what the guest has.
"""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
KINDS = ("uml", "qemu")  # of what runs the kernel
OUT = Path("/run/lab/out")  # what the command writes there outlives the guest
NO_GUEST = 125  # the status of machine/run for a guest that did not start


def prepare(kind: str) -> Path:
    """The folder of the guest's kernel, made if need be. CalledProcessError if that fails; it has said why."""
    command = [str(HERE / "machine" / "prepare"), kind]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True)
    return Path(done.stdout.strip())


def start(
    machine: Path,
    command: Sequence[str],
    variables: Mapping[str, str],
    out: str,
    stdout: int | IO[str] | None = None,
    stderr: int | IO[str] | None = None,
) -> subprocess.Popen[str]:
    """Boot a guest that runs *command* in the checkout; the files that it leaves in OUT come to the folder *out*.

    Its environment is this one, without what is meant for a Python or a sockcore here, and *variables*.
    """
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "SOCKCORE_"))}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "SOCKCORE_LAB_GUEST": "1", "LAB_OUT": out, **variables}
    # A session of its own, so that its end is the end of all that it started.
    return subprocess.Popen(
        [str(HERE / "machine" / "run"), str(machine), *command],
        cwd=CHECKOUT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        text=True,
        errors="replace",
        start_new_session=True,
    )


def end(guest: subprocess.Popen[str]) -> str:
    """End a guest, and let machine/run clean up; what it has printed, if that went to a pipe."""
    os.killpg(guest.pid, signal.SIGTERM)
    try:
        printed, _ = guest.communicate(timeout=10)
    except subprocess.TimeoutExpired:
        os.killpg(guest.pid, signal.SIGKILL)
        printed, _ = guest.communicate()
    return printed or ""
