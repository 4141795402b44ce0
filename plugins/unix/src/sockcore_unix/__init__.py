"""sockcore-unix: AF_UNIX for sockcore."""

from __future__ import annotations

from sockcore.plugin import Register, hookimpl, system_name
from sockcore_unix.address import Unix, WindowsUnix, create_family
from sockcore_unix.constants import SOCK_STREAM, TABLE
from sockcore_unix.descriptors import SCM_RIGHTS, recv_fds, send_fds

__all__ = ["SOCKCORE_API", "Unix", "WindowsUnix", "recv_fds", "send_fds", "sockcore_register"]

SOCKCORE_API = 1

#: Systems whose socketpair(2) does not support AF_UNIX. socketpair() uses another family there.
_SYSTEMS_WITHOUT_PAIRS = ("windows",)


@hookimpl
def sockcore_register(register: Register) -> None:
    """Register AF_UNIX, its constants, functions, option and control message codecs."""
    register.constants(TABLE)
    if "AF_UNIX" not in TABLE:
        return
    register.family(create_family(system_name(), TABLE["AF_UNIX"], SOCK_STREAM))
    if system_name() not in _SYSTEMS_WITHOUT_PAIRS:
        register.default_pair_family(TABLE["AF_UNIX"])
    if SCM_RIGHTS is not None:
        register.functions(send_fds, recv_fds)
        register.deferred("array")
    register.codecs("sockcore_unix.options")
    register.codecs("sockcore_unix.messages")


def _list_imports() -> None:
    """List modules that are imported by name, for tools such as PyInstaller.

    Never called.
    """
    from sockcore_unix import messages, options
    from sockcore_unix.tables import darwin, everywhere, freebsd, linux, netbsd, openbsd, windows
