"""The sockcore-can plugin: AF_CAN with CAN_RAW, CAN_BCM, CAN_ISOTP and CAN_J1939.

The modules ``frames``, ``canxl`` and ``bcm`` pack and unpack the data of CAN_RAW and CAN_BCM sockets.
"""

from __future__ import annotations

from sockcore.plugin import Any, Register, hookimpl, import_module, load_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sockcore_can.protocols import J1939 as J1939
    from sockcore_can.protocols import Can as Can
    from sockcore_can.protocols import Isotp as Isotp

__all__ = ["J1939", "SOCKCORE_API", "Can", "Isotp", "sockcore_register"]

SOCKCORE_API = 1

#: Name -> number, as in the module ``constants``, which the discovery does not need.
TABLE = load_table("sockcore_can.tables")


def __getattr__(name: str) -> Any:
    if name not in ("Can", "Isotp", "J1939"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("sockcore_can.protocols"), name)


@hookimpl
def sockcore_register(register: Register) -> None:
    """Register AF_CAN and its constants.

    Also registers address codecs, socket options and control messages.
    """
    register.constants(TABLE)
    if "AF_CAN" not in TABLE:
        return
    number = TABLE["AF_CAN"]
    register.deferred_family(number, "AF_CAN", "sockcore_can.protocols:Can")
    for protocol, codec in {"CAN_ISOTP": "Isotp", "CAN_J1939": "J1939"}.items():
        if protocol in TABLE:
            register.deferred_family(number, "AF_CAN", f"sockcore_can.protocols:{codec}", TABLE[protocol])
    register.codecs("sockcore_can.options")
    register.codecs("sockcore_can.messages")


def _list_imports() -> None:
    """List modules that are imported by name, for tools such as PyInstaller.

    Never called.
    """
    import sockcore_can._native  # type: ignore[import-untyped,import-not-found,unused-ignore]
    from sockcore_can import bcm, canxl, errors, frames, messages, options, protocols
    from sockcore_can.tables import linux, netbsd
