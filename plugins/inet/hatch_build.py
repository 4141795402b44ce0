"""Build the extension module into the wheel if there is a compiler for it; otherwise the wheel is pure.

``SOCKCORE_NATIVE=0 pip install sockcore`` builds the pure wheel in any case; ``SOCKCORE_NATIVE=1`` fails without the
extension module. The name of the module is the option ``module`` of this hook in pyproject.toml: the core and plugins
have the same file.
"""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FLAGS = ["-std=c11", "-O2", "-g0", "-fvisibility=hidden", "-D_GNU_SOURCE", "-D_DARWIN_C_SOURCE"]


class NativeBackend(BuildHookInterface):  # type: ignore[type-arg]
    """Compiles ``src/native``."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and say that the wheel is one for this Python and machine."""
        # A folder of its own, so that builds of one checkout for several Pythons at the same time do not mix.
        self._temporary = tempfile.TemporaryDirectory(prefix="sockcore-build-")
        temporary = Path(self._temporary.name)
        module = self.config["module"]
        package = module.rpartition(".")[0]
        if "SOCKCORE_TAG" in os.environ:
            made = cross_compiled(Path(self.root), temporary)
            build_data.update(pure_python=False, tag=os.environ["SOCKCORE_TAG"])
            build_data["force_include"][str(made)] = f"{package}/{made.name}"
            return
        wanted = os.environ.get("SOCKCORE_NATIVE", "auto")
        if wanted not in {"auto", "0", "1"}:
            raise ValueError(f"SOCKCORE_NATIVE must be 0, 1 or auto, not {wanted!r}")
        # An editable install finds it beside the modules; a wheel is not to leave it there for other installs.
        folder = Path(self.root, "src") if version == "editable" else temporary
        if wanted == "0" or (wanted == "auto" and not is_supported()):
            return
        if not is_supported():
            raise RuntimeError("SOCKCORE_NATIVE=1: the native backend is for CPython on POSIX systems")
        try:
            made = compiled(module, Path(self.root), folder, temporary)
        except Exception as problem:
            if wanted == "1":
                raise
            self.app.display_warning(f"{package} without its native backend, which did not compile: {problem}")
            return
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["force_include"][str(made)] = f"{package}/{made.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the compiled files, which the wheel contains now."""
        self._temporary.cleanup()


def is_supported() -> bool:
    """Whether there is a native backend for the Python that builds."""
    return sys.platform != "win32" and platform.python_implementation() == "CPython"


def compiled(module: str, root: Path, folder: Path, temporary: Path) -> Path:
    """Return the extension module, compiled into its package's place in *folder*; object files are in *temporary*."""
    from setuptools import Distribution, Extension
    from setuptools.command.build_ext import build_ext

    sources = sorted(str(path) for path in (root / "src" / "native").glob("*.c"))
    extension = Extension(module, sources, extra_compile_args=FLAGS)
    command = build_ext(Distribution({"name": module.rpartition(".")[0], "ext_modules": [extension]}))
    command.build_lib = str(folder)
    command.build_temp = str(temporary / "objects")
    command.force = True  # the flags may have changed
    command.ensure_finalized()
    command.run()
    return Path(command.get_ext_fullpath(module))


def cross_compiled(root: Path, folder: Path) -> Path:
    """Return the extension module for a Python of another machine, which the environment describes.

    ``CC`` and ``CFLAGS`` say all: setuptools would add flags of the Python that builds, which are for its own machine.
    """
    made = folder / f"_native{os.environ['SETUPTOOLS_EXT_SUFFIX']}"
    flags = [*FLAGS, "-shared", "-fPIC", *shlex.split(os.environ.get("CFLAGS", ""))]
    sources = sorted(str(path) for path in (root / "src" / "native").glob("*.c"))
    subprocess.run([*shlex.split(os.environ["CC"]), *flags, *sources, "-o", str(made)], check=True)
    return made
