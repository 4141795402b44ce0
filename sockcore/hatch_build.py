"""Builds the native backend into the wheel where it is asked for: ``SOCKCORE_NATIVE=1 pip install sockcore``.

Else the wheel is pure, and one for every machine.
"""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MODULE = "sockcore._backend._native"
FLAGS = ["-std=c11", "-O2", "-g0", "-fvisibility=hidden", "-D_GNU_SOURCE", "-D_DARWIN_C_SOURCE"]


class NativeBackend(BuildHookInterface):  # type: ignore[type-arg]
    """Compiles ``src/native``."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and say that the wheel is one for this Python and machine."""
        if os.environ.get("SOCKCORE_NATIVE", "0") != "1":
            return
        if sys.platform == "win32" or platform.python_implementation() != "CPython":
            raise RuntimeError("SOCKCORE_NATIVE=1: the native backend is for CPython on POSIX systems")
        # An editable install finds it beside the modules; a wheel is not to leave it there for other installs.
        folder = "src" if version == "editable" else "build/native"
        made = compiled(Path(self.root), Path(self.root, folder))
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["force_include"][str(made)] = f"sockcore/_backend/{made.name}"


def compiled(root: Path, folder: Path) -> Path:
    """Return the extension module, compiled into its package's place in *folder*."""
    from setuptools import Distribution, Extension
    from setuptools.command.build_ext import build_ext

    sources = sorted(str(path) for path in (root / "src" / "native").glob("*.c"))
    extension = Extension(MODULE, sources, extra_compile_args=FLAGS)
    command = build_ext(Distribution({"name": "sockcore", "ext_modules": [extension]}))
    command.build_lib = str(folder)
    command.build_temp = str(root / "build")
    command.force = True  # the flags may have changed
    command.ensure_finalized()
    command.run()
    return Path(command.get_ext_fullpath(MODULE))
