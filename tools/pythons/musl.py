"""Build CPython for musl, with zig and the sources of Debian.

Debian has the C library musl, but no Python for it. The sources are those of the python3 of this Debian release, of
libffi and of zlib, without Debian's patches. The build takes about three minutes of a processor.

1. It is a cross-compilation even for the processor of the machine, because programs for musl may not run on it.
2. The interpreter names the loader of musl in its own folder, so that nothing is installed on the machine.
3. Modules that the tests do not use are left out. Needs ``make``, ``readelf``, zig and a Python of the same version.
"""

from __future__ import annotations

import os
import platform
import shlex
import shutil
from importlib.util import find_spec
from pathlib import Path

from tools.headers.zig import executable

from . import found, make, sources

SUFFIX = "-musl"
SOURCES = ("libffi", "zlib")
#: Modules that are not built.
LEFT_OUT = """_bz2 _codecs_cn _codecs_hk _codecs_iso2022 _codecs_jp _codecs_kr _codecs_tw _crypt _curses _curses_panel
_dbm _decimal _gdbm _hashlib _lsprof _lzma _multibytecodec _sqlite3 _ssl _tkinter _uuid _zoneinfo audioop nis
ossaudiodev readline spwd syslog xxlimited xxlimited_35"""
#: Answers to questions of configure. The first three need a program that runs. The last two functions are in the musl
#: of zig (1.2.5), and not in that of Debian 12 (1.2.3).
ANSWERS = """ac_cv_buggy_getaddrinfo=no ac_cv_file__dev_ptc=no ac_cv_file__dev_ptmx=yes ac_cv_func_preadv2=no
ac_cv_func_pwritev2=no"""
#: A script that calls a compiler without the folders of this machine, which setup.py of Python 3.11 passes.
COMPILER = """#!/bin/sh
for word do
    shift
    case $word in -[IL]/usr/*) ;; *) set -- "$@" "$word" ;; esac
done
exec {command} "$@"
"""


def build(arch: str, folder: Path) -> Path:
    """Build the Python for *arch*, such as ``"arm64-musl"``, in *folder*; return the interpreter. Raises CannotMake."""
    if not shutil.which("make") or not shutil.which("readelf"):
        raise make.CannotMake("make and readelf are needed: apt-get install make binutils")
    if find_spec("ziglang") is None:
        raise make.CannotMake("zig is needed: pip install -r tools/headers/requirements.txt")
    debian = arch.removesuffix(SUFFIX)
    root, work = folder / "root", folder / "build"
    work.mkdir()
    version = _download(debian, folder, work)
    [package] = work.glob("musl_*.deb")
    sources.run(["dpkg-deb", "-x", str(package), str(root)], work)
    [loader] = root.glob("lib/ld-musl-*.so.1")
    if (native := found.python(version)) is None:
        raise make.CannotMake(f"Python {version} of this machine is needed to build another one")
    triple = f"{make.QEMU.get(debian, debian)}-linux-musl"
    variables = _variables(triple, loader, work)
    libffi, zlib, python = (sources.unpack(name, work) for name in (*SOURCES, f"python{version}"))
    prefix = [f"--prefix={work / 'libraries'}"]
    # The static trampolines of libffi 3.4.4 do not compile without an undeclared function.
    settings = [f"--host={triple}", "--disable-shared", "--disable-docs", "--disable-exec-static-tramp"]
    sources.run(["./configure", *prefix, *settings, "--disable-multi-os-directory"], libffi, variables)
    sources.run(["make", "install"], libffi, variables)
    sources.run(["./configure", *prefix, "--static"], zlib, variables)
    sources.run(["make", "libz.a", "install"], zlib, variables)
    (python / "Modules" / "Setup.local").write_text(f"*disabled*\n{' '.join(LEFT_OUT.split())}\n", encoding="ascii")
    # configure takes the name of the C library, in the suffix of extension modules, from the machine that builds.
    machines = [f"--host={triple}", f"--build={platform.machine()}-unknown-linux-musl"]
    settings = [f"--prefix={root}", f"--with-build-python={native}", "--disable-test-modules", *ANSWERS.split()]
    sources.run(["./configure", *machines, *settings], python, variables)
    sources.run(["make", "-j2", "python", "sharedmods"], python, variables)
    return sources.install(python, root, version)


def _download(arch: str, folder: Path, work: Path) -> str:
    """Download the sources, and musl of *arch*, to *work*; return the version of Python."""
    words = make.settings(arch, "release", _release(), folder)
    sources.update(words, folder)
    version = make.python3(words)
    sources.download(words, [f"python{version}", *SOURCES], work)
    sources.run(["apt-get", "-qq", *words, "download", "musl"], work)
    return version


def _release() -> str:
    """Return the name of this Debian release."""
    lines = Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    return next(line.partition("=")[2].strip('"') for line in lines if line.startswith("VERSION_CODENAME="))


def _variables(triple: str, loader: Path, work: Path) -> dict[str, str]:
    """Return the environment of configure and make: zig, and the folders of libffi and zlib."""
    zig, libraries = shlex.quote(executable()), work / "libraries"
    # By default, zig makes static programs for musl, which cannot load modules. It also stops at undefined behaviour,
    # and refuses __DATE__.
    compiler = f"{zig} cc -target {triple} -dynamic -fno-sanitize=undefined -Wno-date-time"
    for name, command in {"cc": compiler, "ar": f"{zig} ar", "ranlib": f"{zig} ranlib"}.items():
        script = work / name
        script.write_text(COMPILER.format(command=command), encoding="utf-8")
        script.chmod(0o755)
    return {
        **os.environ,
        "CC": str(work / "cc"),
        "AR": str(work / "ar"),
        "RANLIB": str(work / "ranlib"),
        "READELF": str(shutil.which("readelf")),
        "CHOST": triple,
        "CFLAGS": f"-O1 -fPIC -w -I{libraries / 'include'}",
        "LDFLAGS": f"-L{libraries / 'lib'} -Wl,--dynamic-linker={loader}",
        "LIBFFI_CFLAGS": f"-I{libraries / 'include'}",
        "LIBFFI_LIBS": "-lffi",
        "PKG_CONFIG_LIBDIR": str(libraries / "lib" / "pkgconfig"),  # not the libraries of the machine
        "ZIG_GLOBAL_CACHE_DIR": str(make.cache() / "zig"),
    }
