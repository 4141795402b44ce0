"""Error messages for missing names and families: the cause, and a similar name.

1. Only this module of the core names families. Only error messages and SOCKCORE_BLOCK depend on it.
2. A message is completed when it is displayed, so that ``hasattr(sockcore, "AF_X")`` does not search for the cause.
3. ``from sockcore import AF_X`` discards the AttributeError, and then tries to import a submodule of that name
   (``importlib._bootstrap._handle_fromlist``). A finder at the end of ``sys.meta_path`` raises the ImportError with the
   same cause. The first missing name adds the finder.
"""

from __future__ import annotations

import sys
from _frozen_importlib import _handle_fromlist  # type: ignore[attr-defined]

from sockcore._names import import_module
from sockcore._platform import SYSTEMS, system_name
from sockcore._plugins import PROJECT, discovery
from sockcore._plugins.entrypoints import Plugin, scan
from sockcore._types import Iterator, Self

#: Distribution -> prefixes of its names. The longest matching prefix applies.
PREFIXES: dict[str, tuple[str, ...]] = {
    "sockcore-inet": (
        "AF_INET", "AI_", "EAI_", "INADDR_", "INET", "IP", "MCAST_", "MPTCP_", "NI_", "SCTP_", "SOL_IP", "SOL_MPTCP",
        "SOL_SCTP", "SOL_TCP", "SOL_UDP", "TCP_", "UDP", "create_connection", "create_server", "get", "has_dualstack",
        "hton", "if_", "inet_", "ntoh", "sethostname",
    ),
    "sockcore-unix": (
        "AF_UNIX", "PF_UNIX", "SCM_CREDENTIALS", "SCM_CREDS", "SCM_RIGHTS", "SO_PASSCRED",
        "SO_PEERCRED", "recv_fds", "send_fds",
    ),
    "sockcore-can": ("AF_CAN", "CAN_", "J1939_", "PF_CAN", "SCM_J1939", "SOL_CAN"),
    "sockcore-bluetooth": ("AF_BLUETOOTH", "BDADDR_", "BTPROTO_", "BT_", "HCI_", "L2CAP_", "RFCOMM_", "SOL_BLUETOOTH",
                           "SOL_HCI", "SOL_L2CAP", "SOL_RFCOMM", "SOL_SCO"),
    "sockcore-linux-misc": (
        "AF_ALG", "AF_NETLINK", "AF_PACKET", "AF_QIPCRTR", "AF_RDS", "AF_TIPC", "AF_VSOCK", "ALG_", "ARPHRD_",
        "ETHERTYPE_", "ETH_P_", "IOCTL_VM", "NETLINK_", "NLMSG_", "NLM_F_", "PACKET_", "PF_PACKET", "PF_RDS", "QRTR_",
        "RDS", "RTMGRP_", "RTNLGRP_", "SOL_ALG", "SOL_NETLINK", "SOL_PACKET", "SOL_RDS", "SOL_TIPC", "SOL_VSOCK",
        "SO_RDS_", "SO_VM_", "TIPC_", "TPACKET_", "TP_FT_", "TP_STATUS_", "VMADDR_", "VM_SOCKETS", "VSOCK_",
    ),
    "sockcore-windows": ("AF_HYPERV", "HVSOCKET_", "HV_", "RCVALL_", "SIO_", "TCPSTATE_", "fromshare"),
    "sockcore-bsd": (
        "AF_DIVERT", "AF_LINK", "AF_SYSTEM", "CTLIOCGINFO", "LOCAL_CREDS", "PF_DIVERT", "PF_SYSTEM",
        "SCM_CREDS2", "SYSPROTO_", "UTUN_",
    ),
}  # fmt: skip


def distribution_of(name: str) -> str | None:
    """Return the distribution that registers *name* on some system, or None."""
    matches: tuple[int, str | None] = (0, None)
    for distribution, prefixes in PREFIXES.items():
        for prefix in prefixes:
            if name.startswith(prefix):
                matches = max(matches, (len(prefix), distribution), key=lambda pair: pair[0])
    return matches[1]


