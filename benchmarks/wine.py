"""Measurements on a Python for Windows, under Wine.

Python and Wine are those of tests/wine. sockcore is installed from wheels of the checkout. The rows are the same as on
this machine, except those that need fork(2), AF_UNIX or other parts of POSIX.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.subject import CHECKOUT, CannotMeasure, Subject, probe

sys.path.append(str(CHECKOUT / "tests" / "wine"))

from machine import CannotStart, installation, layer

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = "3.13"
# Python ends at its start if a standard stream is a file. stdin and stdout are pipes of `benchmarks.rounds`.
LAUNCHER = """\
#!/bin/bash
exec {command} "$@" 2> >(cat >&2)
"""


@contextmanager
def subject(version: str) -> Iterator[Subject]:
    """Yield the Python for Windows *version* with sockcore. It exists only in the context.

    Raises `CannotMeasure`.
    """
    with tempfile.TemporaryDirectory() as name:
        try:
            installed = installation.wine(installation.INSTALLED)
            with layer.running_layer(version, installed, layer.wheels(Path(name))) as windows:
                launcher = Path(name, "python")
                launcher.write_text(LAUNCHER.format(command=shlex.join(windows.command())), encoding="utf-8")
                launcher.chmod(0o755)
                variables = {**windows.environment, "SOCKCORE_BACKEND": "pure"}
                about = probe(str(launcher), variables, "pure")
                python = f"{about['python']} for Windows, under Wine"
                missing = {"native": "it is for CPython on POSIX systems"}
                yield Subject(str(launcher), python, about["plugins"], False, {"pure": variables}, missing)
        except (CannotStart, RuntimeError, subprocess.SubprocessError) as exc:
            raise CannotMeasure(f"the Python for Windows did not start: {exc}") from exc
