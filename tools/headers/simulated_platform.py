"""A process that simulates another platform, to test codecs of addresses and control messages.

1. The distributions select their tables by ``sys.platform``, ``sys.byteorder``, the name of the machine, and the size
   of a long. :func:`simulate` sets these before sockcore is imported.
2. :mod:`struct` packs for the real machine, so its native formats are translated to those of the simulated one.
3. Functions that the C library lacks, such as Winsock, are replaced by functions that raise NotImplementedError.
4. inet_pton() and inet_ntop() of the real C library are used, with its numbers of families.

:func:`run_queries` starts ``python -m tools.headers.simulated_platform`` and writes queries to its standard input.
"""

from __future__ import annotations

import ast
import ctypes
import os
import struct
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .targets import Target

ROOT = Path(__file__).resolve().parents[2]

PLATFORMS = {
    "linux": "linux",
    "darwin": "darwin",
    "freebsd": "freebsd14",
    "netbsd": "netbsd10",
    "openbsd": "openbsd7",
    "windows": "win32",
}

#: Names of processors in uname(1) that differ from those of compilers.
UNAME = {
    "linux": {"x86": "i386"},
    "windows": {"x86": "i386"},
    "darwin": {"aarch64": "arm64"},
    "freebsd": {"x86_64": "amd64", "x86": "i386", "aarch64": "arm64", "powerpc64": "powerpc", "riscv64": "riscv"},
    "netbsd": {
        "x86_64": "amd64",
        "x86": "i386",
        "aarch64": "evbarm",
        "arm": "evbarm",
        "mips": "evbmips",
        "powerpc": "macppc",
        "riscv64": "riscv",
    },
    "openbsd": {"x86_64": "amd64", "x86": "i386", "aarch64": "arm64", "arm": "armv7", "mips64": "octeon"},
}


# ---------------------------------------------------------------------- in the calling process


def machine_of(target: Target) -> dict[str, Any]:
    """Return the argument of :func:`simulate` for a target."""
    processor = target.triple.split("-")[0]
    return {
        "platform": PLATFORMS[target.system],
        "machine": UNAME[target.system].get(processor, processor),
        "triplet": target.triple.replace("x86-", "i386-", 1) if target.system == "linux" else "",
        "libc": target.libc,
        "byteorder": target.byteorder,
        "pointer": target.pointer,
        "long": target.long,
        "words": sorted(target.words),
    }


