"""The contents of a program that uses sockcore: its modules, the installed plugins, and their metadata.

``--exclude-module sockcore_can`` excludes a plugin.
"""

from __future__ import annotations

from PyInstaller.utils.hooks import collect_submodules, copy_metadata  # type: ignore[import-untyped,import-not-found,unused-ignore]

from sockcore._plugins.entrypoints import scan

#: Modules that no other module imports.
_NOT_IMPORTED = (
    "sockcore.__main__",
    "sockcore._cli",
    "sockcore._pyinstaller",
    "sockcore._scaffold",
    "sockcore.testing",
)

hiddenimports = collect_submodules("sockcore", lambda name: not name.startswith(_NOT_IMPORTED))
datas = []
for plugin in scan():
    hiddenimports += collect_submodules(plugin.module.partition(".")[0])
    datas += copy_metadata(plugin.distribution)
