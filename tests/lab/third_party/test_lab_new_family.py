"""A new family from its header to data: the steps of docs/how-to/new-family.md, for AF_MCTP."""

from __future__ import annotations

import os
import re
import socket as stdlib
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

AF_MCTP = 45
EID = 8
RTM_NEWADDR, IFA_LOCAL = 20, 2
GUIDE = Path(__file__).resolve().parents[3] / "docs/how-to/new-family.md"


def add_eid(interface: str, eid: int) -> None:
    """Give an interface an address of AF_MCTP, by the standard library. Ignore that it exists."""
    body = struct.pack("=BBBBI", AF_MCTP, 0, 0, 0, stdlib.if_nametoindex(interface))
    body += struct.pack("=HH", 5, IFA_LOCAL) + bytes([eid, 0, 0, 0])
    with stdlib.socket(stdlib.AF_NETLINK, stdlib.SOCK_RAW) as sock:
        sock.send(struct.pack("=IHHII", 16 + len(body), RTM_NEWADDR, 0x405, 1, 0) + body)
        sock.recv(4096)


@pytest.fixture
def program() -> str:
    """Return the program of the guide that transfers data."""
    [block] = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    return str(block)


@pytest.mark.timeout(600)  # twenty runs of a compiler in the guest
def test_new_family_from_header_to_data(tmp_path: Path, program: str) -> None:
    try:
        stdlib.socket(AF_MCTP, stdlib.SOCK_DGRAM).close()
    except OSError as exc:
        pytest.skip(f"the kernel does not support AF_MCTP: {exc}")
    if not Path("/usr/include/linux/mctp.h").exists():
        pytest.skip("needs linux/mctp.h")
    add_eid("lo", EID)
    source = tmp_path / "sockcore-mctp"
    path = os.pathsep.join(filter(None, [str(source / "src"), os.environ.get("PYTHONPATH")]))
    installed = {"PYTHONPATH": path, "SOCKCORE_PLUGINS": "sockcore_mctp"}
    options = ("--header", "linux/mctp.h", "--struct", "sockaddr_mctp")
    outputs = []
    for folder, variables, arguments in (
        (tmp_path, {}, ("-m", "sockcore", "new-family", "AF_MCTP", *options)),
        (source, installed, ("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_mctp_family.py")),
        (source, installed, ("-m", "sockcore", "check-layout", "--native", "sockcore_mctp")),
        (source, installed, ("-c", program)),
    ):
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=folder,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        print(f"{time.monotonic() - began:.1f} s: {arguments[:3]}\n{done.stdout}")
        outputs.append(done.stdout)
    assert "AF_MCTP (45), addresses (network, addr, type, tag)" in outputs[0]
    assert " passed" in outputs[1]
    assert " 0 differences" in outputs[2]
    assert outputs[3] == "request from (1, 8, 5, 8)\nresponse from (1, 8, 5, 0)\n"
