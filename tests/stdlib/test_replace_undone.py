"""A replacement that fails is undone, and restore() undoes every change."""

from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("failing_replace.py")


@pytest.mark.parametrize("exception", ["OSError", "KeyboardInterrupt"])
def test_replace_failing_at_any_line_changes_nothing(python, exception):
    assert python(PROGRAM, exception).splitlines() == [
        "first restore()",
        "restore()",
        "points True",
        "failures",
        "True",
    ]


def test_replace_failing_to_create_stand_in_restores_modules(python):
    code = """
import socket, _socket, sys
import sockcore.stdlib
from sockcore.stdlib import _stand_ins
def fail(*arguments):
    raise MemoryError
original, _stand_ins.lower_module = _stand_ins.lower_module, fail
for _ in range(2):
    try:
        sockcore.stdlib.replace()
    except MemoryError:
        print(sockcore.stdlib.is_replaced(), sys.modules["socket"] is socket, _socket.gaierror.__bases__)
_stand_ins.lower_module = original
sockcore.stdlib.replace()
print(sockcore.stdlib.is_replaced(), sys.modules["socket"] is sockcore)
"""
    assert python("-c", code).splitlines() == ["False True (<class 'OSError'>,)"] * 2 + ["True True"]


def test_restore_without_replace_does_nothing(python):
    code = """
import socket, sys
import sockcore.stdlib
sockcore.stdlib.restore()
print(sockcore.stdlib.is_replaced(), sys.modules["socket"] is socket)
"""
    assert python("-c", code).split() == ["False", "True"]


def test_restore_resets_module_of_enums_created_after_replace(python, tmp_path):
    (tmp_path / "late_plugin.py").write_text(
        """
from sockcore.plugin import hookimpl
SOCKCORE_API = 1
@hookimpl
def sockcore_register(register):
    register.constants({"MSG_LATE": 1 << 29})
"""
    )
    code = f"""
import sys
import sockcore.plugin, sockcore.stdlib
before = sockcore.MsgFlag
sockcore.stdlib.replace()
sys.path.insert(0, {str(tmp_path)!r})
sockcore.plugin.load("late_plugin")
now = sockcore.MsgFlag
print(now is before, now.__module__)
sockcore.stdlib.restore()
print(sockcore.MsgFlag is now, now.__module__, type(sockcore.MSG_LATE) is now)
"""
    assert python("-c", code).splitlines() == ["False socket", "True sockcore True"]


def test_restore_keeps_reducer_of_enable_multiprocessing(python):
    code = """
import multiprocessing.reduction
import sockcore.stdlib
reducers = multiprocessing.reduction.ForkingPickler._extra_reducers
sockcore.stdlib.replace()
first = reducers[sockcore.socket]
sockcore.stdlib.enable_multiprocessing()
second = reducers[sockcore.socket]
sockcore.stdlib.restore()
print(first is second, reducers.get(sockcore.socket) is second)
"""
    assert python("-c", code).split() == ["False", "True"]
