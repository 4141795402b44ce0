"""Build hook that adds the extension module to the wheel if there is a C compiler.

Otherwise the wheel is pure.

``SOCKCORE_NATIVE=0 pip install sockcore`` always builds the pure wheel. ``SOCKCORE_NATIVE=1`` fails without the
extension module. The name of the module is the option ``module`` of this hook in pyproject.toml. The core and plugins
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
        """Compile the extension; mark the wheel as specific to this Python and machine."""
        # A separate folder, so that simultaneous builds of one checkout for several Pythons do not mix.
        self._temporary = tempfile.TemporaryDirectory(prefix="sockcore-build-")
        temporary = Path(self._temporary.name)
        module = self.config["module"]
        package = module.rpartition(".")[0]
        if "SOCKCORE_TAG" in os.environ:
            library = cross_compile_extension(Path(self.root), temporary)
            build_data.update(pure_python=False, tag=os.environ["SOCKCORE_TAG"])
            build_data["force_include"][str(library)] = f"{package}/{library.name}"
            return
        setting = os.environ.get("SOCKCORE_NATIVE", "auto")
        if setting not in {"auto", "0", "1"}:
            raise ValueError(f"SOCKCORE_NATIVE must be 0, 1 or auto, not {setting!r}")
        # An editable install needs the file beside the modules. A wheel must not leave it there for other installs.
        folder = Path(self.root, "src") if version == "editable" else temporary
        if setting == "0" or (setting == "auto" and not is_supported()):
            return
        if not is_supported():
            raise RuntimeError("SOCKCORE_NATIVE=1: the native backend is for CPython on POSIX systems")
        try:
            library = compile_extension(module, Path(self.root), folder, temporary)
        except Exception as exc:
            if setting == "1":
                raise
            self.app.display_warning(f"{package} without its native backend, which did not compile: {exc}")
            return
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["force_include"][str(library)] = f"{package}/{library.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the compiled files, which are in the wheel now."""
        self._temporary.cleanup()


def is_supported() -> bool:
    """Return True if this Python supports the native backend."""
    return sys.platform != "win32" and platform.python_implementation() == "CPython"


def compile_extension(module: str, root: Path, folder: Path, temporary: Path) -> Path:
    """Compile the extension module into its package in *folder*, and return its path.

    Object files are in *temporary*.
    """
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


def cross_compile_extension(root: Path, folder: Path) -> Path:
    """Compile the extension module for another machine, set by the environment.

    The compiler only gets ``CC`` and ``CFLAGS``, because setuptools would add flags for the machine that builds.
    """
    library = folder / f"_native{os.environ['SETUPTOOLS_EXT_SUFFIX']}"
    flags = [*FLAGS, "-shared", "-fPIC", *shlex.split(os.environ.get("CFLAGS", ""))]
    sources = sorted(str(path) for path in (root / "src" / "native").glob("*.c"))
    subprocess.run([*shlex.split(os.environ["CC"]), *flags, *sources, "-o", str(library)], check=True)
    return library
