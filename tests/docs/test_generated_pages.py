"""The pages that tools/docs makes from the code: nothing that plugins register is missing."""

from __future__ import annotations

import re
import sys
from typing import Any
from xml.etree import ElementTree

import pytest
from blocks import ROOT

import sockcore
from sockcore._plugins.discovery import with_codecs

sys.path.insert(0, str(ROOT))
try:
    from tools.docs import constants, families, layout, reference, text
    from tools.docs.snapshot import TARGETS
finally:
    sys.path.remove(str(ROOT))

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems are simulated on Linux")


@pytest.fixture(scope="module")
def family_pages(taken: dict[str, dict[str, Any]]) -> dict[str, str]:
    return families.pages(taken)


def test_snapshot_of_each_system_has_its_families(taken: dict[str, dict[str, Any]]) -> None:
    assert list(taken) == list(TARGETS)
    names = {system: {codec["name"] for codec in snapshot["families"]} for system, snapshot in taken.items()}
    assert {"AF_INET", "AF_CAN", "AF_ALG"} <= names["linux"]
    assert "AF_HYPERV" in names["windows"]
    assert "AF_SYSTEM" in names["darwin"]
    assert "AF_DIVERT" in names["freebsd"]
    assert "AF_CAN" not in names["darwin"]


def test_snapshot_of_linux_has_the_names_of_this_process(taken: dict[str, dict[str, Any]]) -> None:
    constants_here = {name for name in sockcore.__all__ if isinstance(getattr(sockcore, name), (int, str))}
    listed = {name for names in taken["linux"]["constants"].values() for name in names}
    objects = {record["path"] for record in taken["linux"]["objects"]}
    missing = [name for name in sockcore.__all__ if name not in listed and f"sockcore.{name}" not in objects]
    assert missing == ["SocketType", "error", "timeout"]  # other names of socket, OSError and TimeoutError
    assert constants_here <= listed


def test_methods_of_sockets_are_in_the_reference(taken: dict[str, dict[str, Any]]) -> None:
    page = reference.pages(taken)["sockcore"]
    for name in dir(sockcore.socket):
        if name[0] != "_":
            assert re.search(rf"^   \.\. py:(method|property):: {name}\b", page, re.MULTILINE), name
    for name in ("share", "ioctl"):
        assert re.search(
            rf"^   \.\. py:method:: {name}\(.*?:Availability: Windows, in sockcore-windows",
            page,
            re.DOTALL | re.MULTILINE,
        )


@pytest.mark.parametrize(
    "module", ["options", "ancillary", "messages", "errors", "addresses", "backends", "stdlib", "plugin", "testing"]
)
def test_public_names_of_modules_are_in_the_reference(taken: dict[str, dict[str, Any]], module: str) -> None:
    imported = getattr(sockcore, module)
    page = reference.pages(taken)[f"sockcore.{module}"]
    names = getattr(imported, "__all__", None) or {
        name for name, value in vars(imported).items() if getattr(value, "__module__", None) == imported.__name__
    }
    typing = {"Any", "Callable", "Iterable", "Iterator", "Mapping", "Optional", "Sequence", "SupportsIndex", "Union"}
    assert names
    for name in {name for name in names if name[0] != "_"} - typing:
        assert re.search(rf"^\.\. py:\w+:: {name}\b", page, re.MULTILINE), name


def test_functions_have_signature_and_source(taken: dict[str, dict[str, Any]]) -> None:
    merged = reference.merge(taken)
    functions = [record for record in merged.values() if record["kind"] in ("function", "method")]
    assert len(functions) > 150
    without = {record["path"] for record in functions if not record["signature"] or not record["source"]}
    assert without <= {"sockcore.plugin.errno_before"}  # a function of C
    assert {record["path"] for record in functions if not record["doc"]} <= without


def test_classes_have_a_source(taken: dict[str, dict[str, Any]]) -> None:
    classes = [record for record in reference.merge(taken).values() if record["kind"] == "class"]
    assert len(classes) > 100
    assert {record["path"] for record in classes if not record["source"]} == set()


def test_sources_name_the_line_of_the_definition(taken: dict[str, dict[str, Any]]) -> None:
    for record in reference.merge(taken).values():
        name = record["path"].rpartition(".")[2]
        if record["source"] and record["kind"] in ("function", "method", "classmethod", "staticmethod"):
            path, line = record["source"]
            lines = (ROOT / path).read_text(encoding="utf-8").splitlines()[line - 1 : line + 8]
            assert any(re.match(r"\s*(async )?def ", one) for one in lines), record["path"]
            assert not path.startswith("tools/"), (name, path)


def test_constants_of_all_systems_are_listed_once(taken: dict[str, dict[str, Any]]) -> None:
    listed = [
        name
        for page in constants.pages(taken).values()
        for name in re.findall(r"^\.\. py:data:: (\w+)$", page, re.MULTILINE)
    ]
    assert len(listed) == len(set(listed))
    expected = {name for snapshot in taken.values() for names in snapshot["constants"].values() for name in names}
    assert set(listed) == expected


