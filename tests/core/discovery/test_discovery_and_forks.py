"""Discovery in several threads, and fork during discovery.

A child process can use the module after a fork at any time. sockcore holds no lock.

Events determine the order, so nothing depends on durations.
"""

from __future__ import annotations

import sys

import pytest
from systems import WINDOWS

#: A plugin whose module waits at selected places until the test continues it.
PLUGIN = """
    import sockcore_steps_module as steps
    steps.imports.append("%s")
    steps.%s()
    from sockcore.plugin import hookimpl
    SOCKCORE_API = 1
    @hookimpl
    def sockcore_register(register):
        register.constants({"%s": 1})
"""
STEPS = """
    import threading
    imports = []
    inside, go = threading.Event(), threading.Event()
    def nothing():
        pass
    def wait():
        inside.set()
        assert go.wait(60)
    def say():
        inside.set()
"""
START = """
    import faulthandler, os, sys, threading, time
    if hasattr(faulthandler, "dump_traceback_later"):
        faulthandler.dump_traceback_later(90, exit=True)
    import sockcore, sockcore_steps_module as steps
    sockcore._names.FORK_WAIT = 60

    def in_child(use):
        "Fork; return what the child's use of the module returned, or why it ended."
        read, write = os.pipe()
        child = os.fork()
        if not child:
            import signal
            signal.alarm(60)
            os.write(write, repr(use()).encode())
            os._exit(0)
        os.close(write)
        with open(read, "rb") as file:
            shown = file.read().decode()
        status = os.waitpid(child, 0)[1]
        return shown if not status else f"status {status}"

    def start(function):
        thread = threading.Thread(target=function, daemon=True)
        thread.start()
        return thread
"""
needs_fork = pytest.mark.skipif(WINDOWS, reason="os.fork() exists only on POSIX systems")
#: Python 3.12 and later warn of a fork in a process with threads.
FORKS = {"warnings": "error"} if sys.version_info < (3, 12) else {"warnings": "ignore"}


@pytest.fixture
def plugins(install):
    """Return a function that installs plugins.

    *steps* maps names of plugins to the functions that their modules call at import.
    """

    def write(**steps):
        install("steps", STEPS)
        for name, step in steps.items():
            install(name, PLUGIN % (name, step, name.upper()))
        return {"SOCKCORE_PLUGINS": ",".join(steps)}

    return write


@needs_fork
def test_fork_during_first_use_in_another_thread_waits(python, plugins):
    variables = plugins(a="wait")
    code = (
        START
        + """
    thread = start(lambda: sockcore.A)
    steps.inside.wait()
    # fork() calls it before the function of sockcore: the import continues when the fork has begun.
    os.register_at_fork(before=steps.go.set)
    print(in_child(lambda: (sockcore.A, sockcore.socketpair and 2)), sockcore.A, steps.imports)
    """
    )
    assert python(code, **FORKS, **variables) == "(1, 2) 1 ['a']\n"


@needs_fork
@pytest.mark.parametrize(
    "use", ["sockcore.later()", "sockcore.options.known()", "sockcore.plugin.import_module(LATER)"]
)
def test_fork_during_deferred_import_in_another_thread_waits(python, install, plugins, use):
    variables = plugins(a="nothing")
    more = 'register.deferred("sockcore_later_module", "later")\n        register.codecs("sockcore_later_module")'
    install("put", PLUGIN % ("put", "nothing", "PUT") + "        " + more)
    install(
        "later",
        """
        import sockcore_steps_module as steps
        steps.wait()
        def later(): return 5
        def options(): return ()
        ancillaries = options
    """,
    )
    code = (
        START
        + f"""
    sockcore.SOL_SOCKET
    LATER = "sockcore_later_module"
    thread = start(lambda: {use})
    steps.inside.wait()
    os.register_at_fork(before=steps.go.set)
    print(in_child(lambda: sockcore.later()))
    """
    )
    variables = {"SOCKCORE_PLUGINS": "a,put"}
    assert python(code, **FORKS, **variables) == "5\n"


