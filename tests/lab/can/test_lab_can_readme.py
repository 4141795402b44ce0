"""The code blocks in the README of sockcore-can."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sockcore

if TYPE_CHECKING:
    import pytest

README = Path(__file__).resolve().parents[3] / "plugins" / "can" / "README.md"


def test_readme_blocks_send_and_receive_frame(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE)
    receive, send_periodically = (block for block in blocks if "AF_CAN" in block)
    names: dict[str, Any] = {"sockcore": sockcore}
    exec(send_periodically, names)
    with names["sock"]:
        exec(receive, {})
    assert capsys.readouterr().out == "123 from vcan0: 7469636b\n"
