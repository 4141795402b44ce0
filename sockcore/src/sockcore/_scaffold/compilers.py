"""C compilers: gcc, clang, and ``zig cc`` with all its targets.

A compiler has one target. zig is a compiler for each target, and gcc with ``-m32`` is another compiler than without.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from subprocess import CompletedProcess

from sockcore._scaffold import ScaffoldError, one_line
from sockcore._scaffold.processes import CompilerFault, run
from sockcore._scaffold.targets import TARGETS, Target, target

#: No warnings. Translated messages would hide the word "error".
_FLAGS = ("-w", "-g0", "-D_GNU_SOURCE", "-D_DARWIN_C_SOURCE", "-DWIN32_LEAN_AND_MEAN")
_ENVIRONMENT = {"LC_ALL": "C", "LANGUAGE": "C"}
_MESSAGE = re.compile(r"^(.*?):(\d+):(?:\d+:)? (fatal error|error|note): (.*)$", re.MULTILINE)

#: Predefined macro -> system, and predefined macro -> processor in a triple.
_SYSTEMS = {
    "__linux__": "linux",
    "__APPLE__": "macos",
    "__FreeBSD__": "freebsd",
    "__NetBSD__": "netbsd",
    "__OpenBSD__": "openbsd",
    "_WIN32": "windows",
}
_PROCESSORS = {
    "__x86_64__": "x86_64",
    "__i386__": "x86",
    "__aarch64__": "aarch64",
    "__arm__": "arm",
    "__riscv": "riscv64",
    "__mips64": "mips64",
    "__mips__": "mips",
    "__powerpc64__": "powerpc64",
    "__powerpc__": "powerpc",
    "__s390x__": "s390x",
    "__sparc__": "sparc64",
    "__loongarch__": "loongarch64",
}


class Compiler:
    """A compiler for one target: its command, with all options, and the target."""

    def __init__(self, command: Sequence[str], target: Target, folders: Iterable[str] = ()) -> None:
        self.command: tuple[str, ...] = tuple(command)
        self.target: Target = target
        self.folders: tuple[str, ...] = tuple(folders)

    def __repr__(self) -> str:
        return f"<Compiler {shlex.join(self.command)}>"

    def preprocess(self, source: str) -> str:
        """Return the output of the preprocessor, with line markers and definitions of macros.

        Raises ScaffoldError if a header does not exist, or does not compile.
        """
        done, _ = self._run(source, "-E", "-dD")
        if done.returncode:
            raise self._failure(done)
        return done.stdout

    def compile_object(self, source: str) -> tuple[bytes, dict[int, str]]:
        """Return the object file, and the messages of errors by line of *source*.

        The object file is empty if there are errors. Raises ScaffoldError for errors outside *source*.
        """
        done, compiled = self._run(source, "-c", "-o", "source.o")
        if done.returncode == 0:
            if not compiled:
                raise CompilerFault(f"the compiler wrote no object file: {shlex.join(self.command)}")
            return compiled, {}
        errors = _errors_by_line(done.stderr)
        if not errors:
            raise self._failure(done)
        return b"", errors

    def _run(self, source: str, *arguments: str) -> tuple[CompletedProcess[str], bytes]:
        """Run the compiler in a temporary folder; return the process and the object file."""
        folders = [part for folder in self.folders for part in ("-I", os.path.abspath(folder))]
        try:
            with tempfile.TemporaryDirectory(prefix="sockcore-") as folder:
                path = Path(folder, "source.c")
                path.write_text(source, encoding="utf-8")
                command = [*self.command, *_FLAGS, *folders, *arguments, path.name]
                done = run(command, folder, {**os.environ, **_ENVIRONMENT, "ZIG_LOCAL_CACHE_DIR": folder})
                compiled = Path(folder, "source.o")
                return done, compiled.read_bytes() if compiled.exists() else b""
        except OSError as exc:
            raise CompilerFault(f"cannot write a temporary folder for the compiler: {exc.strerror or exc}") from None

    def _failure(self, done: CompletedProcess[str]) -> ScaffoldError:
        lines = [line for line in map(one_line, done.stderr.splitlines()) if line]
        message = next((line for line in lines if "error" in line), lines[0] if lines else "it printed no message")
        return ScaffoldError(f"{shlex.join(self.command)} failed with status {done.returncode}: {message}")


def _errors_by_line(stderr: str) -> dict[int, str]:
    """Return line of the source -> message.

    For an error in a macro, gcc reports the definition, and the line that uses the macro in a note. That line is the
    last of all. Errors in other files without such a note are left out.
    """
    groups: list[tuple[str, list[int]]] = []
    for path, line, severity, message in _MESSAGE.findall(stderr):
        if severity != "note":
            groups.append((message, []))
        if groups and path == "source.c":
            groups[-1][1].append(int(line))
    errors: dict[int, str] = {}
    for message, lines in groups:
        if lines:
            errors.setdefault(max(lines), message)
    return errors


def zig_command() -> tuple[str, ...] | None:
    """Return the command of zig, from the ``ziglang`` wheel or PATH, or None."""
    wheel = find_spec("ziglang")
    for folder in (wheel.submodule_search_locations or ()) if wheel else ():
        path = shutil.which("zig", path=folder)
        if path:
            return (path,)
    path = shutil.which("zig")
    return (path,) if path else None


def find_command(wanted: str | None = None) -> tuple[str, ...]:
    """Return the command of a compiler for this machine.

    *wanted* is a command; otherwise it is that of the variable CC, or the first that is installed. Raises ScaffoldError
    if no compiler is installed.
    """
    text = wanted or os.environ.get("CC") or ""
    if text:
        # Backslashes of Windows paths are not quotes.
        try:
            command = tuple(shlex.split(text, posix=os.name != "nt"))
        except ValueError as exc:
            raise ScaffoldError(f"the command of the compiler, {text!r}, is invalid: {exc}") from None
        if not command:
            raise ScaffoldError("the command of the compiler is empty")
        if not shutil.which(command[0]):
            raise ScaffoldError(f"the compiler {command[0]} {_reason_not_found(command[0])}")
        return (*command, "cc") if command[1:] == () and Path(command[0]).stem == "zig" else command
    for name in ("cc", "gcc", "clang"):
        if shutil.which(name):
            return (name,)
    zig = zig_command()
    if zig:
        return (*zig, "cc")
    raise ScaffoldError("no C compiler was found: install gcc or clang, or run `pip install ziglang`")


def check_folders(folders: Iterable[str]) -> None:
    """Raise ScaffoldError if one of the folders with headers does not exist."""
    for folder in folders:
        if not os.path.isdir(folder):
            raise ScaffoldError(f"--include must be a folder with headers: {folder} does not exist or is not a folder")


def _reason_not_found(path: str) -> str:
    """Return the reason why *path* is not a program, for an error message."""
    if os.path.isdir(path):
        return "is a folder, not a program"
    return "is not executable" if os.path.exists(path) else "was not found"


def native_compiler(command: Sequence[str], folders: Iterable[str] = ()) -> Compiler:
    """Return the compiler of a command without a target. Its macros describe the target.

    Raises ScaffoldError if it does not compile.
    """
    compiler = Compiler(command, TARGETS[0], folders)
    macros = compiler.preprocess(
        "#include <stddef.h>\n#if __has_include(<features.h>)\n#include <features.h>\n#endif\n"
    )
    defined = dict(re.findall(r"^#define (\w+)(?: (.*))?$", macros, re.MULTILINE))
    system = next((name for macro, name in _SYSTEMS.items() if macro in defined), "linux")
    processor = next((name for macro, name in _PROCESSORS.items() if macro in defined), "generic")
    abi = ("gnu" if "__GLIBC__" in defined else "musl",) if system == "linux" else ()
    found = target("-".join((processor, system, *abi)))
    try:
        pointer, long = int(defined["__SIZEOF_POINTER__"]), int(defined["__SIZEOF_LONG__"])
        byteorder = "big" if defined["__BYTE_ORDER__"] in ("__ORDER_BIG_ENDIAN__", "4321") else "little"
    except (KeyError, ValueError):
        raise ScaffoldError(f"{shlex.join(command)} is not a C compiler that defines __SIZEOF_POINTER__") from None
    others = {tag for tag in found.words if not tag.endswith(("bit", "-endian"))}
    words = frozenset({*others, f"{pointer * 8}bit", f"{byteorder}-endian"})
    return Compiler(command, found._replace(words=words, pointer=pointer, long=long, byteorder=byteorder), folders)


def all_compilers(
    wanted: str | None = None, folders: Iterable[str] = (), triples: Sequence[str] = ()
) -> list[Compiler]:
    """Return a compiler for each available target.

    Without *wanted* and the variable CC, these are zig with its targets. Another compiler has the target of this
    machine, and that of ``-m32`` if it works. *triples* selects targets of zig by name. Raises ScaffoldError if there
    is no compiler, or if a target is unknown.
    """
    chosen = wanted or os.environ.get("CC")
    zig = None if chosen else zig_command()
    if chosen:
        command = find_command(chosen)
        if Path(command[0]).stem == "zig" and command[1:] == ("cc",):
            zig = command[:1]
    if zig:
        known = {one.triple: one for one in TARGETS}
        for triple in triples:
            if triple not in known:
                raise ScaffoldError(f"unknown target {triple}; the targets are: {', '.join(known)}")
        found = [_zig_compiler(zig, one, folders) for one in TARGETS if not triples or one.triple in triples]
        return [compiler for compiler in found if compiler]
    if triples:
        raise ScaffoldError("--target needs zig: run `pip install ziglang`")
    command = find_command(wanted)
    compilers = [native_compiler(command, folders)]
    try:
        other = native_compiler((*command, "-m32"), folders)
        other.compile_object("#include <sys/types.h>\n")
    except ScaffoldError:
        return compilers
    return [*compilers, *([other] if other.target.pointer != compilers[0].target.pointer else [])]


def _zig_compiler(zig: Sequence[str], target: Target, folders: Iterable[str]) -> Compiler | None:
    """Return zig for a target, or None if its headers are not in the folder of zig."""
    flags = ["-ferror-limit=0"]
    if target.headers:
        lib = Path(zig[0]).resolve().parent / "lib"
        headers = [lib / "include", *(lib / "libc" / "include" / name for name in target.headers)]
        if not all(path.is_dir() for path in headers):
            return None
        flags += ["-nostdinc", *(part for path in headers for part in ("-isystem", str(path)))]
    return Compiler((*zig, "cc", "-target", target.triple, *flags), target, folders)