@needs_fork
def test_fork_during_search_for_similar_name_in_another_thread_waits(python, plugins):
    variables = plugins(a="nothing")
    code = (
        START
        + """
    import sys
    class Difflib:
        "A finder and loader of a module whose import waits."
        def find_spec(name, path=None, target=None):
            if name == "difflib":
                from importlib.machinery import ModuleSpec
                return ModuleSpec(name, Difflib)
        def create_module(spec): return None
        def exec_module(module):
            steps.wait()
            module.get_close_matches = lambda *arguments: []
    sys.meta_path.insert(0, Difflib)
    sys.modules.pop("difflib", None)
    import sockcore._plugins.hints
    sockcore._plugins.hints.suggests_names = lambda since: False  # the version of Python decides otherwise
    def use():
        try:
            sockcore.nonexistent
        except AttributeError as exc:
            return str(exc)
    sockcore.A
    thread = start(use)
    steps.inside.wait()
    os.register_at_fork(before=steps.go.set)
    print(in_child(use))
    """
    )
    assert python(code, **FORKS, **variables) == "\"module 'sockcore' has no attribute 'nonexistent'\"\n"


@needs_fork
def test_fork_by_loading_thread_does_not_wait(python, plugins, install):
    # Nor does it wait for another thread, because that may wait for the imports of this one.
    variables = plugins(a="nothing", b="fork")
    install("c", PLUGIN % ("c", "nothing", "C"))
    variables["SOCKCORE_PLUGINS"] += ",c"
    code = (
        START
        + """
    sockcore._names.FORK_WAIT = 1000
    children = []
    def fork():
        steps.inside.set()
        while len(sockcore._names._importing) < 2:  # until the other thread is inside, too
            time.sleep(0.001)
        children.append(os.fork())
    steps.fork = fork
    def other():
        steps.inside.wait()
        sockcore.B
    thread = start(other)
    value = sockcore.B, sockcore.C
    if not children[0]:
        os._exit(value == (1, 1))
    thread.join()
    print(value, os.waitpid(children[0], 0)[1] >> 8)
    """
    )
    assert python(code, **FORKS, **variables) == "(1, 1) 1\n"


@needs_fork
def test_fork_during_long_import_waits_for_a_bounded_time(python, plugins):
    variables = plugins(a="wait")
    code = (
        START
        + """
    sockcore._names.FORK_WAIT = 0.2
    thread = start(lambda: sockcore.A)
    steps.inside.wait()
    print(in_child(lambda: "forked"))
    steps.go.set()
    thread.join()
    print(sockcore.A)
    """
    )
    assert python(code, **FORKS, **variables) == "'forked'\n1\n"


@needs_fork
def test_fork_after_interrupted_import_does_not_wait(python, plugins):
    variables = plugins(a="nothing")
    code = (
        START
        + """
    sockcore._names.FORK_WAIT = 1000
    sockcore._names._importing[threading.get_ident()] = True
    event = threading.Event()
    thread = start(event.wait)
    sockcore._names._importing[thread.ident] = True
    print(in_child(lambda: sockcore.A), sockcore.A)
    event.set()
    """
    )
    assert python(code, **FORKS, **variables) == "1 1\n"


