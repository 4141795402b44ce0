"""Ancillary data: control messages (cmsg) as tuples and as bytes.

The layout is that of ``<sys/socket.h>``: each message is a ``struct cmsghdr``, padding to the alignment, the data, and
padding. :func:`decode` and :func:`encode` go beyond the manual. They convert control messages to and from values, by
the codecs that plugins register.
"""

from __future__ import annotations

from _warnings import warn
from struct import Struct, calcsize
from struct import error as StructError

from sockcore import _arguments, _exceptions
from sockcore._arguments import readable_buffer
from sockcore._families import CODEC_ERRORS
from sockcore._platform import constants
from sockcore._plugins.discovery import registry, with_codecs
from sockcore._system import native
from sockcore._types import Ancillary, Any, Iterable, Protocol, TypeVar

Cmsg = tuple[int, int, bytes]
V = TypeVar("V")

_C = constants()
_ALIGN: int = _C.get("cmsg_align", calcsize("P"))
_HEADER: int = _C.get("cmsg_header", 2 * calcsize("P"))
# cmsg_len is a size_t on Linux and a socklen_t elsewhere. The level and the type follow, and padding on some systems.
_cmsghdr = Struct("Nii" if _C.get("cmsg_len_size", calcsize("N")) == calcsize("N") else "Iii")


class HasFamily(Protocol):
    """A socket, of which the family is needed."""

    __slots__ = ()

    @property
    def family(self) -> int:
        """The address family."""


#: The maximum length of a control buffer. Its type is socklen_t, which is signed on some systems.
LIMIT = 0x7FFFFFFF


def CMSG_LEN(length: int, /) -> int:
    """Return the length of a control message with *length* bytes of data.

    Trailing padding is not included. Raises OverflowError if *length* is negative or too large. See cmsg(3).
    """
    size = _exceptions.ssize(length)
    if not 0 <= size <= LIMIT - _HEADER:
        raise OverflowError("CMSG_LEN() argument out of range")
    return _HEADER + size


def CMSG_SPACE(length: int, /) -> int:
    """Return the size of a control message with *length* bytes of data.

    Padding is included. Raises OverflowError if *length* is negative or too large. See cmsg(3).
    """
    size = _exceptions.ssize(length)
    if not 0 <= size <= LIMIT - _HEADER - _ALIGN:
        raise OverflowError("CMSG_SPACE() argument out of range")
    return _HEADER + _padded(size)


if native:  # 0.08 instead of 0.5 µs
    CMSG_LEN, CMSG_SPACE = native.CMSG_LEN, native.CMSG_SPACE


