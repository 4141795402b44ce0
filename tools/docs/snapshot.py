"""Registrations and public names on each system, as literals: ``python -m tools.docs.snapshot`` is the process.

The process simulates another system before it imports sockcore, so that registrations, structs and constants are those
of that system. It reads the machine from its standard input.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tools.headers import simulated_platform

if TYPE_CHECKING:
    from collections.abc import Iterator

#: System -> the target of the compiler whose machine is simulated.
TARGETS = {
    "linux": "x86_64-linux-gnu",
    "darwin": "aarch64-macos",
    "freebsd": "x86_64-freebsd",
    "netbsd": "x86_64-netbsd",
    "openbsd": "x86_64-openbsd",
    "windows": "x86_64-windows-gnu",
}
#: Folder of a plugin -> its distribution.
PLUGINS = {
    name: f"sockcore-{name.replace('_', '-')}"
    for name in ("inet", "unix", "can", "bluetooth", "linux_misc", "windows", "bsd")
}


def snapshots() -> dict[str, dict[str, Any]]:
    """Return system -> the result of :func:`collect` on it."""
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(TARGETS, pool.map(_run, TARGETS.values())))


def _run(triple: str) -> dict[str, Any]:
    from tools.headers.targets import target

    machine = simulated_platform.machine_of(target(triple))
    done = subprocess.run(
        [sys.executable, "-m", "tools.docs.snapshot"],
        input=repr(machine),
        cwd=simulated_platform.ROOT,
        env={**os.environ, "SOCKCORE_BACKEND": "pure", "SOCKCORE_FROZEN": "", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=100,
    )
    if done.returncode:
        raise RuntimeError(f"{triple}: {done.stderr[-3000:]}")
    result = ast.literal_eval(done.stdout)
    assert isinstance(result, dict)
    return result


# ---------------------------------------------------------------------- in the simulating process


def collect() -> dict[str, Any]:
    """Return families, options, control messages, constants and objects of this process."""
    from tools.docs import objects

    testing: Any = import_module("sockcore.testing")
    registers = {owner: testing.registered_by(import_module(f"sockcore_{name}")) for name, owner in PLUGINS.items()}
    core: Any = import_module("sockcore._platform")
    constants = {
        "sockcore": {name: value for name, value in core.constants().items() if name.isupper()},
        **{
            owner: {name: value for name, value in register.names.items() if isinstance(value, (int, str))}
            for owner, register in registers.items()
        },
    }
    public = list(objects.collect(registers))  # before functions are replaced to encode the examples
    return {
        "constants": {owner: {name: _literal(value) for name, value in n.items()} for owner, n in constants.items()},
        "families": [
            _family(family, owner, constants)
            for owner, register in registers.items()
            for family in register.families.values()
        ],
        "options": list(_codecs("options", registers, constants)),
        "ancillaries": list(_codecs("ancillaries", registers, constants)),
        "objects": public,
    }


def _literal(value: Any) -> int | str:
    return str(value) if isinstance(value, str) else int(value)


def _codecs(
    attribute: str, registers: dict[str, Any], constants: dict[str, dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield the options or control messages of the plugins, then those of the core."""
    seen = set()
    for owner, register in registers.items():
        for key, codec in getattr(register, attribute).items():
            seen.add(key)
            yield _codec(codec, owner, constants)
    discovery: Any = import_module("sockcore._plugins.discovery")
    for key, codec in getattr(discovery.with_codecs(), attribute).items():
        if key not in seen:
            yield _codec(codec, "sockcore", constants)


