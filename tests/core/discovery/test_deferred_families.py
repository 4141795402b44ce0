"""Families whose codec is imported with their first socket."""

from __future__ import annotations

import sys
import threading
from types import ModuleType

import pytest

from sockcore._plugins.placeholders import DeferredFamily
from sockcore.plugin import Family, Register, RegistrationError

PLUGIN = """
    from sockcore.plugin import hookimpl
    SOCKCORE_API = 1
    @hookimpl
    def sockcore_register(register):
        register.deferred_family(201, "AF_LATE", "sockcore_codec_module:Late")
        register.deferred_family(201, "AF_LATE", "sockcore_codec_module:protocol", 7)
"""
CODEC = """
print("imported")
from sockcore.plugin import Family
class Late(Family):
    number, name = 201, "AF_LATE"
    def encode(self, address, context): return b"encoded"
    def decode(self, raw, context): return "late"
class Protocol(Late):
    proto = 7
def protocol():
    return Protocol()
"""
LOOK = """
import sys, warnings, sockcore
from sockcore._plugins.discovery import registry
def look(proto=0):
    return type(registry().family(201, proto)).__name__
"""


@pytest.fixture
def plugin(install):
    """Install a plugin and, blocked as a plugin, the module of its codec."""
    install("some", PLUGIN)
    install("codec", CODEC)
    return {"SOCKCORE_BLOCK": "codec"}


def test_codec_is_imported_with_the_first_socket(python, plugin):
    code = LOOK + "print(sockcore.AF_LATE + 0, 'sockcore_codec_module' in sys.modules, look(), look(7), look(8))"
    assert python(code, **plugin).split() == ["imported", "201", "False", "Late", "Protocol", "Late"]


def test_address_of_a_socket_is_decoded_by_the_codec(python, plugin):
    code = """
        import sockcore
        from sockcore._plugins.discovery import registry
        sockaddr = (201).to_bytes(2, __import__("sys").byteorder) + bytes(6)
        print(registry().decode(sockaddr, type("Context", (), {"proto": 0})))
    """
    assert python(code, **plugin).split() == ["imported", "late"]


def test_all_threads_get_the_same_codec(python, plugin):
    code = (
        LOOK
        + """
import threading
sys.setswitchinterval(1e-6)
registry()
barrier, seen = threading.Barrier(12), []
def first():
    barrier.wait()
    seen.append(registry().family(201, 0))
threads = [threading.Thread(target=first) for _ in range(12)]
for thread in threads: thread.start()
for thread in threads: thread.join(60)
print(len(seen), len(set(seen)), type(seen[0]).__name__)
"""
    )
    assert python(code, **plugin).split() == ["imported", "12", "1", "Late"]


def test_codecs_that_two_threads_create_at_the_same_time_are_one(monkeypatch):
    barrier = threading.Barrier(2, timeout=60)

    class Late(Family):
        number, name = 201, "AF_LATE"

        def __init__(self) -> None:
            barrier.wait()  # both threads create a codec

        encode = decode = None

    module = ModuleType("late_module")
    module.Late = Late
    monkeypatch.setitem(sys.modules, "late_module", module)
    family, codecs = DeferredFamily(201, None, "AF_LATE", "late_module:Late"), []
    threads = [threading.Thread(target=lambda: codecs.append(family.codec())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(codecs) == 2
    assert codecs[0] is codecs[1]


@pytest.mark.parametrize(
    ("codec", "problem"),
    [
        ("import nothing_of_this_name", "ModuleNotFoundError: No module named 'nothing_of_this_name'"),
        ("", "has no attribute 'Late'"),
        ("def Late(): return 5", "TypeError: sockcore_codec_module:Late must return a codec of"),
        (CODEC.replace("201", "202"), "TypeError: sockcore_codec_module:Late must return a codec of"),
    ],
    ids=["no module", "no codec", "wrong type", "wrong number"],
)
def test_broken_codec_is_left_out_with_one_warning(python, install, codec, problem):
    install("some", PLUGIN)
    install("codec", codec)
    code = (
        LOOK
        + """
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print(look(), look())
print(*(f"{type(warning.message).__name__}: {warning.message}" for warning in caught))
"""
    )
    *_, found, message = python(code, SOCKCORE_BLOCK="codec").splitlines()
    assert found == "RawFamily RawFamily"
    assert message.startswith("PluginWarning: the codec sockcore_codec_module:Late of <DeferredFamily AF_LATE (201)>")
    assert problem in message


def test_codec_that_cannot_be_imported_without_memory_is_imported_later(python, install):
    install("some", PLUGIN)
    install("codec", "import sys\nif sys.attempts: raise MemoryError\n" + CODEC)
    code = (
        LOOK
        + """
sys.attempts = 1
try:
    look()
except MemoryError:
    sys.attempts = 0
print(look())
"""
    )
    assert python(code, SOCKCORE_BLOCK="codec").split() == ["imported", "Late"]


def test_codec_that_opens_a_socket_while_it_is_imported_is_replaced(python, install):
    install("some", PLUGIN)
    asks = """
from sockcore._plugins.discovery import registry
early = registry().family(201, 0)
print(type(early).__name__, early.decode(b"ab", None))
try:
    early.encode("x", type("Context", (), {"operation": "bind"}))
except OSError as exc:
    print(exc)
"""
    install("codec", asks + CODEC)
    code = (
        LOOK
        + """
print(look())
early = sys.modules["sockcore_codec_module"].early
print(early.decode(b"ab", None), early.encode("x", None))
"""
    )
    assert python(code, SOCKCORE_BLOCK="codec").splitlines() == [
        "DeferredFamily RawAddress(b'ab')",
        "bind(): AF_LATE: its codec is still being imported",
        "imported",
        "Late",
        "late b'encoded'",
    ]


def test_preload_imports_codecs(python, plugin):
    assert python("import sockcore; sockcore.preload()", **plugin).split() == ["imported"]


@pytest.mark.parametrize("location", ["module", "module:", ":name", "", None])
def test_location_without_module_and_name_is_rejected(location):
    with pytest.raises(RegistrationError, match=r'one: AF_X: the codec must be "module:name", not '):
        Register("one").deferred_family(5, "AF_X", location)
