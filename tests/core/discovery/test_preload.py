"""preload(): afterwards no module is imported and no file is opened.

An empty root directory is then sufficient.
"""

from __future__ import annotations

import os
import sys

import pytest
from systems import WINDOWS

import sockcore

PLUGIN = """
    from sockcore.plugin import hookimpl
    SOCKCORE_API = 1
    @hookimpl
    def sockcore_register(register):
        register.deferred("sockcore_later_module", "later")
        register.deferred("json")
        register.codecs("sockcore_later_module")
"""
LATER = """
    from sockcore.plugin import Option
    def later():
        import json
        return json.loads("5")
    def options():
        yield Option("SO_LATER", 77, 5, 4, bytes.hex)
    def ancillaries():
        return ()
"""
#: Code that calls preload(), restricts the process, and prints each import and each opened file after that.
USE = """
    import builtins, errno, faulthandler, gc, io, os, sys, warnings
    import sockcore
    from systems import LOCAL, socketpair
    sockcore.preload()
    one, two = socketpair()
    datagrams = sockcore.socket(LOCAL, sockcore.SOCK_DGRAM)
    source = open(__import__("systems").__file__, "rb")
    here = os.getcwd()
    RESTRICT
    attempts = []
    class Refuse:
        def find_spec(self, name, path=None, target=None):
            attempts.append(name)
            raise ImportError(f"{name} is imported after preload()")
    sys.meta_path.insert(0, Refuse())
    sys.path.clear()
    active = [True]
    def watch(event, arguments):
        if active and event == "open":
            attempts.append(f"open {arguments[0]!r}")
    sys.addaudithook(watch)

    def call(function, *arguments, **options):
        "Call the function. It may fail for lack of descriptors or because of its arguments, but not at an import."
        try:
            return function(*arguments, **options)
        except (OSError, TypeError, ValueError, LookupError, UnicodeError) as problem:
            assert not isinstance(problem, ImportError), problem
            return problem

    skipped = {"preload", "setdefaulttimeout", "sethostname", "close", "gethostbyaddr", "getfqdn"}
    called = set()
    for name in sockcore.__all__:
        value = getattr(sockcore, name)
        if not callable(value) or name in skipped:
            continue
        called.add(name)
        for arguments in ((), (1,), ("127.0.0.1",), ("127.0.0.1", 80), (b"abcd",), (2, b"abcd"), (2, "127.0.0.1"),
                          (("127.0.0.1", 9), 0)):
            if name == "create_connection" and arguments and not isinstance(arguments[0], str):
                continue
            result = call(value, *arguments)
            if hasattr(result, "close"):
                result.close()
    if "inet_aton" in called:
        assert sockcore.inet_aton("127.0.0.1") == b"\\x7f\\0\\0\\1" and sockcore.htons(1)
        assert sockcore.getaddrinfo("127.0.0.1", 80)
        assert call(sockcore.getaddrinfo, "b\\u00fccher.invalid", 80, flags=sockcore.AI_NUMERICHOST)
        assert sockcore.inet_ntop(10, bytes(15) + b"\\1") if os.name != "nt" else True
    if "gethostname" in called:
        assert isinstance(sockcore.gethostname(), str)

    reader, writer = two.makefile("r"), one.makefile("wb")
    writer.write(b"line\\n")
    writer.flush()
    assert reader.readline() == "line\\n"
    assert one.sendfile(source) > 0
    two.recv(100_000)
    one.send(b"x")
    if hasattr(one, "recvmsg"):
        two.recvmsg(10, sockcore.CMSG_SPACE(40))
    for name in dir(one):
        if name.startswith("_") or name in ("close", "detach", "shutdown", "accept", "recv", "recvmsg", "recvfrom",
                                            "recv_into", "recvmsg_into", "recvfrom_into", "recvmmsg", "recvmmsg_into",
                                            "sendfile"):
            continue
        value = getattr(one, name)
        if callable(value):
            call(value)
            call(value, 1)
    assert repr(one) and one.family and one.type
    assert "SO_LATER" in sockcore.options.known() and sockcore.later() == 5
    call(sockcore.options.read, one, sockcore.SOL_SOCKET, sockcore.SO_TYPE)
    sockcore.ancillary.decode([(77, 6, b"")])
    sockcore.backends.available(), sockcore.backends.current()
    for name in sockcore.plugin.__all__:
        getattr(sockcore.plugin, name)
    assert not hasattr(sockcore, "AF_NONSENSE")
    call(sockcore.socket, 250, 1)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        sockcore.ancillary.unpack(b"\\1" * 20)
    del datagrams
    gc.collect()
    active.clear()
    if sys.implementation.name == "pypy":
        # Its warnings import tracemalloc, which it lacks.
        attempts = [name for name in attempts if not name.endswith("tracemalloc")]
    print(sorted(set(attempts)), len(called) > 5)
    os._exit(0 if sys.stdout.flush() is None else 0)
"""
LIMIT = """
    import resource
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) - 1, 4096))
    try:
        os.open("/dev/null", os.O_RDONLY)
    except OSError as problem:
        assert problem.errno == errno.EMFILE
    else:
        raise AssertionError
"""
CHROOT = """
    os.makedirs("ROOT")
    os.chroot("ROOT")
    os.chdir("/")
    assert os.listdir("/") == []
"""
SETUID = """
    os.setgid(65534)
    os.setuid(65534)
"""
is_root = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture
def preloaded(python, install, tmp_path):
    """Return a function that runs USE with a restriction of the process."""
    install("some", PLUGIN)
    install("later", LATER)

    def run(restrict):
        restrict = restrict.replace("ROOT", str(tmp_path / "root")).strip("\n").replace("\n", "\n    ")[4:]
        code = USE.replace("    RESTRICT", "    " + restrict.replace("\n        ", "\n    "))
        done = python(code, fails=True, warnings="ignore", SOCKCORE_BLOCK="later")
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    return run


