"""What the addresses of all protocols have in common: Bluetooth device addresses, numbers, and the words of errors.

1. A device address is text of six hexadecimal numbers, of one or two digits each, the most significant first; in
   memory the least significant is first. It comes out with two digits each, in capitals.
2. What is no address at all is OSError ("wrong format"), as it always was; a number that is one and does not fit its
   field is OverflowError, where the standard library cuts it.
"""

from __future__ import annotations

from operator import index

from sockcore.plugin import Any, Context, Family, Sequence, Struct, in_range


def packed(text: bytes) -> bytes:
    """Return the six bytes of a device address; OSError ("bad bluetooth address") for anything else."""
    parts = text.split(b":")
    if len(parts) == 6 and all(0 < len(part) <= 2 and part.isalnum() for part in parts):
        try:
            return bytes(int(part, 16) for part in reversed(parts))
        except ValueError:
            pass
    raise OSError("bad bluetooth address")


def text(raw: bytes) -> str:
    """Return the text of a device address."""
    return ":".join(f"{octet:02X}" for octet in reversed(raw))


class Bluetooth(Family):
    """One protocol of AF_BLUETOOTH; the fields of its sockaddr are those that the system's struct has."""

    name = "AF_BLUETOOTH"
    module = "bluetooth"
    #: How an address is written, for messages: the protocol's name and the shapes.
    shape: str

    def __init__(self, number: int, proto: int, type: int, sockaddr: Struct) -> None:
        self.number = number
        self.proto = proto
        self.probe = (type, proto)
        self.size = sockaddr.size
        self.sockaddr = sockaddr
        #: The fields' names without the prefix, in order; and how many bytes each has.
        self.fields = {name.partition("_")[2]: size for name, (_, size) in sockaddr.offsets().items()}
        formats = [field.format for _, field in sockaddr.fields if not field.format.endswith("x")]
        self._zeros = {name: b"" if format.endswith("s") else 0 for name, format in zip(self.fields, formats)}

    def pack(self, **values: int | bytes) -> bytes:
        """Return the sockaddr with these fields, and zeros in all others."""
        return self.sockaddr.pack(self.number, *{**self._zeros, **values}.values())

    def unpack(self, raw: bytes) -> dict[str, Any]:
        """Return the fields of a sockaddr, by their names without the prefix."""
        return dict(zip(self.fields, self.sockaddr.unpack(raw)))

    def wrong_format(self, context: Context) -> OSError:
        """Return the error of what is no address of this protocol."""
        return OSError(f"{context.operation}(): wrong format: {self.shape}")

    def located(self, address: tuple[object, ...], names: Sequence[str], context: Context) -> bytes:
        """Return the sockaddr of a device address and of numbers behind it, which are the fields *names*.

        First of all each part must be of the right type, then the device be one, then the numbers fit their fields.
        """
        device, *rest = address
        if not isinstance(device, str) or "\0" in device:
            raise self.wrong_format(context)
        numbers = self.integers(rest, context)
        try:
            octets = packed(device.encode())
        except UnicodeEncodeError:
            raise self.wrong_format(context) from None
        return self.pack(bdaddr=octets, **self.fitting(dict(zip(names, numbers)), context))

    def integers(self, values: Sequence[object], context: Context) -> list[int]:
        """Return *values* as integers; OSError if one is none."""
        try:
            return [index(value) for value in values]  # type: ignore[arg-type]
        except TypeError:
            raise self.wrong_format(context) from None

    def fitting(self, numbers: dict[str, int], context: Context) -> dict[str, int]:
        """Return *numbers*, by field; OverflowError if one does not fit."""
        for name, number in numbers.items():
            in_range(context, name, number, 8 * self.fields[name])
        return numbers