def test_plugin_import_during_discovery_in_another_thread_registers_it(python, plugins):
    # One thread imports "b", which uses sockcore. Meanwhile the discovery of the other thread reaches "b".
    variables = plugins(a="say", b="use", c="nothing")
    code = (
        START
        + """
    started, seen = threading.Event(), []
    def use():
        started.set()
        assert steps.inside.wait(60)  # the other thread has come to "a", and "b" is next
        seen.append((sockcore.A, hasattr(sockcore, "B"), sockcore.C, sockcore.SOCK_STREAM > 0))
    steps.use = use
    imports = start(lambda: __import__("sockcore_b_module"))
    started.wait()
    uses = start(lambda: seen.append(sockcore.B))
    for thread in (imports, uses):
        thread.join(60)
    print([thread.is_alive() for thread in (imports, uses)], sorted(map(str, seen)))
    print(sockcore.A, sockcore.B, sockcore.C, sorted(steps.imports))
    """
    )
    shown = "[False, False] ['(1, False, 1, True)', '1']"
    assert python(code, **variables) == f"{shown}\n1 1 1 ['a', 'b', 'c']\n"


def test_plugin_import_that_uses_sockcore_registers_the_plugin(python, plugins):
    # There is no warning, and the plugin is loaded.
    variables = plugins(a="nothing", b="use")
    code = (
        START
        + """
    seen = []
    steps.use = lambda: seen.append((sockcore.A, hasattr(sockcore, "B"), type(sockcore.SOCK_STREAM)))
    import sockcore_b_module
    print(seen[0][:2], sockcore.B, type(sockcore.SOCK_STREAM) is sockcore.SocketKind)
    """
    )
    assert python(code, **variables) == "(1, False) 1 True\n"


def test_discovery_in_three_threads_has_one_result_and_one_warning(python, plugins, install):
    variables = plugins(a="nothing")
    install("bad", "1 / 0")
    install(
        "meet",
        """
        from sockcore.plugin import hookimpl, Family
        import sockcore_steps_module as steps
        SOCKCORE_API = 1
        @hookimpl
        def sockcore_register(register):
            class Met(Family):
                number, name = 201, "AF_MET"
                def encode(self, address, context): return b""
                def decode(self, raw, context): return 1
            register.family(Met())
            def met(sock): return Met
            register.methods(met)
            steps.meet()
    """,
    )
    code = (
        START
        + """
    import warnings
    barrier, seen = threading.Barrier(3), []
    steps.meet = lambda: barrier.wait(60)
    from sockcore._plugins.discovery import registry, plugins
    def use():
        sock = sockcore.socket
        seen.append((registry(), registry().families[201, None], sock.met, sockcore.AF_MET, sockcore.AddressFamily))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        threads = [start(use) for _ in range(3)]
        for thread in threads: thread.join()
    same = all(value is first for result in seen for value, first in zip(result, seen[0]))
    print(len(seen), same, len(caught))
    print(registry().families[201, None].__class__ is sockcore.socket.met(None))
    """
    )
    variables["SOCKCORE_PLUGINS"] += ",bad,meet"
    assert python(code, **variables) == "3 True 1\nTrue\n"


def test_discovery_of_module_that_grows_during_hook_search_loads_the_plugin(python, install):
    # A package grows if another thread imports one of its modules. Here the search itself adds names.
    install(
        "grows",
        """
        from sockcore.plugin import hookimpl
        SOCKCORE_API = 1
        class Grows:
            def __getattr__(self, name):
                globals()[f"added{len(globals())}"] = 1
                raise AttributeError(name)
        grows = Grows()
        @hookimpl
        def sockcore_register(register):
            register.constants({"GROWN": 1})
    """,
    )
    assert python("import sockcore; print(sockcore.GROWN)", SOCKCORE_PLUGINS="grows") == "1\n"


def test_registry_in_finalizer_during_discovery_is_the_unfinished_one(python, plugins):
    variables = plugins(a="use", b="nothing")
    code = (
        START
        + """
    import gc
    class Cycle:
        def __init__(self): self.me = self
        def __del__(self): seen.append((sockcore.SOCK_STREAM > 0, hasattr(sockcore, "B")))
    seen = []
    def use():
        Cycle()
        for _ in range(3): gc.collect()
    steps.use = use
    print(sockcore.B, seen)
    """
    )
    assert python(code, **variables) == "1 [(True, False)]\n"
