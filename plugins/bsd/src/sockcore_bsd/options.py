"""The socket options of AF_UNIX on macOS and the BSDs, and of tunnels on macOS, for sockcore.options.

``from sockcore_bsd.options import LOCAL_PEERCRED`` imports an option. An option that the system does not define has the
number -1. Other options of AF_UNIX are in sockcore-unix.
"""

from __future__ import annotations

from typing import NamedTuple

from sockcore.plugin import (
    FLAG,
    Any,
    Callable,
    Iterator,
    Kind,
    Mapping,
    Option,
    Optional,
    OptionTable,
    struct_kind,
    system_name,
)
from sockcore_bsd import credentials
from sockcore_bsd.constants import TABLE
from sockcore_bsd.option_utun import *  # noqa: F403
from sockcore_bsd.option_utun import TunnelFlags, TunnelStatistics, table_of
from sockcore_bsd.structs import UNPCBID, XUCRED, XUCRED_PID

Decode = Callable[[bytes], object]
Encode = Optional[Callable[[object], bytes]]


class PeerCredentials(NamedTuple):
    """The value of LOCAL_PEERCRED: effective ids. macOS does not report the process."""

    pid: Optional[int]
    uid: int
    gid: Optional[int]
    groups: tuple[int, ...]


class PeerIds(NamedTuple):
    """The value of LOCAL_PEEREID: the process, and its effective ids."""

    pid: int
    uid: int
    gid: int


def _decode_peercred(data: bytes) -> PeerCredentials:
    return PeerCredentials(*credentials.decode_peercred(data))


def _decode_peercred_with_pid(data: bytes) -> PeerCredentials:
    return PeerCredentials(*credentials.decode_peercred_with_pid(data))


def _kinds(system: str) -> dict[str, tuple[Kind[Any], str]]:
    """Return option -> kind and access on *system*."""
    if system == "darwin":
        return {"LOCAL_PEERCRED": (Kind("PeerCredentials", XUCRED.size, _decode_peercred), "r")}
    if system == "freebsd":
        peer = Kind("PeerCredentials", XUCRED_PID.packer().size, _decode_peercred_with_pid)
        return {
            "LOCAL_CREDS": (FLAG, "rw"),
            "LOCAL_CREDS_PERSISTENT": (FLAG, "rw"),
            "LOCAL_PEERCRED": (peer, "r"),
        }
    if system == "netbsd":
        return {"LOCAL_CREDS": (FLAG, "rw"), "LOCAL_PEEREID": (struct_kind(PeerIds, UNPCBID), "r")}
    return {}


def number_of(table: Mapping[str, int], name: str) -> int:
    """Return the number of a constant.

    Constants of other distributions have lower-case names.
    """
    return table[name] if name in table else table[name.lower()]


def options(system: str = system_name(), table: Mapping[str, int] = TABLE) -> Iterator[Option[Any]]:
    """Yield the codecs of the socket options of *system*. *table* has its constants."""
    kinds = _kinds(system)
    numbers = {name: number_of(table, name) for name in kinds}
    rows = OptionTable({**numbers, "SOL_LOCAL": table.get("sol_local", -1)}, table.get("af_unix"))
    for name, (kind, access) in kinds.items():
        rows(name, "SOL_LOCAL", kind, access)
    yield from rows.options()
    yield from table_of(table).options()


def _own(name: str) -> Any:
    """Return an option of this system, or an option with the number -1."""
    own = {option.name: option for option in options()}
    return own[name] if name in own else OptionTable({})(name, "SOL_LOCAL", FLAG)


LOCAL_CREDS: Option[bool] = _own("LOCAL_CREDS")
LOCAL_CREDS_PERSISTENT: Option[bool] = _own("LOCAL_CREDS_PERSISTENT")
LOCAL_PEERCRED: Option[PeerCredentials] = _own("LOCAL_PEERCRED")
LOCAL_PEEREID: Option[PeerIds] = _own("LOCAL_PEEREID")

TunnelFlags.__module__ = TunnelStatistics.__module__ = __name__
