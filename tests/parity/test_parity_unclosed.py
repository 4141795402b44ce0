"""Sockets that nobody closes: the same warning, the same words."""

from __future__ import annotations

import gc
import warnings

import pytest
from parity.known import WORDS
from parity.scenes import ALONE, CLOSED, CONNECTED
from parity.sides import MODULES, Side

SCENES = {**CONNECTED, **ALONE, **{name: CLOSED[name] for name in ("closed", "peer closed")}}


def _warnings(module: str, scene: str) -> list[str]:
    side = Side(MODULES[module])
    side.do(*SCENES[scene])
    side.names["address"] = None
    names = {name: side.names.pop(name) for name in ("sock", "peer", "listener", "taken") if name in side.names}
    found = []
    for name in sorted(names):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            del names[name]
            gc.collect()
        found += [f"{name}: {each.category.__name__}: {side.words.text(str(each.message))}" for each in caught]
        assert all(each.source is not None for each in caught)
    side.close()
    return found


@pytest.mark.skipif(not WORDS, reason="PyPy's sockets do not warn")
@pytest.mark.parametrize("scene", SCENES)
def test_warnings(scene: str) -> None:
    ours, theirs = _warnings("sockcore", scene), _warnings("standard", scene)
    assert ours == theirs
    assert any(each.startswith("sock:") for each in ours) == (scene != "closed")
