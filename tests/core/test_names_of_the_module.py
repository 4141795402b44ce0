"""The names of the module: names of the core, enums, and missing names."""

from __future__ import annotations

import pickle
import sys

import pytest

import sockcore

CORE = {
    "CMSG_LEN", "CMSG_SPACE", "RawAddress", "SocketIO", "SocketType", "close", "dup", "error", "fromfd", "gaierror",
    "getdefaulttimeout", "herror", "setdefaulttimeout", "socket", "socketpair", "timeout", "has_ipv6",
    "AddressFamily", "SocketKind", "MsgFlag", "AddressInfo", "AF_UNSPEC", "SOCK_STREAM", "SOCK_DGRAM", "SOL_SOCKET",
    "SO_ERROR", "SO_TYPE", "MSG_PEEK", "SHUT_RD", "SHUT_WR", "SHUT_RDWR", "SOMAXCONN",
}  # fmt: skip
ALONE = {"SOCKCORE_PLUGINS": ""}


def test_all_and_dir_contain_all_public_names():
    assert set(sockcore.__all__) >= CORE
    assert set(dir(sockcore)) >= set(sockcore.__all__)
    assert len(set(sockcore.__all__)) == len(sockcore.__all__)
    assert not [name for name in sockcore.__all__ if name.startswith("_") or not hasattr(sockcore, name)]


def test_star_import_imports_all_names():
    names: dict[str, object] = {}
    exec("from sockcore import *", names)
    assert {name: names[name] for name in sockcore.__all__} == {n: getattr(sockcore, n) for n in sockcore.__all__}


def test_aliases_are_their_standard_objects():
    assert sockcore.error is OSError
    assert sockcore.SocketType is sockcore.socket
    assert issubclass(sockcore.timeout, OSError)
    if sys.version_info >= (3, 10):
        assert sockcore.timeout is TimeoutError
    for cls in (sockcore.herror, sockcore.gaierror):
        assert issubclass(cls, OSError)
        assert cls(5, "text").args == (5, "text")


def test_module_name_is_looked_up_once():
    assert vars(sockcore).get("SOL_SOCKET", sockcore.SOL_SOCKET) == sockcore.SOL_SOCKET
    assert "SOL_SOCKET" in vars(sockcore)


@pytest.mark.parametrize(
    ("enum_name", "name"),
    [("AddressFamily", "AF_UNSPEC"), ("SocketKind", "SOCK_STREAM"), ("MsgFlag", "MSG_PEEK")],
)
def test_constants_are_enum_members(enum_name, name):
    enum, member = getattr(sockcore, enum_name), getattr(sockcore, name)
    assert isinstance(member, enum)
    assert isinstance(member, int)
    assert member is enum[name]
    assert enum.__module__ == "sockcore"
    assert pickle.loads(pickle.dumps(member)) is member
    assert name in repr(member)


def test_flags_combined_are_msg_flags():
    both = sockcore.MSG_PEEK | sockcore.MSG_OOB
    assert isinstance(both, sockcore.MsgFlag)
    assert both == int(sockcore.MSG_PEEK) + int(sockcore.MSG_OOB)


def test_unknown_number_remains_an_int():
    from sockcore.plugin import as_address_info, as_family, as_kind

    assert (type(as_family(250)), as_family(250)) == (int, 250)
    assert (type(as_kind(250)), as_kind(250)) == (int, 250)
    assert as_kind(sockcore.SOCK_DGRAM.value) is sockcore.SOCK_DGRAM
    assert as_address_info(0) == 0
    if len(sockcore.AddressInfo):
        assert isinstance(as_address_info(0), sockcore.AddressInfo)


def test_default_family_without_plugins_raises_and_names_the_distribution(python):
    code = """
        import sockcore
        for call in (sockcore.socket, sockcore.socketpair):
            try:
                call()
            except OSError as error:
                print(error)
        print(sockcore.has_ipv6)
    """
    first, second, has_ipv6 = python(code, **ALONE).splitlines()
    assert "sockcore-inet" in first
    assert "sockcore-inet" in second or "sockcore-unix" in second
    assert has_ipv6 == "False"


@pytest.mark.skipif(sys.platform != "linux", reason="the messages were checked on Linux only")
def test_address_of_family_without_plugin_raises(python):
    code = """
        import sys, sockcore
        sys.path[:] = [entry for entry in sys.path if not entry.endswith("-packages")]  # no plugin is found then
        one, two = sockcore.socketpair(1)
        with one, two:
            print(repr(one.family))
            for call in (one.bind, one.connect, one.connect_ex, lambda a: one.sendto(b"", a),
                         lambda a: one.sendmsg([b""], [], 0, a)):
                try:
                    call("path")
                except OSError as error:
                    print(error)
            print(repr(one.getsockname()))
    """
    lines = python(code).splitlines()
    assert lines[0] == "1"
    for line, operation in zip(lines[1:], ("bind", "connect", "connect_ex", "sendto", "sendmsg")):
        assert line == (
            f"{operation}(): address family 1: no plugin knows its addresses, pass sockcore.RawAddress, "
            "not str (1 is AF_UNIX: pip install sockcore-unix)"
        )
    assert lines[6].startswith("RawAddress(b'")


def test_raw_address_of_family_without_plugin_is_accepted(python):
    code = """
        import sockcore
        from systems import AF_INET, loopback, name_of
        with sockcore.socket(AF_INET, sockcore.SOCK_DGRAM) as a, sockcore.socket(AF_INET, sockcore.SOCK_DGRAM) as b:
            a.bind(loopback())
            address = a.getsockname()
            print(address == name_of(a), address[:2] == loopback()[:2], type(address).__name__)
            b.connect(address)
            b.sendto(b"data", address)
            data, sender = a.recvfrom(10)
            print(data, sender == b.getsockname(), b.getpeername() == address, b.getpeername().family)
            print(repr(a).count("RawAddress"))
    """
    assert python(code, **ALONE).splitlines() == ["True True RawAddress", "b'data' True True 2", "1"]
