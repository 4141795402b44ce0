"""Messages about missing names: cause, distribution to install, and similar name."""

from __future__ import annotations

import pickle
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

import sockcore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: Removes the folders of installed distributions, so that no plugin is found.
NOTHING_INSTALLED = """
import sys, sockcore, importlib
sys.path[:] = [entry for entry in sys.path if not entry.endswith("-packages")]
sys.path_importer_cache.clear()
"""
PRINT = """
import sockcore
try:
    {}
except (AttributeError, ImportError) as error:
    print(type(error).__name__, getattr(error, "name", None), error, sep="|")
"""
FORMS = {"attribute": "sockcore.{}", "import": "from sockcore import {}"}
EMPTY = """
    from sockcore.plugin import hookimpl
    SOCKCORE_API = 1
    @hookimpl
    def sockcore_register(register):
        pass
"""
MANY = EMPTY.replace("pass", "register.constants({f'NUMBER_{i}': i for i in range(800)})")
#: A constant that this system lacks, and a system that has it.
ELSEWHERE = ("SO_NOSIGPIPE", "darwin") if sys.platform == "win32" else ("SO_EXCLUSIVEADDRUSE", "windows")


@pytest.fixture(params=FORMS)
def missing(request: pytest.FixtureRequest, python: Callable[..., str]) -> Callable[..., str]:
    """Return a function that returns the part of a message that sockcore adds.

    It checks the part that Python writes.
    """

    def added_message(name: str, before: str = "", **variables: str) -> str:
        printed = python(before + PRINT.format(FORMS[request.param].format(name)), **variables).rstrip("\n")
        error_type, error_name, message = printed.split("|", 2)
        if request.param == "attribute":
            assert (error_type, error_name) == ("AttributeError", name if sys.version_info >= (3, 10) else "None")
            expected = f"module 'sockcore' has no attribute {name!r}"
        else:
            assert (error_type, error_name) == ("ImportError", "sockcore")
            expected = f"cannot import name {name!r} from 'sockcore' ({sockcore.__file__})"
        assert message.startswith(expected)
        return message[len(expected) :]

    return added_message


@pytest.mark.parametrize(
    ("name", "distribution"),
    [
        ("AF_INET", "sockcore-inet"), ("AF_INET6", "sockcore-inet"), ("getaddrinfo", "sockcore-inet"),
        ("create_connection", "sockcore-inet"), ("IPPROTO_TCP", "sockcore-inet"), ("htons", "sockcore-inet"),
        ("AF_UNIX", "sockcore-unix"), ("SCM_RIGHTS", "sockcore-unix"), ("send_fds", "sockcore-unix"),
        ("AF_CAN", "sockcore-can"), ("CAN_RAW", "sockcore-can"), ("AF_BLUETOOTH", "sockcore-bluetooth"),
        ("BDADDR_ANY", "sockcore-bluetooth"), ("AF_NETLINK", "sockcore-linux-misc"), ("AF_ALG", "sockcore-linux-misc"),
        ("AF_VSOCK", "sockcore-linux-misc"), ("AF_HYPERV", "sockcore-windows"), ("fromshare", "sockcore-windows"),
        ("AF_SYSTEM", "sockcore-bsd"),
    ],
)  # fmt: skip
def test_missing_name_without_plugin_names_the_distribution(
    missing: Callable[..., str], name: str, distribution: str
) -> None:
    assert missing(name, NOTHING_INSTALLED) == (
        f": it comes with {distribution}, where the system has it (pip install {distribution})"
    )


def test_missing_name_of_blocked_plugin_names_the_variable(
    missing: Callable[..., str], install: Callable[..., None]
) -> None:
    install("can", EMPTY)
    start = ": it comes with sockcore-can, whose plugin 'can' is blocked"
    assert missing("AF_CAN", SOCKCORE_BLOCK="x, can") == f"{start} by SOCKCORE_BLOCK"
    assert missing("AF_CAN", SOCKCORE_PLUGINS="") == f"{start}: SOCKCORE_PLUGINS does not name it"


def test_missing_name_of_broken_plugin_contains_its_error(
    missing: Callable[..., str], install: Callable[..., None]
) -> None:
    install("can", "raise ValueError('no such bus')")
    ignore = "import warnings; warnings.simplefilter('ignore')\n"
    assert missing("AF_CAN", ignore, SOCKCORE_PLUGINS="can") == (
        ": it comes with sockcore-can, whose plugin could not be loaded: sockcore plugin 'can' of the distribution "
        "sockcore-can 1.0 is left out: ValueError: no such bus"
    )


def test_missing_name_of_plugin_outside_startup_cache_names_the_cache(
    missing: Callable[..., str], install: Callable[..., None], tmp_path: Path
) -> None:
    install("can", EMPTY)
    install("other", EMPTY)
    cache = tmp_path / "list.txt"
    cache.write_text("other sockcore_other_module sockcore-other 1.0\n")
    assert missing("AF_CAN", SOCKCORE_FROZEN=str(cache)) == (
        f": it comes with sockcore-can, which is installed but not in the startup cache {cache} "
        "(python -m sockcore freeze)"
    )


