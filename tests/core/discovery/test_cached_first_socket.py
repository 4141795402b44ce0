"""The first socket with a startup cache, on every Python.

The other tests of the startup cache start hundreds of processes, which takes minutes on PyPy.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from installed_tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

FIRST_SOCKET = """
import sys, sockcore, systems
one, two = systems.socketpair()
with one, two:
    one.send(b"data")
    print(two.recv(9), sockcore.ONE, type(sys.modules["sockcore._sockets.socket"].__loader__).__name__)
"""


@pytest.mark.skipif(sys.flags.ignore_environment, reason="another process cannot find the folder")
def test_modules_of_first_socket_are_from_the_cache(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "tree")
    tree.install("a")
    tree.freeze()
    assert tree.run(FIRST_SOCKET).strip() == "b'data' 1 CachedLoader"
