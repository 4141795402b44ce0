"""sockcore-unix: AF_UNIX for sockcore."""

from __future__ import annotations

from sockcore.plugin import Any, Register, hookimpl, import_module, load_table, system_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sockcore_unix.address import Unix as Unix
    from sockcore_unix.address import WindowsUnix as WindowsUnix
    from sockcore_unix.descriptors import recv_fds as recv_fds
    from sockcore_unix.descriptors import send_fds as send_fds

__all__ = ["SOCKCORE_API", "Unix", "WindowsUnix", "recv_fds", "send_fds", "sockcore_register"]

SOCKCORE_API = 1

#: Name -> number, as in the module ``constants``, which the discovery does not need.
TABLE = load_table("sockcore_unix.tables")

#: Name -> the module that defines it. The modules are imported at first use.
_MODULES = {"Unix": "address", "WindowsUnix": "address", "recv_fds": "descriptors", "send_fds": "descriptors"}

#: Systems whose socketpair(2) does not support AF_UNIX. socketpair() uses another family there.
_SYSTEMS_WITHOUT_PAIRS = ("windows",)


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


@hookimpl
def sockcore_register(register: Register) -> None:
    """Register AF_UNIX, its constants, functions, option and control message codecs."""
    register.constants(TABLE)
    if "AF_UNIX" not in TABLE:
        return
    register.deferred_family(TABLE["AF_UNIX"], "AF_UNIX", "sockcore_unix.address:create_local_family")
    if system_name() not in _SYSTEMS_WITHOUT_PAIRS:
        register.default_pair_family(TABLE["AF_UNIX"])
    if "SCM_RIGHTS" in TABLE:
        register.deferred("sockcore_unix.descriptors", "send_fds", "recv_fds")
        register.deferred("array")
    register.codecs("sockcore_unix.options")
    register.codecs("sockcore_unix.messages")


def _list_imports() -> None:
    """List modules that are imported by name, for tools such as PyInstaller.

    Never called.
    """
    from sockcore_unix import address, descriptors, messages, options
    from sockcore_unix.tables import darwin, freebsd, linux, netbsd, openbsd, windows
