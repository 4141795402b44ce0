"""The text of the stubs: constants from the tables, and functions of plugins."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).resolve().parents[2]

#: Name of a system in tables -> condition for type checkers.
SYSTEMS = {
    "linux": 'sys.platform == "linux"',
    "darwin": 'sys.platform == "darwin"',
    "freebsd": 'sys.platform.startswith("freebsd")',
    "netbsd": 'sys.platform.startswith("netbsd")',
    "openbsd": 'sys.platform.startswith("openbsd")',
    "windows": 'sys.platform == "win32"',
}
EVERYWHERE = frozenset(SYSTEMS)
WINDOWS = frozenset({"windows"})
POSIX = EVERYWHERE - WINDOWS

#: Enum -> prefix of its members.
ENUMS = {"AddressFamily": "AF_", "SocketKind": "SOCK_", "MsgFlag": "MSG_", "AddressInfo": "AI_"}

#: Folder of a package with tables -> public functions: (module, systems, names).
PACKAGES: dict[str, tuple[tuple[str, frozenset[str], tuple[str, ...]], ...]] = {
    "sockcore/src/sockcore/_platform": (),
    "plugins/inet/src/sockcore_inet": (
        ("connection", EVERYWHERE, ("create_connection", "create_server", "has_dualstack_ipv6")),
        ("conversions", EVERYWHERE, ("htonl", "htons", "inet_aton", "inet_ntoa", "inet_ntop", "inet_pton")),
        ("conversions", EVERYWHERE, ("ntohl", "ntohs")),
        ("databases", EVERYWHERE, ("getprotobyname", "getservbyname", "getservbyport")),
        ("hostnames", EVERYWHERE, ("getfqdn", "gethostbyaddr", "gethostbyname", "gethostbyname_ex", "gethostname")),
        ("hostnames", POSIX, ("sethostname",)),
        ("hosts", EVERYWHERE, ("getaddrinfo", "getnameinfo")),
        ("interfaces", EVERYWHERE, ("if_indextoname", "if_nameindex", "if_nametoindex")),
    ),
    "plugins/unix/src/sockcore_unix": (("descriptors", POSIX, ("recv_fds", "send_fds")),),
    "plugins/can/src/sockcore_can": (),
    "plugins/bluetooth/src/sockcore_bluetooth": (),
    "plugins/linux_misc/src/sockcore_linux_misc": (),
    "plugins/windows/src/sockcore_windows": (("sharing", WINDOWS, ("fromshare",)),),
    "plugins/bsd/src/sockcore_bsd": (),
}

#: Constants in the tables that are not public.
PRIVATE = ("WSAID_WSARECVMSG",)

#: Package -> other public names: (type, name in the table whose systems they share).
OTHERS = {
    "sockcore_inet": {"has_ipv6": ("bool", "AF_INET")},
    "sockcore_bluetooth": {"BDADDR_ANY": ("str", "AF_BLUETOOTH"), "BDADDR_LOCAL": ("str", "AF_BLUETOOTH")},
}


_PLUGIN_NAMES_HEAD = '''"""Names by package, for type checkers, which pass over the packages that are not installed."""

# Made by tools/stubs: not to be edited.
'''

#: The stub that the project of a user has, see docs/writing-a-family.md.
_THIRD_PARTY = "from sockcore_third_party import *  # type: ignore[import-not-found]"

#: The stub of ``sockcore`` for type checkers, with the names of all installed packages.
PLUGIN_NAMES = ROOT / "sockcore/src/sockcore/_plugin_names.pyi"


def stubs() -> dict[Path, str]:
    """Return the path of each stub, and its text."""
    texts = {ROOT / folder / "_names.pyi": _text(ROOT / folder, functions) for folder, functions in PACKAGES.items()}
    packages = [folder.partition("/src/")[2].replace("/", ".") for folder in PACKAGES]
    imports = [f"from {package}._names import *" for package in packages]
    return {**texts, PLUGIN_NAMES: "\n".join([_PLUGIN_NAMES_HEAD, *imports, _THIRD_PARTY]) + "\n"}


def _text(folder: Path, functions: Iterable[tuple[str, frozenset[str], tuple[str, ...]]]) -> str:
    imports = [
        (systems, f"from {folder.name}.{module} import {name} as {name}")
        for module, systems, names in functions
        for name in names
    ]
    names = constants(folder)
    enums = sorted({annotation for _, annotation in names.values()} & ENUMS.keys())
    head = ['"""Names of this package, for type checkers: nothing of this exists at run time."""', ""]
    head += ["# Made by tools/stubs: not to be edited.", "", "import sys", ""]
    head += [f"from sockcore import {enum}" for enum in enums]
    annotated = ((systems, f"{name}: {annotation}") for name, (systems, annotation) in names.items())
    body = [*_grouped(imports), *_grouped(annotated)]
    return "\n".join([*head, *body]) + "\n"


def constants(folder: Path) -> dict[str, tuple[frozenset[str], str]]:
    """Return the systems and the type of each constant of the package in *folder*."""
    systems: dict[str, set[str]] = defaultdict(set)
    annotations: dict[str, str] = {}
    for system in SYSTEMS:
        for name, annotation in _table(folder / "tables", system):
            systems[name].add(system)
            annotations[name] = annotation
    for name, (annotation, other) in OTHERS.get(folder.name, {}).items():
        annotations[name], systems[name] = annotation, systems[other]
    return {name: (frozenset(systems[name]), annotations[name]) for name in sorted(annotations)}


def _table(folder: Path, system: str) -> Iterator[tuple[str, str]]:
    """Yield name and type of all constants of a package on a system.

    They are those for all machines.
    """
    path = folder / f"{system}.py"
    if not path.exists():
        return
    module = literals(path)
    for names, values in ((module["NAMES"], module["VALUES"]), *module["VARIANTS"].values()):
        for name, value in zip(names.split(), values):
            if value is not None and name[0].isupper():
                yield name, _type(name)
    for name in module.get("GUIDS", {}):
        if name not in PRIVATE:
            yield name, "str"


def literals(path: Path) -> dict[str, Any]:
    """Return the values of the variables in the source of a generated module, without importing it."""
    values: dict[str, Any] = {}
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.AnnAssign) and statement.value is not None:
            values[ast.unparse(statement.target)] = ast.literal_eval(statement.value)
        elif isinstance(statement, ast.Assign):
            values[ast.unparse(statement.targets[0])] = ast.literal_eval(statement.value)
    return values


def _type(name: str) -> str:
    return next((enum for enum, start in ENUMS.items() if name.startswith(start) and name.isupper()), "int")


def _condition(systems: Iterable[str]) -> str:
    """Return the condition for these systems, or ``""`` for all."""
    chosen = frozenset(systems)
    if chosen == EVERYWHERE:
        return ""
    if len(EVERYWHERE - chosen) == 1:
        (left_out,) = EVERYWHERE - chosen
        condition = SYSTEMS[left_out]
        return condition.replace("==", "!=") if "==" in condition else f"not {condition}"
    return " or ".join(condition for system, condition in SYSTEMS.items() if system in chosen)


def _exclusion(systems: frozenset[str]) -> str:
    """Return a condition that excludes the other systems by ``!=``.

    Returns ``""`` if the condition of :func:`_condition` is enough.

    pyright evaluates only ``==`` and ``!=``, and considers ``startswith`` true on every system.
    """
    excluded = [condition for system, condition in SYSTEMS.items() if "==" in condition and system not in systems]
    if len(EVERYWHERE - systems) < 2 or all("==" in SYSTEMS[system] for system in systems):
        return ""
    return " and ".join(condition.replace("==", "!=") for condition in excluded)


def _grouped(lines: Iterable[tuple[frozenset[str], str]], indent: str = "") -> Iterator[str]:
    """Yield the lines grouped by systems, with their conditions.

    Lines for all systems are first.
    """
    groups: dict[frozenset[str], list[str]] = defaultdict(list)
    for systems, line in lines:
        groups[systems].append(line)
    for systems in sorted(groups, key=lambda group: (-len(group), sorted(group))):
        deeper = indent
        for condition in (_exclusion(systems), _condition(systems)):
            if condition:
                yield f"{deeper}if {condition}:"
                deeper += "    "
        yield from (deeper + line for line in groups[systems])
