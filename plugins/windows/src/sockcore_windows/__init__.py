"""The sockcore-windows plugin: AF_HYPERV, socket.ioctl(), socket.share() and fromshare() on Windows."""

from __future__ import annotations

from sockcore.plugin import Any, Register, hookimpl, import_module, system_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sockcore_windows.hyperv import HyperV as HyperV

__all__ = ["SOCKCORE_API", "HyperV", "sockcore_register"]

SOCKCORE_API = 1


def __getattr__(name: str) -> Any:
    if name != "HyperV":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}.hyperv").HyperV


@hookimpl
def sockcore_register(register: Register) -> None:
    """Register AF_HYPERV, the methods, and fromshare() on Windows.

    AF_HYPERV is registered with its constants and options.
    """
    if system_name() != "windows":
        return
    from sockcore_windows.constants import AF_HYPERV, HV_PROTOCOL_RAW, PARTITIONS, SOCK_STREAM, TABLE
    from sockcore_windows.hyperv import HyperV
    from sockcore_windows.ioctl import ioctl
    from sockcore_windows.sharing import share

    register.constants(TABLE)
    register.constants(PARTITIONS)
    register.family(HyperV(AF_HYPERV, SOCK_STREAM, HV_PROTOCOL_RAW))
    register.methods(ioctl, share)
    register.deferred("sockcore_windows.sharing", "fromshare")
    register.codecs("sockcore_windows.options")


def _list_imports() -> None:
    """List modules that are imported by name, for tools such as PyInstaller.

    Never called.
    """
    from sockcore_windows import options
    from sockcore_windows.tables import windows
