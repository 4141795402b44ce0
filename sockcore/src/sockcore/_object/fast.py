"""What ties the native backend's methods to those in Python, which do what they leave."""

from __future__ import annotations

from sockcore import _timeout
from sockcore._object.addresses import Addressing
from sockcore._object.batches import Batches, let_go
from sockcore._object.data import Data
from sockcore._object.descriptor import Descriptor, open_socket
from sockcore._object.messages import Messages
from sockcore._object.options import Options
from sockcore._registry import discovery

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def configure(native: Any, socket: Any) -> None:
    """Tell the *native* module of the class *socket*, and let its methods come to the fore there."""
    accept, close = socket.accept, socket.close

    def close_any(sock: Any) -> None:
        (close if isinstance(sock, socket) else Descriptor.close)(sock)

    native.configure(
        init=Descriptor.__init__,
        accept=accept,
        close=close_any,
        connect=Addressing.connect,
        connecting=Addressing._connecting,
        decode=_decode,
        getsockopt=Options.getsockopt,
        let_go=let_go,
        open=open_socket,
        recv=Data.recv,
        recv_into=Data.recv_into,
        recvfrom=Data.recvfrom,
        recvfrom_into=Data.recvfrom_into,
        recvmsg=Messages.recvmsg,
        recvmmsg=Batches.recvmmsg,
        recvmmsg_into=Batches.recvmmsg_into,
        recv_batch=Batches._recv_batch,
        recv_message=Messages._recvmsg,
        send=Data.send,
        sendall=Data.sendall,
        sendall_later=Data._sendall_later,
        sendmsg=Messages.sendmsg,
        sendmsg_later=Messages._sendmsg_later,
        sendmmsg=Batches.sendmmsg,
        sendmmsg_later=Batches._sendmmsg_later,
        sendto=Data.sendto,
        sendto_later=Data._sendto_later,
        setsockopt=Options.setsockopt,
        unclosed=Descriptor._unclosed,
        unopened=_unopened,
        wait=_wait,
        socket=socket,
        kinds=discovery._registry.kinds,
        clock=vars(_timeout),
    )
    del socket.accept, socket.close


def _unopened() -> tuple[Any, Any]:
    """Return the codec and the contexts of a socket that was never opened."""
    from sockcore._object.purestate import UNOPENED, UNOPENED_CONTEXTS

    return UNOPENED, UNOPENED_CONTEXTS


def _wait(sock: Any, before: tuple[float | None, int] | None) -> tuple[float | None, int]:
    """Wait until *sock* is ready for reading, after EAGAIN in timeout mode.

    *before* is None for the first wait of an operation, then the result of the wait before. Raises TimeoutError.
    """
    if before is None:
        deadline, misses = _timeout.deadline_of(sock._timeout), 0
    else:
        # Rule 5 of the timeout model: it was called ready, and was not.
        deadline, misses = before
        _timeout.check(deadline)
        if misses > 3:
            _timeout.sleep(0.001)
    _timeout.wait(sock._fd, _timeout.READ, deadline)
    return deadline, misses + 1


def _decode(sock: Any, operation: str, raw: bytes) -> Any:
    return sock._decode(operation, raw)
