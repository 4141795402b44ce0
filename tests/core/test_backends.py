"""The backend of a process: its name, and its selection."""

from __future__ import annotations

import pytest

from sockcore import backends

HAS_NATIVE = "native" in backends.available()

CHOOSE = """
import sockcore, systems
sockcore.backends.choose("pure")
one, two = systems.socketpair()
with one, two:
    one.send(b"data")
    print(two.recv(10), sockcore.backends.current(), *(base.__qualname__ for base in sockcore.socket.__mro__))
    print(sockcore.socket.__base__.bind.__module__)
"""


def test_available_returns_the_backends_of_this_installation():
    assert backends.available()[-1] == "pure"
    assert backends.current() in backends.available()


def test_choose_of_backend_in_use_has_no_effect(monkeypatch):
    monkeypatch.setenv("SOCKCORE_BACKEND", "")
    backends.choose(backends.current())


def test_choose_of_unknown_backend_raises_value_error():
    with pytest.raises(ValueError, match=r"^choose\(\) takes one of \[.*'pure'\], not 'fast'$"):
        backends.choose("fast")


def test_choose_before_first_socket_selects_the_backend(python):
    data, name, *bases, module = python(CHOOSE).split()
    assert (data, name) == ("b'data'", "pure")
    assert bases == ["socket", "socket", "object"]
    assert module == "sockcore._sockets.base"


@pytest.mark.skipif(not HAS_NATIVE, reason="the native backend was not built")
def test_choose_after_first_socket_raises_runtime_error(python):
    code = "import sockcore, systems; systems.socketpair(); sockcore.backends.choose('pure')"
    done = python(code, fails=True, warnings="ignore", SOCKCORE_BACKEND="native")
    assert "RuntimeError: the native backend is in use: choose before" in done.stderr


@pytest.mark.skipif(not HAS_NATIVE, reason="the native backend was not built")
def test_sockcore_backend_selects_the_backend(python):
    code = "import sockcore; print(sockcore.backends.current())"
    assert python(code) == "native\n"
    assert python(code, SOCKCORE_BACKEND="pure") == "pure\n"


LEFT_OVER = """
import sys, types
sys.modules["sockcore._native"] = module = types.ModuleType("_native")
module.CONTRACT = -1
import sockcore
print(sockcore.backends.current())
"""


def test_native_backend_of_other_sources_is_not_used(python):
    assert python(LEFT_OVER, SOCKCORE_BACKEND="") == "pure\n"
    done = python(LEFT_OVER, fails=True, SOCKCORE_BACKEND="native")
    assert (
        "SOCKCORE_BACKEND asks for the native backend: it was built from other sources: build it again" in done.stderr
    )


def test_sockcore_backend_with_unknown_name_raises_import_error(python):
    done = python("import sockcore; sockcore.socket", fails=True, SOCKCORE_BACKEND="fast")
    assert "SOCKCORE_BACKEND must be one of native, pure, not 'fast'" in done.stderr


@pytest.mark.skipif(HAS_NATIVE, reason="the native backend was built")
def test_sockcore_backend_that_was_not_built_raises_import_error(python):
    done = python("import sockcore; sockcore.socket", fails=True, SOCKCORE_BACKEND="native")
    assert "ImportError: SOCKCORE_BACKEND asks for the native backend: " in done.stderr
