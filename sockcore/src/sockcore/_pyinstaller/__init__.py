"""The hook for PyInstaller, which the entry point group ``pyinstaller40`` names."""

from __future__ import annotations

import os


def get_hook_dirs() -> list[str]:
    """Return the folder of the hooks."""
    return [os.path.dirname(__file__)]
