"""The registrations of the plugin on Windows and on other systems, and the constants of the standard library."""

from __future__ import annotations

import socket as standard
import sys
from typing import Any

import pytest
from outcomes import assert_same

import sockcore
import sockcore_windows
from sockcore import options
from sockcore._plugins.hints import distribution_of
from sockcore.testing import PluginTests, registered_by
from sockcore_windows import options as windows_options
from sockcore_windows.constants import TABLE
from sockcore_windows.tables.windows import GUIDS

WINDOWS = pytest.mark.skipif(sys.platform != "win32", reason="the plugin is for Windows")

#: The documented names of the standard library.
DOCUMENTED = (
    "AF_HYPERV", "HV_PROTOCOL_RAW", "HVSOCKET_CONNECT_TIMEOUT", "HVSOCKET_CONNECT_TIMEOUT_MAX",
    "HVSOCKET_CONNECTED_SUSPEND", "HVSOCKET_ADDRESS_FLAG_PASSTHRU", "HV_GUID_ZERO", "HV_GUID_WILDCARD",
    "HV_GUID_BROADCAST", "HV_GUID_CHILDREN", "HV_GUID_LOOPBACK", "HV_GUID_PARENT", "SIO_RCVALL", "SIO_KEEPALIVE_VALS",
    "SIO_LOOPBACK_FAST_PATH", "RCVALL_OFF", "RCVALL_ON", "RCVALL_SOCKETLEVELONLY", "RCVALL_MAX",
)  # fmt: skip
PREFIXES = ("AF_HYPERV", "HV_", "HVSOCKET_", "SIO_", "RCVALL_")


@WINDOWS
class TestWindowsPlugin(PluginTests):
    plugin = sockcore_windows


def test_plugin_on_other_system_registers_nothing() -> None:
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
def test_plugin_registers_family_methods_and_constants() -> None:
    register = registered_by(sockcore_windows)
    assert set(register.families) == {(TABLE["AF_HYPERV"], None)}
    assert set(register.socket_methods) == {"ioctl", "share"}
    assert {name for name, value in register.names.items() if callable(value)} == {"fromshare"}
    assert set(DOCUMENTED) <= set(register.names)
    assert {name for name, value in register.names.items() if isinstance(value, str)} == set(GUIDS)
    family = register.families[TABLE["AF_HYPERV"], None]
    assert family.probe == (int(sockcore.SOCK_STREAM), TABLE["HV_PROTOCOL_RAW"])
    assert family.module is None


@WINDOWS
def test_names_are_attributes_of_sockcore() -> None:
    assert sockcore.AF_HYPERV is sockcore.AddressFamily.AF_HYPERV
    assert {*DOCUMENTED, "fromshare"} <= {*dir(sockcore)} & {*sockcore.__all__}
    for name in DOCUMENTED:
        assert distribution_of(name) == "sockcore-windows"
    for name in ("ioctl", "share"):
        assert callable(getattr(sockcore.socket, name))


@WINDOWS
@pytest.mark.parametrize("name", sorted(name for name in vars(standard) if name.startswith(PREFIXES)))
def test_constant_equals_constant_of_standard_library(name: str) -> None:
    actual, expected = getattr(sockcore, name), getattr(standard, name)
    assert actual == expected
    assert isinstance(actual, type(expected)) or isinstance(expected, int)


@WINDOWS
@pytest.mark.parametrize(("sock_type", "proto"), [(1, 1), (1, 0), (2, 1), (5, 1), (1, 7)])
@pytest.mark.skipif(not hasattr(standard, "AF_HYPERV"), reason="this Python does not have AF_HYPERV")
def test_socket_of_af_hyperv_equals_standard_library(sock_type: int, proto: int) -> None:
    """The test passes with and without Hyper-V."""

    def call(module: Any) -> object:
        with module.socket(module.AF_HYPERV, sock_type, proto) as sock:
            return int(sock.family), int(sock.type), sock.proto

    assert_same(call)


@WINDOWS
def test_plugin_registers_options() -> None:
    known = {"HVSOCKET_CONNECT_TIMEOUT", "HVSOCKET_CONNECTED_SUSPEND", "HVSOCKET_CONTAINER_PASSTHRU"} & set(TABLE)
    assert {"HVSOCKET_CONNECT_TIMEOUT", "HVSOCKET_CONNECTED_SUSPEND"} <= known <= set(options.known())
    registered = registered_by(sockcore_windows).options.values()
    assert {option.name for option in registered} == known | {"SIO_TCP_INFO"}
    for option in (option for option in registered if option.name in known):
        # The level equals IPPROTO_ICMP.
        assert option.key == (TABLE["HV_PROTOCOL_RAW"], TABLE[option.name], TABLE["AF_HYPERV"])
        assert option.size == 4
    with sockcore.socket(sockcore.AF_INET) as sock, pytest.raises(LookupError, match="no plugin here knows the format"):
        options.read(sock, sockcore.HV_PROTOCOL_RAW, sockcore.HVSOCKET_CONNECT_TIMEOUT)


def test_options_are_encoded_and_decoded() -> None:
    timeout, suspend = windows_options.HVSOCKET_CONNECT_TIMEOUT, windows_options.HVSOCKET_CONNECTED_SUSPEND
    encode, encode_flag = timeout.encode, suspend.encode
    assert encode is not None
    assert encode_flag is not None
    assert encode(300000) == bytes.fromhex("e0930400")
    assert timeout.decode(bytes.fromhex("e0930400")) == 300000
    assert (encode_flag(True), encode_flag(0)) == (b"\1\0\0\0", b"\0\0\0\0")
    assert (suspend.decode(b"\0\0\0\0"), suspend.decode(b"\0\1\0\0")) == (False, True)
    for wrong in (lambda: encode("1"), lambda: encode_flag("x")):
        with pytest.raises(TypeError):
            wrong()
    for number in (-1, 2**32):
        with pytest.raises(OverflowError, match="HVSOCKET_CONNECT_TIMEOUT must be 0 to 4294967295"):
            encode(number)
