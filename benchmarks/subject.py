"""The measured software: an interpreter, its sockcore, and the available backends."""

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
    """The Python does not exist, or cannot run sockcore. The message has the reason."""


class Subject(NamedTuple):
    """An interpreter, and its environment variables for each backend."""

    command: str
    python: str
    plugins: list[str]
    editable: bool  # uses the files of the checkout instead of installed files
    environments: dict[str, dict[str, str]]  # by backend
    missing: dict[str, str]  # backend -> reason why it is not available


def subject(asked: str | None) -> Subject:
    """Return the interpreter *asked*, a version or a path; default: this one.

    Raises `CannotMeasure`.
    """
    command = interpreter(asked)
    variables = {key: value for key, value in os.environ.items() if not key.startswith("SOCKCORE_")}
    try:
        probe(command, variables, "pure")
    except CannotMeasure:
        # sockcore is not installed for this interpreter: put all distributions on its path.
        try:
            variables["PYTHONPATH"] = str(target.site(found.read_version(command)))
        except subprocess.CalledProcessError as exc:  # uv has printed the reason
            raise CannotMeasure(f"sockcore is not installed for {command}, and the installation failed") from exc
        except (RuntimeError, OSError) as exc:
            raise CannotMeasure(f"sockcore is not installed for {command}, and the installation failed: {exc}") from exc
    environments, missing = {}, {}
    pure = probe(command, variables, "pure")
    for backend in BACKENDS:
        try:
            name = probe(command, variables, backend)["backend"]
        except CannotMeasure as exc:
            missing[backend] = str(exc)
        else:
            if name == backend:
                environments[backend] = {**variables, "SOCKCORE_BACKEND": backend}
            else:
                missing[backend] = f"sockcore uses the {name} backend instead"
    if not environments:
        raise CannotMeasure(f"no backend: {missing}")
    editable = CHECKOUT in Path(pure["file"]).parents and "site-packages" not in pure["file"]
    return Subject(command, pure["python"], pure["plugins"], editable, environments, missing)


def interpreter(asked: str | None) -> str:
    """Return the path of the interpreter *asked*, a version or a path."""
    if asked is None:
        return sys.executable
    if found.read_version(asked):
        return asked
    command = found.python(asked)
    if command is None:
        raise CannotMeasure(f"Python {asked} not found")
    return str(command)


def probe(command: str, variables: dict[str, str], backend: str) -> dict[str, Any]:
    """Return information about sockcore with *backend*.

    Raises `CannotMeasure` with the last line of the error.
    """
    done = subprocess.run(
        [command, "-c", PROBE],
        cwd=CHECKOUT,
        env={**variables, "SOCKCORE_BACKEND": backend},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise CannotMeasure((done.stderr.strip() or "no error output").splitlines()[-1])
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
