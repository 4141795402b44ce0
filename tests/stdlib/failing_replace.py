"""Make ``sockcore.stdlib.replace()`` fail at each of its lines in turn, and print the differences that remain.

Usage: failing_replace.py EXCEPTION. A trace function raises EXCEPTION before a line of the package
``sockcore.stdlib`` is executed. If a line is executed repeatedly, its first and its last execution are interrupted.
"""

import builtins
import copyreg
import multiprocessing.reduction
import os
import sys
import types

import sockcore.stdlib

# typing registers functions for pickles when it is imported.
for name in ("asyncio", "selectors", "ssl", "_socket", "socket", "typing"):
    try:
        __import__(name)
    except ImportError:  # a Python without ssl
        pass

PACKAGE = os.path.dirname(sockcore.stdlib.__file__) + os.sep
failure = getattr(builtins, sys.argv[1])
#: Packages and modules whose attributes and classes are compared.
COMPARED = {
    *("sockcore", "sockcore_inet", "sockcore_unix", "socket", "_socket", "selectors", "ssl", "_ssl", "asyncio"),
    *("multiprocessing", "builtins", "copyreg", "enum", "errno", "io", "os", "sys"),
}


def shared():
    """Return the entries of lists and dictionaries that replace() could change.

    The lists and dictionaries belong to other modules.
    """
    entries = {("meta_path", number): finder for number, finder in enumerate(sys.meta_path)}
    for registry in (multiprocessing.reduction.ForkingPickler._extra_reducers, copyreg.dispatch_table):
        entries.update((("reducers", key), value) for key, value in registry.items())
    return entries


def state():
    """Return everything that replace() could change, by location."""
    entries = {("sys.modules", name): module for name, module in list(sys.modules.items())}
    entries.update(shared())
    for name, module in list(sys.modules.items()):
        if isinstance(module, types.ModuleType) and name.partition(".")[0] in COMPARED:
            for attribute, value in list(vars(module).items()):
                entries[name, attribute] = value
                if isinstance(value, type):
                    entries[name, attribute, "__module__"] = value.__module__
                    entries[name, attribute, "__bases__"] = value.__bases__
                    if value.__module__.partition(".")[0] in ("sockcore", "socket", "_socket", "ssl", "_ssl"):
                        entries.update(((name, attribute, key), member) for key, member in list(vars(value).items()))
    entries["sockcore", "__all__"] = tuple(sockcore.__all__)
    entries["sockcore.stdlib", "is_replaced()"] = sockcore.stdlib.is_replaced()
    entries["sockcore.plugin", "follows_interpreter()"] = sockcore.plugin.follows_interpreter()
    return entries


def differences(before, now):
    """Return the locations whose values differ."""
    missing = object()
    return sorted({str(key) for key in {*before, *now} if not is_same(before.get(key, missing), now.get(key, missing))})


def is_same(one, other):
    return one is other or (type(one) is type(other) and isinstance(one, (str, bool, tuple)) and one == other)


def events_of_replace():
    """Return the lines of the package that replace() executes, in order."""
    events = []

    def trace(frame, event, argument):
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        if event == "line":
            events.append((frame.f_code.co_filename, frame.f_lineno))
        return trace

    sys.settrace(trace)
    try:
        sockcore.stdlib.replace()
    finally:
        sys.settrace(None)
    return events


def replace_failing_at(number):
    """Run replace(), and raise an exception before the line event with this number.

    Return True if the exception was raised.
    """
    count = -1

    def trace(frame, event, argument):
        nonlocal count
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        if event == "line":
            count += 1
            if count == number:
                sys.settrace(None)
                raise failure(f"line {frame.f_lineno}")
        return trace

    sys.settrace(trace)
    try:
        sockcore.stdlib.replace()
    except failure:
        return True
    finally:
        sys.settrace(None)
    return False


def main():
    entries = shared()
    # The first call also imports modules and creates names on demand. These differences remain.
    sockcore.stdlib.replace()
    sockcore.stdlib.restore()
    print("first restore()", *differences(entries, shared()))
    before = state()
    events = events_of_replace()
    assert sockcore.stdlib.is_replaced()
    assert differences(before, state())
    sockcore.stdlib.restore()
    print("restore()", *differences(before, state()))
    first = {event: number for number, event in reversed(list(enumerate(events)))}
    last = {event: number for number, event in enumerate(events)}
    points = sorted({*first.values(), *last.values()})
    wrong = set()
    for number in points:
        assert replace_failing_at(number), events[number]
        for difference in differences(before, state()):
            wrong.add(f"{os.path.basename(events[number][0])}:{events[number][1]}: {difference}")
        sockcore.stdlib.restore()
    print("points", len(points) > 30)
    print("failures", *sorted(wrong), sep="\n")
    sockcore.stdlib.replace()
    import socket

    print(socket is sockcore)


main()
