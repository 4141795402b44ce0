"""Run the tests of each distribution with only that distribution and the core.

    python tests/run_alone.py [--junit FOLDER] [--name NAME] [inet unix ...] [-- PYTEST ARGUMENTS]

The environment of the running Python must have the core and the requirements of the tests, but no plugin. Each
distribution is installed into a folder for PYTHONPATH, so that all share the environment. The exit status is 1 if a
test failed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import entry_points
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
DISTRIBUTIONS = sorted(path.parent.name for path in CHECKOUT.glob("plugins/*/pyproject.toml"))
AT_ONCE = 2
LIMIT = 600  # seconds for one distribution


def run(distribution: str, junit: Path | None, name: str, arguments: list[str]) -> tuple[int, str]:
    """Install a distribution into a folder, and run its tests.

    Return the exit status of pytest and the output.
    """
    with tempfile.TemporaryDirectory(prefix="alone") as folder:
        install = ["uv", "pip", "install", "--quiet", "--no-deps", "--compile-bytecode"]
        install += ["--python", sys.executable, "--target", folder]
        # uv would use a cached wheel from before a change of the sources.
        package = f"sockcore-{distribution.replace('_', '-')}"
        install += ["--reinstall-package", package, str(CHECKOUT / "plugins" / distribution)]
        subprocess.run(install, check=True, stdin=subprocess.DEVNULL)
        command = [sys.executable, "-m", "pytest", "--timeout=300", "-p", "no:cacheprovider"]
        if junit:
            command.append(f"--junitxml={junit / f'{name}-{distribution}.xml'}")
        done = subprocess.run(
            [*command, f"tests/{distribution}", *arguments],
            cwd=CHECKOUT,
            env={**os.environ, "PYTHONPATH": folder},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT,
            check=False,
        )
    return done.returncode, done.stdout


def installed_plugins() -> list[str]:
    """Return the names of the plugins of the environment."""
    groups = entry_points()
    points = groups.select(group="sockcore") if hasattr(groups, "select") else groups.get("sockcore", ())
    return [point.name for point in points]


def main() -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("distributions", nargs="*", default=DISTRIBUTIONS, metavar="DISTRIBUTION")
    parser.add_argument("--junit", type=Path, metavar="FOLDER", help="write NAME-DISTRIBUTION.xml to this folder")
    parser.add_argument("--name", default="alone", help="first part of the names of these files")
    words = sys.argv[1:]
    split = words.index("--") if "--" in words else len(words)
    options = parser.parse_args(words[:split])
    if installed_plugins():
        print(f"this environment has plugins: {', '.join(installed_plugins())}")
        return 2
    statuses = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = pool.map(
            lambda name: run(name, options.junit, options.name, words[split + 1 :]), options.distributions
        )
        for distribution, (status, output) in zip(options.distributions, outcomes):
            print(f"== {distribution}\n{output}", flush=True)
            statuses[distribution] = status
    for distribution, status in statuses.items():
        print(f"{distribution:12} {'passed' if status == 0 else f'pytest ended with status {status}'}")
    return int(any(statuses.values()))


if __name__ == "__main__":
    sys.exit(main())
