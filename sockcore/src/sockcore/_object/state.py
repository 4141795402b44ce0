"""The state of a socket object: what its descriptor is to the system, and who has it.

In slots, or, with the native backend, in a C struct with members of the same names.
"""

from __future__ import annotations

from sockcore._backend.chosen import native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sockcore._object.purestate import PureState as State
elif native:
    State = native.State
else:
    from sockcore._object.purestate import PureState as State

__all__ = ["State"]
