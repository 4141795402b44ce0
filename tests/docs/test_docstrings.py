"""Docstrings of all public functions and classes, on all systems: units of parameters, and availability."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest
from blocks import ROOT

sys.path.insert(0, str(ROOT))
try:
    from tools.docs import reference
finally:
    sys.path.remove(str(ROOT))

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems are simulated on Linux")

#: Parameters that are a duration, a time, a size or a number of items.
MEASURES = re.compile(
    r"(\w+_)?(timeout|timeo|seconds|interval|latency|duration|delay|linger|ns|ival\d|timetolive|lifetime)"
    r"|(\w+_)?(\w*size|sizes|buflen|length|nbytes|bytes|count|limit|maxfds|offset|backlog|mtu|sdu|bits|assoclen|stride)"
)
UNIT = re.compile(
    r"\b((milli|micro|nano)?seconds?|ms|µs|bytes?|bits?|octets|messages?|datagrams|connections|frames|pairs|blocks"
    r"|(file )?descriptors|items|packets)\b",
    re.IGNORECASE,
)
#: The unit is that of another function or class.
REFERENCE = re.compile(r"\b(as for|as in|those of|same meaning as|is that of)\b")
SENTENCE = re.compile(r"(?<=[.;])\s+(?=[A-Z*`a-z(-])|\n\n")


def parameters(signature: str) -> list[str]:
    """Return the names of the parameters in a signature."""
    text = re.match(r"\((.*)\)(?: -> .*)?$", re.sub(r"\s+", " ", signature))
    depth = 0
    names = [""]
    for character in text[1] if text else "":
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            names.append("")
        else:
            names[-1] += character
    return [name for part in names if (name := re.split("[:=]", part)[0].strip(" *"))]


def states_unit(doc: str, name: str) -> bool:
    """Return True if a sentence of a docstring has the parameter's name and a unit, or refers to another function."""
    sentences = SENTENCE.split(re.sub(r"(?<!\n)\n(?!\n)", " ", doc))
    words = re.compile(rf"(?<!\w){name.replace('_', '[_ ]')}(?!\w)", re.IGNORECASE)
    return any(words.search(text) and (UNIT.search(text) or REFERENCE.search(text)) for text in sentences)


@pytest.fixture(scope="module")
def objects(taken: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return reference.merge(taken)


def test_sizes_and_durations_have_a_unit(objects: dict[str, dict[str, Any]]) -> None:
    measured = {
        f"{path}.{name}": record["doc"]
        for path, record in objects.items()
        for name in parameters(record["signature"])
        if MEASURES.fullmatch(name)
    }
    measured["sockcore.socket.settimeout.value"] = objects["sockcore.socket.settimeout"]["doc"]
    assert len(measured) > 60
    lacking = [path for path, doc in measured.items() if not states_unit(doc, path.rpartition(".")[2])]
    assert lacking == []


def test_what_a_system_lacks_has_its_availability(objects: dict[str, dict[str, Any]], taken: Any) -> None:
    partial = {
        path: record
        for path, record in objects.items()
        if len(record["systems"]) < len(taken) and record["kind"] not in ("data", "property", "module")
    }
    assert "sockcore.socket.share" in partial
    texts = {
        path: [objects[place]["doc"] for place in (path, path.rpartition(".")[0], record["page"])]
        for path, record in partial.items()
    }
    assert [path for path, docs in texts.items() if "Availability:" not in "".join(docs)] == []
