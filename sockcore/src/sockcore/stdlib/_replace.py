"""Putting sockcore in the place of the standard modules, and taking it out again.

1. Everything that needs the standard module below it is imported first: ``ssl``, whose C code subclasses and asks
   for the type of ``_socket``, and, by discovery, ``importlib.metadata``, which imports ``socket`` on some Pythons.
2. ``sys.modules["socket"]`` is then the module ``sockcore`` itself, so that what is patched in one is patched in
   both, and ``sys.modules["_socket"]`` a module that offers numbers where sockcore has enums.
3. Modules imported before keep the standard module: nothing searches for it in them.
"""

from __future__ import annotations

import sys

from sockcore import _stand_in
from sockcore.stdlib import _exceptions, _hidden, _lower, _module_names, _private, _sharing, _standard


def replace() -> None:
    """Put sockcore in the place of ``socket`` and ``_socket`` in this process, for all that is imported from now on.

    Calls :func:`sockcore.preload`. Calling it again changes nothing. Not to be called while other threads import
    modules.
    """
    if is_replaced():
        return
    import sockcore

    sockcore.preload()
    socket, lower = _standard.standard("socket"), _standard.standard("_socket")
    for name in {*sockcore.__all__, *vars(socket)}:
        # sockcore makes its names when they are asked for; a program may look into the module's __dict__.
        getattr(sockcore, name, None)
    try:
        import ssl  # noqa: F401
    except ImportError:  # a Python built without it
        pass
    _standard.set_aside.update(socket=socket, _socket=lower)
    _exceptions.adopt(lower)
    stand_in = _lower.build(sockcore, socket, lower)
    _private.lend(sockcore, socket, stand_in)
    _hidden.hide(lower.socket)
    _module_names.adopt(sockcore, socket, stand_in)
    sys.modules.update(socket=sockcore, _socket=stand_in)
    _stand_in.set_follows_interpreter(True)
    if _standard.loaded("multiprocessing.reduction"):
        # It has registered the standard class only.
        _sharing.enable_multiprocessing()


def restore() -> None:
    """Undo :func:`replace`, for tests: what was imported in between keeps sockcore."""
    if not is_replaced():
        return
    import sockcore

    sys.modules.update(_standard.set_aside)
    _stand_in.set_follows_interpreter(False)
    _private.take_back(sockcore)
    _hidden.show()
    _module_names.release()
    _exceptions.release(_standard.set_aside["_socket"])
    _standard.set_aside.clear()


def is_replaced() -> bool:
    """Return whether sockcore stands in the place of the standard module."""
    return bool(_standard.set_aside)
