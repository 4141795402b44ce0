"""Writing the frozen list, and with it the code of the modules that a first socket needs."""

from __future__ import annotations

import glob
import marshal
import os
import subprocess
import sys
from _frozen_importlib_external import MAGIC_NUMBER
from contextlib import suppress

from sockcore._names import FROZEN, frozen_code
from sockcore._registry import discovery
from sockcore._registry.entrypoints import scan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from sockcore._thaw import Frozen

# A fresh process imports what a first socket needs, and nothing else. Without a plugin there may be no such socket.
_IN_A_PROCESS = """
import sys, sockcore
try:
    sockcore.socket().close()
except OSError:
    pass
from sockcore._registry import freezing
freezing.write_code(sys.argv[1])
"""


def freeze(path: str = FROZEN) -> str:
    """Write the frozen list of all plugins that are installed now, and the code beside it; return the list's path.

    A plugin that is installed or removed later is not seen until the list is written anew. The code is for this
    version of Python; a module that has changed is imported as if it were not there. OSError if the place cannot be
    written.
    """
    lines = [
        "# Written by `python -m sockcore freeze`: the plugins to load, without looking for any.\n",
        *(f"{p.name} {p.module} {p.distribution} {p.version}\n" for p in sorted(scan(), key=lambda p: p.name)),
    ]
    unfreeze(path)
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(lines)
    command = [sys.executable, "-c", _IN_A_PROCESS, frozen_code(path)]
    subprocess.run(command, env={**os.environ, "SOCKCORE_FROZEN": path}, check=True)
    return path


def unfreeze(path: str = FROZEN) -> None:
    """Remove the frozen list and the code beside it, if there are any."""
    for each in (path, *glob.glob(f"{glob.escape(path)}.*")):
        with suppress(FileNotFoundError):
            os.remove(each)


def write_code(path: str) -> None:
    """Write the code of all modules of sockcore and its plugins that this process has imported."""
    modules = {name: _frozen(name, module) for name, module in _modules()}
    with open(path, "wb") as file:
        file.write(MAGIC_NUMBER + marshal.dumps(modules))


def _modules() -> Iterator[tuple[str, ModuleType]]:
    roots = {"sockcore", *(plugin.module.partition(".")[0] for plugin in discovery.plugins())}
    # The package itself is there before anything is thawed.
    others = {"sockcore", "sockcore._names", "sockcore._thaw", __name__}
    for name, module in sys.modules.items():
        if name.partition(".")[0] in roots and name not in others and (module.__file__ or "").endswith(".py"):
            yield name, module


def _frozen(name: str, module: ModuleType) -> Frozen:
    spec = module.__spec__
    assert spec is not None
    source = str(spec.origin)
    code = spec.loader.get_code(name)  # type: ignore[union-attr]
    now = os.stat(source)
    return source, spec.submodule_search_locations is not None, now.st_mtime_ns, now.st_size, marshal.dumps(code)
