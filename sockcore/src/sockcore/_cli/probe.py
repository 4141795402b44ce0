"""Whether this kernel opens a family: by trying, since nothing else tells."""

from __future__ import annotations

from errno import errorcode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sockcore.plugin import Family

#: Tried in this order where the family does not say what to try.
USUAL = ("SOCK_STREAM", "SOCK_DGRAM", "SOCK_SEQPACKET", "SOCK_RAW")


class Probe:
    """What came of trying to open a family: *opens*, and *text*, the type that did or the error's name."""

    __slots__ = ("opens", "text")

    def __init__(self, opens: bool, text: str) -> None:
        self.opens = opens
        self.text = text


def probe(family: Family) -> Probe:
    """Open a socket of *family*, and close it: with the type and protocol that it names, or the usual types."""
    import sockcore

    usual = [(int(getattr(sockcore, name)), family.proto or 0) for name in USUAL if hasattr(sockcore, name)]
    failures = []
    for type, proto in [family.probe] if family.probe else usual:
        try:
            sockcore.socket(family.number, type, proto).close()
        except OSError as problem:
            failures.append(errorcode.get(problem.errno or 0, str(problem)))
        else:
            return Probe(True, _type_name(type))
    # That of the first type: the most usual one. "No such type" says less than any other.
    telling = [name for name in failures if name.removeprefix("WSA") not in ("ESOCKTNOSUPPORT", "EPROTONOSUPPORT")]
    return Probe(False, (telling or failures)[0])


def _type_name(number: int) -> str:
    import sockcore

    for name in (*USUAL, "SOCK_RDM"):
        if getattr(sockcore, name, None) == number:
            return name
    return f"type {number}"