def test_preload_imports_everything(preloaded):
    assert preloaded("    pass") == "[] True\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of descriptors")
@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc to count descriptors")
def test_preload_before_descriptors_run_out_imports_everything(preloaded):
    assert preloaded(LIMIT) == "[] True\n"


@pytest.mark.skipif(not is_root, reason="chroot(2) needs root")
def test_preload_before_chroot_imports_everything(preloaded):
    assert preloaded(CHROOT) == "[] True\n"


@pytest.mark.skipif(not is_root, reason="setuid(2) to another user needs root")
def test_preload_before_setuid_imports_everything(preloaded):
    assert preloaded(SETUID) == "[] True\n"


def test_preload_is_public():
    assert "preload" in sockcore.__all__
    assert sockcore.preload.__module__.startswith("sockcore")
    assert sockcore.preload() is None
    assert sockcore.preload() is None


def test_preload_with_function_that_fails_to_import_warns_and_continues(python, install):
    install("some", PLUGIN)
    install("later", "1 / 0")
    code = """
        import warnings, sockcore
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            sockcore.preload()
        print(*(warning.category.__name__ for warning in caught))
        print(any("preload() cannot import sockcore_later_module: ZeroDivisionError" in str(warning.message)
              for warning in caught), "SocketIO" in vars(sockcore), "AddressFamily" in vars(sockcore))
    """
    assert python(code, SOCKCORE_BLOCK="later") == "PluginWarning PluginWarning\nTrue True True\n"


@pytest.mark.skipif(WINDOWS, reason="Windows has no limit of descriptors")
def test_preload_without_descriptors_raises_and_can_be_repeated(python):
    code = """
        import errno, os, resource, sockcore
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 64), hard))
        full = []
        try:
            while True:
                full.append(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            pass
        try:
            sockcore.preload()
        except OSError as problem:
            print(problem.errno == errno.EMFILE)
        for fd in full:
            os.close(fd)
        sockcore.preload()
        print("SocketIO" in vars(sockcore))
    """
    assert python(code) == "True\nTrue\n"
