"""Datagrams to one peer, sent and received: C, the standard module, and sockcore_inet.Datagrams.

    python -m benchmarks.datagrams [--profile | --page]

All figures are microseconds for one datagram, sent and received in one thread over loopback: the smallest of several
rounds. The C programs are compiled here. ``--profile`` prints the functions in which the rows with an object for each
datagram spend their time. ``--page`` writes the table to docs/performance.md, with the load of the machine.
"""

from __future__ import annotations

import cProfile
import itertools
import os
import platform
import pstats
import shutil
import socket as plain
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import sockcore
from benchmarks.page import PAGE, replaced
from sockcore_inet.datagrams import Datagrams, Send

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Callable

SIZES = (64, 1200)
ROUNDS = 100
COUNT = 384  # datagrams of a round: a multiple of the batch, and few enough for the receive buffer
BATCH = 64
BUFFER = 4 << 20
#: The marks around the table in docs/performance.md.
BEGIN, END = "<!-- datagrams: written by python -m benchmarks.datagrams --page -->", "<!-- end of datagrams -->"
NO_OFFLOAD = {"gro": False, "gso": False}

PROGRAM = r"""
#include <arpa/inet.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static char data[64 * 1200], buffers[64][65536 + 4160];

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
    int size = atoi(argv[1]), offload = atoi(argv[2]), count = atoi(argv[3]), rounds = atoi(argv[4]), buffer = 4 << 20;
    int most = 65487 / size < 64 ? 65487 / size : 64, on = 1;
    int in = socket(AF_INET, SOCK_DGRAM, 0), out = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof to;
    double best = 1e9;
    if (argc != 5 || bind(in, (struct sockaddr *)&to, length) || getsockname(in, (struct sockaddr *)&to, &length))
        return 1;
    setsockopt(in, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    if (offload && setsockopt(in, IPPROTO_UDP, UDP_GRO, &on, sizeof on))
        return 1;
    for (int round = 0; round < rounds; round++) {
        double began = now();
        for (int sent = 0; sent < count;) {
            struct mmsghdr headers[64] = {0};
            struct iovec parts[64];
            int messages = offload ? 1 : count - sent < 64 ? count - sent : 64;
            int each = offload ? (count - sent < most ? count - sent : most) : 1;
            char control[CMSG_SPACE(2)] = {0};
            for (int i = 0; i < messages; i++) {
                parts[i] = (struct iovec){data, each * size};
                headers[i].msg_hdr = (struct msghdr){.msg_name = &to, .msg_namelen = length, .msg_iov = &parts[i],
                    .msg_iovlen = 1};
            }
            if (offload) {
                headers[0].msg_hdr.msg_control = control;
                headers[0].msg_hdr.msg_controllen = sizeof control;
                struct cmsghdr *c = CMSG_FIRSTHDR(&headers[0].msg_hdr);
                c->cmsg_level = IPPROTO_UDP, c->cmsg_type = UDP_SEGMENT, c->cmsg_len = CMSG_LEN(2);
                unsigned short segment = size;
                memcpy(CMSG_DATA(c), &segment, 2);
            }
            int done = sendmmsg(out, headers, messages, 0);
            if (done < 0)
                return 1;
            sent += done * each;
        }
        for (int received = 0; received < count;) {
            struct mmsghdr headers[64] = {0};
            struct iovec parts[64];
            for (int i = 0; i < 64; i++) {
                parts[i] = (struct iovec){buffers[i], 65536};
                headers[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
            }
            int done = recvmmsg(in, headers, 64, MSG_WAITFORONE, NULL);
            if (done < 0)
                return 1;
            for (int i = 0; i < done; i++)
                received += (headers[i].msg_len + size - 1) / size;
        }
        double each = (now() - began) / count;
        best = each < best ? each : best;
    }
    printf("%.4f\n", best);
    return 0;
}
"""


