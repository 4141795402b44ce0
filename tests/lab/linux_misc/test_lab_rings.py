"""The rings of AF_PACKET and AF_XDP on this kernel: the tests of the plugin and of the example, without skips."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[3]
XDP = ROOT / "examples" / "xdp"
#: Tests of the implementation in C, which the guest does not have.
WITHOUT_C = "not native"


@pytest.fixture
def _veth_pair() -> Iterator[None]:
    subprocess.run(["ip", "link", "add", "veth0", "type", "veth", "peer", "name", "veth1"], check=True)
    for name in ("veth0", "veth1"):
        subprocess.run(["ip", "link", "set", name, "up"], check=True)
    yield
    subprocess.run(["ip", "link", "del", "veth0"], check=True)


def run(arguments: list[str], **variables: str) -> str:
    path = os.pathsep.join(filter(None, [str(XDP / "src"), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path, **variables}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("tests", ["tests/linux_misc/test_packet_ring.py", "examples/xdp/tests/test_xdp_rings.py"])
def test_rings_work_on_this_kernel(tests: str) -> None:
    output = run(["-m", "pytest", "-q", "-p", "no:cacheprovider", "-rs", "-k", WITHOUT_C, tests])
    assert re.search(r"[1-9]\d+ passed", output)
    skipped = [line for line in output.splitlines() if line.startswith("SKIPPED")]
    assert [line for line in skipped if "copies" not in line] == []


@pytest.mark.usefixtures("_veth_pair")
def test_programs_of_guide_print_output() -> None:
    text = (ROOT / "docs" / "how-to" / "rings.md").read_text(encoding="utf-8")
    packet, xdp = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    [expected] = re.findall(r"^```text\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert run(["-c", packet]) == expected
    lines = run(["-c", "from sockcore import plugin\nplugin.load('sockcore_xdp')\n" + xdp]).splitlines()
    assert (lines[0], lines[1][:20]) == ("1 sent", "received Statistics(")
