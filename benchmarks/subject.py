"""What is measured: an interpreter, the sockcore that it imports, and the backends that this one has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from tools.pythons import found, target

CHECKOUT = Path(__file__).resolve().parents[1]
BACKENDS = ("pure", "native")

PROBE = """
import json, platform, sys
import sockcore, sockcore._plugins.discovery as discovery
backend = sockcore.backends.current()
sockcore.AF_INET
print(json.dumps({
    "backend": backend,
    "python": f"{platform.python_implementation()} {platform.python_version()}",
    "plugins": [plugin.name for plugin in discovery.plugins() if plugin.state == "loaded"],
    "file": sockcore.__file__,
}))
"""


class CannotMeasure(Exception):
    """There is no such Python, or sockcore does not run on it. The text says why."""


class Subject(NamedTuple):
    """An interpreter, and how it runs each backend."""

    command: str
    python: str
    plugins: list[str]
    editable: bool  # imports the checkout's files, instead of installed ones
    environments: dict[str, dict[str, str]]  # by backend
    missing: dict[str, str]  # backends that are not there, and why


def subject(asked: str | None) -> Subject:
    """The interpreter *asked* for, a version or a path, by default this one; `CannotMeasure` if it cannot be had."""
    command = interpreter(asked)
    variables = {key: value for key, value in os.environ.items() if not key.startswith("SOCKCORE_")}
    try:
        probe(command, variables, "pure")
    except CannotMeasure:
        # Nothing is installed for it: it gets all distributions by its path.
        try:
            variables["PYTHONPATH"] = str(target.site(found.read_version(command)))
        except subprocess.CalledProcessError as error:  # which has said why
            raise CannotMeasure(f"sockcore is not installed for {command}, and could not be") from error
        except (RuntimeError, OSError) as error:
            raise CannotMeasure(f"sockcore is not installed for {command}, and could not be: {error}") from error
    environments, missing = {}, {}
    pure = probe(command, variables, "pure")
    for backend in BACKENDS:
        try:
            name = probe(command, variables, backend)["backend"]
        except CannotMeasure as error:
            missing[backend] = str(error)
        else:
            if name == backend:
                environments[backend] = {**variables, "SOCKCORE_BACKEND": backend}
            else:
                missing[backend] = f"sockcore runs on its {name} one"
    if not environments:
        raise CannotMeasure(f"no backend: {missing}")
    editable = CHECKOUT in Path(pure["file"]).parents and "site-packages" not in pure["file"]
    return Subject(command, pure["python"], pure["plugins"], editable, environments, missing)


def interpreter(asked: str | None) -> str:
    """The path of the interpreter *asked* for."""
    if asked is None:
        return sys.executable
    if found.read_version(asked):
        return asked
    command = found.python(asked)
    if command is None:
        raise CannotMeasure(f"no Python {asked} here")
    return str(command)


def probe(command: str, variables: dict[str, str], backend: str) -> dict[str, Any]:
    """What sockcore says of itself with *backend*; `CannotMeasure` with the last line of what went wrong."""
    done = subprocess.run(
        [command, "-c", PROBE],
        cwd=CHECKOUT,
        env={**variables, "SOCKCORE_BACKEND": backend},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise CannotMeasure((done.stderr.strip() or "no reason given").splitlines()[-1])
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
