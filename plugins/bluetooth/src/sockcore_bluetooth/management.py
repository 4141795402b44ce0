"""The management interface of Bluetooth on Linux: configuration of controllers over HCI_CHANNEL_CONTROL.

An addition to the standard library. Availability: Linux. The functions send a command on an open socket and return its
response::

    from sockcore_bluetooth import management

    with sockcore.socket(AF_BLUETOOTH, SOCK_RAW, BTPROTO_HCI) as control:
        control.bind(management.ADDRESS)
        for index in management.read_index_list(control):
            print(management.read_info(control, index))
        management.enable_iso(control)

1. All numbers are little-endian on every machine.
2. A command that fails raises OSError with the errno that corresponds to the status, for example ENODEV for an invalid
   index, EPERM without CAP_NET_ADMIN, and EOPNOTSUPP for an unknown command or experimental feature.
3. Events that arrive before the response are discarded. Receive events on another socket, with :func:`unpack`.
4. The timeout of the socket applies to each receive. The socket must not be non-blocking.

Source: doc/mgmt-api.txt of BlueZ, in later versions doc/mgmt.rst. No installed header has these numbers.
"""

from __future__ import annotations

import errno
import os
import struct
from typing import NamedTuple

from sockcore.plugin import Any, guid_bytes, to_bytes, unsigned
from sockcore_bluetooth.address import to_text
from sockcore_bluetooth.constants import TABLE

__all__ = [
    "ADDRESS",
    "COMMAND_COMPLETE",
    "COMMAND_STATUS",
    "ISO_SOCKET",
    "READ_EXP_FEATURES",
    "READ_INDEX_LIST",
    "READ_INFO",
    "SET_ADVERTISING",
    "SET_BONDABLE",
    "SET_CONNECTABLE",
    "SET_DISCOVERABLE",
    "SET_EXP_FEATURE",
    "SET_LE",
    "SET_POWERED",
    "Info",
    "Message",
    "enable_iso",
    "pack",
    "read_experimental_features",
    "read_index_list",
    "read_info",
    "request",
    "set_experimental_feature",
    "set_mode",
    "unpack",
]

#: The index of messages that are not for a single controller.
_NONE = TABLE.get("HCI_DEV_NONE", 0xFFFF)

#: The address to bind a socket of BTPROTO_HCI to.
ADDRESS: tuple[int, int] = (_NONE, TABLE.get("HCI_CHANNEL_CONTROL", 3))

# Commands.
READ_INDEX_LIST: int = 0x0003
READ_INFO: int = 0x0004
SET_POWERED: int = 0x0005
SET_DISCOVERABLE: int = 0x0006
SET_CONNECTABLE: int = 0x0007
SET_BONDABLE: int = 0x0009
SET_LE: int = 0x000D
SET_ADVERTISING: int = 0x0029
READ_EXP_FEATURES: int = 0x0049
SET_EXP_FEATURE: int = 0x004A

# Events that answer a command.
COMMAND_COMPLETE: int = 0x0001
COMMAND_STATUS: int = 0x0002

#: The experimental feature that enables sockets of BTPROTO_ISO.
ISO_SOCKET: str = "6fbaf188-05e0-496a-9885-d6ddfdb4e03e"

_HEADER = struct.Struct("<HHH")  # command or event, index, size of the parameters
_RESPONSE = struct.Struct("<HB")  # command, status
_INFO = struct.Struct("<6sBHII3s249s11s")
_FEATURE = struct.Struct("<16sI")
_ENABLED = 1  # flag of an experimental feature
_BUFFER_SIZE = 1 << 16

# Status -> (errno, meaning).
_STATUS = {
    0x01: (errno.EOPNOTSUPP, "unknown command"),
    0x02: (errno.ENOTCONN, "not connected"),
    0x03: (errno.EIO, "failed"),
    0x04: (errno.ECONNREFUSED, "connection failed"),
    0x05: (errno.EACCES, "authentication failed"),
    0x06: (errno.ENOTCONN, "not paired"),
    0x07: (errno.ENOSPC, "no resources"),
    0x08: (errno.ETIMEDOUT, "timeout"),
    0x09: (errno.EISCONN, "already connected"),
    0x0A: (errno.EBUSY, "busy"),
    0x0B: (errno.EACCES, "rejected"),
    0x0C: (errno.EOPNOTSUPP, "not supported"),
    0x0D: (errno.EINVAL, "invalid parameters"),
    0x0E: (errno.ECONNRESET, "disconnected"),
    0x0F: (errno.ENETDOWN, "not powered"),
    0x10: (errno.ECANCELED, "cancelled"),
    0x11: (errno.ENODEV, "invalid index"),
    0x12: (errno.ENETDOWN, "blocked by rfkill"),
    0x13: (errno.EALREADY, "already paired"),
    0x14: (errno.EPERM, "permission denied"),
}


class Message(NamedTuple):
    """An event of a controller. *controller* is its index, or HCI_DEV_NONE."""

    event: int
    controller: int
    parameters: bytes


class Info(NamedTuple):
    """A controller. The settings are bits, such as 1 for powered; see the Source above."""

    bdaddr: str
    version: int
    manufacturer: int
    supported_settings: int
    current_settings: int
    device_class: int
    name: str
    short_name: str


