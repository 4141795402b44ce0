"""Find out whether this kernel opens sockets of a family. Only opening one gives the answer."""

from __future__ import annotations

from errno import errorcode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sockcore.plugin import Family

#: The types to open, in this order, for a family without a probe.
USUAL = ("SOCK_STREAM", "SOCK_DGRAM", "SOCK_SEQPACKET", "SOCK_RAW")
#: The most frequent reasons, by errno without the prefix of Windows.
_EXPLANATIONS = {
    "EAFNOSUPPORT": "not in this kernel",
    "EPERM": "needs privileges",
    "EACCES": "needs privileges",
}


class KernelSupport:
    """The result of an attempt to open a socket.

    *opens* is True if a socket was opened, and *type* is then its type. Otherwise *type* is empty, and *reason* is the
    cause of the failure.
    """

    __slots__ = ("opens", "reason", "type")

    def __init__(self, type: str = "", reason: str = "") -> None:
        self.opens = bool(type)
        self.type = type
        self.reason = reason


def kernel_support(family: Family) -> KernelSupport:
    """Open and close a socket of *family*, and return the result.

    The type and protocol are those of its probe. A family without a probe is tried with the usual types.
    """
    import sockcore

    usual = [(int(getattr(sockcore, name)), family.proto or 0) for name in USUAL if hasattr(sockcore, name)]
    errors = []
    for type, proto in [family.probe] if family.probe else usual:
        try:
            sockcore.socket(family.number, type, proto).close()
        except OSError as exc:
            errors.append(errorcode.get(exc.errno or 0, str(exc)))
        else:
            return KernelSupport(type=_type_name(type))
    # The error of the first type, which is the most usual one. An unsupported type is the least useful reason.
    useful = [name for name in errors if name.removeprefix("WSA") not in ("ESOCKTNOSUPPORT", "EPROTONOSUPPORT")]
    return KernelSupport(reason=_explained((useful or errors)[0], family.module))


def _explained(name: str, kernel_module: str | None) -> str:
    explanation = _EXPLANATIONS.get(name.removeprefix("WSA"))
    if explanation is None:
        return name
    hint = f": modprobe {kernel_module}" if kernel_module and name == "EAFNOSUPPORT" else ""
    return f"{name} ({explanation}{hint})"


def _type_name(number: int) -> str:
    import sockcore

    for name in (*USUAL, "SOCK_RDM"):
        if getattr(sockcore, name, None) == number:
            return name
    return f"type {number}"
