"""Operations of the C code of sockcore-linux-misc: regions of a mapping, and the frames of a block."""

from __future__ import annotations

import mmap
import struct
from typing import TYPE_CHECKING, Any

from operations import fails, operation

try:
    from sockcore_linux_misc.packet_frames import Frame
    from sockcore_linux_misc.region import native_module

    NATIVE: Any = native_module()
except ImportError:  # the distribution is not installed
    NATIVE = None

if TYPE_CHECKING:
    from operations import Round, Scene

SIZE = 4096
#: The headers of two frames, as in tests/linux_misc/test_packet_frames.py, and their sockaddr_ll.
_NAME = struct.pack("=HHiHBB8s", 17, 0x0800, 7, 1, 0, 6, b"\x02\0\0\0\0\x01").ljust(34, b"\0")
BLOCK = b"".join(
    struct.pack("=IIIIIIHHIIHH8x", following, 1, 2, 10, 10, 1, 82, 96, 0, 0, 0, 0) + _NAME + b"frame data".ljust(14)
    for following in (96, 0)
)


def map_block(scene: Scene) -> Any:
    """Return a mapping that begins with two frames."""
    mapping = scene.open.enter_context(mmap.mmap(-1, SIZE))
    mapping[: len(BLOCK)] = BLOCK
    return scene.watch(mapping)


if NATIVE is not None:

    @operation(0.5)
    def regions(scene: Scene) -> Round:
        mapping, data = map_block(scene), scene.watch(bytearray(b"data"))

        def run_round() -> None:
            region = NATIVE.Region(mapping, 1024, 1024, True)
            region.store(8, 1 << 31)
            region.load(8)
            region.write(16, data)
            region.read(16, 4)
            view = region.view(16, 4)
            part = view[1:]
            view.release()
            fails(BufferError, region.release)
            part.release()
            for exception, call, *arguments in (
                (IndexError, region.load, 1024), (ValueError, region.load, 2), (OverflowError, region.store, 0, -1),
                (TypeError, region.store, 0, ""), (IndexError, region.read, 0, 1025), (TypeError, region.write, 0, ""),
                (IndexError, region.view, -1, 1), (IndexError, NATIVE.Region, mapping, 0, SIZE + 1),
                (BufferError, NATIVE.Region, b"bytes", 0, 1),
            ):  # fmt: skip
                fails(exception, call, *arguments)
            region.release()
            fails(ValueError, region.read, 0, 1)

        return run_round


if hasattr(NATIVE, "unpack_frames"):

    @operation(0.2)
    def frames(scene: Scene) -> Round:
        mapping = map_block(scene)

        def run_round() -> None:
            region = NATIVE.Region(mapping, 0, SIZE)
            received = NATIVE.unpack_frames(region, 0, 2, Frame, bytes)
            for frame in received:
                frame.data.release()
            fails(ValueError, NATIVE.unpack_frames, region, 0, 3, Frame, bytes)
            fails(ValueError, NATIVE.unpack_frames, region, SIZE, 1, Frame, bytes)
            fails(KeyError, NATIVE.unpack_frames, region, 0, 1, Frame, {}.__getitem__)
            fails(TypeError, NATIVE.unpack_frames, region, 0, 1, list, bytes)
            region.release()

        return run_round
