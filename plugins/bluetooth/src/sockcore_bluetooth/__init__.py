"""sockcore-bluetooth: AF_BLUETOOTH for sockcore, on Pythons that were built without it too."""

from __future__ import annotations

from sockcore.plugin import Iterator, Register, hookimpl, system_name
from sockcore_bluetooth.address import Bluetooth
from sockcore_bluetooth.channels import L2cap, Rfcomm, WindowsRfcomm
from sockcore_bluetooth.constants import AF_BLUETOOTH, TYPES, protocols, public
from sockcore_bluetooth.hci import HciByAddress, HciByNode, HciByNumber
from sockcore_bluetooth.sco import Sco
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

# By protocol, where the struct has no codec of its own.
_CODECS: dict[str, type[Bluetooth]] = {"L2CAP": L2cap, "RFCOMM": Rfcomm, "SCO": Sco}
_OF_STRUCT: dict[str, type[Bluetooth]] = {"SOCKADDR_BTH": WindowsRfcomm}

# HCI's address is that of a controller: the field that the sockaddr has for it decides.
_HCI: dict[str, type[Bluetooth]] = {"dev": HciByNumber, "node": HciByNode, "bdaddr": HciByAddress}


def families(system: str, number: int, numbers: dict[str, int]) -> Iterator[Bluetooth]:
    """Yield the protocols that *system* has, of the family *number*; *numbers* are those of the protocols."""
    for name, sockaddr in sockaddrs(system).items():
        if name in numbers:
            fields = [field.partition("_")[2] for field in sockaddr.offsets()]
            codec = _OF_STRUCT.get(sockaddr.name) or _CODECS.get(name) or _HCI[fields[0]]
            yield codec(number, numbers[name], TYPES[name], sockaddr)


@hookimpl
def sockcore_register(register: Register) -> None:
    """Bring the protocols of AF_BLUETOOTH, their constants, and codecs of their options and control messages.

    All others (BNEP, CMTP, HIDP, ISO) have no entry, so that another plugin can bring one; until then their addresses
    are RawAddress.
    """
    register.constants(public())
    for family in families(system_name(), AF_BLUETOOTH, protocols()):
        register.family(family)
    register.codecs("sockcore_bluetooth.options")


def _list_imports() -> None:
    """List modules that are imported by name, for tools such as PyInstaller. Never called."""
    from sockcore_bluetooth import options
    from sockcore_bluetooth.tables import everywhere, freebsd, linux, netbsd, windows
