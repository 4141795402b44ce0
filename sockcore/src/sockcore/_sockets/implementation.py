"""BaseSocket as this process uses it: in C or in Python."""

from __future__ import annotations

from sockcore import _timeout
from sockcore._backend.chosen import native
from sockcore._registry import discovery

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sockcore._sockets.base import BaseSocket as BaseSocket
elif native:
    native.load_rules()
    BaseSocket = native.BaseSocket
    _timeout.notify_default(native.set_default_timeout)
    discovery.when_changed(native.clear_templates)
else:
    from sockcore._sockets.base import BaseSocket

__all__ = ["BaseSocket"]
