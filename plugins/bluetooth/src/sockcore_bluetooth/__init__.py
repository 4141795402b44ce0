"""The sockcore-bluetooth plugin: AF_BLUETOOTH, also on a Python that was built without it."""

from __future__ import annotations

from sockcore.plugin import Iterator, Register, hookimpl, system_name
from sockcore_bluetooth.address import Bluetooth
from sockcore_bluetooth.constants import AF_BLUETOOTH, TYPES, protocol_numbers, public
from sockcore_bluetooth.protocols import HciByAddress, HciByNode, HciByNumber, L2cap, Rfcomm, Sco, WindowsRfcomm
from sockcore_bluetooth.structs import sockaddrs

__all__ = [
    "SOCKCORE_API",
    "HciByAddress",
    "HciByNode",
    "HciByNumber",
    "L2cap",
    "Rfcomm",
    "Sco",
    "WindowsRfcomm",
    "families",
    "sockcore_register",
]

SOCKCORE_API = 1

# By protocol, unless the struct has a special codec.
_CODECS: dict[str, type[Bluetooth]] = {"L2CAP": L2cap, "RFCOMM": Rfcomm, "SCO": Sco}
_CODECS_BY_STRUCT: dict[str, type[Bluetooth]] = {"SOCKADDR_BTH": WindowsRfcomm}

# The field with the controller selects the codec of HCI.
_HCI_CODECS: dict[str, type[Bluetooth]] = {"dev": HciByNumber, "node": HciByNode, "bdaddr": HciByAddress}


def families(system: str, number: int, numbers: dict[str, int]) -> Iterator[Bluetooth]:
    """Yield the codecs of *system*.

    *number* is the address family, and *numbers* contains the numbers of the protocols.
    """
    for name, struct in sockaddrs(system).items():
        if name in numbers:
            fields = [field.partition("_")[2] for field in struct.offsets()]
            codec = _CODECS_BY_STRUCT.get(struct.name) or _CODECS.get(name) or _HCI_CODECS[fields[0]]
            yield codec(number, numbers[name], TYPES[name], struct)


@hookimpl
def sockcore_register(register: Register) -> None:
    """Register the protocols of AF_BLUETOOTH.

    Their constants, socket options and control messages are registered with them. Another plugin can register the other
    protocols (BNEP, CMTP, HIDP, ISO). Without such a plugin, their addresses are RawAddress.
    """
    register.constants(public())
    for family in families(system_name(), AF_BLUETOOTH, protocol_numbers()):
        register.family(family)
    register.codecs("sockcore_bluetooth.options")
    register.codecs("sockcore_bluetooth.messages")


def _list_imports() -> None:
    """List modules that are imported by name, for tools such as PyInstaller.

    Never called.
    """
    from sockcore_bluetooth import messages, options
    from sockcore_bluetooth.tables import everywhere, freebsd, linux, netbsd, windows