def _padded(size: int) -> int:
    return -(-size // _ALIGN) * _ALIGN


def pack(messages: Iterable[tuple[Any, Any, Any]]) -> bytes:
    """Return the control buffer for (level, type, data) triples, zero-filled.

    Raises TypeError for an invalid triple, and OSError if the triples do not fit a control buffer.
    """
    parts, total = [], 0
    for message in _arguments.items("sendmsg", 2, messages):
        level, cmsg_type, data = _triple(message)
        if len(data) > LIMIT - _HEADER - _ALIGN:
            raise OSError("ancillary data item too large")
        total += CMSG_SPACE(len(data))
        if total > LIMIT:
            raise OSError("too much ancillary data")
        header = _cmsghdr.pack(CMSG_LEN(len(data)), level, cmsg_type)
        parts.append(header.ljust(_HEADER, b"\0") + data.ljust(_padded(len(data)), b"\0"))
    return b"".join(parts)


def _triple(message: Any) -> tuple[int, int, bytes]:
    what = "[sendmsg() ancillary data items]() argument must be"
    if isinstance(message, (bytes, dict)) or not hasattr(message, "__getitem__"):
        raise TypeError(f"{what} 3-item sequence, not {'None' if message is None else type(message).__name__}")
    count = len(message)
    if count != 3:
        raise TypeError(f"{what} sequence of length 3, not {count}")
    level, cmsg_type, data = message
    return _exceptions.c_int(level), _exceptions.c_int(cmsg_type), bytes(readable_buffer(data))


def split(control: bytes) -> tuple[list[Cmsg], bool]:
    """Return (level, type, data) triples, and True if the last one is truncated.

    The data of a truncated message end with the buffer.
    """
    messages: list[Cmsg] = []
    offset = 0
    while len(control) - offset >= _cmsghdr.size:
        length, level, cmsg_type = _cmsghdr.unpack_from(control, offset)
        remaining = len(control) - offset
        if length < _HEADER or remaining < _HEADER:
            return messages, True
        messages.append((level, cmsg_type, control[offset + _HEADER : offset + length]))
        if length > remaining:
            return messages, True
        offset += _padded(length)
    return messages, False


def unpack(control: bytes) -> list[Cmsg]:
    """Return the control messages in *control*.

    Issue a RuntimeWarning if one of them is truncated.

    If an exception is raised, file descriptors in the messages are closed. Warnings may be errors, or a signal handler
    may raise.
    """
    try:
        messages, is_cut = split(control)
        if is_cut:
            warn_truncated(4)
    except BaseException:
        discard(split(control)[0])
        raise
    return messages


def warn_truncated(stacklevel: int = 1) -> None:
    """Warn of a control message that is longer than the received bytes."""
    warn("received malformed or improperly-truncated ancillary data", RuntimeWarning, stacklevel=stacklevel + 1)


def discard(messages: Iterable[Cmsg]) -> None:
    """Close file descriptors in undelivered control messages.

    All messages are processed. A codec that fails causes a RuntimeWarning. Other exceptions are raised at the end.
    """
    codecs = registry().ancillaries
    # Messages with an imported codec come first, because the import for the others may fail.
    pending = sorted(messages, key=lambda message: message[:2] not in codecs)
    first_error: BaseException | None = None
    for level, cmsg_type, data in pending:
        codec = None
        try:
            codec = codecs.get((level, cmsg_type)) or with_codecs().ancillaries.get((level, cmsg_type))
            if codec is not None and codec.discard is not None:
                codec.discard(data)
        except TimeoutError as exc:  # from a signal handler: a codec does not wait
            first_error = first_error or exc
        except CODEC_ERRORS as exc:
            name = (level, cmsg_type) if codec is None else codec.name
            text = f"the plugin's codec of {name} could not discard {data!r}: {exc!r}"
            try:
                warn(text, RuntimeWarning, 2)
            except BaseException as warning:
                first_error = first_error or warning
        except BaseException as exc:
            first_error = first_error or exc
    if first_error is not None:
        try:
            raise first_error
        finally:
            del first_error  # its traceback has this frame


def decode(messages: Iterable[Cmsg], family: HasFamily | int | None = None) -> list[tuple[str, Any] | Cmsg]:
    """Return received control messages as (name, value), by the codecs of plugins.

    A message without a codec is returned as it is. ``decode(sock.recvmsg(100, 100)[1], sock)`` may return
    ``[("SCM_RIGHTS", [5, 6])]``. *family* is the socket or its family. It is needed for levels whose number has two
    meanings: SOL_HCI is equal to IPPROTO_IP.

    Raises TypeError for arguments of other types, and ValueError if a codec does not accept the data. If an exception
    is raised, file descriptors in the messages are closed, because the program cannot reach them in most cases.
    """
    messages = _triples("decode", messages)
    try:
        number = family if family is None or isinstance(family, int) else getattr(family, "family", None)
        if number is None and family is not None:
            raise _exceptions.wrong_type("ancillary.decode(): family", "a socket, an integer or None", family)
        codecs = with_codecs().ancillaries
        family_key = () if number is None else (int(number),)
        return [
            message if codec is None else (codec.name, _decode_data(codec, message[2]))
            for message in messages
            for codec in (codecs.get((*message[:2], *family_key)) or codecs.get(message[:2]),)
        ]
    except BaseException:
        discard(messages)
        raise


def _triples(function: str, messages: Iterable[Cmsg]) -> list[Cmsg]:
    """Return received control messages as a list. Raises TypeError if *messages* contains anything else."""
    what = f"ancillary.{function}(): messages"
    try:
        triples = list(messages)
    except TypeError:
        if hasattr(type(messages), "__iter__"):
            raise
        raise _exceptions.wrong_type(what, "an iterable of control messages", messages) from None
    for triple in triples:
        if not (isinstance(triple, tuple) and len(triple) == 3):
            found = f"{len(triple)} items" if isinstance(triple, tuple) else type(triple).__name__
            raise TypeError(f"{what} must contain tuples (level, type, data), not {found}")
    return triples


def _is_codec(value: object) -> bool:
    """Return True for an Ancillary. Its class is imported with the first codec, not with this module."""
    return hasattr(type(value), "to_error")


def _decode_data(codec: Ancillary[V], data: bytes) -> V:
    try:
        return codec.decode(data)
    except ValueError as exc:
        raise ValueError(f"{codec.name}: {exc}") from exc


def get(messages: Iterable[Cmsg], codec: Ancillary[V], default: V | None = None) -> V | None:
    """Return the value of the first message with this codec, or *default* without one.

    The codecs are in the modules ``messages``: ``get(messages, sockcore_inet.messages.IP_PKTINFO)`` returns a
    PacketInfo. The file descriptors in other messages are not closed.

    Raises TypeError for arguments of other types, and ValueError if the codec does not accept the data.
    """
    if not _is_codec(codec):
        raise _exceptions.wrong_type("ancillary.get(): codec", "a sockcore.plugin.Ancillary", codec)
    key = codec.level, codec.number
    triples = _triples("get", messages)
    return next((_decode_data(codec, data) for level, number, data in triples if (level, number) == key), default)


def known() -> list[str]:
    """Return the names of the control messages with a codec on this system."""
    return sorted({codec.name for codec in with_codecs().ancillaries.values()})


def encode(message: str | Ancillary[Any], value: object) -> Cmsg:
    """Return a control message for :meth:`socket.sendmsg`, by name or codec, and value.

    An example is ``encode("SCM_RIGHTS", [5, 6])``. Raises ValueError if no plugin has a codec for the name, if this
    system lacks the message, or if the message can only be received. Raises TypeError, ValueError or OverflowError for
    an invalid value, and TypeError for a message of another type.
    """
    if not (isinstance(message, str) or _is_codec(message)):
        raise _exceptions.wrong_type("ancillary.encode(): message", "a sockcore.plugin.Ancillary or its name", message)
    codec = _codec_named(message) if isinstance(message, str) else message
    if not codec.is_available:
        raise ValueError(f"this system has no control messages of the kind {codec.name}")
    if codec.encode is None:
        raise ValueError(f"control messages of the kind {codec.name} are received, never sent")
    try:
        return codec.level, codec.number, codec.encode(value)
    except StructError as exc:
        raise OverflowError(f"{codec.name} cannot hold {value!r}: {exc}") from None


def _codec_named(name: str) -> Ancillary[Any]:
    for codec in with_codecs().ancillaries.values():
        if codec.name == name:
            return codec
    raise ValueError(f"no plugin here knows control messages of the kind {name!r}")
