"""Calls of sockcore by finalizers at exit, after the interpreter has emptied ``sys.modules``.

As with the standard module, a function works there if the program has called it before.
"""

from __future__ import annotations

import sys
from textwrap import indent

import pytest
from systems import WINDOWS

from sockcore import backends

pytestmark = pytest.mark.skipif(sys.implementation.name != "cpython", reason="PyPy runs no finalizers at exit")

#: The finalizer of a global of __main__ runs when sys.modules is empty, and nothing can be imported any more.
CODE = """
import sys
import sockcore
import systems
def use(a, b, sockcore=sockcore, systems=systems, address=systems.loopback()):
{statements}
class Kept:
    def __init__(self):
        self.pair = systems.socketpair(sockcore.SOCK_STREAM)
        self.use, self.modules = use, sys.modules
        self.pair[1].sendall(b"line\\n" * 4)
    def __del__(self):
        assert not self.modules.get("sockcore")
        self.use(*self.pair)
        for sock in self.pair:
            sock.close()
        print("used")
kept = Kept()
"""
USED_BEFORE = {
    "makefile, reading": "with a.makefile('rb', buffering=0) as file: assert file.read(5) == b'line\\n'",
    "makefile, text": "with a.makefile('rw', encoding='utf-8') as file: file.write('x')",
    "accept": """
        with sockcore.socket(systems.AF_INET, sockcore.SOCK_STREAM) as server:
            server.bind(address)
            server.listen()
            with sockcore.socket(systems.AF_INET, sockcore.SOCK_STREAM) as client:
                client.connect(server.getsockname())
                server.accept()[0].close()""",
    "dup": "a.dup().close()",
    "fromfd": "sockcore.fromfd(a.fileno(), a.family, a.type).close()",
    "has_ipv6": "assert isinstance(sockcore.has_ipv6, bool)",
    "dir": "assert 'socket' in dir(sockcore)",
}
USED_FIRST = {
    "hasattr": "assert not hasattr(sockcore, 'AF_X')",
    "getattr": "assert getattr(sockcore, 'nonexistent', 7) == 7",
    "missing name": """
        try: sockcore.nonexistent
        except AttributeError as exc: assert str(exc) == "module 'sockcore' has no attribute 'nonexistent'"
        else: raise AssertionError""",
    "exceptions": "assert issubclass(sockcore.gaierror, sockcore.error) and sockcore.timeout",
    "constant": "assert sockcore.SO_REUSEADDR",
}
OF_PLUGINS = {
    "socketpair": ("unix", "for sock in sockcore.socketpair(): sock.close()"),
    "send_fds": ("unix", "sockcore.send_fds(a, [b'x'], [0])"),
    "resolver": (
        "inet",
        "with sockcore.socket(sockcore.AF_INET, sockcore.SOCK_DGRAM) as sock: sock.sendto(b'x', ('localhost', 9))",
    ),
    "getaddrinfo": ("inet", "assert sockcore.getaddrinfo('127.0.0.1', 80)"),
    "create_connection": (
        "inet",
        """
        with sockcore.create_server(("127.0.0.1", 0)) as server:
            sockcore.create_connection(server.getsockname()).close()""",
    ),
}


def code_of(statements, is_used_before):
    code = CODE.format(statements=indent(statements.strip("\n"), " " * (0 if statements[0] == "\n" else 8)))
    return code + "use(*kept.pair)\n" * is_used_before


@pytest.mark.parametrize("backend", backends.available())
@pytest.mark.parametrize("name", USED_BEFORE)
def test_function_in_finalizer_at_exit_works_if_used_before(python, backend, name):
    assert python(code_of(USED_BEFORE[name], True), SOCKCORE_BACKEND=backend) == "used\n"


@pytest.mark.parametrize("backend", backends.available())
@pytest.mark.parametrize("name", OF_PLUGINS)
def test_function_of_plugin_in_finalizer_at_exit_works_if_used_before(python, backend, name):
    plugin, statements = OF_PLUGINS[name]
    pytest.importorskip(f"sockcore_{plugin}")
    if plugin == "unix" and WINDOWS:
        pytest.skip("Windows has no pairs of AF_UNIX sockets")
    assert python(code_of(statements, True), SOCKCORE_BACKEND=backend) == "used\n"


@pytest.mark.parametrize("backend", backends.available())
@pytest.mark.parametrize("name", USED_FIRST)
def test_name_in_finalizer_at_exit_is_found_or_missing_at_first_use(python, backend, name):
    assert python(code_of(USED_FIRST[name], False), SOCKCORE_BACKEND=backend) == "used\n"


@pytest.mark.parametrize("backend", backends.available())
def test_accept_after_deletion_of_all_modules_does_not_abort(python, backend):
    # The interpreter deletes the search functions of codecs last, after sys.modules itself.
    code = """
        import codecs
        import sockcore, systems
        class Kept:
            def __init__(self):
                self.server = sockcore.socket(systems.AF_INET, sockcore.SOCK_STREAM)
                self.server.bind(systems.loopback())
                self.server.listen()
                self.server.setblocking(False)
                self.client = sockcore.socket(systems.AF_INET, sockcore.SOCK_STREAM)
                self.client.connect(systems.name_of(self.server))
            def __del__(self, print=print, Exception=Exception):
                try: self.server.accept()
                except Exception: pass
                self.server.close()
                self.client.close()
        codecs.register(lambda name, kept=Kept(): None)
    """
    done = python(code, fails=True, warnings="ignore", SOCKCORE_BACKEND=backend)
    assert done.returncode == 0, done.stderr
