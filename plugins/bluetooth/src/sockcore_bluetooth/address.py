"""Bluetooth device addresses (bdaddr) and the base class of the address codecs.

1. A bdaddr is text with six hexadecimal numbers of one or two digits, separated by colons, the most significant first.
   In memory the least significant byte is first. Decoding returns two upper-case digits for each byte.
2. An address of the wrong format raises OSError ("wrong format"). A number that does not fit its field raises
   OverflowError. The standard library truncates it.
"""

from __future__ import annotations

from _operator import index

from sockcore.plugin import Any, Context, Family, Sequence, Struct, in_range


def parse_bdaddr(text: bytes) -> bytes:
    """Return the six bytes of a device address.

    Raises OSError ("bad bluetooth address") for invalid text.
    """
    parts = text.split(b":")
    if len(parts) == 6 and all(0 < len(part) <= 2 and part.isalnum() for part in parts):
        try:
            return bytes(int(part, 16) for part in reversed(parts))
        except ValueError:
            pass
    raise OSError("bad bluetooth address")


def to_text(bdaddr: bytes) -> str:
    """Return the text of a device address."""
    return ":".join(f"{octet:02X}" for octet in reversed(bdaddr))


class Bluetooth(Family):
    """The base class of the codecs. Each codec is for one protocol of AF_BLUETOOTH.

    Fields are identified by their names without the prefix, because the prefix depends on the system.
    """

    name = "AF_BLUETOOTH"
    module: str | None = "bluetooth"
    #: The name of the protocol and its address formats, for error messages.
    address_format: str

    def __init__(self, number: int, proto: int, type: int, struct: Struct) -> None:
        self.number = number
        self.proto: int | None = proto
        self.probe: tuple[int, int] | None = (type, proto)
        self.size: int = struct.size
        self.struct = struct
        #: Field name without the prefix -> size in bytes, in the order of the struct.
        self.fields: dict[str, int] = {name.partition("_")[2]: size for name, (_, size) in struct.offsets().items()}
        formats = [field.format for _, field in struct.fields if not field.format.endswith("x")]
        self._zeros = {name: b"" if format.endswith("s") else 0 for name, format in zip(self.fields, formats)}

    def pack(self, **values: int | bytes) -> bytes:
        """Return the sockaddr with these fields. All other fields are zero."""
        return self.struct.pack(self.number, *{**self._zeros, **values}.values())

    def unpack(self, sockaddr: bytes) -> dict[str, Any]:
        """Return the fields of *sockaddr* by name without the prefix."""
        return dict(zip(self.fields, self.struct.unpack(sockaddr)))

    def wrong_format_error(self, context: Context) -> OSError:
        """Return the exception for an address of the wrong format."""
        return OSError(f"{context.operation}(): wrong format: {self.address_format}")

    def encode_parts(self, address: tuple[object, ...], names: Sequence[str], context: Context) -> bytes:
        """Return the sockaddr of a device address and the numbers that follow it.

        The numbers are in the fields *names*. Checks the types of all parts first, then the format of the device
        address, then the ranges of the numbers.
        """
        device, *rest = address
        if not isinstance(device, str) or "\0" in device:
            raise self.wrong_format_error(context)
        numbers = self.to_integers(rest, context)
        bdaddr = self.bdaddr_bytes(device, context)
        values = dict(zip(names, numbers))
        self.check_ranges(values, context)
        return self.pack(bdaddr=bdaddr, **values)

    def bdaddr_bytes(self, device: object, context: Context) -> bytes:
        """Return the six bytes of a device address in a str. Raises OSError if it is not one."""
        if not isinstance(device, str) or "\0" in device:
            raise self.wrong_format_error(context)
        try:
            return parse_bdaddr(device.encode())
        except UnicodeEncodeError:
            raise self.wrong_format_error(context) from None

    def to_integers(self, values: Sequence[object], context: Context) -> list[int]:
        """Return *values* as integers. Raises OSError if one of them is not an integer."""
        try:
            return [index(value) for value in values]  # type: ignore[arg-type]
        except TypeError:
            raise self.wrong_format_error(context) from None

    def check_ranges(self, values: dict[str, int], context: Context) -> None:
        """Raise OverflowError if a number does not fit its field."""
        for name, value in values.items():
            in_range(context, name, value, 8 * self.fields[name])
