"""Modules from the file of code that ``python -m sockcore freeze`` leaves beside the frozen list.

What a first socket needs is in one file, so that a start-up does not look for forty. A module whose source has changed
since then is imported as ever.
"""

from __future__ import annotations

import marshal
import os
import sys
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import MAGIC_NUMBER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, ModuleType

    #: Path of the source, whether it is a package, time of change and size of the source, marshalled code.
    Frozen = tuple[str, bool, int, int, bytes]


class Thawing:
    """A finder, and the loader of what it finds. Each module's code is forgotten once it has run."""

    def __init__(self, modules: dict[str, Frozen]) -> None:
        self._modules = modules

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Return the spec of a frozen module whose source is what it was."""
        if name not in self._modules:
            return None
        source, is_package, changed, size, _ = self._modules[name]
        try:
            now = os.stat(source)
        except OSError:
            return None
        if (now.st_mtime_ns, now.st_size) != (changed, size):
            return None
        spec = ModuleSpec(name, self, origin=source, is_package=is_package)  # type: ignore[arg-type]
        spec.has_location = True
        if is_package:
            spec.submodule_search_locations = [os.path.dirname(source)]
        return spec

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave it to the interpreter."""

    def exec_module(self, module: ModuleType) -> None:
        """Run a module's code."""
        exec(marshal.loads(self._modules.pop(module.__name__)[4]), vars(module))

    def get_code(self, name: str) -> CodeType:
        """Return a module's code, for runpy and the like."""
        with open(sys.modules[name].__file__ or "", "rb") as file:
            return compile(file.read(), sys.modules[name].__file__ or "", "exec")


def install(path: str) -> None:
    """Import from the file of code at *path* from now on, unless another version of Python has left it."""
    with open(path, "rb") as file:
        content = file.read()
    if content.startswith(MAGIC_NUMBER):
        sys.meta_path.insert(0, Thawing(marshal.loads(memoryview(content)[len(MAGIC_NUMBER) :])))
