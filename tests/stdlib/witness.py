"""Runs a program on sockcore, as `python -m sockcore run` does, and writes down the class of every socket it makes.

Usage: witness.py REPORT PROGRAM [ARGUMENT ...]. REPORT gets a line for each class; "(sockcore)" follows the name of
a class of another library that is derived from sockcore's.
"""

import os
import sys

report, program, *arguments = sys.argv[1:]
seen = set()
home = os.getpid()


def hook(event, parts):
    if event == "socket.__new__":
        for kind in type(parts[0]).__mro__:
            # A program's own class says nothing; what it is made of does.
            if kind.__module__ != "__main__":
                name = f"{kind.__module__}.{kind.__qualname__}"
                if kind in (sockcore.socket, BaseSocket):  # called socket.socket, as that of the standard module
                    name = f"sockcore.{kind.__qualname__}"
                elif issubclass(kind, BaseSocket):
                    name += "(sockcore)"
                seen.add(name)
                break


sys.addaudithook(hook)

import sockcore  # noqa: E402
from sockcore._cli import main  # noqa: E402
from sockcore._sockets.implementation import BaseSocket  # noqa: E402

try:
    status = main(["run", program, *arguments])
finally:
    if os.getpid() == home:
        with open(report, "w") as file:
            file.writelines(f"{kind}\n" for kind in sorted(seen))
sys.exit(status)
