"""Exceptions during discovery that no plugin caused.

They propagate, and the next use starts over.
"""

from __future__ import annotations

import pytest
from systems import WINDOWS

GOOD = """
    from sockcore.plugin import hookimpl
    SOCKCORE_API = 1
    @hookimpl
    def sockcore_register(register):
        register.constants({"%s": 1})
"""
#: A module that fails at its first import only.
ONCE = """
    import builtins, errno, os, signal
    if not hasattr(builtins, "failed"):
        builtins.failed = 1
        %s
    from sockcore.plugin import hookimpl
    SOCKCORE_API = 1
    @hookimpl
    def sockcore_register(register):
        register.constants({"LATE": 1})
"""
USE = """
    import signal, sys
    import sockcore
    def handler(*arguments):
        raise type("Alarm", (Exception,), {})("from the handler")
    class Handler:
        def method(self, number, frame):
            raise ValueError("from the method")
    if hasattr(signal, "SIGUSR1"):
        signal.signal(signal.SIGUSR1, handler)
        signal.signal(signal.SIGUSR2, Handler().method)
    try:
        sockcore.GOOD
    except BaseException as problem:
        print(type(problem).__name__, problem)
    print(sockcore.GOOD, sockcore.LATE, sockcore.SOCK_STREAM > 0)
"""
NOT_OF_THE_PLUGIN = {
    "exit": ("raise SystemExit(3)", "SystemExit 3"),
    "keyboard": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "memory": ("raise MemoryError", "MemoryError"),
    "descriptors": ("raise OSError(errno.EMFILE, 'full')", "OSError"),
    "descriptors of the system": ("raise OSError(errno.ENFILE, 'full')", "OSError"),
    "descriptors for a library": (
        "raise ImportError('x.so: cannot open shared object file: ' + os.strerror(errno.EMFILE))",
        "ImportError",
    ),
    "cause": (
        """
        try: raise OSError(errno.EMFILE, 'full')
        except OSError as problem: raise ImportError('no table') from problem""",
        "ImportError no table",
    ),
    "context": (
        "\n        try: raise MemoryError\n        except MemoryError: raise ImportError('no table')",
        "ImportError no table",
    ),
}
BY_SIGNAL = {
    "function": ("os.kill(os.getpid(), signal.SIGUSR1); [None for _ in range(100)]", "Alarm from the handler"),
    "method": ("os.kill(os.getpid(), signal.SIGUSR2); [None for _ in range(100)]", "ValueError from the method"),
}


@pytest.mark.parametrize("how", NOT_OF_THE_PLUGIN)
@pytest.mark.parametrize("where", ["import", "hook"])
def test_discovery_after_error_without_plugins_fault_starts_over(python, install, how, where):
    source, message = NOT_OF_THE_PLUGIN[how]
    check(python, install, source, message, where)


@pytest.mark.skipif(WINDOWS, reason="Windows lacks SIGUSR1 and SIGUSR2")
@pytest.mark.parametrize("how", BY_SIGNAL)
@pytest.mark.parametrize("where", ["import", "hook"])
def test_discovery_after_exception_of_signal_handler_starts_over(python, install, how, where):
    source, message = BY_SIGNAL[how]
    check(python, install, source, message, where)


def check(python, install, source, message, where):
    install("good", GOOD % "GOOD")
    if where == "import":
        install("late", ONCE % source)
    else:
        body = [line[4:] for line in (ONCE % source).splitlines()]
        first, rest = body[1 : body.index("from sockcore.plugin import hookimpl")], "\n".join(body)
        hook = rest.replace(
            "    register.constants", "\n".join("    " + line for line in first) + "\n    register.constants"
        )
        install("late", hook.replace("\n".join(first), "", 1))
    shown, values = python(USE, SOCKCORE_PLUGINS="good,late").splitlines()
    assert shown.startswith(message)
    assert values == "1 1 True"


def test_discovery_while_handling_an_exception_reports_broken_plugin(python, install):
    # The exception that the program handles at first use becomes the context of the plugin's exception.
    install("good", GOOD % "GOOD")
    install("bad", "raise ValueError('own')")
    code = """
        import errno, warnings
        import sockcore
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                raise OSError(errno.EMFILE, "full")
            except OSError:
                print(sockcore.GOOD)
        print(*(str(warning.message).rpartition(": ")[2] for warning in caught))
    """
    assert python(code, SOCKCORE_PLUGINS="good,bad") == "1\nown\n"


def test_plugin_without_its_library_is_not_loaded_and_warns(python, install):
    install("good", GOOD % "GOOD")
    install("bad", "raise OSError('libnothere.so: cannot open shared object file: No such file or directory')")
    code = """
        import warnings
        import sockcore
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            print(sockcore.GOOD, sockcore.GOOD)
        print(len(caught), "libnothere" in str(caught[0].message))
    """
    assert python(code, SOCKCORE_PLUGINS="good,bad") == "1 1\n1 True\n"