def measure_c(program: Path, size: int, is_offloaded: bool) -> float | None:
    """Return the microseconds of the C program, or None if the system does not support it."""
    arguments = [str(program), str(size), str(int(is_offloaded)), str(COUNT), str(ROUNDS)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    return float(done.stdout) if done.returncode == 0 else None


def best_of(work: Callable[[], None]) -> float:
    """Return the microseconds of one datagram in the fastest round."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = perf_counter()
        work()
        best = min(best, perf_counter() - began)
    return best / COUNT * 1e6


def open_pair(module: Any) -> tuple[Any, Any, Any]:
    """Return a receiver, a sender, and the address of the receiver."""
    pair = [module.socket(module.AF_INET, module.SOCK_DGRAM) for _ in range(2)]
    for sock in pair:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(60)
    pair[0].setsockopt(module.SOL_SOCKET, module.SO_RCVBUF, BUFFER)
    return pair[0], pair[1], pair[0].getsockname()


def measure_plain(module: Any, size: int) -> float:
    """Call sendto and recvfrom for each datagram."""
    receiver, sender, address = open_pair(module)
    data = bytes(size)

    def work() -> None:
        for _ in range(COUNT // BATCH):
            for _ in itertools.repeat(None, BATCH):
                sender.sendto(data, address)
            for _ in itertools.repeat(None, BATCH):
                receiver.recvfrom(2048)

    with receiver, sender:
        return best_of(work)


def measure_blocks(size: int, features: dict[str, bool]) -> float:
    """Send and receive blocks: no object for each datagram."""
    receiver_sock, sender_sock, address = open_pair(sockcore)
    receiver, sender = Datagrams(receiver_sock, **features), Datagrams(sender_sock, **features)
    data = memoryview(bytes(size * COUNT))

    def work() -> None:
        sent = received = 0
        while sent < COUNT:
            sent += sender.send_block(data[sent * size :], size, address)
        while received < COUNT:
            for block in receiver.receive_blocks():
                received += block.segments

    with receiver_sock, sender_sock:
        return best_of(work)


def measure_objects(size: int, features: dict[str, bool], profile: cProfile.Profile | None = None) -> float:
    """Create a Send for each datagram, and receive a Datagram for each."""
    receiver_sock, sender_sock, address = open_pair(sockcore)
    receiver, sender = Datagrams(receiver_sock, **features), Datagrams(sender_sock, **features)
    data = bytes(size)

    def work() -> None:
        left = [Send(data, address) for _ in range(COUNT)]
        while left:
            left = sender.send(left).unsent
        received = 0
        while received < COUNT:
            received += len(receiver.receive())

    with receiver_sock, sender_sock:
        if profile is None:
            return best_of(work)
        work()
        with profile:
            for _ in range(ROUNDS):
                work()
        return 0.0


def measure_rows(program: Path | None) -> Iterator[tuple[str, list[float | None]]]:
    """Yield the name of each row, and its figure for each size."""
    rows: list[tuple[str, Callable[[int], float | None]]] = [
        ("C, sendmmsg and recvmmsg", lambda size: measure_c(program, size, False) if program else None),
        ("C, offload", lambda size: measure_c(program, size, True) if program else None),
        ("standard module, sendto and recvfrom", lambda size: measure_plain(plain, size)),
        ("sockcore, sendto and recvfrom", lambda size: measure_plain(sockcore, size)),
        ("Datagrams, blocks", lambda size: measure_blocks(size, {})),
        ("Datagrams, blocks without offload", lambda size: measure_blocks(size, NO_OFFLOAD)),
        ("Datagrams, objects", lambda size: measure_objects(size, {})),
        ("Datagrams, objects without offload", lambda size: measure_objects(size, NO_OFFLOAD)),
    ]
    for name, measure in rows:
        yield name, [measure(size) for size in SIZES]


def print_table(program: Path | None) -> None:
    """Print a line for each row, and a column for each size."""
    print(f"{'us for a datagram':40}", *(f"{size:5} B" for size in SIZES))
    for name, figures in measure_rows(program):
        print(f"{name:40}", *("      -" if figure is None else f"{figure:7.3f}" for figure in figures))


def write_page(program: Path | None) -> None:
    """Replace the table between the marks in docs/performance.md.

    The machine should be idle: the text before the table has the load average of the last minute.
    """
    load = os.getloadavg()[0]
    version, release = platform.python_version(), platform.release().partition("-")[0]
    day = date.today().isoformat()
    lines = [f"Python {version}, Linux {release}, {day}, load average {load:.1f} before the run:", ""]
    lines += ["| | " + " | ".join(f"{size} bytes" for size in SIZES) + " |", "|---|" + "---|" * len(SIZES)]
    for name, figures in measure_rows(program):
        lines.append(
            "| " + " | ".join([name, *("-" if figure is None else f"{figure:.3f}" for figure in figures)]) + " |"
        )
    text = replaced(PAGE.read_text(encoding="utf-8"), "\n".join(lines) + "\n", BEGIN, END)
    PAGE.write_text(text, encoding="utf-8")


def main() -> None:
    """Print the table or the profile, or write the table to the page."""
    if sys.argv[1:] == ["--profile"]:
        profile = cProfile.Profile()
        measure_objects(SIZES[0], {}, profile)
        pstats.Stats(profile).sort_stats("tottime").print_stats(12)
        return
    compiler = shutil.which("cc") or shutil.which("gcc")
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "datagrams")
        source = program.with_suffix(".c")
        source.write_text(PROGRAM, encoding="utf-8")
        command = [str(compiler), "-O2", "-D_GNU_SOURCE", "-o", str(program), str(source)]
        is_compiled = compiler is not None and subprocess.run(command, check=False).returncode == 0
        show = write_page if sys.argv[1:] == ["--page"] else print_table
        show(program if is_compiled else None)


if __name__ == "__main__":
    main()