def test_missing_name_of_another_system_names_the_systems(missing: Callable[..., str]) -> None:
    name, system = ELSEWHERE
    message = missing(name, SOCKCORE_PLUGINS="")
    assert message.startswith(": sockcore has it on ")
    having, _, here = message.partition(", not on ")
    assert system in having
    assert here in ("linux", "darwin", "freebsd", "netbsd", "openbsd", "windows")
    assert here not in having


def test_missing_name_of_loaded_plugin_names_plugin_and_systems(
    missing: Callable[..., str], install: Callable[..., None], tmp_path: Path
) -> None:
    install("p", EMPTY)
    package = tmp_path / "installed" / "sockcore_p_module"
    (package / "tables").mkdir(parents=True)
    (tmp_path / "installed" / "sockcore_p_module.py").rename(package / "__init__.py")
    (package / "tables" / "__init__.py").touch()
    for system in "darwin", "linux", "windows", "freebsd", "netbsd", "openbsd":
        variants = "{'pdp11': ('AF_PEER', (7,))}" if system == "freebsd" else "{}"
        (package / "tables" / f"{system}.py").write_text(f"NAMES = ''\nVALUES = ()\nVARIANTS = {variants}\n")
    message = missing("AF_PEER")
    assert message.startswith(": sockcore-p has it on freebsd, ")


@pytest.mark.parametrize("many", [False, True], ids=["few names", "more names than CPython looks through"])
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_misspelled_name_suggests_a_similar_name(
    python: Callable[..., Any], install: Callable[..., None], form: str, many: bool
) -> None:
    install("p", MANY if many else EMPTY)
    done = python("import sockcore\n" + form.format("SOCK_DGRM"), fails=True, SOCKCORE_PLUGINS="p")
    [last] = done.stderr.splitlines()[-1:]
    assert re.search(r"\. Did you mean:? '\.?SOCK_DGRAM'( instead of '\.SOCK_DGRM')?\?$", last)
    assert last.count("Did you mean") == 1


def test_missing_name_without_cause_or_similar_name_has_default_message(missing: Callable[..., str]) -> None:
    assert missing("nonsense") == ""
    assert missing("AF_NONSENSE") == ""


def test_hasattr_of_missing_name_does_not_complete_the_message(python: Callable[..., str]) -> None:
    name, _ = ELSEWHERE
    code = f"""
        import sys, sockcore
        print(hasattr(sockcore, {name!r}), hasattr(sockcore, "SOCK_DGRM"))
        tables = [m for m in sys.modules if m.startswith("sockcore._platform.tables.")]
        print(len(tables) <= 2, "difflib" in sys.modules)
    """
    assert python(code) == "False False\nTrue False\n"


def test_missing_name_error_has_name_and_object_and_can_be_pickled() -> None:
    with pytest.raises(AttributeError) as caught:
        getattr(sockcore, "SOCK_DGRM")  # noqa: B009
    exc = caught.value
    assert type(exc) is AttributeError
    if sys.version_info >= (3, 10):
        assert (exc.name, exc.obj) == ("SOCK_DGRM", sockcore)
    assert str(pickle.loads(pickle.dumps(exc))) == str(exc)
    assert repr(exc) == f"AttributeError({str(exc)!r})"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of descriptors that a process can lower")
def test_str_of_error_without_free_descriptors_has_no_cause(python: Callable[..., str]) -> None:
    code = """
        import os, resource
        import sockcore
        try:
            sockcore.nonexistent
        except AttributeError as exc:
            error = exc
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        try:
            while True:
                os.open(os.devnull, os.O_RDONLY)
        except OSError:
            print(error)
    """
    assert python(code) == "module 'sockcore' has no attribute 'nonexistent'\n"


def test_import_of_missing_submodule_like_a_name_raises_module_not_found_error(python: Callable[..., str]) -> None:
    # The first missing name adds a finder, which raises another error for "from sockcore import SOCK_DGRM".
    code = """
        import importlib.util
        import sockcore
        print(hasattr(sockcore, "SOCK_DGRM"), importlib.util.find_spec("sockcore.SOCK_DGRM"))
        try:
            import sockcore.SOCK_DGRM
        except ModuleNotFoundError as exc:
            print(exc)
    """
    assert python(code) == "False None\nNo module named 'sockcore.SOCK_DGRM'\n"


def test_import_of_missing_submodule_raises_module_not_found_error() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"^No module named 'sockcore.nonsense'$"):
        exec("import sockcore.nonsense")


@pytest.mark.parametrize("name", ["nonsense", "AF_NONSENSE", "_x", "__x__"])
def test_name_of_no_distribution_raises_with_default_message(name: str) -> None:
    with pytest.raises(AttributeError, match=rf"^module 'sockcore' has no attribute '{name}'$"):
        getattr(sockcore, name)
    assert not hasattr(sockcore, name)
