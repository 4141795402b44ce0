"""The sockcore-bsd plugin: AF_SYSTEM, AF_LINK, AF_DIVERT and peer credentials on macOS and the BSDs."""

from __future__ import annotations

from sockcore.plugin import Any, Family, Iterator, Mapping, Register, hookimpl, import_module, system_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sockcore_bsd.divert import Divert as Divert
    from sockcore_bsd.kernel_control import Control as Control
    from sockcore_bsd.link import Link as Link

__all__ = ["SOCKCORE_API", "Control", "Divert", "Link", "families", "sockcore_register"]

SOCKCORE_API = 1

#: On other systems, the plugin registers nothing and imports nothing.
_SYSTEMS = ("darwin", "freebsd", "netbsd", "openbsd")

#: Class -> the module that defines it.
_MODULES = {"Control": "kernel_control", "Divert": "divert", "Link": "link"}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def families(system: str, numbers: Mapping[str, int]) -> Iterator[Family]:
    """Yield the families of *system*.

    *numbers* are its constants, including those of the core.
    """
    from sockcore_bsd.divert import Divert
    from sockcore_bsd.kernel_control import Control
    from sockcore_bsd.link import Link
    from sockcore_bsd.structs import sockaddr_dl

    if "SYSPROTO_CONTROL" in numbers:
        yield Control(numbers)
    if "AF_LINK" in numbers:
        yield Link(numbers["AF_LINK"], sockaddr_dl(system))
    if "AF_DIVERT" in numbers:
        yield Divert(numbers)


@hookimpl
def sockcore_register(register: Register) -> None:
    """Register families, constants, options and control messages of macOS and BSDs."""
    if system_name() not in _SYSTEMS:
        return
    from sockcore_bsd.constants import NUMBERS, TABLE

    register.constants(TABLE)
    for family in families(system_name(), NUMBERS):
        register.family(family)
    register.codecs("sockcore_bsd.options")
    register.codecs("sockcore_bsd.messages")


def _list_imports() -> None:
    """List modules that are imported by name, for tools such as PyInstaller.

    Never called.
    """
    from sockcore_bsd import credentials, messages, options
    from sockcore_bsd.tables import darwin, freebsd, netbsd, openbsd