def run_queries(target: Target, queries: Iterable[tuple[object, ...]]) -> list[Any]:
    """Return the result of each query in a process that simulates *target*.

    - ``("encode", plugin, family, protocol, address, context)`` returns a sockaddr. *protocol* is the name of a
      constant, or None. *context* has values for the context of the codec.
    - ``("decode", plugin, family, protocol, sockaddr, context)`` returns an address.
    - ``("pack", [(level, type, data), ...])`` returns a control buffer.
    - ``("split", buffer)`` returns control messages.
    - ``("read", plugin, "SCM_CREDS", data)`` returns the value of a control message.
    - ``("options", plugin)`` and ``("messages", plugin)`` return the names of the registered codecs, and
      ``("families", plugin)`` those of the address families.
    - ``("get", plugin, "SO_LINGER", data)`` returns the value of a socket option.
    - ``("set", plugin, "SO_LINGER", value)`` returns the bytes of a socket option.
    """
    machine = machine_of(target)
    done = subprocess.run(
        [sys.executable, "-m", __name__],
        input=repr((machine, list(queries))),
        cwd=ROOT,
        env={**os.environ, "SOCKCORE_BACKEND": "pure", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    if done.returncode:
        raise RuntimeError(f"{target.triple}: {done.stderr[-3000:]}")
    results = ast.literal_eval(done.stdout)
    assert isinstance(results, list)
    return results


# ---------------------------------------------------------------------- in the simulating process


def simulate(machine: Mapping[str, Any]) -> None:
    """Make this process simulate *machine*."""
    sys.platform = machine["platform"]
    sys.byteorder = machine["byteorder"]
    sys.maxsize = 2 ** (8 * machine["pointer"] - 1) - 1
    vars(sys.implementation)["_multiarch"] = machine["triplet"]
    os.uname = lambda: SimpleNamespace(machine=machine["machine"])  # type: ignore[assignment,return-value]
    os.confstr = lambda name: "glibc" if machine["libc"] == "glibc" else None
    sys.version = f"{sys.version} ({ {'x86_64': 'AMD64', 'aarch64': 'ARM64'}.get(machine['machine'], 'Intel') })"
    _translate(_Machine(machine["byteorder"], machine["pointer"], machine["long"], machine["machine"] == "i386"))
    _add_missing_functions()


class _Machine:
    """Native formats of :mod:`struct` on a machine."""

    def __init__(self, byteorder: str, pointer: int, long: int, is_i386: bool) -> None:
        self.order = "<" if byteorder == "little" else ">"
        sizes = {"l": long, "L": long, "n": pointer, "N": pointer, "P": pointer}
        self.letters = {
            letter: "_IQ"[size // 4].lower() if letter in "ln" else "_IQ"[size // 4] for letter, size in sizes.items()
        }
        self.sizes = {**dict.fromkeys("cbB?sxp", 1), **dict.fromkeys("hH", 2), **dict.fromkeys("iIf", 4)}
        self.sizes.update({**dict.fromkeys("qQd", 8), **sizes})
        self.widest = 4 if is_i386 else 8

    def translated(self, format: str | bytes) -> str:
        """Return a format for the real machine that packs like *format* on this machine."""
        text = format if isinstance(format, str) else format.decode()
        if text[:1] in ("<", ">", "!"):
            return text
        if text[:1] == "=":
            return self.order + text[1:]
        at, made, count = 0, [self.order], ""
        for letter in text.lstrip("@").replace(" ", ""):
            if letter.isdigit():
                count += letter
                continue
            size = self.sizes[letter]
            gap = -at % min(size, self.widest)
            made.append(f"{gap}x{count}{self.letters.get(letter, letter)}")
            at += gap + int(count or 1) * size
            count = ""
        return "".join(made)


def _translate(machine: _Machine) -> None:
    """Replace the native formats of :mod:`struct` by those of *machine*."""
    real = struct.Struct

    class Struct(real):  # type: ignore[misc,valid-type]
        def __new__(cls, format: str | bytes) -> Any:
            return super().__new__(cls, machine.translated(format))

        def __init__(self, format: str | bytes) -> None:
            super().__init__(machine.translated(format))

    names: Any = struct
    names.Struct = Struct
    for name in ("pack", "unpack", "unpack_from", "pack_into", "iter_unpack"):
        setattr(names, name, lambda text, *others, name=name: getattr(Struct(text), name)(*others))
    names.calcsize = lambda text: Struct(text).size


def _unavailable_function(name: str) -> Any:
    """Return a function that only raises NotImplementedError.

    Only WSAStartup may be called.
    """

    def function(*arguments: object) -> int:
        if name != "WSAStartup":
            raise NotImplementedError(f"{name} is not available on this system")
        return 0

    return function


class _Library(ctypes.CDLL):
    """The C library of this machine, with placeholders for missing functions."""

    def __getitem__(self, name: Any) -> Any:
        try:
            return super().__getitem__(name)
        except AttributeError:
            return _unavailable_function(name)


class _Winsock:
    """A library of Windows."""

    def __init__(self, *arguments: object, **names: object) -> None:
        pass

    def __getitem__(self, name: str) -> Any:
        return _unavailable_function(name)


def _add_missing_functions() -> None:
    names: Any = ctypes
    names.CDLL = _Library
    names.WinDLL = names.OleDLL = _Winsock
    names.WINFUNCTYPE = ctypes.CFUNCTYPE
    for names in (ctypes, import_module("_ctypes")):
        names.get_last_error = lambda: 0
        names.set_last_error = lambda number: 0
        names.FormatError = lambda number=0: f"error {number}"
    names = os
    names.get_handle_inheritable = os.get_inheritable
    names.set_handle_inheritable = os.set_inheritable


def use_real_inet_pton() -> None:
    """Convert numeric addresses with the real C library and its numbers of families."""
    import socket

    plugin: Any = import_module("sockcore.plugin")
    constants: Any = import_module("sockcore_inet.constants")
    families = {constants.AF_INET: socket.AF_INET, constants.AF_INET6: socket.AF_INET6}

    def pton(family: int, text: bytes, size: int) -> bytes | None:
        try:
            return socket.inet_pton(families[family], text.decode())
        except OSError:
            return None

    plugin.inet_pton = pton
    plugin.inet_ntop = lambda family, packed: socket.inet_ntop(families[family], packed)


def to_literal(value: Any) -> object:
    """Return a value whose repr() is a literal: NamedTuples become tuples, and members of enums numbers."""
    if isinstance(value, tuple):
        return tuple(map(to_literal, value))
    if isinstance(value, list):
        return list(map(to_literal, value))
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


def registered_names(kind: str, plugin: str) -> list[str]:
    """Return the names of the codecs that a plugin, or the core, registers on this system."""
    if plugin == "sockcore":
        module: Any = import_module("sockcore._options.sol_socket" if kind == "options" else "sockcore.messages")
        codecs = module.options() if kind == "options" else module.ancillaries()
    else:
        testing: Any = import_module("sockcore.testing")
        register = testing.registered_by(import_module(plugin))
        registered = {"options": register.options, "messages": register.ancillaries, "families": register.families}
        codecs = registered[kind].values()
    return sorted({codec.name for codec in codecs})


def run_option_query(operation: str, plugin: str, name: str, argument: Any) -> object:
    """Return the value of an option from its bytes, or its bytes from a value."""
    module: Any = import_module("sockcore.options" if plugin == "sockcore" else f"{plugin}.options")
    if plugin == "sockcore_inet":
        use_real_inet_pton()
    option = getattr(module, name)
    assert option.is_available, f"{name} is not an option of this system"
    return to_literal(option.decode(argument)) if operation == "get" else bytes(option.encode(argument))


def run_query(operation: str, *arguments: Any) -> object:
    """Return the result of a query of :func:`run_queries`."""
    if operation in ("pack", "split"):
        ancillary: Any = import_module("sockcore.ancillary")
        return getattr(ancillary, operation)(*arguments)
    if operation in ("options", "messages", "families"):
        return registered_names(operation, *arguments)
    plugin, name, *rest = arguments
    if operation in ("get", "set"):
        return run_option_query(operation, plugin, name, rest[0])
    if plugin == "sockcore":
        return to_literal(getattr(import_module("sockcore.messages"), name).decode(*rest))
    testing: Any = import_module("sockcore.testing")
    register = testing.registered_by(import_module(plugin))
    if operation == "read":
        (codec,) = (codec for codec in register.ancillaries.values() if codec.name == name)
        if plugin == "sockcore_inet":
            use_real_inet_pton()
        return to_literal(codec.decode(*rest))
    if plugin == "sockcore_inet":
        use_real_inet_pton()
    proto, address, values = rest
    number = None if proto is None else register.names[proto]
    (family,) = (codec for codec in register.families.values() if codec.name == name and codec.proto == number)
    context = testing.FakeContext(family.number, **{"proto": number or 0, **values})
    return getattr(family, operation)(address, context)


def main() -> None:
    """Run the queries on the standard input, and print the results."""
    machine, queries = ast.literal_eval(sys.stdin.read())
    simulate(machine)
    platform: Any = import_module("sockcore._platform")
    if sorted(platform.platform_tags()) != machine["words"]:
        raise SystemExit(f"tags are {sorted(platform.platform_tags())}, not {machine['words']}")
    print([run_query(*query) for query in queries])


if __name__ == "__main__":
    main()
