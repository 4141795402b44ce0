"""Plugins that a program or SOCKCORE_PLUGINS names by module, without metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PLUGIN = """
from sockcore.plugin import Family, hookimpl
SOCKCORE_API = 1
class Own(Family):
    number, name = {number}, "AF_{name}"
    def encode(self, address, context): return bytes(16)
    def decode(self, raw, context): return raw
def method_{name}(sock): return {number}
@hookimpl
def sockcore_register(register):
    register.family(Own())
    register.methods(method_{name})
    register.constants({{"CONSTANT_{name}": 5}})
"""


@pytest.fixture
def module(tmp_path: Path) -> Callable[..., None]:
    """Return a function that writes the module of a plugin without metadata."""

    def write(name: str, source: str = "", number: int = 250) -> None:
        path = tmp_path.joinpath("installed", *name.split(".")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source or PLUGIN.format(name=path.stem.upper(), number=number))

    return write


@pytest.mark.parametrize("argument", ["'one'", "one"])
def test_load_of_plugin_without_metadata_registers_it(
    python: Callable[..., str], module: Callable[..., None], argument: str
) -> None:
    module("one")
    code = f"""
        import one, sockcore
        from sockcore import plugin
        plugin.load({argument})
        plugin.load({argument})
        print(repr(sockcore.AF_ONE), sockcore.CONSTANT_ONE)
    """
    assert python(code) == "<AddressFamily.AF_ONE: 250> 5\n"


def test_load_after_first_use_updates_enums_and_socket_class(
    python: Callable[..., str], module: Callable[..., None]
) -> None:
    module("one", number=250)
    module("package.two", number=251)
    code = """
        import sockcore, sockcore.plugin
        sockcore.plugin.load("one")
        print(sockcore.AF_ONE in sockcore.AddressFamily, hasattr(sockcore, "AF_TWO"))
        sockcore.plugin.load("package.two")
        print(sockcore.AF_ONE in sockcore.AddressFamily, sockcore.AF_TWO in sockcore.AddressFamily)
        print(hasattr(sockcore.socket, "method_ONE"), hasattr(sockcore.socket, "method_TWO"))
        print({"AF_ONE", "AF_TWO", "CONSTANT_TWO"} <= {*sockcore.__all__})
    """
    assert python(code).splitlines() == ["True False", "True True", "True True", "True"]


def test_load_of_installed_plugin_has_no_effect(python: Callable[..., str], install: Callable[..., None]) -> None:
    install("one", PLUGIN.format(name="ONE", number=250))
    code = """
        import sockcore, sockcore.plugin
        sockcore.plugin.load("sockcore_one_module")
        from sockcore._plugins.discovery import plugins
        print([plugin.state for plugin in plugins() if plugin.module == "sockcore_one_module"], sockcore.AF_ONE == 250)
    """
    assert python(code) == "['loaded'] True\n"


@pytest.mark.parametrize("first", ["", "sockcore.SOCK_STREAM; "], ids=["before the first use", "afterwards"])
@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("raise ValueError('no')", "ValueError: no"),
        ("x = 5", "it does not define SOCKCORE_API"),
        (PLUGIN.format(name="ONE", number=250).replace("CONSTANT_ONE", "socket"), "register the name socket"),
    ],
    ids=["broken", "no plugin", "a name of the core"],
)
def test_load_of_broken_plugin_raises_registration_error_with_cause(
    python: Callable[..., str], module: Callable[..., None], source: str, cause: str, first: str
) -> None:
    module("one", source)
    code = f"""
        import sockcore, sockcore.plugin
        {first}
        for attempt in range(2):
            try:
                sockcore.plugin.load("one")
            except sockcore.plugin.RegistrationError as error:
                print(error)
        print(hasattr(sockcore, "AF_ONE"))
    """
    first_message, second_message, has_family = python(code).splitlines()
    assert cause in first_message
    assert cause in second_message
    assert has_family == "False"


def test_load_of_missing_module_raises_with_its_name(python: Callable[..., str]) -> None:
    code = """
        import sockcore.plugin
        try:
            sockcore.plugin.load("sockcore_nowhere")
        except sockcore.plugin.RegistrationError as error:
            print(error)
    """
    assert "No module named 'sockcore_nowhere'" in python(code)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"SOCKCORE_PLUGINS": "one"}, "ONE"),
        ({"SOCKCORE_PLUGINS": "one, package.two"}, "ONE TWO"),
        ({"SOCKCORE_PLUGINS": "sockcore_three_module,package.two"}, "TWO THREE"),
        ({"SOCKCORE_PLUGINS": "three,one"}, "ONE THREE"),
        ({"SOCKCORE_PLUGINS": "one,three", "SOCKCORE_BLOCK": "one,sockcore_three_module"}, ""),
        ({}, "THREE"),
    ],
    ids=str,
)
def test_environment_variables_accept_modules_and_entry_point_names(
    python: Callable[..., str],
    module: Callable[..., None],
    install: Callable[..., None],
    variables: dict[str, str],
    expected: str,
) -> None:
    module("one", number=250)
    module("package.two", number=251)
    install("three", PLUGIN.format(name="THREE", number=252))
    code = "import sockcore; print(*(n for n in ('ONE', 'TWO', 'THREE') if hasattr(sockcore, 'AF_' + n)))"
    assert python(code, **variables) == expected + "\n"


@pytest.mark.parametrize("variables", [{"SOCKCORE_BLOCK": "one"}, {"SOCKCORE_PLUGINS": "two"}], ids=str)
@pytest.mark.parametrize("first", ["", "sockcore.SOCK_STREAM; "], ids=["before the first use", "afterwards"])
def test_load_of_blocked_plugin_has_no_effect(
    python: Callable[..., Any], module: Callable[..., None], variables: dict[str, str], first: str
) -> None:
    module("one")
    module("two")
    code = f"import sockcore, sockcore.plugin; {first}sockcore.plugin.load('one'); print(hasattr(sockcore, 'AF_ONE'))"
    assert python(code, **variables) == "False\n"


def test_load_in_two_threads_registers_the_plugin_once(python: Callable[..., str], module: Callable[..., None]) -> None:
    # Both threads are in the hook at the same time.
    waits = "def sockcore_register(register):\n    import threading; threading.meeting.wait()"
    module("one", PLUGIN.format(name="ONE", number=250).replace("def sockcore_register(register):", waits))
    code = """
        import sockcore, sockcore.plugin, threading
        sockcore.SOCK_STREAM
        threading.meeting = threading.Barrier(2, timeout=60)
        threads = [threading.Thread(target=sockcore.plugin.load, args=["one"]) for _ in range(2)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        from sockcore._plugins.discovery import plugins
        print([plugin.state for plugin in plugins() if plugin.module == "one"], repr(sockcore.AF_ONE))
    """
    assert python(code) == "['loaded'] <AddressFamily.AF_ONE: 250>\n"


@pytest.mark.parametrize("place", ["body", "hook"])
def test_load_by_a_plugin_during_discovery_registers_both(
    python: Callable[..., str], module: Callable[..., None], install: Callable[..., None], place: str
) -> None:
    module("one", number=250)
    source, load = PLUGIN.format(name="THREE", number=252), "import sockcore.plugin; sockcore.plugin.load('one')"
    hook = "def sockcore_register(register):"
    install("three", f"{load}\n{source}" if place == "body" else source.replace(hook, f"{hook}\n    {load}"))
    assert python("import sockcore; print(int(sockcore.AF_ONE), int(sockcore.AF_THREE))") == "250 252\n"


def test_sockcore_plugins_with_unknown_name_warns(python: Callable[..., Any]) -> None:
    done = python(
        "import sockcore; sockcore.SOCK_STREAM", fails=True, warnings="always", SOCKCORE_PLUGINS="no.where,x-y"
    )
    assert done.returncode == 0
    for name in ("no.where", "x-y"):
        assert f"SOCKCORE_PLUGINS names {name!r}, and no such plugin is installed" in done.stderr
