"""Ancillary data: control messages (cmsg) between a program's tuples and the bytes that the system reads.

Layout by ``<sys/socket.h>``: each message is a ``struct cmsghdr``, padding to the alignment, its data, padding.
:func:`decode` and :func:`encode` go beyond the manual: they give control messages as values, by the codecs that
plugins registered.
"""

from __future__ import annotations

import struct
from _warnings import warn

from sockcore import _arguments, _exceptions
from sockcore._arguments import readable_buffer
from sockcore._families.family import CODEC_ERRORS
from sockcore._platform import constants
from sockcore._plugins.discovery import registry, with_codecs
from sockcore._system.selection import native
from sockcore._types import Any, Iterable

Cmsg = tuple[int, int, bytes]

_C = constants()
_ALIGN: int = _C.get("cmsg_align", struct.calcsize("P"))
_HEADER: int = _C.get("cmsg_header", 2 * struct.calcsize("P"))
# cmsg_len is a size_t on Linux and a socklen_t elsewhere; then come level and type, and perhaps padding.
_cmsghdr = struct.Struct("Nii" if _C.get("cmsg_len_size", struct.calcsize("N")) == struct.calcsize("N") else "Iii")

#: socklen_t is the type of a control buffer's length, and signed on some systems.
LIMIT = 0x7FFFFFFF


def CMSG_LEN(length: int, /) -> int:
    """Return the length in bytes of a control message with *length* bytes of data, without padding behind them.

    OverflowError if *length* is negative or too large. See cmsg(3).
    """
    size = _exceptions.ssize(length)
    if not 0 <= size <= LIMIT - _HEADER:
        raise OverflowError("CMSG_LEN() argument out of range")
    return _HEADER + size


def CMSG_SPACE(length: int, /) -> int:
    """Return the room in bytes that a control message with *length* bytes of data takes, padding included.

    OverflowError if *length* is negative or too large. See cmsg(3).
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
    """Return the control buffer of (level, type, data) triples, zero-filled; b"" of none.

    TypeError for what is no such triple, OSError if it is more than a control buffer holds.
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
    """Return the control messages in *control*, as (level, type, data), and whether one goes on beyond the end.

    Of that one, what there is of its data is returned.
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
    """Return the control messages in *control*; RuntimeWarning if one of them is cut.

    If this fails (the warning is an error, a signal handler raises), file descriptors in the messages are closed.
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

    Every message is tried. A codec that fails causes a RuntimeWarning; other exceptions are raised at the end.
    """
    codecs = registry().ancillaries
    # Those whose codec is imported come first: the import for the others may fail.
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


def decode(messages: Iterable[Cmsg], family: int | None = None) -> list[tuple[str, object] | Cmsg]:
    """Return received control messages as (name, value), by the plugins' codecs; those that none knows as they are.

    ``decode(sock.recvmsg(100, 100)[1])`` may give ``[("SCM_RIGHTS", [5, 6])]``. *family* is that of the socket: it
    tells messages apart whose level has one number in two families, SOL_HCI and IPPROTO_IP. ValueError if the data
    are not what the codec expects.
    """
    codecs = with_codecs().ancillaries
    family_key = () if family is None else (family,)
    return [
        message if codec is None else (codec.name, codec.decode(message[2]))
        for message in messages
        for codec in (codecs.get((*message[:2], *family_key)) or codecs.get(message[:2]),)
    ]


def encode(name: str, value: object) -> Cmsg:
    """Return a control message for :meth:`socket.sendmsg`, by its name and value: ``encode("SCM_RIGHTS", [5, 6])``.

    ValueError if no plugin knows the name, or the kind is only ever received. TypeError, ValueError or OverflowError
    for a wrong value.
    """
    for codec in with_codecs().ancillaries.values():
        if codec.name == name:
            if codec.encode is None:
                raise ValueError(f"control messages of the kind {name} are received, never sent")
            try:
                return codec.level, codec.number, codec.encode(value)
            except struct.error as exc:
                raise OverflowError(f"{name} cannot hold {value!r}: {exc}") from None
    raise ValueError(f"no plugin here knows control messages of the kind {name!r}")
