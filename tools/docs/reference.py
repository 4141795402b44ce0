"""Reference pages of public functions and classes, from the snapshots."""

from __future__ import annotations

import re
from typing import Any

from .text import GENERATED, body, heading, indent, join, names_of, source_link, split_errors

#: Page -> its title.
TITLES = {
    "sockcore": "sockcore: the socket module",
    "sockcore.options": "sockcore.options: socket options as values",
    "sockcore.ancillary": "sockcore.ancillary: control messages as values",
    "sockcore.messages": "sockcore.messages: control messages of the level SOL_SOCKET",
    "sockcore.errors": "sockcore.errors: the error queue as values",
    "sockcore.addresses": "sockcore.addresses: addresses as bytes, without a socket",
    "sockcore.backends": "sockcore.backends: the implementation in C or Python",
    "sockcore.stdlib": "sockcore.stdlib: other modules on sockcore",
    "sockcore.plugin": "sockcore.plugin: for authors of plugins",
    "sockcore.testing": "sockcore.testing: tests for plugins",
}
#: The sentence of a docstring that names systems. It replaces those on which the module can be imported.
_AVAILABILITY = re.compile(r"\s*\bAvailability: (?P<systems>.+?)(?:\.(?=\s|$)|(?=::))", re.DOTALL)
#: A word in a docstring for pytest, not for readers.
_PYTEST_MARK = re.compile(r"\s*\(PYTEST_DONT_REWRITE\)")
_DIRECTIVES = {"classmethod": "method", "staticmethod": "method"}


def merge(snapshots: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return path -> object, with the additional key ``systems``."""
    objects: dict[str, dict[str, Any]] = {}
    for system, snapshot in snapshots.items():
        for record in snapshot["objects"]:
            objects.setdefault(record["path"], {**record, "systems": []})["systems"].append(system)
    return objects


def pages(snapshots: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Return the name of each page -> its text."""
    objects = merge(snapshots)
    by_page: dict[str, list[dict[str, Any]]] = {}
    for record in objects.values():
        by_page.setdefault(record["page"], []).append(record)
    for record in objects.values():
        outer = objects.get(record["path"].rpartition(".")[0], record)
        docs = (record["doc"], outer["doc"], objects[record["page"]]["doc"])
        stated = next((found for doc in docs if (found := _AVAILABILITY.search(doc))), None)
        record["availability"] = stated and stated["systems"].replace("\n", " ")
    return {page: _page(page, records) for page, records in by_page.items()}


def _page(page: str, records: list[dict[str, Any]]) -> str:
    parts = [GENERATED, heading(TITLES.get(page, page)), f".. py:module:: {page}\n"]
    members: dict[str, list[dict[str, Any]]] = {}
    top: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        name = record["path"][len(page) + 1 :]
        if record["kind"] == "module":
            parts.append(body(_PYTEST_MARK.sub("", record["doc"])) + "\n")
            parts.append(f":Distribution: {record['owner']}\n:Source: {source_link(record['source'])}\n")
        elif "." in name:
            members.setdefault(name.partition(".")[0], []).append(record)
        else:
            group = {"function": "Functions", "data": "Data", "exception": "Exceptions"}.get(record["kind"], "Classes")
            if group == "Functions" and page == "sockcore" and record["owner"] != "sockcore":
                group = f"Functions of {record['owner']}"
            top.setdefault(group, []).append(record)
    order = sorted(top, key=lambda group: (["C", "F", "E", "D"].index(group[0]), group))
    for group in order:
        parts.append(heading(group, "-"))
        for record in sorted(top[group], key=lambda record: record["path"].lower()):
            name = record["path"][len(page) + 1 :]
            parts.append(_entry(record, name))
            for member in sorted(members.get(name, ()), key=lambda member: member["path"]):
                parts.append(indent(_entry(member, member["path"].rpartition(".")[2])))
    return "\n".join(parts)


def _entry(record: dict[str, Any], name: str) -> str:
    kind = record["kind"]
    doc, errors = split_errors(record["doc"])
    if kind == "class":
        doc, errors = record["doc"], ""
    lines = [f".. py:{_DIRECTIVES.get(kind, kind)}:: {name}{_signature(record)}"]
    if kind in _DIRECTIVES:
        lines.append(f"   :{kind}:")
    fields = [f":Errors: {errors}"] if errors else []
    if record["bases"]:
        fields.append(f":Bases: {join([f'``{base}``' for base in record['bases']])}")
    owner = "" if record["owner"] == "sockcore" else f", in {record['owner']}"
    if kind not in ("property", "data"):
        systems = record.get("availability") or names_of(record["systems"])
        doc = _AVAILABILITY.sub("", doc)
        fields.append(f":Availability: {systems[0].upper()}{systems[1:]}{owner}".replace(": MacOS", ": macOS"))
    if record["source"]:
        fields.append(f":Source: {source_link(record['source'])}")
    return "\n".join([*lines, "", indent(body(doc)), "", indent("\n".join(fields)), ""])


def _signature(record: dict[str, Any]) -> str:
    return re.sub(r"\s+", " ", record["signature"]).removesuffix(" -> None")
