"""Signatures of the public names, compared with typeshed's stub of the standard module.

A difference has a reason: in RULES if it is about a type, and in REASONS if it is about a parameter. The stub is that
of the installed mypy. The newest version of Python applies, and the systems whose conditions mypy evaluates.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

SPEC = importlib.util.find_spec("mypy")
if SPEC is None or SPEC.origin is None:
    pytest.skip("needs mypy, which has typeshed", allow_module_level=True)

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tools.stubs.signatures import Parameter, Signature, Source  # noqa: E402

TYPESHED = Path(SPEC.origin).parent / "typeshed/stdlib"
SOURCES = {f"sockcore_{path.parent.name}": path.parent / "src" for path in ROOT.glob("plugins/*/pyproject.toml")}
#: The stubs that list the public names by module.
NAMES = ("sockcore", "sockcore._platform._names", *(f"{package}._names" for package in SOURCES))
SOURCES["sockcore"] = ROOT / "sockcore/src"
#: The classes of the standard module -> (module, class) of sockcore, base classes first.
CLASSES = {
    "socket": (
        ("sockcore._typing", "Methods"),
        ("sockcore._sockets.base", "BaseSocket"),
        ("sockcore._sockets.socket", "socket"),
    ),
    "SocketIO": (("sockcore._sockets.files", "SocketIO"),),
}
PLATFORMS = ("linux", "darwin", "win32")

ADDRESS = frozenset({"ReadableBuffer", "int", "str", "tuple[Any, ...]"})
#: (members of a union in typeshed, members in sockcore), for each parameter -> reason.
RULES = {
    (frozenset({"int"}), frozenset({"SupportsIndex"})): "At run time, an integer is an object with __index__().",
    (frozenset({"AddressFamily"}), frozenset({"SupportsIndex"})): "A member of an enum is an int.",
    (frozenset({"SocketKind"}), frozenset({"SupportsIndex"})): "A member of an enum is an int.",
    (ADDRESS, frozenset({"Any"})): "The family of a third-party plugin selects the type of its addresses.",
}

PATHS = "At run time, names are str, bytes or path-like objects."
HOSTS = "At run time, a host is also bytes or a bytearray."
AUTHOR = "At run time, the function accepts each object with the methods sendmsg() or recvmsg()."
LISTENER = "A socket that listens has an address of AF_INET, AF_INET6 or AF_UNIX."
#: "function(parameter)", or "function" for the result -> reason.
REASONS = {
    "create_connection(source_address)": LISTENER,
    "create_server(address)": LISTENER,
    "getaddrinfo": "Members of enums that plugins extend cannot be in Literal. The types of the items are equal.",
    "gethostbyaddr(0)": HOSTS,
    "gethostbyname(0)": HOSTS,
    "gethostbyname_ex(0)": HOSTS,
    "if_nametoindex(0)": PATHS,
    "recv_fds(sock)": AUTHOR,
    "send_fds(sock)": AUTHOR,
    "send_fds(flags)": "sockcore passes the flags to sendmsg(); the standard module ignores them.",
    "send_fds(address)": "sockcore passes the address to sendmsg(); the standard module ignores it.",
    "sethostname(0)": PATHS,
    "socket.__exit__(*)": "Unused of typeshed is object.",
    "socket.__init__(fileno)": "On Windows, fileno may be the bytes of share(). typeshed has it in the base class.",
    "socket.ioctl": "The standard module returns an int too.",
    "socket.sendfile(file)": "The protocol of typeshed is private. Ours has the same methods.",
    "socket.setblocking(0)": "At run time, each object has a truth value.",
    "socketpair(family)": "typeshed lacks None on Windows, which is the default of the standard module.",
}


def path_of(module: str) -> Path:
    """Return the path of a module of this repository, or of its stub."""
    path = SOURCES[module.partition(".")[0]].joinpath(*module.split("."))
    (first, *_) = filter(Path.exists, (path.with_suffix(".pyi"), path.with_suffix(".py"), path / "__init__.py"))
    return first


def signatures(platform: str) -> dict[str, list[Signature]]:
    """Return the signatures of the public functions and methods of sockcore."""
    result = {}
    for stub in NAMES:
        for name, module in Source(path_of(stub), platform).imports().items():
            if module.startswith("sockcore") and module not in NAMES:
                functions = Source(path_of(module), platform).functions()
                result.update({name: functions[name]} if name in functions else {})
    for public, classes in CLASSES.items():
        for module, cls in classes:
            methods = Source(path_of(module), platform).methods(cls)
            result.update({f"{public}.{name}": method for name, method in methods.items()})
    return result


def typeshed_signatures(platform: str) -> dict[str, list[Signature]]:
    """Return the signatures of the functions and methods of the standard module."""
    base = Source(TYPESHED / "_socket.pyi", platform)
    stub = Source(TYPESHED / "socket.pyi", platform, base)
    imports = stub.imports()
    result = {name: function for name, function in base.functions().items() if imports.get(name) == "_socket"}
    result.update(stub.functions())
    for source, cls in ((base, "socket"), (stub, "socket"), (stub, "SocketIO")):
        result.update({f"{cls}.{name}": method for name, method in source.methods(cls).items()})
    return result


def follows_rules(ours: Parameter, theirs: Parameter) -> bool:
    """Return True if the types of two parameters are equal after RULES."""
    if ours._replace(annotation="") != theirs._replace(annotation=""):
        return False
    members, expected = set(ours.annotation.split(" | ")), set(theirs.annotation.split(" | "))
    for standard, own in sorted(RULES, key=lambda rule: -len(rule[0])):
        if standard <= expected and own <= members:
            expected = expected - standard | own
    return members in (expected, expected - {"None"})  # Any includes None


def differences(platform: str) -> dict[str, tuple[object, object]]:
    """Return the differences from typeshed: key of REASONS -> (ours, theirs)."""
    own, standard = signatures(platform), typeshed_signatures(platform)
    result: dict[str, tuple[object, object]] = {name: (None, standard[name]) for name in standard.keys() - own.keys()}
    for name in standard.keys() & own.keys():
        if len(own[name]) != len(standard[name]):
            result[f"{name}()"] = own[name], standard[name]
            continue
        for ours, theirs in zip(own[name], standard[name]):
            if ours.result != theirs.result:
                result[name] = ours.result, theirs.result
            if [parameter.name for parameter in ours.parameters] != [other.name for other in theirs.parameters]:
                result[f"{name}()"] = ours.parameters, theirs.parameters
                continue
            for number, (parameter, other) in enumerate(zip(ours.parameters, theirs.parameters)):
                if not follows_rules(parameter, other):
                    result[f"{name}({parameter.name or number})"] = parameter, other
    return result


@pytest.mark.parametrize("platform", PLATFORMS)
def test_signatures_differ_from_typeshed_only_with_reason(platform: str) -> None:
    assert len(typeshed_signatures(platform)) > 70
    assert {name: pair for name, pair in differences(platform).items() if name not in REASONS} == {}


def test_each_reason_is_needed() -> None:
    needed = {name for platform in PLATFORMS for name in differences(platform)}
    assert sorted(REASONS.keys() - needed) == []


def test_each_system_has_the_names_of_typeshed() -> None:
    for platform in PLATFORMS:
        assert typeshed_signatures(platform).keys() <= signatures(platform).keys()
