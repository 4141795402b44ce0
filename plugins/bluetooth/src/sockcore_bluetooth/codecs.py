"""The codecs of the protocols of Bluetooth, by system."""

from __future__ import annotations

from sockcore.plugin import Iterator, system_name
from sockcore_bluetooth.address import Bluetooth
from sockcore_bluetooth.constants import AF_BLUETOOTH, TYPES, protocol_numbers
from sockcore_bluetooth.protocols import HciByAddress, HciByNode, HciByNumber, Iso, L2cap, Rfcomm, Sco, WindowsRfcomm
from sockcore_bluetooth.structs import sockaddrs

# By protocol, unless the struct has a special codec.
_CODECS: dict[str, type[Bluetooth]] = {"L2CAP": L2cap, "RFCOMM": Rfcomm, "SCO": Sco, "ISO": Iso}
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


def _local(name: str) -> Bluetooth:
    [codec] = families(system_name(), AF_BLUETOOTH, {name: protocol_numbers()[name]})
    return codec


def hci() -> Bluetooth:
    """Return the codec of BTPROTO_HCI on this system."""
    return _local("HCI")


def iso() -> Bluetooth:
    """Return the codec of BTPROTO_ISO on this system."""
    return _local("ISO")


def l2cap() -> Bluetooth:
    """Return the codec of BTPROTO_L2CAP on this system."""
    return _local("L2CAP")


def rfcomm() -> Bluetooth:
    """Return the codec of BTPROTO_RFCOMM on this system."""
    return _local("RFCOMM")


def sco() -> Bluetooth:
    """Return the codec of BTPROTO_SCO on this system."""
    return _local("SCO")