#: Functions of plugins that only some systems have. The tables list constants only.
FUNCTIONS = {
    "fromshare": ("windows",),
    "recv_fds": ("linux", "darwin", "freebsd", "netbsd", "openbsd"),
    "send_fds": ("linux", "darwin", "freebsd", "netbsd", "openbsd"),
    "sethostname": ("linux", "darwin", "freebsd", "netbsd", "openbsd"),
}  # fmt: skip

#: CPython itself suggests a similar name if there are at most this many names (Lib/traceback.py, Python/suggestions.c).
MAX_NAMES_FOR_CPYTHON = 750


class Message(str):
    """The message of an error about a missing name, completed when it is displayed."""

    __slots__ = ("name", "since")

    name: str
    since: tuple[int, int]

    def __new__(cls, start: str, name: str, since: tuple[int, int]) -> Self:
        """Return a message that begins with *start*.

        *since* is the version of CPython that first suggests similar names for this error.
        """
        self = str.__new__(cls, start)
        self.name = name
        self.since = since
        return self

    def __str__(self) -> str:
        return str.__str__(self) + self.rest()

    def __repr__(self) -> str:
        return repr(str(self))

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)

    def rest(self) -> str:
        """Return the cause or a similar name.

        "" if neither is known, or if the search fails, as without file descriptors or at exit.
        """
        try:
            return self._search()
        except Exception:  # str() of an exception must not raise another one
            return ""

    def _search(self) -> str:
        cause = missing_cause(self.name)
        if cause:
            return f": {cause}"
        similar = None if suggests_names(self.since) else similar_name(self.name)
        return f". Did you mean: {similar!r}?" if similar else ""


def missing_name(name: str) -> AttributeError:
    """Return the exception for a name that the module does not have."""
    if Finder not in sys.meta_path:
        sys.meta_path.append(Finder)
    exc = AttributeError(Message(f"module {PROJECT!r} has no attribute {name!r}", name, (3, 10)))
    if sys.version_info >= (3, 10):  # the interpreter uses these to find a similar name
        exc.name, exc.obj = name, sys.modules[PROJECT]
    return exc


class Finder:
    """Raise the ImportError of ``from sockcore import NAME`` with its cause.

    It never finds a module.
    """

    @staticmethod
    def find_spec(fullname: str, path: object = None, target: object = None) -> None:
        """Raise ImportError for a missing name if the cause or a similar name is known.

        Only for ``from sockcore import NAME``: ``import sockcore.NAME`` raises ModuleNotFoundError.
        """
        package, _, name = fullname.rpartition(".")
        if package != PROJECT or name.startswith("_") or not _is_imported_from(name):
            return
        if name in dir(module := sys.modules[package]):
            return
        message = Message(f"cannot import name {name!r} from {package!r} ({module.__file__})", name, (3, 12))
        if message.rest():
            raise ImportError(message, name=package, path=module.__file__)


def _is_imported_from(name: str) -> bool:
    """Return True if an import statement with *name* after ``import`` has called the finder."""
    frame = sys._getframe()
    while frame.f_back is not None and frame.f_code is not _handle_fromlist.__code__:
        frame = frame.f_back
    return frame.f_locals.get("x") == name


def missing_cause(name: str) -> str:
    """Return the cause why *name* is missing, or "" if it is not known."""
    if name in discovery.registry().blocked.values():
        return "SOCKCORE_BLOCK names it"
    distribution = distribution_of(name)
    if distribution is None or any(plugin.distribution == distribution for plugin in _working()):
        return other_system(name)
    cause = not_loaded(distribution) or f"where the system has it (pip install {distribution})"
    return f"it comes with {distribution}, {cause}"


