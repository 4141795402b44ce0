"""Regions of a memory mapping, by the class in C and the class in Python."""

from __future__ import annotations

import gc
import mmap
import platform
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from sockcore_linux_misc import region as region_module
from sockcore_linux_misc.region import PureRegion, native_module

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE = 8192
#: The class in C, or None.
NATIVE: Any = getattr(native_module(), "Region", None)
needs_native = pytest.mark.skipif(NATIVE is None, reason="this process does not use the C code")


@pytest.fixture
def mapping() -> Iterator[Any]:
    memory = mmap.mmap(-1, SIZE)
    yield memory
    memory.close()


@pytest.fixture(params=[pytest.param(NATIVE, marks=needs_native, id="native"), pytest.param(PureRegion, id="pure")])
def region_type(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_load_and_store_access_number_of_machine(region_type: Any, mapping: Any) -> None:
    region = region_type(mapping, 4096, 16)
    region.store(8, 0x01020304)
    assert mapping[4096 + 8 : 4096 + 12] == (0x01020304).to_bytes(4, sys.byteorder)
    mapping[4096 + 12 : 4096 + 16] = b"\xff" * 4
    assert (region.load(8), region.load(12), len(region)) == (0x01020304, 2**32 - 1, 16)
    region.release()


def test_read_write_and_view_return_bytes_of_range(region_type: Any, mapping: Any) -> None:
    region = region_type(mapping, 100, 10)
    region.write(2, b"abc")
    assert mapping[100:106] == b"\0\0abc\0"
    assert region.read(1, 4) == b"\0abc"
    view = region.view(2, 3)
    assert (bytes(view), view.readonly, view.nbytes) == (b"abc", True, 3)
    assert region.read(10, 0) == b""
    view.release()
    region.release()


def test_address_is_that_of_memory(region_type: Any, mapping: Any) -> None:
    ctypes = pytest.importorskip("ctypes")
    region = region_type(mapping, 100, 16)
    mapping[100:104] = b"data"
    assert ctypes.string_at(region.address, 4) == b"data"
    region.release()
    assert region.address == 0


OUTSIDE = (
    ("load", (13,)),
    ("load", (-4,)),
    ("load", (2**62,)),
    ("store", (16, 0)),
    ("read", (0, 17)),
    ("read", (17, 0)),
)
OUTSIDE += (("read", (-1, 2)), ("read", (1, -1)), ("view", (8, 9)), ("write", (14, b"abc")), ("write", (-1, b"a")))


@pytest.mark.parametrize(("method", "arguments"), OUTSIDE)
def test_range_outside_of_region_raises_index_error(
    region_type: Any, mapping: Any, method: str, arguments: tuple[Any, ...]
) -> None:
    region = region_type(mapping, 4096, 16)
    with pytest.raises(IndexError):
        getattr(region, method)(*arguments)
    region.release()
    assert bytes(mapping) == bytes(SIZE)


@pytest.mark.parametrize("arguments", [(0, SIZE + 1), (SIZE, 1), (-1, 1), (1, -1), (SIZE + 1, 0)])
def test_new_region_outside_of_mapping_raises_index_error(region_type: Any, mapping: Any, arguments: Any) -> None:
    with pytest.raises(IndexError):
        region_type(mapping, *arguments)


def test_number_at_odd_offset_raises_value_error(region_type: Any, mapping: Any) -> None:
    region = region_type(mapping, 2, 16)
    with pytest.raises(ValueError, match="multiple of 4, not 4"):
        region.load(4)
    region.store(2, 1)
    assert mapping[4:8] == (1).to_bytes(4, sys.byteorder)
    region.release()


@pytest.mark.parametrize(
    ("value", "exception"), [(-1, OverflowError), (2**32, OverflowError), (2**70, OverflowError), ("1", TypeError)]
)
def test_store_invalid_value_raises(region_type: Any, mapping: Any, value: Any, exception: Any) -> None:
    region = region_type(mapping, 0, 16)
    with pytest.raises(exception, match=r"store\(\) value must be"):
        region.store(0, value)
    region.release()


@pytest.mark.parametrize("call", [("load", 0), ("store", 0, 0), ("read", 0, 0), ("write", 0, b""), ("view", 0, 0)])
def test_method_after_release_raises_value_error(region_type: Any, mapping: Any, call: tuple[Any, ...]) -> None:
    region = region_type(mapping, 0, 16)
    region.release()
    region.release()
    with pytest.raises(ValueError, match="the region has been released"):
        getattr(region, call[0])(*call[1:])
    assert len(region) == 0


@needs_native
def test_new_region_invalid_arguments_raise_type_error(mapping: Any) -> None:
    for arguments in ((), (mapping,), (mapping, "0", 1), (None, 0, 1)):
        with pytest.raises(TypeError):
            NATIVE(*arguments)
    with pytest.raises(TypeError, match="keyword"):
        NATIVE(mapping, 0, 16, is_writable=True)
    with pytest.raises(BufferError):
        NATIVE(b"constant", 0, 4)


@needs_native
def test_exports_counts_views_and_their_slices(mapping: Any) -> None:
    region = NATIVE(mapping, 0, 16)
    view = region.view(0, 8)
    part = view[2:4]
    assert region.exports == 1
    view.release()
    assert region.exports == 1  # of the slice
    with pytest.raises(BufferError, match="views of it exist"):
        region.release()
    region.write(0, b"abcd")
    assert bytes(part) == b"cd"
    part.release()
    assert region.exports == 0
    region.release()


@needs_native
def test_views_of_writable_region_write_to_mapping(mapping: Any) -> None:
    region = NATIVE(mapping, 8, 16, True)
    with region.view(4, 4) as view:
        view[:] = b"data"
    assert mapping[12:16] == b"data"
    read_only = NATIVE(mapping, 0, 16)
    with read_only.view(0, 4) as view, pytest.raises(TypeError):
        view[0] = 1
    region.release()
    read_only.release()


@needs_native
def test_mapping_cannot_be_closed_before_release() -> None:
    memory = mmap.mmap(-1, SIZE)
    region = NATIVE(memory, 0, 16)
    with pytest.raises(BufferError):
        memory.close()
    view = region.view(0, 4)
    del region
    gc.collect()
    with pytest.raises(BufferError):
        memory.close()
    view.release()
    memory.close()


@needs_native
def test_number_stored_by_thread_is_seen_after_its_data(mapping: Any) -> None:
    region = NATIVE(mapping, 0, 64)
    rounds = 2000

    def write() -> None:
        for number in range(1, rounds + 1):
            region.write(8, number.to_bytes(4, "little"))
            region.store(0, number)

    writer = threading.Thread(target=write)
    writer.start()
    seen = 0
    while seen < rounds:
        seen = region.load(0)
        assert int.from_bytes(region.read(8, 4), "little") >= seen
    writer.join()
    region.release()


@pytest.mark.parametrize(("machine", "is_supported"), [("x86_64", True), ("i686", True), ("aarch64", False)])
def test_region_class_without_native_needs_x86(
    monkeypatch: pytest.MonkeyPatch, machine: str, is_supported: bool
) -> None:
    monkeypatch.setattr(region_module, "native_module", lambda: None)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    if is_supported:
        assert region_module.region_class() is PureRegion
        return
    with pytest.raises(RuntimeError, match=rf"needs the C code of sockcore_linux_misc on {machine}"):
        region_module.region_class()
