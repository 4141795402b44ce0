"""Two plugins that register the same thing: the default, the choice of the user, and the warning."""

from __future__ import annotations

from typing import Any

import pytest

PLUGIN = """
    from sockcore.plugin import Family, hookimpl
    SOCKCORE_API = 1
    class Codec(Family):
        number, name = 203, "AF_SAME"
        def encode(self, address, context):
            return b"%(name)s"
        def decode(self, raw, context):
            return "%(name)s"
    @hookimpl
    def sockcore_register(register):
        register.family(Codec())
        register.constants({"OF_%(name)s": 1})
"""
REPORT = """
    import sys, warnings
    %s
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        import sockcore
        print(*(name for name in ("OF_ABLE", "OF_ZOOM") if hasattr(sockcore, name)))
    from sockcore._plugins import discovery
    print(discovery.registry().families[203, None].decode(b"x", None))
    print(*(f"{plugin.name}={plugin.state}" for plugin in discovery.plugins() if plugin.name in ("able", "zoom")))
    for warning in caught:
        print(warning.category.__name__, warning.message)
    try:
        sockcore.OF_ABLE, sockcore.OF_ZOOM
    except AttributeError as exc:
        print(exc, file=sys.stdout)
"""


@pytest.fixture
def report(python: Any, install: Any) -> Any:
    install("able", PLUGIN % {"name": "ABLE"})
    install("zoom", PLUGIN % {"name": "ZOOM"})

    def run(before: str = "", **variables: str) -> list[str]:
        variables = {"SOCKCORE_PLUGINS": "able,zoom", **variables}
        return python(REPORT % before, warnings="default", **variables).splitlines()

    return run


def test_conflict_without_preference_loads_first_name_and_warns(report: Any) -> None:
    names, codec, states, warning, _ = report()
    assert (names, codec, states) == ("OF_ABLE", "ABLE", "able=loaded zoom=broken")
    assert warning == (
        "PluginWarning sockcore plugin 'zoom' of the distribution sockcore-zoom 1.0 is left out: RegistrationError: "
        "sockcore-zoom and sockcore-able both register the family (203, None). SOCKCORE_PREFER=zoom or "
        "sockcore.plugin.prefer('zoom') selects this plugin, SOCKCORE_PREFER=able the other one without a warning"
    )


@pytest.mark.parametrize("value", ["zoom", "sockcore_zoom_module", " zoom , able", "able,zoom"])
def test_sockcore_prefer_selects_plugin_without_warning(report: Any, value: str) -> None:
    names, codec, states, *others = report(SOCKCORE_PREFER=value)
    if value == "able,zoom":
        assert (names, codec, states) == ("OF_ABLE", "ABLE", "able=loaded zoom=blocked")
    else:
        assert (names, codec, states) == ("OF_ZOOM", "ZOOM", "able=blocked zoom=loaded")
    assert len(others) == 1
    assert others[0].startswith("module 'sockcore' has no attribute 'OF_")


def test_prefer_comes_before_variable(report: Any) -> None:
    before = "import sockcore.plugin; sockcore.plugin.prefer('zoom')"
    assert report(before)[:3] == ["OF_ZOOM", "ZOOM", "able=blocked zoom=loaded"]
    assert report(before, SOCKCORE_PREFER="able")[:3] == ["OF_ZOOM", "ZOOM", "able=blocked zoom=loaded"]


def test_preference_of_missing_plugin_warns(report: Any) -> None:
    *_, first, second, _ = report(SOCKCORE_PREFER="nowhere")
    assert first == "PluginWarning SOCKCORE_PREFER names 'nowhere', and no such plugin is installed" or (
        second == "PluginWarning SOCKCORE_PREFER names 'nowhere', and no such plugin is installed"
    )


def test_prefer_rejects_wrong_type_and_late_call(python: Any) -> None:
    printed = python("""
        import sockcore.plugin
        for call in (lambda: sockcore.plugin.prefer(5), lambda: (sockcore.AF_UNSPEC, sockcore.plugin.prefer("x"))):
            try:
                call()
            except (TypeError, RuntimeError) as exc:
                print(type(exc).__name__, exc)
    """)
    assert printed.splitlines() == [
        "TypeError prefer() takes the names of plugins as str, not 5",
        "RuntimeError prefer() must be called before the first use of sockcore: the plugins are loaded",
    ]


def test_plugins_of_one_name_are_selected_by_module(python: Any, install: Any) -> None:
    install("able", PLUGIN % {"name": "ABLE"})
    install("able", PLUGIN % {"name": "ZOOM"}, distribution="another-able")
    first, _, _, warning, *_ = python(REPORT % "", warnings="default", SOCKCORE_PLUGINS="able").splitlines()
    assert "has a plugin of this name too. SOCKCORE_PREFER=" in warning
    module = warning.partition("SOCKCORE_PREFER=")[2].partition(" ")[0]
    variables = {"SOCKCORE_PLUGINS": "able", "SOCKCORE_PREFER": module}
    second, _, _, *others = python(REPORT % "", warnings="default", **variables).splitlines()
    assert {first, second} == {"OF_ABLE", "OF_ZOOM"}
    assert "PluginWarning" not in "".join(others)


def test_preference_holds_with_startup_cache(python: Any, install: Any, tmp_path: Any) -> None:
    install("able", PLUGIN % {"name": "ABLE"})
    install("zoom", PLUGIN % {"name": "ZOOM"})
    for folder in (tmp_path / "installed").glob("*.dist-info"):
        name = folder.name.partition("-")[0]
        (folder / "RECORD").write_text(f"{name}_module.py,,\n{folder.name}/METADATA,,\n{folder.name}/RECORD,,\n")
    cache = str(tmp_path / "cache")
    variables = {"SOCKCORE_PLUGINS": "able,zoom"}
    code = f"import sys; from sockcore.__main__ import main; sys.exit(main(['freeze', '--output', {cache!r}]))"
    done = python(code, fails=True, warnings="default", **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    for preferred, expected in (("zoom", "ZOOM"), ("able", "ABLE")):
        printed = python(
            REPORT % "", warnings="default", SOCKCORE_FROZEN=cache, SOCKCORE_PREFER=preferred, **variables
        ).splitlines()
        assert printed[:2] == [f"OF_{expected}", expected]
    code = "import sockcore; sockcore.AF_UNSPEC; from sockcore import _startup_cache; print(_startup_cache.list_in_use)"
    assert python(code, warnings="default", SOCKCORE_FROZEN=cache, SOCKCORE_PREFER="able", **variables).strip() == cache
