"""The parts of a program that uses sockcore: its modules, the installed plugins, and the metadata that name these.

``--exclude-module sockcore_can`` leaves a plugin out.
"""

from __future__ import annotations

from PyInstaller.utils.hooks import collect_submodules, copy_metadata  # type: ignore[import-untyped,import-not-found,unused-ignore]

from sockcore._plugins.entrypoints import scan

#: Nothing imports these by name.
_APART = ("sockcore.__main__", "sockcore._cli", "sockcore._pyinstaller", "sockcore.testing")

hiddenimports = collect_submodules("sockcore", lambda name: not name.startswith(_APART))
datas = []
for plugin in scan():
    hiddenimports += collect_submodules(plugin.module.partition(".")[0])
    datas += copy_metadata(plugin.distribution)
