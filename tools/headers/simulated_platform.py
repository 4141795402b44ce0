"""A process that takes itself for one of another system: what the distributions make of addresses there.

1. Words are all that the distributions go by: ``sys.platform``, ``sys.byteorder``, the name of the machine, the width
   of a long. :func:`become` says them, before anything of sockcore is imported.
2. :mod:`struct` packs for the machine that runs, so its native formats are translated to those of the other machine.
3. What the C library here lacks, Winsock above all, is a function that is never called.
4. Text to addresses in numbers is asked of this machine's C library, which has other numbers for families.

``python -m tools.headers.simulated_platform`` reads a request from its standard input; :func:`ask` writes it.
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

#: What uname(1) says of a processor, where it is not the name that compilers have for it.
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


# ---------------------------------------------------------------------- here


def ask(target: Target, questions: Iterable[tuple[object, ...]]) -> list[Any]:
    """Return what a process of *target* answers to each of *questions*.

    ``("encode", plugin, family, protocol, address, asked)`` gives bytes, ``("decode", ...)`` with a sockaddr in the
    place of the address gives the address; *protocol* is the name of a constant, or None, and *asked* what the codec
    asks its context. ``("pack", [(level, type, data), ...])`` gives a control buffer, ``("split", buffer)`` messages.
    ``("read", plugin, "SCM_CREDS", data)`` gives the value of a control message.
    """
    processor = target.triple.split("-")[0]
    machine = {
        "platform": PLATFORMS[target.system],
        "machine": UNAME[target.system].get(processor, processor),
        "triplet": target.triple.replace("x86-", "i386-", 1) if target.system == "linux" else "",
        "libc": target.libc,
        "byteorder": target.byteorder,
        "pointer": target.pointer,
        "long": target.long,
        "words": sorted(target.words),
    }
    done = subprocess.run(
        [sys.executable, "-m", __name__],
        input=repr((machine, list(questions))),
        cwd=ROOT,
        env={**os.environ, "SOCKCORE_BACKEND": "pure", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    if done.returncode:
        raise RuntimeError(f"{target.triple}: {done.stderr[-3000:]}")
    answers = ast.literal_eval(done.stdout)
    assert isinstance(answers, list)
    return answers


# ---------------------------------------------------------------------- there


def become(machine: Mapping[str, Any]) -> None:
    """Let this process take itself for one of *machine*."""
    sys.platform = machine["platform"]
    sys.byteorder = machine["byteorder"]
    sys.maxsize = 2 ** (8 * machine["pointer"] - 1) - 1
    vars(sys.implementation)["_multiarch"] = machine["triplet"]
    os.uname = lambda: SimpleNamespace(machine=machine["machine"])  # type: ignore[assignment,return-value]
    os.confstr = lambda name: "glibc" if machine["libc"] == "glibc" else None
    sys.version = f"{sys.version} ({ {'x86_64': 'AMD64', 'aarch64': 'ARM64'}.get(machine['machine'], 'Intel') })"
    _translate(_Machine(machine["byteorder"], machine["pointer"], machine["long"], machine["machine"] == "i386"))
    _with_every_function()


class _Machine:
    """What native formats of :mod:`struct` are on a machine."""

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
        """Return a format of this machine as one that any machine packs and unpacks alike."""
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
    """Let :mod:`struct` have the native formats of *machine*."""
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


def _never(name: str) -> Any:
    """Return a function that is there, and no more than that."""

    def function(*arguments: object) -> int:
        if name != "WSAStartup":
            raise NotImplementedError(f"{name} is another system's")
        return 0

    return function


class _Library(ctypes.CDLL):
    """The C library of this machine, as if it had every function."""

    def __getitem__(self, name: Any) -> Any:
        try:
            return super().__getitem__(name)
        except AttributeError:
            return _never(name)


class _Winsock:
    """A library of Windows."""

    def __init__(self, *arguments: object, **names: object) -> None:
        pass

    def __getitem__(self, name: str) -> Any:
        return _never(name)


def _with_every_function() -> None:
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


def _numbers_to_text() -> None:
    """Ask this machine's C library about addresses in numbers, by its own numbers of families."""
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


def answer(what: str, *question: Any) -> object:
    """Return what this process makes of a question of :func:`ask`."""
    if what in ("pack", "split"):
        ancillary: Any = import_module("sockcore.ancillary")
        return getattr(ancillary, what)(*question)
    plugin, name, *rest = question
    testing: Any = import_module("sockcore.testing")
    register = testing.registered_by(import_module(plugin))
    if what == "read":
        (codec,) = (codec for codec in register.ancillaries.values() if codec.name == name)
        return codec.decode(*rest)
    if plugin == "sockcore_inet":
        _numbers_to_text()
    proto, address, asked = rest
    number = None if proto is None else register.names[proto]
    (family,) = (found for found in register.families.values() if found.name == name and found.proto == number)
    context = testing.FakeContext(family.number, **{"proto": number or 0, **asked})
    return getattr(family, what)(address, context)


def main() -> None:
    """Answer the request on the standard input."""
    machine, questions = ast.literal_eval(sys.stdin.read())
    become(machine)
    platform: Any = import_module("sockcore._platform")
    if sorted(platform.platform_tags()) != machine["words"]:
        raise SystemExit(f"words are {sorted(platform.platform_tags())}, not {machine['words']}")
    print([answer(*question) for question in questions])


if __name__ == "__main__":
    main()
