"""The sockcore-bsd plugin: AF_SYSTEM, AF_LINK, AF_DIVERT and peer credentials on macOS and the BSDs."""

from __future__ import annotations

from sockcore.plugin import Family, Iterator, Mapping, Register, hookimpl, system_name
from sockcore_bsd.constants import NUMBERS, TABLE, public
from sockcore_bsd.divert import Divert
from sockcore_bsd.kernel_control import Control
from sockcore_bsd.link import Link
from sockcore_bsd.structs import sockaddr_dl

__all__ = ["SOCKCORE_API", "Control", "Divert", "Link", "families", "sockcore_register"]

SOCKCORE_API = 1


def families(system: str, numbers: Mapping[str, int]) -> Iterator[Family]:
    """Yield the families of *system*.

    *numbers* are its constants, including those of the core.
    """
    if "SYSPROTO_CONTROL" in numbers:
        yield Control(numbers)
    if "AF_LINK" in numbers:
        yield Link(numbers["AF_LINK"], sockaddr_dl(system))
    if "AF_DIVERT" in numbers:
        yield Divert(numbers)


@hookimpl
def sockcore_register(register: Register) -> None:
    """Register families, constants, options and control messages of macOS and BSDs."""
    register.constants(public())
    if not TABLE:
        return
    for family in families(system_name(), NUMBERS):
        register.family(family)
    register.codecs("sockcore_bsd.options")


def _list_imports() -> None:
    """List modules that are imported by name, for tools such as PyInstaller.

    Never called.
    """
    from sockcore_bsd import credentials, options
    from sockcore_bsd.tables import darwin, everywhere, freebsd, netbsd, openbsd
