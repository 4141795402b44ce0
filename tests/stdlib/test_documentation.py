"""The examples in docs/drop-in.md do what they say."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "drop-in.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
#: multiprocessing keeps a thread and its socket for what was sent; a program that ends does not mind.
FINISH = """
import sys
if "multiprocessing.resource_sharer" in sys.modules:
    sys.modules["multiprocessing.resource_sharer"].stop()
"""


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_example(python, number):
    assert python("-c", EXAMPLES[number] + FINISH) == ""


def test_there_are_examples():
    assert len(EXAMPLES) == 5


def test_command_line_examples(python):
    command = re.search(r'^    python (-m sockcore run -c) "(.*)"$', PAGE.read_text(), re.MULTILINE)
    assert python(*command[1].split(), command[2]) == "sockcore\n"
