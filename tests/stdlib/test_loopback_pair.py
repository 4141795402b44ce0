"""The pair of sockets for systems without socketpair(2)."""

import pytest

import sockcore
from sockcore.stdlib._stand_ins import fallback_socketpair as socketpair


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6"])
def test_pair_is_connected(family):
    number = getattr(sockcore, family)
    try:
        sockcore.socket(number, sockcore.SOCK_STREAM).close()
        here, there = socketpair(number)
    except OSError as problem:
        if family == "AF_INET":
            raise
        pytest.skip(f"no {family} loopback here: {problem}")
    with here, there:
        assert (here.family, there.type) == (number, sockcore.SOCK_STREAM)
        assert here.gettimeout() is there.gettimeout() is None
        here.sendall(b"there")
        there.sendall(b"here")
        assert (there.recv(10), here.recv(10)) == (b"there", b"here")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((sockcore.AF_UNIX,), "Only AF_INET and AF_INET6"),
        ((sockcore.AF_INET, sockcore.SOCK_DGRAM), "Only SOCK_STREAM"),
        ((sockcore.AF_INET, sockcore.SOCK_STREAM, 6), "Only protocol zero"),
    ],
)
def test_other_kinds_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        socketpair(*arguments)


def test_a_stranger_who_connects_first_is_noticed(monkeypatch):
    strangers = []

    class Late(sockcore.socket):
        def connect(self, address):
            stranger = plain(sockcore.AF_INET, sockcore.SOCK_STREAM)
            strangers.append(stranger)
            stranger.connect(address)
            super().connect(address)

    plain = sockcore.socket
    monkeypatch.setattr(sockcore, "socket", Late)
    with pytest.raises(ConnectionError, match="Unexpected peer"):
        socketpair()
    assert strangers
    for stranger in strangers:
        stranger.close()
