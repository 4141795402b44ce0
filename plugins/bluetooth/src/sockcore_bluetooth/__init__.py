"""The sockcore-bluetooth plugin: AF_BLUETOOTH, also on a Python that was built without it."""

from __future__ import annotations

from sockcore.plugin import Any, Register, hookimpl, import_module
from sockcore_bluetooth.constants import AF_BLUETOOTH, protocol_numbers, public

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sockcore_bluetooth.codecs import families as families
    from sockcore_bluetooth.protocols import HciByAddress as HciByAddress
    from sockcore_bluetooth.protocols import HciByNode as HciByNode
    from sockcore_bluetooth.protocols import HciByNumber as HciByNumber
    from sockcore_bluetooth.protocols import Iso as Iso
    from sockcore_bluetooth.protocols import L2cap as L2cap
    from sockcore_bluetooth.protocols import Rfcomm as Rfcomm
    from sockcore_bluetooth.protocols import Sco as Sco
    from sockcore_bluetooth.protocols import WindowsRfcomm as WindowsRfcomm

__all__ = [
    "SOCKCORE_API",
    "HciByAddress",
    "HciByNode",
    "HciByNumber",
    "Iso",
    "L2cap",
    "Rfcomm",
    "Sco",
    "WindowsRfcomm",
    "families",
    "sockcore_register",
]

SOCKCORE_API = 1


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = "codecs" if name == "families" else "protocols"
    return getattr(import_module(f"{__name__}.{module}"), name)


@hookimpl
def sockcore_register(register: Register) -> None:
    """Register the protocols of AF_BLUETOOTH.

    Their constants, socket options and control messages are registered with them. Another plugin can register the other
    protocols (BNEP, CMTP, HIDP). Without such a plugin, their addresses are RawAddress.
    """
    for names in public():
        register.constants(names)
    for name, proto in protocol_numbers().items():
        register.deferred_family(AF_BLUETOOTH, "AF_BLUETOOTH", f"sockcore_bluetooth.codecs:{name.lower()}", proto)
    register.codecs("sockcore_bluetooth.options")
    register.codecs("sockcore_bluetooth.messages")


def _list_imports() -> None:
    """List modules that are imported by name, for tools such as PyInstaller.

    Never called.
    """
    from sockcore_bluetooth import codecs, iso, management, messages, options
    from sockcore_bluetooth.tables import freebsd, linux, netbsd, windows
