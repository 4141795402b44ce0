"""Run a program on sockcore, as `python -m sockcore run` does, and record the class of every socket that it creates.

Usage: record_socket_classes.py REPORT PROGRAM [ARGUMENT ...]. The file REPORT contains a line for each class. If a
class of another library is derived from the sockcore class, "(sockcore)" follows its name.
"""

import os
import sys

report, program, *arguments = sys.argv[1:]
class_names = set()
main_pid = os.getpid()


def hook(event, arguments):
    if event == "socket.__new__":
        for cls in type(arguments[0]).__mro__:
            # Skip the classes of the program itself, to record their base class.
            if cls.__module__ != "__main__":
                name = f"{cls.__module__}.{cls.__qualname__}"
                if cls in (sockcore.socket, BaseSocket):  # its name is socket.socket while sockcore stands in
                    name = f"sockcore.{cls.__qualname__}"
                elif issubclass(cls, BaseSocket):
                    name += "(sockcore)"
                class_names.add(name)
                break


sys.addaudithook(hook)

import sockcore  # noqa: E402
from sockcore._cli import main  # noqa: E402
from sockcore._sockets import BaseSocket  # noqa: E402

try:
    status = main(["run", program, *arguments])
finally:
    if os.getpid() == main_pid:
        with open(report, "w") as file:
            file.writelines(f"{name}\n" for name in sorted(class_names))
sys.exit(status)
