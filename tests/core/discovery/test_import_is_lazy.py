"""Imports of sockcore and its modules, which load no plugin and no slow module."""

from __future__ import annotations

import pkgutil
import sys

import pytest

import sockcore

# The ctypes of PyPy imports re.
HEAVY = "'pluggy', 'importlib.metadata', 'importlib_metadata', 'socket', '_socket', 'typing', 'inspect', 'json'" + (
    "" if sys.implementation.name == "pypy" else ", 're'"
)
#: Modules that nothing imports at start-up, such as the protocol for type checkers.
LATE = ("sockcore._system.protocol", "sockcore._plugins.hookcaller", "sockcore._startup_cache.writer")
#: Values of options and messages are NamedTuples. A program that does not use them does not import their modules.
TYPED = (
    "sockcore.addresses",
    "sockcore.errors",
    "sockcore.messages",
    "sockcore.options",
    "sockcore._options.sol_socket",
    "sockcore._options.sol_socket_values",
)
#: The parts of the backend that call a C library, which Windows lacks.
POSIX = {"interfaces", "libc", "messages", "posix"}


def of_another_system(module):
    part = module.partition("sockcore._system.")[2]
    if part == "foreign_pypy":
        return sys.implementation.name != "pypy"
    return part in POSIX if sys.platform == "win32" else part.startswith("winsock")


# Excluded: the command line with the scaffold of its commands, the kit for tests, and the stand-in for the standard
# module.
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(sockcore.__path__, "sockcore.")
    if not module.name.startswith(("sockcore._cli", "sockcore._scaffold"))
    and "._pyinstaller" not in module.name  # only for PyInstaller, and not a module by its name
    and not module.name.endswith("__main__")
    and ".stdlib" not in module.name
    and ".testing." not in module.name  # the parts of the kit for tests on sockets, which uses unittest
    and module.name not in LATE + TYPED
    and not of_another_system(module.name)
)


def test_import_sockcore_imports_no_plugin_machinery(python):
    code = "import sys, sockcore; print([m for m in sys.modules if m.startswith(('sockcore.', 'ctypes'))])"
    assert python(code) == "['sockcore._names']\n"


@pytest.mark.parametrize("form", ["import {}", "from {parent} import {name}"])
def test_import_of_any_module_loads_no_plugin_or_slow_module(python, form):
    # A new interpreter for each would be slow. Forks of one are equivalent. On other systems, imported modules are
    # removed.
    code = """
        import os, sys
        before = {*sys.modules}
        def check(module):
            parent, _, name = module.rpartition(".")
            exec(sys.argv[1].format(module, parent=parent, name=name))
            from sockcore._plugins.discovery import is_loaded
            found = [m for m in (HEAVY) if m in sys.modules and m not in before]
            if is_loaded() or found:
                print(module, "loads plugins" if is_loaded() else "", found, flush=True)
        for module in sys.argv[2:]:
            if not hasattr(os, "fork"):
                check(module)
                for name in {*sys.modules} - before:
                    if name.startswith("sockcore") or name in (HEAVY):
                        del sys.modules[name]
                continue
            child = os.fork()
            if not child:
                check(module)
                os._exit(0)
            _, status = os.waitpid(child, 0)
            if status:
                print(module, "cannot be imported", flush=True)
    """
    code = code.replace("HEAVY", HEAVY)
    assert python(code, form, *MODULES) == ""


def test_modules_to_test_are_found():
    assert {"sockcore.plugin", "sockcore.ancillary", "sockcore._timeouts", "sockcore._sockets.files"} <= {*MODULES}


@pytest.mark.parametrize("backend", ["", "pure"])
def test_import_of_plugin_module_excludes_socket_class_and_ctypes(python, backend):
    code = """
        import sys
        before = {*sys.modules}
        import sockcore.plugin
        late = ["sockcore._sockets.socket", "sockcore._sockets.base", "ctypes"]
        if sys.platform != "win32":  # the messages of Winsock errors come from _ctypes
            late.append("_ctypes")
        print([name for name in late if name in sys.modules and name not in before])
        print(sockcore.plugin.socket is sockcore.socket)
    """
    assert python(code, SOCKCORE_BACKEND=backend) == "[]\nTrue\n"


def test_first_name_loads_the_plugins(python, install):
    install(
        "p",
        "print('imported')\nSOCKCORE_API = 1\nfrom sockcore.plugin import hookimpl\n"
        "@hookimpl\ndef sockcore_register(register): print('registered')\n",
    )
    code = """
        import sockcore, sockcore.plugin, sockcore.ancillary
        print("no name yet")
        sockcore.SOCK_STREAM
        print("again")
        sockcore.SOCK_DGRAM
    """
    assert python(code).splitlines() == ["no name yet", "imported", "registered", "again"]


def test_submodules_without_import_are_attributes(python):
    assert python("import sockcore; print(sockcore.ancillary.CMSG_LEN(0) > 0)") == "True\n"


def test_private_name_that_is_missing_loads_no_plugin(python):
    code = """
        import sockcore
        print(hasattr(sockcore, "_nonsense"), hasattr(sockcore, "__path__"), hasattr(sockcore, "__wrapped__"))
        from sockcore._plugins.discovery import is_loaded
        print(is_loaded())
    """
    assert python(code) == "False True False\nFalse\n"
