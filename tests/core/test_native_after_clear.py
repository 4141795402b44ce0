"""Sockets that are used after the garbage collector has cleared the C module.

The collector clears the objects of a cycle in any order. The ``__del__()`` of an object that it does not track may
use a socket meanwhile. The test clears the module as the collector does.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from sockcore._system import backend

if backend.NAME != "native" or sys.version_info < (3, 10):
    pytest.skip("tests the native backend, with PyType_GetSlot() of the module type", allow_module_level=True)

PREPARE = """
import ctypes, faulthandler, gc, os, sys, warnings
import sockcore
from sockcore import _native

get_slot = ctypes.pythonapi.PyType_GetSlot
get_slot.restype, get_slot.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_int]
Py_tp_clear = 51
Clear = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object)
clear_template = Clear(get_slot(_native.Template, Py_tp_clear))
"""

CODE = """
faulthandler.enable()
warnings.simplefilter("ignore")
address = sockcore.RawAddress((1).to_bytes(2, sys.byteorder) + b"/nobody")
one, two = sockcore.socketpair(1, 1)
fresh = sockcore.socket(1, 1)
base_class = _native.BaseSocket  # the interpreter itself crashes if an attribute of a cleared module is read
listener = sockcore.socket(1, 1)
for sock in (one, two, fresh, listener):
    sock.settimeout(0.01)
calls = {
    "name": lambda: one.getsockname(),
    "connect": lambda: fresh.connect(address),
    "send": lambda: one.sendmsg([b"x"], [(1, 2, 3)]),
    "send_batch": lambda: one.sendmmsg([(b"x", address)]),
    "receive": lambda: two.recvmsg(9, 99),
    "receive_batch": lambda: two.recvmmsg(2, 9, 99),
    "accept": lambda: listener.accept(),
    "option": lambda: one.getsockopt(1, 3, "4"),
    "open": lambda: sockcore.socket(1, 1),
    "open_with_names": lambda: sockcore.socket(family=1, type=1, proto="0"),
    "repr": lambda: repr(one),
    "uninitialised": lambda: base_class.__new__(base_class).getsockname(),
    "timeout": lambda: one.settimeout("1"),
    "exit": lambda: fresh.__exit__(None, None, None),
    "close": lambda: two.close(),
}
one.send(b"data")
clear = Clear(get_slot(type(_native), Py_tp_clear))
{clear}
for name, call in calls.items():
    try:
        call()
    except (RuntimeError, SystemError, OSError, TypeError):
        pass
    print(name)
del one, fresh, listener, sock, calls
print("end", flush=True)
os._exit(0)
"""

#: The objects that the collector may have cleared.
CLEARED = {
    "module": "clear(_native)",
    "templates": """
one.getsockname()
templates = [found for found in gc.get_objects() if type(found) is _native.Template]
assert templates
for template in templates:
    clear_template(template)
del templates, template
""",
}


REFERENCES = """
one, two = sockcore.socketpair(1, 1)
[template] = [item for item in gc.get_referents(one) if type(item) is _native.Template]
clear_template(template)
before = sys.getrefcount(template)
for _ in range(100):
    try:
        one.getsockname()
    except RuntimeError as problem:
        assert "cleared" in str(problem), problem
    else:
        raise AssertionError("no exception")
print(sys.getrefcount(template) - before, flush=True)
os._exit(0)
"""


def run(code: str) -> list[str]:
    """Run a program on the native backend, after PREPARE. Return the lines that it prints."""
    done = subprocess.run(
        [sys.executable, "-c", PREPARE + code],
        env={**os.environ, "SOCKCORE_BACKEND": "native"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    return done.stdout.splitlines()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no native backend")
@pytest.mark.parametrize("cleared", CLEARED)
def test_socket_after_garbage_collection_of_the_module_raises(cleared: str) -> None:
    assert run(CODE.replace("{clear}", CLEARED[cleared]))[-1] == "end"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no native backend")
def test_socket_with_cleared_template_keeps_no_references_to_it() -> None:
    assert run(REFERENCES) == ["0"]
