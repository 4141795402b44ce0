"""The fallback of socketpair() for systems without socketpair(2)."""

import pytest

import sockcore
from sockcore.stdlib._stand_ins import fallback_socketpair as socketpair


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6"])
def test_fallback_socketpair_is_connected(family):
    number = getattr(sockcore, family)
    try:
        sockcore.socket(number, sockcore.SOCK_STREAM).close()
        left, right = socketpair(number)
    except OSError as exc:
        if family == "AF_INET":
            raise
        pytest.skip(f"the loopback interface does not support {family}: {exc}")
    with left, right:
        assert (left.family, right.type) == (number, sockcore.SOCK_STREAM)
        assert left.gettimeout() is right.gettimeout() is None
        left.sendall(b"request")
        right.sendall(b"response")
        assert (right.recv(10), left.recv(10)) == (b"request", b"response")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((sockcore.AF_UNIX,), "Only AF_INET and AF_INET6"),
        ((sockcore.AF_INET, sockcore.SOCK_DGRAM), "Only SOCK_STREAM"),
        ((sockcore.AF_INET, sockcore.SOCK_STREAM, 6), "Only protocol zero"),
    ],
)
def test_fallback_socketpair_unsupported_arguments_raise_value_error(arguments, message):
    with pytest.raises(ValueError, match=message):
        socketpair(*arguments)


def test_fallback_socketpair_third_party_connecting_first_raises(monkeypatch):
    third_parties = []

    class LateSocket(sockcore.socket):
        def connect(self, address):
            third_party = plain(sockcore.AF_INET, sockcore.SOCK_STREAM)
            third_parties.append(third_party)
            third_party.connect(address)
            super().connect(address)

    plain = sockcore.socket
    monkeypatch.setattr(sockcore, "socket", LateSocket)
    with pytest.raises(ConnectionError, match="Unexpected peer"):
        socketpair()
    assert third_parties
    for third_party in third_parties:
        third_party.close()
