"""Fixtures that run the command line in a subprocess, with warnings as errors."""

import os
import subprocess
import sys

import pytest

#: Seconds for a command. The demo starts five processes. Under Wine, beside other work, each of them takes ten seconds.
LIMIT = 240


@pytest.fixture
def python(monkeypatch):
    """Return a function that runs Python and returns the completed process.

    Keyword arguments are environment variables.
    """
    # The output must not depend on the environment of the tests.
    for name in [name for name in os.environ if name.startswith("SOCKCORE_")]:
        monkeypatch.delenv(name)

    def run(*arguments, cwd=None, input="", warnings="error", **environment):
        return subprocess.run(
            [sys.executable, *(["-W", warnings] if warnings else []), *map(str, arguments)],
            input=input,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            cwd=cwd,
            env={**os.environ, **environment},
        )

    return run


@pytest.fixture
def sockcore(python):
    """Return a function that runs ``python -m sockcore`` with arguments."""

    def run(*arguments, **options):
        return python("-m", "sockcore", *arguments, **options)

    return run


@pytest.fixture
def distribution(tmp_path):
    """Return a function that creates a distribution with a plugin.

    The function returns a PYTHONPATH that contains the distribution.
    """
    if sys.flags.ignore_environment:
        pytest.skip("this Python ignores PYTHONPATH")

    def make(name, module, source):
        (tmp_path / f"{module}.py").write_text(source)
        dist_info = tmp_path / f"{name.replace('-', '_')}-7.5.dist-info"
        dist_info.mkdir()
        (dist_info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 7.5\n")
        (dist_info / "entry_points.txt").write_text(f"[sockcore]\n{module} = {module}\n")
        # Keep the present PYTHONPATH, which may contain the checkout itself.
        return os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))

    return make
