"""SCO, the voice channel between two devices: the address is the device's and nothing else."""

from __future__ import annotations

from sockcore.plugin import Context
from sockcore_bluetooth.address import Bluetooth, packed, text


class BareAddress(Bluetooth):
    """``bdaddr`` and nothing else, bytes or str in, str out."""

    def encode(self, address: object, context: Context) -> bytes:
        """Return the sockaddr.

        OSError for what is neither str nor bytes, or no bdaddr; ValueError if there is a null in it.
        """
        return self.pack(bdaddr=self.device(address, context))

    def device(self, address: object, context: Context) -> bytes:
        """Return the six bytes of a device address in a str or bytes."""
        if isinstance(address, str):
            if "\0" in address:
                raise ValueError("embedded null character")
            return packed(address.encode())
        if not isinstance(address, bytes):
            raise self.wrong_format(context)
        if b"\0" in address:
            raise ValueError("embedded null byte")
        return packed(address)

    def decode(self, raw: bytes, context: Context) -> str:
        """Return the bdaddr."""
        return text(self.unpack(raw)["bdaddr"])


class Sco(BareAddress):
    """SCO: ``bdaddr``, bytes or str in, str out."""

    shape = "an SCO address is a bdaddr, str or bytes"