@pytest.mark.skipif(WINDOWS, reason="Windows has no limit of descriptors that a process can lower")
def test_use_after_one_without_free_descriptors_succeeds(python, install):
    install("good", GOOD % "GOOD")
    code = """
        import errno, os, resource
        import sockcore
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 64), hard))
        for use in (lambda: sockcore.GOOD, lambda: sockcore.options.known(), lambda: sockcore.socketpair,
                    lambda: sockcore.SocketIO, lambda: sockcore.AddressFamily):
            full = []
            try:
                while True:
                    full.append(os.open(os.devnull, os.O_RDONLY))
            except OSError:
                pass
            try:
                use()
            except (OSError, ImportError) as problem:
                # If a module is a shared library, the ImportError of the loader has no errno.
                text = os.strerror(errno.EMFILE)
                assert getattr(problem, "errno", None) == errno.EMFILE or text in str(problem), repr(problem)
            for fd in full:
                os.close(fd)
            use()
        print(sockcore.GOOD, [p.state for p in __import__("sockcore._plugins.discovery").
              _plugins.discovery.plugins() if p.name == "good"])
    """
    assert python(code) == "1 ['loaded']\n"


#: The number of processes among which the lines are divided.
PARTS = 8


@pytest.mark.skipif(WINDOWS, reason="os.fork() exists only on POSIX systems")
@pytest.mark.parametrize("part", range(PARTS))
def test_discovery_interrupted_at_any_line_starts_over(python, install, part):
    install("good", GOOD % "GOOD")
    install("bad", "1 / 0")
    code = """
        import os, sys, warnings
        warnings.simplefilter("ignore")
        import sockcore, sockcore.plugin
        FILES = tuple(os.path.join("sockcore", name) for name in
                      ("_names.py", "_enums.py", "__init__.py", os.path.join("_plugins", "discovery.py"),
                       os.path.join("_plugins", "loading.py")))

        def check(line):
            left = [line]
            def trace(frame, event, argument):
                if not frame.f_code.co_filename.endswith(FILES):
                    return None
                if event == "line":
                    left[0] -= 1
                    if left[0] == 0:
                        raise KeyboardInterrupt
                return trace
            sys.settrace(trace)
            try:
                sockcore.GOOD, sockcore.AF_UNSPEC
            except KeyboardInterrupt:
                pass
            finally:
                sys.settrace(None)
            states = {plugin.name: plugin.state for plugin in sockcore_plugins()}
            assert (states["good"], states["bad"]) == ("loaded", "broken"), states
            assert discovery.is_loaded() and sockcore.GOOD == 1 and not hasattr(sockcore, "BAD")
            assert type(sockcore.AF_UNSPEC) is type(sockcore.plugin.as_family(0)) is sockcore.AddressFamily
            return left[0] <= 0

        from sockcore._plugins import discovery
        from sockcore._plugins.discovery import plugins as sockcore_plugins
        from sockcore._plugins.entrypoints import Plugin
        # Replaced because the search takes most of the time, and would run hundreds of times.
        discovery.scan = lambda: [Plugin(name, f"sockcore_{name}_module", "x", "1") for name in ("bad", "good")]
        parts, line = PARTS, PART
        while True:
            line += parts if sys.implementation.name == "cpython" else 10 * parts  # each takes long there
            child = os.fork()
            if not child:
                try:
                    os._exit(0 if check(line) else 7)
                except BaseException:
                    import traceback
                    traceback.print_exc()
                    os._exit(1)
            status = os.waitpid(child, 0)[1] >> 8
            if status:
                print(status, line > 50)
                break
    """
    code = code.replace("PARTS, PART", f"{PARTS}, {part}")
    assert python(code, SOCKCORE_PLUGINS="good,bad") == "7 True\n"


CODECS = """
    from sockcore.plugin import hookimpl
    SOCKCORE_API = 1
    @hookimpl
    def sockcore_register(register):
        register.codecs("sockcore_later_module")
"""
LATER = """
    import builtins, errno, os, signal
    builtins.tries = getattr(builtins, "tries", 0) + 1
    if builtins.tries < 3:
        %s
    from sockcore.plugin import Option
    def options():
        yield Option("SO_LATER", 77, 5, 4, bytes.hex)
    def ancillaries():
        return ()
"""
CODECS_USE = """
    import signal, warnings
    import sockcore
    if hasattr(signal, "SIGUSR1"):
        def handler(number, frame):
            raise LookupError("from the handler")
        signal.signal(signal.SIGUSR1, handler)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(4):
            try:
                print("SO_LATER" in sockcore.options.known())
            except BaseException as problem:
                print(type(problem).__name__)
    print(len(caught))
"""


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("raise OSError(errno.EMFILE, 'full')", "OSError OSError True True 0"),
        ("raise MemoryError", "MemoryError MemoryError True True 0"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt KeyboardInterrupt True True 0"),
        ("raise OSError(errno.EACCES, 'no')", "False False True True 2"),
        ("raise ValueError", "False False False False 1"),
    ],
)
def test_codecs_after_error_are_loaded_again_unless_module_is_at_fault(python, install, source, shown):
    install("some", CODECS)
    install("later", LATER % source)
    done = python(CODECS_USE, SOCKCORE_BLOCK="later")
    assert done.split() == shown.split()


@pytest.mark.skipif(WINDOWS, reason="Windows lacks SIGUSR1")
def test_codecs_after_exception_of_signal_handler_are_loaded_again(python, install):
    install("some", CODECS)
    install("later", LATER % "os.kill(os.getpid(), signal.SIGUSR1); [None for _ in range(100)]")
    done = python(CODECS_USE, SOCKCORE_BLOCK="later")
    assert done.split() == ["LookupError", "LookupError", "True", "True", "0"]
