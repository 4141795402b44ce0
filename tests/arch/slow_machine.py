"""A pytest plugin for emulated machines: fewer examples, and skips for errors of the emulator.

A Python for musl that the processor of the machine runs directly does not have such skips.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = 20

# The interpreter cannot be started directly. The launcher starts the emulator.
sys.executable = os.environ["EMULATED_PYTHON"]

settings.register_profile("slow machine", max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile("slow machine")

CREDENTIALS = "qemu writes SCM_CREDENTIALS beyond the end of a small control buffer"
OPTION = "qemu writes a struct (SO_PEERCRED, SO_LINGER, timeouts) beyond the end of a small buffer"
DESCRIPTORS = "qemu leaves descriptors open that do not fit into a control buffer"
EMPTY = "qemu does not send or receive a message without buffers, but reports success"
SO_ERROR = "qemu returns error numbers of the host as values of SO_ERROR"
LENGTH = "qemu checks the length of an option before the descriptor"
NUMBERS = "qemu does not support the 64-bit options SO_COOKIE and SO_MAX_PACING_RATE"
UNKNOWN = "qemu does not set SO_INCOMING_CPU and SO_MARK (ENOPROTOOPT)"
PART = "qemu writes the lowest bytes of a number into a small buffer"
GROUPS = "qemu does not support SO_PEERGROUPS"
MEMORY = "qemu does not limit the memory of the emulated process"
STACK = "qemu copies control data to its stack, which overflows"

# Prefix of a test id -> error of qemu's user mode, which also occurs with the standard library.
EMULATOR = {
    "tests/core/test_closed_socket.py::test_argument_that_closes_the_socket_does_not_select_the_next_descriptor"
    "[setsockopt length": LENGTH,
    "tests/parity/test_parity_options.py::test_getsockopt_all_options_match": OPTION,
    "tests/parity/test_parity_options.py::test_getsockopt_with_any_length_matches": OPTION,
    "tests/core/test_messages.py::test_sendmsg_and_recvmsg_into_without_buffers_transfer_no_data": EMPTY,
    "tests/parity/test_parity_methods.py::test_method_calls_match[recvmsg_into]": EMPTY,
    "tests/parity/test_parity_sequences.py::test_random_operations_on_pair_match[unix]": EMPTY,
    "tests/core/test_socket_options.py::test_getsockopt_on_wide_level_returns_64_bits": NUMBERS,
    "tests/core/test_socket_options.py::test_setsockopt_on_wide_level_writes_64_bits": NUMBERS,
    "tests/core/test_base_socket.py::test_getsockopt_of_64_bits_returns_unsigned_int": NUMBERS,
    "tests/core/test_socket_options.py::test_setsockopt_sets_an_incoming_cpu_of_32_bits": UNKNOWN,
    "tests/core/test_socket_options.py::test_getsockopt_returns_the_set_32_bit_number": UNKNOWN,
    "tests/core/test_socket_options.py::test_setsockopt_sets_a_mark_of_32_bits": UNKNOWN,
    "tests/core/test_receiving_all.py::test_recvmsg_into_no_buffers_with_peek": EMPTY,
    "tests/core/test_control_messages.py::test_sendmsg_with_more_ancdata_than_the_kernel_accepts_raises": STACK,
    "tests/core/test_descriptors_received.py::test_recvmsg_without_room_sets_ctrunc": DESCRIPTORS,
    "tests/core/test_batches.py::test_recvmmsg_without_room_for_descriptors_closes_them": DESCRIPTORS,
    "tests/unix/test_unix_parity.py::test_recvmsg_of_any_control_size_matches_stdlib": CREDENTIALS,
    "tests/parity/test_parity_ancillary.py::test_recvmsg_with_any_buffer_size_matches": CREDENTIALS,
    "tests/unix/test_unix_parity.py::test_getsockopt_of_any_size_matches_stdlib[None-SO_PEERCRED]": OPTION,
    "tests/unix/test_unix_parity.py::test_getsockopt_of_any_size_matches_stdlib[1-SO_PEERCRED]": OPTION,
    "tests/unix/test_unix_parity.py::test_getsockopt_of_any_size_matches_stdlib[4-SO_PEERCRED]": OPTION,
    "tests/unix/test_unix_parity.py::test_send_fds_and_recv_fds_match_stdlib": DESCRIPTORS,
    "tests/unix/test_unix_descriptors.py::test_recv_fds_with_smaller_maxfds_truncates_without_leak": DESCRIPTORS,
    "tests/unix/test_unix_descriptors.py::test_recvmsg_truncated_anywhere_returns_whole_descriptors": DESCRIPTORS,
    "tests/unix/test_unix_credentials.py::test_options_read_peergroups_of_400_groups": GROUPS,
    "tests/core/test_native_sizes.py::test_recvmmsg_of_more_than_memory_raises_and_writes_nothing": MEMORY,
}
if sys.maxsize < 2**32:  # control buffers of 2 GiB
    EMULATOR["tests/core/test_base_socket.py::test_wrong_arguments_raise_equal_exceptions"] = STACK
    EMULATOR["tests/core/test_base_socket.py::test_wrong_arguments_raise_before_any_transfer"] = STACK
if sys.byteorder == "big":
    EMULATOR["tests/core/test_base_socket.py::test_getsockopt_returns_int_or_bytes"] = PART
    EMULATOR["tests/core/test_reported_lengths.py::test_getsockopt_of_longer_value_truncates"] = PART
if errno.ECONNREFUSED != 111:  # error numbers of MIPS differ from the host
    EMULATOR["tests/core/test_timeout_of_connect.py::test_connect_refused_raises_unless_non_blocking[60.0]"] = SO_ERROR
    EMULATOR["tests/core/test_base_socket.py::test_connect_refused_raises_or_returns_errno"] = SO_ERROR
#: Omitted tests. They need a library for LD_PRELOAD, which the host builds, or they are slow and do not depend on the
#: processor: exceptions, signals, threads, interpreters, texts.
LEFT_OUT = (
    "tests/core/discovery/",
    "tests/core/test_codecs_that_fail.py",
    "tests/core/test_descriptors_do_not_leak.py",
    "tests/core/test_documented.py",
    "tests/core/test_layers.py",
    "tests/core/test_lengths_of_a_lying_kernel.py",
    "tests/core/test_messages_about_arguments.py",
    "tests/core/test_native_attributes.py",
    "tests/core/test_native_exceptions.py",
    "tests/core/test_native_interpreters.py",
    "tests/core/test_signal_handlers_that_fail.py",
    "tests/core/test_signals_while_",
    "tests/core/test_sockets_and_threads.py",
    "tests/core/test_system_calls.py",
    "tests/core/test_testing_fixtures.py",
    "tests/core/test_timeout_changed_by_threads.py",
    "tests/core/test_type_hints.py",
    "tests/core/test_unopened_sockets.py",
    "tests/core/test_without_ctypes.py",
    "tests/inet/test_asyncio_loops.py",
    "tests/inet/test_databases_reentrancy.py",
    "tests/inet/test_inet_interpreters.py",
    "tests/linux_misc/test_linux_misc_interpreters.py",
    "tests/parity/test_parity_edges.py",
    "tests/parity/test_parity_unclosed.py",
)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not import the left out modules, unless the command line has their path."""
    name = collection_path.relative_to(config.rootpath).as_posix() if config.rootpath in collection_path.parents else ""
    return True if (f"{name}/" if collection_path.is_dir() else name).startswith(LEFT_OUT) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    slow = [
        item
        for item in items
        if "python" in getattr(item, "fixturenames", ()) or item.nodeid.startswith(LEFT_OUT)  # starts interpreters
    ]
    config.hook.pytest_deselected(items=slow)
    items[:] = [item for item in items if item not in slow]
    for item in items:
        for name, reason in EMULATOR.items() if "EMULATED_ARCHITECTURE" in os.environ else ():
            if item.nodeid.startswith(name):
                item.add_marker(pytest.mark.skip(reason=reason))
        test_settings = getattr(getattr(item, "obj", None), "_hypothesis_internal_use_settings", None)
        if test_settings is not None and test_settings.max_examples > EXAMPLES:
            item.obj._hypothesis_internal_use_settings = settings(test_settings, max_examples=EXAMPLES)
