"""The constants of <linux/if_pppox.h>, with types for type checkers."""

from __future__ import annotations

AF_PPPOX: int = 24
PX_PROTO_OE: int = 0
PX_PROTO_OL2TP: int = 1
PX_PROTO_PPTP: int = 2
PADI_CODE: int = 0x09
PADO_CODE: int = 0x07
PADR_CODE: int = 0x19
PADS_CODE: int = 0x65
PADT_CODE: int = 0xA7

#: The constants that the plugin registers besides the name of the family.
CONSTANTS: dict[str, int] = {
    name: number for name, number in sorted(globals().items()) if name.isupper() and name != "AF_PPPOX"
}
