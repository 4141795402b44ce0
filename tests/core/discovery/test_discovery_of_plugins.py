"""Discovery: installed plugins, environment variables, and plugins that fail."""

from __future__ import annotations

import pytest

GOOD = """
    from sockcore.plugin import hookimpl
    SOCKCORE_API = 1
    @hookimpl
    def sockcore_register(register):
        register.constants({"%s": 1})
"""
#: A program that prints the loaded plugins and the warnings.
REPORT = """
    import sys, warnings
    warnings.simplefilter("error")
    import sockcore
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        print(*(name for name in ("GOOD", "BAD", "ZOOM", "EXTRA") if hasattr(sockcore, name)))
    for warning in caught:
        print(warning.category.__name__, *str(warning.message).split())
    from systems import socketpair
    one, two = socketpair()
    with one, two:
        print(one.send(b"12"))
"""


@pytest.fixture
def report(python, install):
    install("able", GOOD % "GOOD")
    install("zoom", GOOD % "ZOOM")

    def run(**variables):
        variables.setdefault("SOCKCORE_PLUGINS", "able,zoom,bad")
        names, *rest = python(REPORT, **variables).splitlines()
        assert rest.pop() == "2"
        return names.split(), rest

    return run


def test_discovery_loads_all_installed_plugins(python, install):
    install("able", GOOD % "GOOD")
    install("zoom", GOOD % "ZOOM")
    assert python("import sockcore; print(sockcore.GOOD, sockcore.ZOOM, int(sockcore.AF_UNSPEC))") == "1 1 0\n"


@pytest.mark.parametrize(
    ("variables", "names"),
    [
        ({"SOCKCORE_PLUGINS": "able,zoom"}, ["GOOD", "ZOOM"]),
        ({"SOCKCORE_PLUGINS": " zoom , "}, ["ZOOM"]),
        ({"SOCKCORE_PLUGINS": ""}, []),
        ({"SOCKCORE_PLUGINS": "able,zoom", "SOCKCORE_BLOCK": "able"}, ["ZOOM"]),
        ({"SOCKCORE_PLUGINS": "able", "SOCKCORE_BLOCK": "able,never"}, []),
    ],
)
def test_environment_variables_select_and_block_plugins(report, variables, names):
    assert report(**variables) == (names, [])


def test_sockcore_block_alone_loads_all_other_plugins(python, install):
    install("able", GOOD % "GOOD")
    install("zoom", GOOD % "ZOOM")
    code = "import sockcore; print([hasattr(sockcore, n) for n in ('GOOD', 'ZOOM')])"
    assert python(code, SOCKCORE_BLOCK="able") == "[False, True]\n"


def test_sockcore_plugins_with_missing_plugin_warns(report):
    assert report(SOCKCORE_PLUGINS="able,nowhere") == (
        ["GOOD"],
        ["PluginWarning SOCKCORE_PLUGINS names 'nowhere', and no such plugin is installed"],
    )


def test_blocked_plugin_is_not_imported(python, install):
    install("bad", "raise SystemExit('imported')")
    assert python("import sockcore; sockcore.SOCK_STREAM", SOCKCORE_BLOCK="bad") == ""


