"""Families that the kernel lacks: the error names the family and a kernel module."""

from __future__ import annotations

import errno
import sys
from typing import TYPE_CHECKING

import pytest
from systems import LOCAL, system_error

import sockcore
from sockcore.plugin import Family

if TYPE_CHECKING:
    from collections.abc import Callable

LACKING = 250  # no kernel has so many families
STREAM = sockcore.SOCK_STREAM
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="these names of kernel modules are specific to Linux")


class Lacking(Family):
    name = "AF_LACKING"

    def __init__(self, number: int = LACKING, module: str | None = "lacking") -> None:
        self.number, self.module = number, module

    def encode(self, address: object, context: object) -> bytes:
        return b""

    def decode(self, raw: bytes, context: object) -> object:
        return raw


def refusal(*numbers: int) -> OSError:
    with pytest.raises(OSError) as refused:
        sockcore.socket(*numbers)
    return refused.value


@pytest.fixture
def plain() -> OSError:
    """Return the error that the system raises without a plugin."""
    return system_error(errno.EAFNOSUPPORT)


@on_linux
@pytest.mark.usefixtures("no_leak")
def test_socket_of_unsupported_family_names_family_and_kernel_module(
    add_registration: Callable[..., None], plain: OSError
) -> None:
    add_registration("families", (LACKING, None), Lacking())
    error = refusal(LACKING, STREAM)
    assert type(error) is OSError
    assert error.errno == errno.EAFNOSUPPORT
    assert error.strerror == f"{plain.strerror}: AF_LACKING: this kernel lacks it (modprobe lacking)"
    assert str(error) == f"[Errno {errno.EAFNOSUPPORT}] {error.strerror}"
    assert error.__suppress_context__


@pytest.mark.parametrize("module", [None, *(["lacking"] if sys.platform != "linux" else [])])
def test_socket_of_unsupported_family_without_module_has_system_message(
    add_registration: Callable[..., None], plain: OSError, module: str | None
) -> None:
    add_registration("families", (LACKING, None), Lacking(module=module))
    assert refusal(LACKING, STREAM).args == plain.args


def test_socket_of_unsupported_family_without_plugin_has_system_message(plain: OSError) -> None:
    assert refusal(LACKING, STREAM).args == plain.args


@on_linux
def test_socket_of_unsupported_family_with_protocol_names_its_kernel_module(
    add_registration: Callable[..., None],
) -> None:
    add_registration("families", (LACKING, None), Lacking())
    add_registration("families", (LACKING, 7), Lacking(module="lacking_seven"))
    assert "(modprobe lacking_seven)" in refusal(LACKING, STREAM, 7).strerror
    assert "(modprobe lacking)" in refusal(LACKING, STREAM, 8).strerror


def test_socket_with_another_error_has_system_message(add_registration: Callable[..., None]) -> None:
    add_registration("families", (LOCAL, None), Lacking(LOCAL))
    error = refusal(LOCAL, STREAM, 77)
    assert error.errno != errno.EAFNOSUPPORT
    assert error.args == system_error(error.errno).args


def test_socket_of_supported_family_opens(add_registration: Callable[..., None]) -> None:
    add_registration("families", (LOCAL, None), Lacking(LOCAL))
    with sockcore.socket(LOCAL, STREAM) as sock:
        assert sock.family == LOCAL
