"""The plugin as a whole: what it registers on Windows, nothing elsewhere, and the names of the standard library."""

from __future__ import annotations

import socket as standard
import sys
from typing import Any

import pytest
from outcomes import same

import sockcore
import sockcore_windows
from sockcore import options
from sockcore._plugins.hints import distribution_of
from sockcore.testing import PluginTests, registered_by
from sockcore_windows import options as windows_options
from sockcore_windows.constants import TABLE
from sockcore_windows.tables.windows import GUIDS

WINDOWS = pytest.mark.skipif(sys.platform != "win32", reason="the plugin is for Windows")

#: What the manual promises.
PROMISED = (
    "AF_HYPERV", "HV_PROTOCOL_RAW", "HVSOCKET_CONNECT_TIMEOUT", "HVSOCKET_CONNECT_TIMEOUT_MAX",
    "HVSOCKET_CONNECTED_SUSPEND", "HVSOCKET_ADDRESS_FLAG_PASSTHRU", "HV_GUID_ZERO", "HV_GUID_WILDCARD",
    "HV_GUID_BROADCAST", "HV_GUID_CHILDREN", "HV_GUID_LOOPBACK", "HV_GUID_PARENT", "SIO_RCVALL", "SIO_KEEPALIVE_VALS",
    "SIO_LOOPBACK_FAST_PATH", "RCVALL_OFF", "RCVALL_ON", "RCVALL_SOCKETLEVELONLY", "RCVALL_MAX",
)  # fmt: skip
PREFIXES = ("AF_HYPERV", "HV_", "HVSOCKET_", "SIO_", "RCVALL_")


@WINDOWS
class TestWindowsPlugin(PluginTests):
    plugin = sockcore_windows


def test_other_systems_get_nothing() -> None:
    if sys.platform == "win32":
        pytest.skip("this is Windows")
    register = registered_by(sockcore_windows)
    assert not any(table for _, table in register.tables())
    assert TABLE == {}
    for name in ("AF_HYPERV", "HV_GUID_ZERO", "SIO_RCVALL", "fromshare"):
        with pytest.raises(AttributeError, match="sockcore-windows has it on windows, not on "):
            getattr(sockcore, name)
    for name in ("ioctl", "share"):
        assert not hasattr(sockcore.socket, name)


@WINDOWS
def test_what_the_plugin_registers() -> None:
    register = registered_by(sockcore_windows)
    assert set(register.families) == {(TABLE["AF_HYPERV"], None)}
    assert set(register.socket_methods) == {"ioctl", "share"}
    assert {name for name, value in register.names.items() if callable(value)} == {"fromshare"}
    assert set(PROMISED) <= set(register.names)
    assert {name for name, value in register.names.items() if isinstance(value, str)} == set(GUIDS)
    family = register.families[TABLE["AF_HYPERV"], None]
    assert family.probe == (int(sockcore.SOCK_STREAM), TABLE["HV_PROTOCOL_RAW"])
    assert family.module is None


@WINDOWS
def test_names_of_the_module() -> None:
    assert sockcore.AF_HYPERV is sockcore.AddressFamily.AF_HYPERV
    assert {*PROMISED, "fromshare"} <= {*dir(sockcore)} & {*sockcore.__all__}
    for name in PROMISED:
        assert distribution_of(name) == "sockcore-windows"
    for name in ("ioctl", "share"):
        assert callable(getattr(sockcore.socket, name))


@WINDOWS
@pytest.mark.parametrize("name", sorted(name for name in vars(standard) if name.startswith(PREFIXES)))
def test_constants_of_the_standard_library(name: str) -> None:
    ours, theirs = getattr(sockcore, name), getattr(standard, name)
    assert ours == theirs
    assert isinstance(ours, type(theirs)) or isinstance(theirs, int)


@WINDOWS
@pytest.mark.parametrize(("kind", "proto"), [(1, 1), (1, 0), (2, 1), (5, 1), (1, 7)])
@pytest.mark.skipif(not hasattr(standard, "AF_HYPERV"), reason="this Python has no AF_HYPERV")
def test_opening_one(kind: int, proto: int) -> None:
    """On a Windows that has Hyper-V, and on one that has not."""

    def call(module: Any) -> object:
        with module.socket(module.AF_HYPERV, kind, proto) as sock:
            return int(sock.family), int(sock.type), sock.proto

    same(call)


@WINDOWS
def test_options_as_values() -> None:
    known = {"HVSOCKET_CONNECT_TIMEOUT", "HVSOCKET_CONNECTED_SUSPEND", "HVSOCKET_CONTAINER_PASSTHRU"} & set(TABLE)
    assert {"HVSOCKET_CONNECT_TIMEOUT", "HVSOCKET_CONNECTED_SUSPEND"} <= known <= set(options.known())
    codecs = {option.name: option for option in registered_by(sockcore_windows).options.values()}
    for option in codecs.values():
        # The level is the number of ICMP.
        assert option.key == (TABLE["HV_PROTOCOL_RAW"], TABLE[option.name], TABLE["AF_HYPERV"])
        assert option.size == 4
    with sockcore.socket(sockcore.AF_INET) as sock, pytest.raises(LookupError, match="no plugin here knows the format"):
        options.read(sock, sockcore.HV_PROTOCOL_RAW, sockcore.HVSOCKET_CONNECT_TIMEOUT)


def test_what_options_are() -> None:
    assert windows_options.encode_number(300000) == bytes.fromhex("e0930400")
    assert windows_options.decode_number(bytes.fromhex("e0930400")) == 300000
    assert (windows_options.encode_flag(True), windows_options.encode_flag(0), windows_options.encode_flag("x")) == (
        b"\1\0\0\0",
        b"\0\0\0\0",
        b"\1\0\0\0",
    )
    assert (windows_options.decode_flag(b"\0\0\0\0"), windows_options.decode_flag(b"\0\1\0\0")) == (False, True)
    with pytest.raises(TypeError):
        windows_options.encode_number("1")
    for number in (-1, 2**32):
        with pytest.raises(OverflowError, match="0-4294967295"):
            windows_options.encode_number(number)
    assert list(windows_options.ancillaries()) == []