MARKED = "from sockcore.plugin import hookimpl, Family\n@hookimpl\ndef sockcore_register(register):\n"
BROKEN = {
    "raises at import": ("1 / 0", "ZeroDivisionError: division by zero"),
    "does not parse": ("def", "SyntaxError"),
    "lacks a module": ("import no_such_module_at_all", "ModuleNotFoundError: No module named 'no_such_module_at_all'"),
    "old version": ("SOCKCORE_API = 0", "it is for version 0 of the plugin interface, and this sockcore has version 1"),
    "new version": (
        "SOCKCORE_API = 2\n" + MARKED + "    register.thing_of_the_future()",
        "it is for version 2 of the plugin interface, and this sockcore has version 1",
    ),
    "text as version": (
        "SOCKCORE_API = '1'\n" + MARKED + "    pass",
        "it is for version '1' of the plugin interface, and this sockcore has version 1",
    ),
    "no version": (MARKED + "    pass", "it does not define SOCKCORE_API"),
    "no hook": ("SOCKCORE_API = 1", "it has no function sockcore_register that is marked with hookimpl"),
    "hook without mark": (
        "SOCKCORE_API = 1\ndef sockcore_register(register): register.constants({'BAD': 1})",
        "it has no function sockcore_register that is marked with hookimpl",
    ),
    "hook raises": (
        "SOCKCORE_API = 1\n" + MARKED + "    register.constants({'BAD': 1})\n    raise KeyError('half way')",
        "KeyError: 'half way'",
    ),
    "hook takes other arguments": (
        "SOCKCORE_API = 1\nfrom sockcore.plugin import hookimpl\n@hookimpl\ndef sockcore_register(registry): pass",
        "registry",
    ),
    "unknown hook": (
        "SOCKCORE_API = 1\n" + MARKED + "    register.constants({'BAD': 1})\n"
        "@hookimpl\ndef sockcore_unknown(register): pass",
        "sockcore_unknown",
    ),
    "takes a name": (
        "SOCKCORE_API = 1\n" + MARKED + "    register.constants({'BAD': 1, 'AF_UNSPEC': 3})",
        "sockcore-bad and sockcore both register the name AF_UNSPEC",
    ),
    "takes another's name": (
        "SOCKCORE_API = 1\n" + MARKED + "    register.constants({'BAD': 1, 'GOOD': 3})",
        " both register the name GOOD",
    ),
    "takes a name that programs import": (
        "SOCKCORE_API = 1\n" + MARKED + "    register.constants({'BAD': 1, 'socketpair': 3})",
        "sockcore-bad and sockcore both register the name socketpair",
    ),
    "takes a method": (
        "SOCKCORE_API = 1\n" + MARKED + "    def send(sock, data): return 77\n    register.methods(send)",
        "sockcore-bad and sockcore both register the method send",
    ),
    "takes a method of the outer class": (
        "SOCKCORE_API = 1\n" + MARKED + "    def accept(sock): return 77\n    register.methods(accept)",
        "sockcore-bad and sockcore both register the method accept",
    ),
    "no family": (
        "SOCKCORE_API = 1\n" + MARKED + "    register.family(object())",
        "a family must be a sockcore.plugin.Family",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", BROKEN)
def test_broken_plugin_warns_with_its_name(report, install, fault):
    source, message = BROKEN[fault]
    install("bad", source, version="2.5")
    names, (warning,) = report()
    assert names == ["GOOD", "ZOOM"]
    assert warning.startswith("PluginWarning sockcore plugin 'bad' of the distribution sockcore-bad 2.5 is left out: ")
    assert message in warning


def test_broken_plugins_warn_once_each(report, install):
    for name in ("bad", "extra"):
        install(name, f"raise ValueError('{name} is bad')")
    names, warnings = report(SOCKCORE_PLUGINS="able,zoom,bad,extra")
    assert names == ["GOOD", "ZOOM"]
    assert [warning.rpartition("ValueError: ")[2] for warning in warnings] == ["bad is bad", "extra is bad"]


def test_plugin_warning_as_error_is_raised_once_and_keeps_other_plugins(python, install):
    install("able", GOOD % "GOOD")
    install("bad", "1 / 0")
    code = """
        import sockcore
        try:
            sockcore.GOOD
        except RuntimeWarning as warning:
            print("bad" in str(warning))
        print(sockcore.GOOD, hasattr(sockcore, "BAD"))
    """
    assert python(code) == "True\n1 False\n"


def test_second_plugin_of_the_same_name_is_not_loaded(report, install):
    install("able", GOOD % "EXTRA", distribution="another-good")
    names, (warning,) = report(SOCKCORE_PLUGINS="able,zoom")
    owners = ["another-good", "sockcore-able"]
    refused = owners.pop("EXTRA" in names)
    assert "ZOOM" in names
    assert ("GOOD" in names) != ("EXTRA" in names)
    assert f"'able' of the distribution {refused} 1.0 is left out" in warning
    assert f"{owners[0]} has a plugin of this name too. SOCKCORE_PREFER=" in warning


def test_discovery_after_interruption_starts_over(python, install):
    install("able", GOOD % "GOOD")
    install(
        "slow",
        "import builtins\nif not hasattr(builtins, 'seen'):\n    builtins.seen = 1\n"
        "    raise KeyboardInterrupt\n" + (GOOD % "SLOW").replace("\n    ", "\n"),
    )
    code = """
        import sockcore
        try:
            sockcore.GOOD
        except KeyboardInterrupt:
            print("interrupted")
        print(sockcore.GOOD, sockcore.SLOW, sockcore.SOCK_STREAM > 0)
    """
    assert python(code) == "interrupted\n1 1 True\n"


def test_plugins_returns_state_of_each_plugin(python, install):
    install("able", GOOD % "GOOD")
    install("bad", "1 / 0")
    code = """
        from sockcore._plugins.discovery import plugins
        for p in plugins():
            if p.name in ("able", "bad", "zoom"):
                print(p.name, p.distribution, p.version, p.state, "division" in p.problem)
    """
    install("zoom", GOOD % "ZOOM", version="3")
    assert python(code, warnings="ignore", SOCKCORE_BLOCK="zoom").splitlines() == [
        "able sockcore-able 1.0 loaded False",
        "bad sockcore-bad 1.0 broken True",
        "zoom sockcore-zoom 3 blocked False",
    ]