def not_loaded(distribution: str) -> str:
    """Return why no plugin of an installed *distribution* is loaded, or ""."""
    for plugin in discovery.plugins():
        if plugin.distribution == distribution:
            if plugin.state == "broken":
                return f"whose plugin could not be loaded: {plugin.problem}"
            if plugin.state != "blocked":
                continue
            if {plugin.name, plugin.module} & discovery.blocked_names():
                return f"whose plugin {plugin.name!r} is blocked by SOCKCORE_BLOCK"
            if plugin.conflict:
                return f"whose plugin {plugin.name!r} is left out: that of {plugin.conflict} is preferred"
            return f"whose plugin {plugin.name!r} is blocked: SOCKCORE_PLUGINS does not name it"
    cache = getattr(sys.modules.get("sockcore._startup_cache"), "list_in_use", "")
    if cache and any(plugin.distribution == distribution for plugin in scan()):
        return f"which is installed but not in the startup cache {cache} (python -m sockcore freeze)"
    return ""


def other_system(name: str) -> str:
    """Return a message about the other systems that have *name*, or "".

    The source is the tables of the core and of the loaded plugins.
    """
    here = system_name()
    for owner, package in _tables():
        systems = [system for system in SYSTEMS.values() if _has(package, system, name, owner)]
        if here in systems:
            return f"{owner} has it on {here}, but not on this kind of machine"
        if systems:
            return f"{owner} has it on {', '.join(systems)}, not on {here}"
    elsewhere = FUNCTIONS.get(name, ())
    if elsewhere and here not in elsewhere:
        return f"{distribution_of(name)} has it on {', '.join(elsewhere)}, not on {here}"
    return ""


def _tables() -> Iterator[tuple[str, str]]:
    """Yield the distributions with readable tables, and the packages of the tables."""
    yield "sockcore", "sockcore._platform.tables"
    for plugin in _working():
        yield plugin.distribution, f"{plugin.module}.tables"


def _working() -> list[Plugin]:
    """Return the plugins that are neither blocked nor broken."""
    return [plugin for plugin in discovery.plugins() if plugin.state not in ("blocked", "broken")]


def _has(package: str, system: str, name: str, owner: str) -> bool:
    """Return True if a table of *owner* has *name* on any machine of a system."""
    try:
        table = import_module(f"{package}.{system}")
    except ImportError:
        return False
    if name in table.NAMES.split() or name in getattr(table, "GUIDS", {}):
        return True
    return any(dict(zip(names.split(), values)).get(name) is not None for names, values in table.VARIANTS.values())


def suggests_names(since: tuple[int, int]) -> bool:
    """Return True if Python itself suggests a similar name when it prints the error."""
    return (
        sys.implementation.name == "cpython"
        and sys.version_info >= since
        and len(dir(sys.modules[PROJECT])) <= MAX_NAMES_FOR_CPYTHON
    )


def similar_name(name: str) -> str | None:
    """Return the public name that is most similar to *name*, or None."""
    get_close_matches = import_module("difflib").get_close_matches
    names = [public for public in dir(sys.modules[PROJECT]) if not public.startswith("_")]
    lower = {public.lower(): public for public in names}
    matches = get_close_matches(name, names, 1, 0.8) or get_close_matches(name.lower(), lower, 1, 0.9)
    return lower.get(matches[0], matches[0]) if matches else None


def families(system: str) -> dict[int, str]:
    """Return the families in the headers of a system by number.

    Empty for a system without a table.
    """
    module = f"sockcore._platform.tables.families_{system}"
    try:
        names: dict[int, str] = import_module(module).NAMES
    except ModuleNotFoundError as exc:
        if exc.name != module:
            raise
        return {}
    return names


def family_name(number: int) -> str | None:
    """Return the name of a family on this system (``'AF_CAN'``), or None."""
    return families(system_name()).get(number)


def family_numbers() -> dict[str, int]:
    """Return the families in the headers of this system by name."""
    return {name: number for number, name in families(system_name()).items()}


def is_family(name: str) -> bool:
    """Return True if any system has a family of this name."""
    return any(name in families(system).values() for system in SYSTEMS.values())


def missing_family(number: int) -> str:
    """Return the end of a message on a family without plugin: its name and the cause."""
    name = family_name(number)
    if name is None:
        return ""
    distribution = distribution_of(name)
    if distribution is None:
        return f" ({number} is {name})"
    cause = not_loaded(distribution)
    advice = f"it comes with {distribution}, {cause}" if cause else f"pip install {distribution}"
    return f" ({number} is {name}: {advice})"
