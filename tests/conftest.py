"""Selection of tests for ``pytest`` without arguments.

Some tests need another kernel, another machine, compilers, packages from an index, or much time. Each folder of such
tests has an environment of tox. pytest collects the folder only if the command line contains its path.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
#: Path in this folder -> environment of tox that runs it.
LEFT_OUT = {
    "conformance/test_conformance.py": "conformance",
    "docs": "docs",
    "headers": "headers",
    "install": "install",
    "lab": "lab",
    "wine": "wine",
}


try:
    from hypothesis import HealthCheck, settings
except ImportError:  # on a device
    pass
else:
    # A loaded or an emulated machine must not make a test fail.
    settings.register_profile("without limits of time", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("without limits of time")


def named_paths(config: pytest.Config) -> list[Path]:
    """Return the paths of the command line, or of the setting ``testpaths``."""
    folder = Path(config.invocation_params.dir)
    return [(folder / argument.partition("::")[0]).resolve() for argument in config.args]


def is_left_out(name: str, named: list[Path]) -> bool:
    """Return False if the command line has the folder of *name*, or a path in it."""
    folder = HERE / name.partition("/")[0]
    return not any(folder == path or folder in path.parents for path in named)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    for name in LEFT_OUT:
        if collection_path == HERE / name and is_left_out(name, named_paths(config)):
            return True
    return None


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> Iterator[None]:
    yield  # print the line below the skipped tests
    named = named_paths(config)
    left_out = [
        f"tests/{name} (tox -e {environment})"
        for name, environment in LEFT_OUT.items()
        if is_left_out(name, named) and any(path in (HERE / name).parents for path in named)
    ]
    if left_out:
        terminalreporter.write_line(f"left out: {', '.join(left_out)}")
