"""Creation of enums without a lock.

Finalizers, signal handlers and other threads may need an enum meanwhile.
"""

from __future__ import annotations

import signal

import pytest
from systems import WINDOWS

#: A plugin with a constant that runs code of the test whenever an enum reads its value.
PLUGIN = """
    from sockcore.plugin import hookimpl
    SOCKCORE_API = 1

    class Value(int):
        when_read = staticmethod(lambda: None)
        def __int__(self):
            Value.when_read()
            return 222

    @hookimpl
    def sockcore_register(register):
        register.constants({"AF_READ": Value(222), "SOCK_READ": Value(222)})
"""
#: A process that hangs prints a traceback and ends.
START = """
    import faulthandler, gc, sys
    if hasattr(faulthandler, "dump_traceback_later"):
        faulthandler.dump_traceback_later(40, exit=True)
    import sockcore
    from systems import LOCAL
    sockcore.SOL_SOCKET
    import sockcore_read_module

    class Cycle:
        def __init__(self):
            self.me = self
            self.sock = sockcore.socket(LOCAL, 1)
"""


@pytest.fixture
def run(python, install):
    """Return a function that runs code after START and returns the ended process."""
    install("read", PLUGIN)

    def run(code):
        done = python(START + code, fails=True, warnings="always", SOCKCORE_PLUGINS="read")
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    return run


def test_enum_used_by_finalizer_during_its_creation_does_not_deadlock(run):
    done = run("""
    def collect():
        Cycle()
        gc.collect()
    sockcore_read_module.Value.when_read = collect
    print(sockcore.AF_READ is sockcore.AddressFamily(222), sockcore.SOCK_READ.name)
    """)
    assert done.stdout == "True SOCK_READ\n"
    if "PyPy" not in done.stderr and done.stderr:
        assert "ResourceWarning: unclosed <sockcore.socket" in done.stderr


def test_enums_with_collection_at_every_allocation_are_created_once(run):
    done = run("""
    gc.disable()
    for _ in range(30):
        Cycle()
    if hasattr(gc, "set_threshold"):
        gc.set_threshold(1)
    gc.enable()
    made = [getattr(sockcore, name) for name in ("AddressFamily", "SocketKind", "MsgFlag", "AddressInfo")]
    print(made == [sockcore.AddressFamily, sockcore.SocketKind, sockcore.MsgFlag, sockcore.AddressInfo])
    """)
    assert done.stdout == "True\n"


@pytest.mark.skipif(WINDOWS, reason="Windows lacks SIGUSR1")
def test_enum_used_by_signal_handler_during_its_creation_does_not_deadlock(run):
    done = run(f"""
    import os, signal
    sock, shown = sockcore.socket(LOCAL, 1), []
    def handler(number, frame):
        shown.append(repr(sock))
    signal.signal({int(signal.SIGUSR1)}, handler)
    sockcore_read_module.Value.when_read = lambda: os.kill(os.getpid(), {int(signal.SIGUSR1)})
    print(sockcore.AF_READ.name)
    print(len(shown) > 0, all(text.startswith("<sockcore.socket fd=") for text in shown))
    sock.close()
    """)
    assert done.stdout == "AF_READ\nTrue True\n"


def test_enum_created_by_two_threads_is_the_same_class(run):
    done = run("""
    import threading
    barrier, seen, again = threading.Barrier(2), [], threading.local()
    def wait():
        if not hasattr(again, "waited"):
            again.waited = True
            barrier.wait(60)
    sockcore_read_module.Value.when_read = wait
    def make():
        seen.append((sockcore.AF_READ, sockcore.AddressFamily))
    threads = [threading.Thread(target=make) for _ in range(2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    (one, first), (two, second) = seen
    print(one is two, first is second, type(one) is first is sockcore.AddressFamily, first.__module__)
    print(all(getattr(sockcore, name) is member for name, member in first.__members__.items()))
    """)
    assert done.stdout == "True True True sockcore\nTrue\n"


def test_enums_after_loading_of_codecs_are_the_same(python, install):
    more = (
        '        register.codecs("sockcore_read_module")',
        "    def options(): return ()",
        "    ancillaries = options",
    )
    install("read", PLUGIN + "\n".join(more))
    code = """
        import sockcore
        before = [getattr(sockcore, name) for name in ("AddressFamily", "SocketKind", "MsgFlag", "AF_READ")]
        sockcore.options.known()
        from sockcore.plugin import as_family, as_kind
        print(type(as_family(222)) is before[0], type(as_kind(222)) is before[1], as_family(222) is before[3])
        print(before == [sockcore.AddressFamily, sockcore.SocketKind, sockcore.MsgFlag, sockcore.AF_READ])
        print(type(sockcore.SOCK_READ) is before[1])
    """
    assert python(code, SOCKCORE_PLUGINS="read") == "True True True\nTrue\nTrue\n"


def test_enum_of_incomplete_registry_is_discarded(python, install):
    # "a" creates the enums in all ways while the constants of "z" are missing.
    install(
        "a",
        """
        import sockcore
        early = sockcore.AddressFamily, sockcore.AF_UNSPEC
        from sockcore.plugin import as_family, hookimpl
        assert type(as_family(0)) is early[0]
        SOCKCORE_API = 1
        @hookimpl
        def sockcore_register(register):
            assert as_family(0) is sockcore.AF_UNSPEC
        """,
    )
    install("z", PLUGIN)
    code = """
        import sockcore
        print(sockcore.AF_READ in sockcore.AddressFamily, type(sockcore.AF_UNSPEC) is sockcore.AddressFamily)
        from sockcore.plugin import as_family
        print(type(as_family(0)) is sockcore.AddressFamily)
    """
    assert python(code, SOCKCORE_PLUGINS="a,z") == "True True\nTrue\n"


def test_type_after_clear_enums_is_member_of_the_new_enum(run):
    done = run("""
    sock = sockcore.socket(LOCAL, 1)
    before = type(sock.type)
    assert before is sockcore.SocketKind
    from sockcore import _enums
    from sockcore._plugins.discovery import registry
    registry().enums.clear()  # as for a plugin that is loaded later
    _enums.clear_enums()
    print(type(sock.type) is sockcore.SocketKind, type(sock.type) is before)
    sock.close()
    """)
    assert done.stdout == "True False\n"
