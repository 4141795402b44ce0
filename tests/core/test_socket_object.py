"""The socket as a Python object: repr, ResourceWarning, pickle, dup, detach."""

from __future__ import annotations

import copy
import gc
import pickle
import warnings
import weakref

import pytest
from systems import LOCAL, PEER_GONE, is_open, socketpair

import sockcore

STREAM = sockcore.SOCK_STREAM


def test_repr_contains_descriptor_numbers_and_addresses(pair):
    one, _ = pair()
    address, peer = one.getsockname(), one.getpeername()
    text = repr(one)
    start = f"<sockcore.socket fd={one.fileno()}, family={one.family!s}, type={one.type!s}, proto=0"
    assert text.startswith(start)
    assert text == start + (f", laddr={address}, raddr={peer}" if address else "") + ">"
    one.close()
    assert repr(one) == f"<sockcore.socket [closed] fd=-1, family={one.family!s}, type={one.type!s}, proto=0>"


def test_repr_of_subclass_contains_its_name():
    class Mine(sockcore.socket):
        pass

    with Mine(LOCAL, STREAM) as sock:
        assert repr(sock).startswith(f"<{__name__}.{Mine.__qualname__} fd=")


def test_repr_with_bytes_address_issues_no_bytes_warning(python):
    code = """
        import sockcore
        from sockcore.plugin import sockaddr_header
        from systems import LOCAL
        with sockcore.socket(LOCAL, sockcore.SOCK_DGRAM) as sock:
            print("fd=" in repr(sock), str(sockcore.RawAddress(sockaddr_header(1, 2)))[:10])
    """
    assert python(code, options=("-bb",), SOCKCORE_PLUGINS="") == "True RawAddress\n"


def test_unclosed_socket_warns_with_its_repr_and_is_closed():
    kept = [sockcore.socket(LOCAL, STREAM)]
    fd, text = kept[0].fileno(), repr(kept[0])

    def forget():
        kept.clear()
        gc.collect()

    with pytest.warns(ResourceWarning) as caught:
        forget()
    assert str(caught[0].message) == f"unclosed {text}"
    assert isinstance(caught[0].source, sockcore.socket)
    del caught
    assert not is_open(fd)


def test_closed_or_detached_socket_issues_no_resource_warning(recwarn):
    warnings.simplefilter("always")
    one, two = socketpair()
    one.close()
    fd = two.detach()
    del one, two
    gc.collect()
    assert not recwarn
    sockcore.close(fd)


@pytest.mark.usefixtures("no_leak")
def test_unclosed_socket_with_warning_as_error_is_closed(python):
    code = """
        import gc, sockcore
        from systems import LOCAL, is_open
        sock = sockcore.socket(LOCAL, sockcore.SOCK_STREAM)
        fd = sock.fileno()
        print(is_open(fd))
        del sock
        gc.collect()
        print(is_open(fd))
    """
    done = python(code, fails=True)
    assert done.stdout == "True\nFalse\n"
    assert "ResourceWarning: unclosed <sockcore.socket fd=" in done.stderr


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_raises_type_error(pair, protocol):
    one, _ = pair()
    with pytest.raises(TypeError, match=r"^cannot pickle 'socket' object$"):
        pickle.dumps(one, protocol)


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy])
def test_copy_raises_type_error(pair, how):
    one, _ = pair()
    with pytest.raises(TypeError, match=r"^cannot pickle 'socket' object$"):
        how(one)


def test_socket_supports_weak_references():
    sock = sockcore.socket(LOCAL, STREAM)
    reference = weakref.ref(sock)
    proxy = weakref.proxy(sock)
    assert reference() is sock
    assert proxy.fileno() == sock.fileno()
    sock.close()
    del sock
    gc.collect()
    assert reference() is None


def test_socket_has_no_dictionary(pair):
    one, _ = pair()
    assert not hasattr(one, "__dict__")
    with pytest.raises(AttributeError):
        one.attribute = 1


def test_socket_hash_and_equality_are_identity(pair):
    one, two = pair()
    with one.dup() as other:
        assert one == one
        assert one != other
        assert len({one, two, other}) == 3


def test_dup_returns_same_endpoint_with_separate_timeout(pair):
    one, two = pair(timeout=7.5)
    with one.dup() as other_sock:
        assert other_sock.fileno() != one.fileno()
        assert (other_sock.family, other_sock.type, other_sock.proto, other_sock.gettimeout()) == (
            one.family, one.type, one.proto, 7.5,
        )  # fmt: skip
        other_sock.settimeout(3)
        assert one.gettimeout() == 7.5
        one.close()
        other_sock.send(b"dup")
        assert two.recv(5) == b"dup"


def test_detach_keeps_the_descriptor_open(pair):
    one, two = pair()
    fd = one.fileno()
    assert one.detach() == fd
    assert one.fileno() == -1
    assert "[closed]" in repr(one)
    with sockcore.socket(fileno=fd) as other_sock:
        other_sock.send(b"alive")
        assert two.recv(10) == b"alive"


def test_context_manager_closes_once_and_propagates_exceptions():
    with pytest.raises(KeyError), sockcore.socket(LOCAL, STREAM) as sock:
        raise KeyError
    assert sock.fileno() == -1
    with sockcore.socket(LOCAL, STREAM) as sock:
        sock.close()
    with sockcore.socket(LOCAL, STREAM) as sock:
        sockcore.close(sock.detach())


def test_close_called_twice_has_no_effect(pair):
    one, _ = pair()
    one.close()
    one.close()


def test_close_ends_the_stream_of_the_peer(pair):
    one, two = pair()
    one.send(b"last words")
    one.close()
    assert (two.recv(20), two.recv(20)) == (b"last words", b"")
    with pytest.raises(PEER_GONE):  # noqa: PT012 - TCP does not know it at first
        while True:
            two.send(b"x")


def test_shutdown_ends_one_direction(pair):
    one, two = pair()
    one.shutdown(sockcore.SHUT_WR)
    assert two.recv(1) == b""
    two.send(b"other way")
    assert one.recv(20) == b"other way"
    two.shutdown(sockcore.SHUT_RDWR)
    with pytest.raises(OSError):
        one.shutdown(77)
