"""Fetch Debian's CPython of another architecture, or of a newer release, into a cache.

Nothing is installed on the machine. apt resolves the packages with an empty package database and downloads them, and
they are unpacked in the cache. The result is a launcher with the arguments of python:

- For the architecture of the machine, it is the interpreter. ``patchelf`` sets its loader and library path, so that it
  finds the C library that it was built for. For a debug build, it is a script that calls the interpreter.
- For another architecture, it is a script that calls ``qemu-ARCH-static``. qemu has access to the files and the network
  of the machine, and translates system calls (byte order, word size and the numbers of constants).

Needs Debian's (or a derivative's) ``apt-get``, ``apt-cache`` and ``dpkg-deb``; ``patchelf`` or
``qemu-user-static``.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

# Architectures with different names in Debian and qemu
QEMU = {"armhf": "arm", "armel": "arm", "arm64": "aarch64", "amd64": "x86_64", "ppc64el": "ppc64le"}
# platform.machine() -> Debian's name of the architecture
NATIVE = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "armhf", "ppc64le": "ppc64el", "i686": "i386"}
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SUITE = "sid"  # has versions that this Debian release does not have
TRIES = 3  # a mirror is incomplete while it synchronizes


class CannotMake(RuntimeError):
    """A tool is missing, or the download failed; the message names the cause."""


def cache() -> Path:
    """Return the Pythons' folder: ``$SOCKCORE_PYTHONS``, or one in the user's cache."""
    named = os.environ.get("SOCKCORE_PYTHONS")
    if named:
        return Path(named)
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(home) / "sockcore" / "pythons"


def native() -> str:
    """Return Debian's name of this machine's architecture."""
    machine = platform.machine()
    return NATIVE.get(machine, machine)


#: Used in place of an architecture: a build with Py_DEBUG for the architecture of the machine.
DEBUG = "debug"


def is_emulated(arch: str) -> bool:
    """Return True if qemu runs the Python of *arch*, such as ``"s390x"``, False for ``"amd64-musl"`` on amd64."""
    return arch not in (DEBUG, native(), f"{native()}-musl")


def launcher(arch: str, version: str = "") -> Path:
    """Return the path of the launcher for *arch* (and *version*); it may not exist."""
    return cache() / (f"{arch}-{version}" if version else arch) / "python"


def make(arch: str, version: str = "", suite: str = "") -> Path:
    """Return the launcher of a Python of *arch*; fetch it if it is not in the cache.

    *version*, such as ``"3.15"``, is from Debian's *suite*, by default `SUITE`. Without *version*, it is the python3 of
    the Debian release of this machine. If *arch* is `DEBUG`, it is a debug build of that python3, with C headers. If
    *arch* ends in ``-musl``, it is built from the source of that python3. If *version* ends in ``t``, it is built from
    the source too, without a GIL. Raises `CannotMake`.
    """
    debug, is_musl, is_free_threaded = arch == DEBUG, arch.endswith("-musl"), version.endswith("t")
    made = launcher(arch, version)
    if made.exists():
        return made
    if version and is_musl:
        raise CannotMake(f"{arch} is built for the version of this Debian release only: name no version")
    if is_free_threaded and arch != native():
        raise CannotMake(f"free-threaded Pythons are built for {native()} only, not for {arch}")
    runner = _runner(native() if debug else arch.removesuffix("-musl"))
    folder = made.parent
    shutil.rmtree(folder, ignore_errors=True)
    root = folder / "root"
    root.mkdir(parents=True)
    try:
        if is_musl:
            from . import musl  # needs zig, and imports this module

            python = musl.build(arch, folder)
        elif is_free_threaded:
            from . import free_threaded  # imports this module

            python = free_threaded.build(version, folder, suite or free_threaded.SUITE)
        else:
            asked = version
            version = _download_debug(folder) if debug else _download(arch, version, suite or SUITE, folder)
            if debug and asked not in ("", version):
                raise CannotMake(f"Debian's release here has a debug build of {version} only")
            python = _unpack(root, version, debug)
            if not runner:
                _use_own_libraries(root, python)
        unfinished = folder / "python.new"
        if runner or debug or is_musl:
            # For a debug build, a link does not work: a virtual environment would use the modules of a Python of the
            # same version in /usr.
            emulator = f'"{runner}" -L "{root}" ' if runner else ""
            unfinished.write_text(f'#!/bin/sh\nexec {emulator}"{python}" "$@"\n', encoding="ascii")
            unfinished.chmod(0o755)
        else:
            unfinished.symlink_to(python)
        _try_out(unfinished)
    except CannotMake:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    for leftover in ("lists", "archives", "build"):
        shutil.rmtree(folder / leftover, ignore_errors=True)
    unfinished.rename(made)  # last: an existing launcher is complete
    if not runner and not debug and not is_musl:
        bin = cache() / "bin"
        bin.mkdir(exist_ok=True)
        link = bin / f"python{version}"
        link.unlink(missing_ok=True)
        link.symlink_to(made)
    return made


def _unpack(root: Path, version: str, debug: bool) -> Path:
    """Unpack the downloaded packages in *root*; return the interpreter."""
    for package in sorted((root.parent / "archives").glob("*.deb")):
        _run(["dpkg-deb", "-x", str(package), str(root)])
    _relink(root)
    if debug:  # pyconfig.h includes the one of the architecture, by a path that exists on a complete system only
        [settings] = root.glob(f"usr/include/*/python{version}d/pyconfig.h")
        shutil.copy(settings, root / "usr" / "include" / f"python{version}d" / "pyconfig.h")
    return root / "usr" / "bin" / f"python{version}{'-dbg' if debug else ''}"


def _runner(arch: str) -> str:
    """Return the emulator for *arch*.

    It is empty for the architecture of the machine, which needs patchelf.
    """
    for tool in ("apt-get", "apt-cache", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise CannotMake(f"{tool} is needed: Pythons are fetched on Debian and its derivatives only")
    if arch == native():
        if shutil.which("patchelf") is None:
            raise CannotMake("patchelf is needed: apt-get install patchelf")
        return ""
    cpu = QEMU.get(arch, arch)
    found = shutil.which(f"qemu-{cpu}-static") or shutil.which(f"qemu-{cpu}")
    if found is None:
        raise CannotMake(f"qemu-{cpu}-static is needed: apt-get install qemu-user-static")
    return found


def settings(arch: str, version: str, suite: str, folder: Path) -> list[str]:
    """Return apt's options to download packages of *arch* to *folder*.

    The packages are from *suite* if *version* is not empty.
    """
    for part in ("lists/partial", "archives/partial"):
        (folder / part).mkdir(parents=True)
    installed = folder / "status"
    installed.touch()  # as on a machine with nothing installed
    options = {
        "APT::Architecture": arch,
        "APT::Architectures": arch,
        "Dir::State::status": installed,
        "Dir::State::Lists": folder / "lists",
        "Dir::Cache": folder,
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
        "Acquire::Retries": TRIES,
        "APT::Install-Recommends": 0,
        "Debug::NoLocking": 1,
    }
    if version:
        sources = folder / "sources.list"
        sources.write_text(f"deb [signed-by={KEYRING}] {_mirror()} {suite} main\n", encoding="ascii")
        options["Dir::Etc::sourcelist"] = sources
        options["Dir::Etc::sourceparts"] = "/dev/null"
    return [word for name, value in options.items() for word in ("-o", f"{name}={value}")]


def _download(arch: str, version: str, suite: str, folder: Path) -> str:
    """Download python, its test package and their requirements; return the version."""
    words = settings(arch, version, suite, folder)
    failure = CannotMake("there was no attempt")
    for _ in range(TRIES):
        try:
            _run(["apt-get", "-qq", *words, "update"], may_fail=True)  # without an index, the download fails
            chosen = version or python3(words)
            packages = [f"python{chosen}-venv", f"libpython{chosen}-testsuite"]
            _run(["apt-get", "-qq", *words, "install", "--yes", "--download-only", *packages])
        except CannotMake as exc:
            failure = exc
        else:
            return chosen
    raise failure


def _download_debug(folder: Path) -> str:
    """Download a debug build of the release's python3; return the version.

    The headers and the tests are downloaded too.
    """
    words = settings(native(), "", "", folder)
    failure = CannotMake("there was no attempt")
    for _ in range(TRIES):
        try:
            _run(["apt-get", "-qq", *words, "update"], may_fail=True)
            version = python3(words)
            packages = [f"python{version}-dbg", f"libpython{version}-dev", f"libpython{version}-testsuite"]
            packages.append(f"python{version}-venv")
            _run(["apt-get", "-qq", *words, "install", "--yes", "--download-only", *packages])
        except CannotMake as exc:
            failure = exc
        else:
            return version
    raise failure


def _mirror() -> str:
    lines = _run(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]).split()
    if not lines:
        raise CannotMake("apt has no package source")
    return lines[0]


def python3(settings: list[str]) -> str:
    """Return the version of the python3 in the index of *settings*. Raises CannotMake."""
    words = _run(["apt-cache", *settings, "depends", "python3"])
    found = re.search(r"Depends: python(3\.\d+)$", words, re.MULTILINE)
    if found is None:
        raise CannotMake("the index has no python3")
    return found[1]


def _relink(root: Path) -> None:
    """Make absolute symbolic links of the unpacked tree point into the tree."""
    for name in ("lib", "lib64"):  # newer releases leave these two to a package that is not unpacked
        if (root / "usr" / name).is_dir() and not (root / name).exists():
            (root / name).symlink_to(f"usr/{name}")
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = Path(folder, name)
            if path.is_symlink() and os.path.isabs(os.readlink(path)):
                inside = Path(f"{root}{os.readlink(path)}")
                path.unlink()
                path.symlink_to(inside)


def _use_own_libraries(root: Path, python: Path) -> None:
    loader = _run(["patchelf", "--print-interpreter", str(python)]).strip()
    libraries = ":".join(sorted(str(path) for path in root.glob("**/lib/*-linux-gnu*") if path.is_dir()))
    interpreter = ["--set-interpreter", f"{root}{loader}"]
    _run(["patchelf", *interpreter, "--force-rpath", "--set-rpath", libraries, str(python)])


def _try_out(python: Path) -> None:
    _run([str(python), "-c", "import ctypes, socket, test.support"])


def _run(command: list[str], may_fail: bool = False) -> str:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode and not may_fail:
        sys.stderr.write(done.stdout[-2000:] + done.stderr[-2000:])
        raise CannotMake(f"{command[0]} ended with status {done.returncode}")
    return done.stdout