def pack(command: int, index: int = _NONE, parameters: Any = b"") -> bytes:
    """Return the message of a command.

    Raises TypeError for an argument of the wrong type, OverflowError for a number of more than 16 bits, and ValueError
    for parameters of more than 65535 bytes.
    """
    content = to_bytes(parameters, "parameters")
    if len(content) > 0xFFFF:
        raise ValueError(f"parameters must have at most 65535 bytes, not {len(content)}")
    return _HEADER.pack(unsigned("command", command, 16), unsigned("index", index, 16), len(content)) + content


def unpack(message: bytes) -> Message:
    """Return the parts of a received message.

    Raises ValueError if its size is not the size in its header.
    """
    if len(message) < _HEADER.size:
        raise ValueError(f"a management message has at least {_HEADER.size} bytes, not {len(message)}")
    event, index, size = _HEADER.unpack_from(message)
    parameters = bytes(message[_HEADER.size :])
    if len(parameters) != size:
        raise ValueError(f"the parameters of the management message must have {size} bytes, not {len(parameters)}")
    return Message(event, index, parameters)


def request(sock: Any, command: int, index: int = _NONE, parameters: Any = b"") -> bytes:
    """Send a command and return the parameters of its response.

    Raises OSError if the command fails; see rule 2 of this module.
    """
    # Not sendall(): for a command that it refuses at once, the kernel answers, and returns that it sent 0 bytes.
    sock.send(pack(command, index, parameters))
    while True:
        event, controller, content = unpack(sock.recv(_BUFFER_SIZE))
        if controller != index or event not in (COMMAND_COMPLETE, COMMAND_STATUS) or len(content) < _RESPONSE.size:
            continue
        answered, status = _RESPONSE.unpack_from(content)
        if answered == command:
            if status:
                number, meaning = _STATUS.get(status, (errno.EIO, "unknown status"))
                message = f"{os.strerror(number)}: management command {command:#06x}"
                message += f" of controller {index}" if index != _NONE else ""
                raise OSError(number, f"{message}: {meaning} (status {status:#04x})")
            return content[_RESPONSE.size :]


def _check_size(content: bytes, size: int, command: int) -> bytes:
    """Return the parameters of a response. Raises OSError (EPROTO) if they are too short."""
    if len(content) < size:
        message = f"the response to management command {command:#06x} has {len(content)} bytes, not {size}"
        raise OSError(errno.EPROTO, message)
    return content


def read_index_list(sock: Any) -> list[int]:
    """Return the indexes of the controllers."""
    content = _check_size(request(sock, READ_INDEX_LIST), 2, READ_INDEX_LIST)
    (count,) = struct.unpack_from("<H", content)
    _check_size(content, 2 + 2 * count, READ_INDEX_LIST)
    return list(struct.unpack_from(f"<{count}H", content, 2))


def read_info(sock: Any, index: int) -> Info:
    """Return the information about a controller."""
    content = _check_size(request(sock, READ_INFO, index), _INFO.size, READ_INFO)
    bdaddr, version, manufacturer, supported, current, device_class, *names = _INFO.unpack_from(content)
    name, short_name = (text.partition(b"\0")[0].decode("utf-8", "replace") for text in names)
    number = int.from_bytes(device_class, "little")
    return Info(to_text(bdaddr), version, manufacturer, supported, current, number, name, short_name)


def set_mode(sock: Any, command: int, index: int, value: int) -> int:
    """Send a command with one byte, such as SET_POWERED with 1 or 0; return the current settings as bits."""
    content = request(sock, command, index, bytes((unsigned("value", value, 8),)))
    return int.from_bytes(_check_size(content, 4, command)[:4], "little")


def read_experimental_features(sock: Any, index: int = _NONE) -> dict[str, int]:
    """Return the experimental features: UUID -> flags.

    Bit 0 of the flags is set if the feature is enabled. With *index*, the features of a controller are returned.
    """
    content = _check_size(request(sock, READ_EXP_FEATURES, index), 2, READ_EXP_FEATURES)
    (count,) = struct.unpack_from("<H", content)
    _check_size(content, 2 + count * _FEATURE.size, READ_EXP_FEATURES)
    features = (_FEATURE.unpack_from(content, 2 + i * _FEATURE.size) for i in range(count))
    return {_uuid_text(uuid): flags for uuid, flags in features}


def set_experimental_feature(sock: Any, uuid: str, enabled: bool, index: int = _NONE) -> int:
    """Enable or disable an experimental feature; return its flags.

    Raises ValueError if *uuid* is not a UUID, and OSError (EOPNOTSUPP) if the kernel does not have the feature.
    """
    content = request(sock, SET_EXP_FEATURE, index, _uuid_bytes(uuid) + bytes((bool(enabled),)))
    _, flags = _FEATURE.unpack_from(_check_size(content, _FEATURE.size, SET_EXP_FEATURE))
    return int(flags)


def enable_iso(sock: Any, enabled: bool = True) -> bool:
    """Enable or disable sockets of BTPROTO_ISO; return True if this changed.

    The kernel refuses to enable or disable them twice; this function does not.
    """
    features = read_experimental_features(sock)
    if ISO_SOCKET in features and bool(features[ISO_SOCKET] & _ENABLED) == bool(enabled):
        return False
    set_experimental_feature(sock, ISO_SOCKET, enabled)
    return True


def _uuid_bytes(uuid: str) -> bytes:
    """Return the 16 bytes of a UUID in the order of this interface: all reversed."""
    if not isinstance(uuid, str):
        raise TypeError(f"uuid must be a str, not {type(uuid).__name__}")
    guid_bytes(uuid)  # raises ValueError
    return bytes.fromhex(uuid.replace("-", ""))[::-1]


def _uuid_text(data: bytes) -> str:
    digits = data[::-1].hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