def test_constant_has_its_value_on_each_system(taken: dict[str, dict[str, Any]]) -> None:
    page = constants.pages(taken)["constants-sockcore-can"]
    assert ".. py:data:: AF_CAN\n\n   ``29`` on Linux; ``35`` on NetBSD\n" in page


@pytest.mark.parametrize(
    ("family", "name", "level"),
    [
        ("AF_INET", "IP_HDRINCL", "IPPROTO_IP"),
        ("AF_INET", "IP_PKTINFO", "IPPROTO_IP"),
        ("AF_HYPERV", "HVSOCKET_CONNECT_TIMEOUT", "HV_PROTOCOL_RAW"),
        ("AF_SYSTEM", "UTUN_OPT_IFNAME", "SYSPROTO_CONTROL"),
        ("index", "LOCAL_PEERCRED", "SOL_LOCAL"),
        ("index", "IP_RECVIF", "IPPROTO_IP"),
        ("AF_CAN", "CAN_RAW_FILTER", "SOL_CAN_RAW"),
    ],
)
def test_level_of_option_has_its_usual_name(family_pages: dict[str, str], family: str, name: str, level: str) -> None:
    found = re.findall(rf"^   \* - ``{name}``\n     - ``(\w+)``$", family_pages[family], re.MULTILINE)
    assert set(found) == {level}


def test_each_family_has_page_picture_and_example(
    family_pages: dict[str, str], taken: dict[str, dict[str, Any]]
) -> None:
    names = {codec["name"] for snapshot in taken.values() for codec in snapshot["families"]}
    assert set(family_pages) == {*names, "index"}
    for name in names:
        page = family_pages[name]
        assert '<svg class="sockaddr"' in page, name
        assert f"examples/families/{name.lower()}.py" in page
        for heading in ("Systems", "Addresses", "Limits"):
            assert f"\n{heading}\n---" in page, (name, heading)
        assert f":doc:`{name}`" in family_pages["index"]


@pytest.mark.parametrize("attribute", ["options", "ancillaries"])
def test_each_option_and_message_is_on_a_page(family_pages: dict[str, str], attribute: str) -> None:
    codecs = getattr(with_codecs(), attribute).values()
    assert codecs
    text_of_all = "\n".join(family_pages.values())
    for codec in codecs:
        assert f"``{codec.name}``" in text_of_all, codec.name


def test_pictures_are_xml_with_the_bytes_of_the_codec(family_pages: dict[str, str]) -> None:
    for name, page in family_pages.items():
        for picture in re.findall(r"<svg.*?</svg>", page):
            root = ElementTree.fromstring(picture)
            assert root.get("role") == "img", name
    [linux, bsd] = re.findall(r"<svg.*?</svg>", family_pages["AF_INET"])
    assert _bytes(linux) == "02000102" + "01020304" + "00" * 8
    assert _bytes(bsd) == "10020102" + "01020304" + "00" * 8


def _bytes(picture: str) -> str:
    return "".join(re.findall(r'<text class="byte"[^>]*>(\w\w)</text>', picture))


STRUCT = {
    "name": "struct sockaddr_test",
    "header": "<test.h>",
    "size": 44,
    "has_length": False,
    "fields": [("port", 2, 2, "uint16", "network byte order"), ("name", 8, 36, "36 bytes", "")],
}


def test_segments_contain_gaps_and_each_byte_once() -> None:
    parts = layout.segments(STRUCT, ("sa_len", "sa_family"))
    assert [(part.name, part.offset, part.size, part.role) for part in parts] == [
        ("sa_family", 0, 2, "header"),
        ("port", 2, 2, "field"),
        ("padding", 4, 4, "padding"),
        ("name", 8, 36, "field"),
    ]


def test_rows_in_the_middle_of_a_long_field_are_omitted() -> None:
    parts = layout.segments({**STRUCT, "size": 108, "fields": [("path", 2, 106, "106 bytes", "")]}, ("", "sa_family"))
    assert layout.visible_rows(parts, 108) == [(0, 0), (8, 0), (16, 80), (96, 0), (104, 0)]
    assert layout.visible_rows(layout.segments(STRUCT, ("", "f")), 44) == [(0, 0), (8, 0), (16, 16), (32, 0), (40, 0)]


def test_length_field_is_drawn_where_the_system_has_it() -> None:
    parts = layout.segments({**STRUCT, "has_length": True}, ("sa_len", "sa_family"))
    assert [(part.name, part.size) for part in parts[:2]] == [("sa_len", 1), ("sa_family", 1)]


@pytest.mark.parametrize(
    ("doc", "expected"),
    [
        ("Return x.\n\nRaises OSError.", ("Return x.", "Raises OSError.")),
        ("Return x. Raises OSError if\nit fails. See y(2).", ("Return x. See y(2).", "Raises OSError if it fails.")),
        ("Return x.", ("Return x.", "")),
    ],
)
def test_split_errors_separates_sentences_about_exceptions(doc: str, expected: tuple[str, str]) -> None:
    assert text.split_errors(doc) == expected


def test_names_of_systems_are_short() -> None:
    assert text.names_of(text.SYSTEMS) == "all systems"
    assert text.names_of(set(text.SYSTEMS) - {"windows"}) == "all systems except Windows"
    assert text.names_of(["darwin", "linux"]) == "Linux and macOS"
