"""Running the command line, as a user does: in a process of its own, with warnings as errors."""

import os
import subprocess
import sys

import pytest


@pytest.fixture
def python(monkeypatch):
    """Return a function that runs Python and returns what came of it; keyword arguments become its environment."""
    # What the commands show must not depend on how the tests were started.
    for name in [name for name in os.environ if name.startswith("SOCKCORE_")]:
        monkeypatch.delenv(name)

    def run(*arguments, cwd=None, input="", warnings="error", **environment):
        return subprocess.run(
            [sys.executable, *(["-W", warnings] if warnings else []), *map(str, arguments)],
            input=input,
            capture_output=True,
            text=True,
            timeout=60,
            cwd=cwd,
            env={**os.environ, **environment},
        )

    return run


@pytest.fixture
def sockcore(python):
    """Return a function that runs a command of sockcore."""

    def run(*arguments, **more):
        return python("-m", "sockcore", *arguments, **more)

    return run


@pytest.fixture
def distribution(tmp_path):
    """Return a function that puts a plugin's distribution into a folder for PYTHONPATH, and returns that variable."""
    if sys.flags.ignore_environment:
        pytest.skip("this Python takes no path from its environment")

    def make(name, module, source):
        (tmp_path / f"{module}.py").write_text(source)
        about = tmp_path / f"{name.replace('-', '_')}-7.5.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 7.5\n")
        (about / "entry_points.txt").write_text(f"[sockcore]\n{module} = {module}\n")
        # In front of what is there: the checkout itself may be found by it.
        return os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))

    return make