def _codec(codec: Any, owner: str, constants: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return an option or a control message. None stands for a missing attribute."""
    return {
        "name": codec.name,
        "number": codec.number,
        "level": getattr(codec, "level_name", "") or level_name(codec.level, owner, constants),
        "size": getattr(codec, "size", None),
        "family": codec.family,
        "can_write": getattr(codec, "encode", None) is not None,
        "owner": owner,
    }


def level_name(level: int, owner: str, constants: dict[str, dict[str, Any]]) -> str:
    """Return the name of a level, preferably one of the same distribution.

    Of several names it is the shortest: 0 is IPPROTO_IP, and not IPPROTO_HOPOPTS.
    """
    own = ((owner, "IPPROTO_"), (owner, "SOL_"), ("sockcore", "SOL_"), (owner, "AF_"))
    for distribution, prefix in (*own, ("sockcore-inet", "IPPROTO_")):
        names = [name for name, value in constants[distribution].items() if value == level and name.startswith(prefix)]
        if names:
            return min(names, key=lambda name: (len(name), name))
    return str(level)


def _family(family: Any, owner: str, constants: dict[str, dict[str, Any]]) -> dict[str, Any]:
    kind = type(family)
    names = constants[owner]
    protocols = [name for name, value in names.items() if value == family.proto and _is_protocol(name, kind.__module__)]
    probe = family.probe and tuple(
        next(
            (name for name, value in constants["sockcore"].items() if name.startswith("SOCK_") and value == number), ""
        )
        for number in family.probe[:1]
    )
    return {
        "name": family.name,
        "number": family.number,
        "owner": owner,
        "proto": family.proto,
        "proto_name": protocols[0] if protocols and family.proto is not None else None,
        "class": kind.__name__,
        "module": kind.__module__,
        "module_doc": sys.modules[kind.__module__].__doc__,
        "doc": kind.__doc__,
        "encode_doc": kind.encode.__doc__,
        "decode_doc": kind.decode.__doc__,
        "kernel_module": family.module,
        "type": probe[0] if probe else None,
        "size": family.size,
        "needs_descriptor": family.needs_descriptor,
        "accept_gives_address": family.accept_gives_address,
        "caches": family.encoded is not None,
        "structs": [_struct(struct) for struct in sockaddrs(family)],
        "examples": list(_examples(family, protocols[0] if protocols else None)),
    }


def _is_protocol(name: str, module: str) -> bool:
    prefixes = {"sockcore_can": "CAN_", "sockcore_bluetooth": "BTPROTO_", "sockcore_bsd": "SYSPROTO_"}
    prefix = prefixes.get(module.partition(".")[0])
    return prefix is not None and name.startswith(prefix) and name.count("_") == 1


def sockaddrs(family: Any) -> list[Any]:
    """Return the structs of the socket addresses of a codec.

    They are the structs that its methods or its instance use. Without such a struct, they are those of its module.
    """
    cls: Any = import_module("sockcore.plugin").Struct
    used = {
        name
        for ancestor in type(family).__mro__
        for function in vars(ancestor).values()
        if hasattr(function, "__code__")
        for name in function.__code__.co_names
    }
    module = {
        name: value
        for name, value in vars(sys.modules[type(family).__module__]).items()
        if isinstance(value, cls) and value.sockaddr
    }
    instance = [value for value in vars(family).values() if isinstance(value, cls) and value.sockaddr]
    return instance or [value for name, value in module.items() if name in used] or list(module.values())


def _struct(struct: Any) -> dict[str, Any]:
    types = dict(struct.fields)
    return {
        "name": struct.name,
        "header": struct.header,
        "size": struct.size,
        "has_length": import_module("sockcore.plugin").HAS_SA_LEN,
        "fields": [
            (name, offset, size, *_type(types[name], size)) for name, (offset, size) in struct.offsets().items()
        ],
    }


def _type(field_type: Any, size: int) -> tuple[str, str]:
    """Return the type of a field and its byte order as texts."""
    text = getattr(field_type, "format", "")
    if not isinstance(text, str) or text[-1:] == "s":
        return f"{size} bytes", ""
    sign = "int" if text.islower() else "uint"
    order = {">": "network byte order", "<": "little-endian"}.get(field_type.order, "byte order of the machine")
    return f"{sign}{size * 8}", order if size > 1 else ""


def _examples(family: Any, proto: str | None) -> Iterator[dict[str, Any]]:
    """Yield the addresses of ``tools.headers.cases`` for a codec, with their bytes."""
    cases: Any = import_module("tools.headers.cases")
    platform: Any = import_module("sockcore._platform")
    testing: Any = import_module("sockcore.testing")
    if type(family).__module__.startswith("sockcore_inet"):
        simulated_platform.use_real_inet_pton()
    for case in cases.CASES:
        is_same = case.family == family.name and (family.proto is None or case.proto == proto)
        if not is_same or platform.system_name() not in case.systems or (family.proto is None and case.proto):
            continue
        context = testing.FakeContext(family.number, **{"proto": family.proto or 0, **case.context})
        yield {
            "header": _header_names(case.fields),
            "address": repr(case.address),
            "sockaddr": family.encode(case.address, context),
            "interfaces": case.context.get("interfaces", {}),
        }


def _header_names(fields: str) -> tuple[str, str]:
    """Return the names of the length and the family in a C initialiser, such as ``.sin_family = AF_INET``."""
    match = re.search(r"\.(\w*family)\b", fields, re.IGNORECASE)
    name = match.group(1) if match else "sa_family"
    return name.replace("family", "len"), name


def main() -> None:
    """Simulate the machine of the standard input, and print the snapshot."""
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    simulated_platform.simulate(ast.literal_eval(sys.stdin.read()))
    print(collect())


if __name__ == "__main__":
    main()
