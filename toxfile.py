"""Plugin of tox: find Pythons that are not on PATH, and show the progress of a run.

1. pyenv's Pythons and those of tools/pythons come first on PATH. pyenv's shims answer for versions that are not
   selected, and then refuse to run.
2. No Python is downloaded.
3. ``SOCKCORE_OLDEST`` and ``SOCKCORE_NEWEST`` name the oldest and the newest CPython that is found, as factors.
4. A line ``[3 of 12] py39-core`` is printed when an environment starts. It counts those that could not start too.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tox.plugin import impl

if TYPE_CHECKING:
    from tox.config.sets import ConfigSet
    from tox.session.state import State
    from tox.tox_env.api import ToxEnv

sys.path.insert(0, str(Path(__file__).parent))

from tools.pythons import found

os.environ["PATH"] = os.pathsep.join([*map(str, found.folders()), os.environ.get("PATH", os.defpath)])
os.environ.setdefault("UV_PYTHON_DOWNLOADS", "never")

_versions = [version for version in found.VERSIONS if found.python(version)] or [
    ".".join(map(str, sys.version_info[:2]))
]
os.environ.setdefault("SOCKCORE_OLDEST", "py" + _versions[0].replace(".", ""))
os.environ.setdefault("SOCKCORE_NEWEST", "py" + _versions[-1].replace(".", ""))

_STARTED = time.monotonic()
_sessions: list[State] = []  # the one session of this process


@impl
def tox_add_core_config(core_conf: ConfigSet, state: State) -> None:
    """Keep the session: only it knows the selected environments."""
    _sessions[:] = [state]


@impl
def tox_before_run_commands(tox_env: ToxEnv) -> None:
    """Print the position of an environment among the selected ones."""
    names = list(_sessions[0].envs.iter())
    name = tox_env.conf.name
    if name in names:
        minutes, seconds = divmod(round(time.monotonic() - _STARTED), 60)
        print(f"[{names.index(name) + 1} of {len(names)}] {name}, after {minutes}:{seconds:02} min", flush=True)
