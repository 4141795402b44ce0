"""Sockets that are closed at the end of the process, after the interpreter has cleared the modules of sockcore."""

from __future__ import annotations

import pytest

from sockcore import backends

#: At the end, the interpreter clears modules in reverse order of their import, the one with the socket last. A search
#: function for codecs, which is deleted later, refers to a module: so it is not deleted, but its globals become None.
CODE = """
import codecs, sys, types
sys.modules["holder"] = holder = types.ModuleType("holder")
import {modules}
import systems
sock = sockcore.socket(systems.LOCAL, sockcore.SOCK_STREAM)
holder.kept = {kept}
codecs.register(lambda name, module=sys.modules["{cleared}"]: None)
"""


@pytest.mark.parametrize("backend", backends.available())
@pytest.mark.parametrize("kept", ["sock", "sock.makefile('rwb'), sock.close()"])
@pytest.mark.parametrize(
    "cleared",
    [
        "sockcore",
        "sockcore._enums",
        "sockcore._sockets.files",
        "sockcore._sockets.socket",
        "sockcore._sockets.base",
        "sockcore._plugins.discovery",
    ],
)
def test_unclosed_socket_or_file_prints_nothing_but_resource_warning(python, backend, cleared, kept):
    code = CODE.format(modules=", ".join({"sockcore", cleared}), cleared=cleared, kept=kept)
    errors = python(code, fails=True, warnings="default", SOCKCORE_BACKEND=backend).stderr
    assert [line for line in errors.splitlines() if "ResourceWarning: unclosed <sockcore.socket fd=" not in line] == []
