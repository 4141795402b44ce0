"""Guests: kernels with every family of sockets that run one command on the files of this machine.

machine/prepare builds the kernel, and machine/run boots it. docs/testing.md describes the guest.
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
BACKENDS = ("uml", "qemu")  # User-Mode Linux, or an emulated machine
OUT = Path("/run/lab/out")  # files in this folder of the guest are copied out when it ends
NO_GUEST = 125  # exit status of machine/run if the guest did not start


def prepare(backend: str) -> Path:
    """Return the folder of the kernel of the guest; build it if it does not exist.

    Raises CalledProcessError if the build fails. The messages of the build are on stderr.
    """
    command = [str(HERE / "machine" / "prepare"), backend]
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
    """Boot a guest that runs *command* in the checkout.

    At its end, it copies the files in `OUT` to the folder *out*. The guest gets the environment of this process and
    *variables*, but not the PYTHON* and SOCKCORE_* variables.
    """
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "SOCKCORE_"))}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "SOCKCORE_LAB_GUEST": "1", "LAB_OUT": out, **variables}
    # In a new session, so that end() can kill all its processes.
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
    """End a guest after machine/run has cleaned up; return its output if a pipe."""
    os.killpg(guest.pid, signal.SIGTERM)
    try:
        printed, _ = guest.communicate(timeout=10)
    except subprocess.TimeoutExpired:
        os.killpg(guest.pid, signal.SIGKILL)
        printed, _ = guest.communicate()
    return printed or ""
