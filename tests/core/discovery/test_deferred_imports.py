"""Functions and codecs of plugins that are imported at first use, and not before."""

from __future__ import annotations

import pytest

from sockcore._plugins.placeholders import Deferred
from sockcore.plugin import Register, RegistrationError

PLUGIN = """
    from sockcore.plugin import hookimpl
    SOCKCORE_API = 1
    @hookimpl
    def sockcore_register(register):
        register.deferred("sockcore_later_module", "answer", "missing")
        register.codecs("sockcore_later_module")
"""
LATER = """
    from sockcore.plugin import Ancillary, Option
    def answer():
        "Answer."
        return 42
    def options():
        yield Option("SO_LATER", 77, 5, 4, bytes.hex)
    def ancillaries():
        yield Ancillary("SCM_LATER", 77, 6, bytes.hex)
"""
SAY = "import sys, sockcore; show = lambda: print('sockcore_later_module' in sys.modules)\n"


@pytest.fixture
def plugin(install):
    """Install a plugin and, blocked as a plugin, the module of its functions."""
    install("some", PLUGIN)
    install("later", LATER)
    return {"SOCKCORE_BLOCK": "later"}


def test_deferred_function_is_imported_at_first_use(python, plugin):
    code = SAY + "'answer' in dir(sockcore); show(); print(sockcore.answer()); show(); print(sockcore.answer())"
    assert python(code, **plugin).split() == ["False", "42", "True", "42"]


def test_deferred_function_that_does_not_exist_raises(python, plugin):
    done = python("import sockcore; sockcore.missing", fails=True, **plugin)
    assert "module 'sockcore_later_module' has no attribute 'missing'" in done.stderr


@pytest.mark.parametrize(
    "use",
    [
        "print('SO_LATER' in sockcore.options.known())",
        "print(sockcore.ancillary.decode([(77, 6, b'a')]) == [('SCM_LATER', '61')])",
        "print(sockcore.ancillary.decode([(77, 6, b'a')], 1) == [('SCM_LATER', '61')])",
    ],
)
def test_deferred_codecs_are_imported_at_first_use(python, plugin, use):
    code = SAY + f"sockcore.SOL_SOCKET; show(); {use}; show(); {use}"
    assert python(code, **plugin).split() == ["False", "True", "True", "True"]


def test_deferred_codecs_that_conflict_warn_and_keep_the_rest(python, install, plugin):
    install("rival", PLUGIN.replace('register.deferred("sockcore_later_module", "answer", "missing")', ""))
    code = """
        import warnings, sockcore
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            print(*(sockcore.options.known().count("SO_LATER") for _ in range(2)))
        print(*(warning.message for warning in caught))
    """
    known, message = python(code, **plugin).splitlines()
    assert known == "1 1"
    assert message.count("are left out: RegistrationError: sockcore-") == 1
    assert "both register the option (77, 5). SOCKCORE_PREFER=some or " in message
    known, *messages = python(code, SOCKCORE_PREFER="some", **plugin).splitlines()
    assert (known, messages) == ("1 1", [""])


def test_deferred_function_named_twice_is_accepted_if_equal():
    register = Register("one")
    register.deferred("json", "loads")
    register.deferred("json", "loads")
    with pytest.raises(RegistrationError, match=r"registers the name loads twice: json.loads and pickle.loads"):
        register.deferred("pickle", "loads")
    assert register.names["loads"].get() is __import__("json").loads
    assert Deferred("json", "loads") != "json.loads"
