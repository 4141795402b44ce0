"""ResourceWarnings of unclosed sockets."""

from __future__ import annotations

import gc
import warnings

import pytest
from parity.known import IS_CPYTHON
from parity.scenes import ALONE, CLOSED, CONNECTED
from parity.sides import MODULES, Side

SCENES = {**CONNECTED, **ALONE, **{name: CLOSED[name] for name in ("closed", "peer closed")}}


def _warnings(module: str, scene: str) -> list[str]:
    side = Side(MODULES[module])
    side.execute(*SCENES[scene])
    side.names["address"] = None
    names = {name: side.names.pop(name) for name in ("sock", "peer", "listener", "taken") if name in side.names}
    messages = []
    for name in sorted(names):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            del names[name]
            gc.collect(1)  # a socket in a young reference cycle; the other generations are large
        messages += [
            f"{name}: {warning.category.__name__}: {side.formatter.text(str(warning.message))}" for warning in caught
        ]
        assert all(warning.source is not None for warning in caught)
    side.close()
    return messages


@pytest.mark.skipif(not IS_CPYTHON, reason="sockets of PyPy do not warn")
@pytest.mark.parametrize("scene", SCENES)
def test_unclosed_socket_warnings_match(scene: str) -> None:
    sockcore_warnings, standard_warnings = _warnings("sockcore", scene), _warnings("standard", scene)
    assert sockcore_warnings == standard_warnings
    assert any(warning.startswith("sock:") for warning in sockcore_warnings) == (scene != "closed")
