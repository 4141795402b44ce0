"""The examples in docs/drop-in.md."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "drop-in.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
#: Stop the thread of multiprocessing that sends sockets. Otherwise its socket causes a ResourceWarning.
FINISH = """
import sys
if "multiprocessing.resource_sharer" in sys.modules:
    sys.modules["multiprocessing.resource_sharer"].stop()
"""


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_drop_in_example_runs(python, number):
    assert python("-c", EXAMPLES[number] + FINISH) == ""


def test_drop_in_page_has_examples():
    assert len(EXAMPLES) == 4


def test_drop_in_command_line_example_runs(python):
    command = re.search(r'^    python (-m sockcore run -c) "(.*)"$', PAGE.read_text(), re.MULTILINE)
    assert python(*command[1].split(), command[2]) == "sockcore\n"
