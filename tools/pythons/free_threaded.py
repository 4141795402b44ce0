"""Build a free-threaded CPython from the sources of Debian, which has no package of one.

The sources are those of the first Debian release with Python 3.13, without Debian's patches. The build takes about two
minutes of a processor. Needs a compiler, ``make``, and the headers of libffi, OpenSSL and zlib.
"""

from __future__ import annotations

import os
import shutil
import sysconfig
from pathlib import Path

from . import make, sources

SUITE = "trixie"
#: Without symbols for debuggers, and with the optimizations that compile fast.
OPTIMIZATION = "-DNDEBUG -fwrapv -O1 -w"
#: Header -> the package of Debian that has it.
HEADERS = {"ffi.h": "libffi-dev", "openssl/ssl.h": "libssl-dev", "zlib.h": "zlib1g-dev"}


def build(version: str, folder: Path, suite: str = SUITE) -> Path:
    """Build Python *version*, such as ``"3.13t"``, in *folder*; return the interpreter. Raises CannotMake."""
    _require_tools()
    work = folder / "build"
    work.mkdir()
    release = version.rstrip("t")
    settings = make.settings(make.native(), release, suite, folder)
    sources.update(settings, folder)
    sources.download(settings, [f"python{release}"], work)
    python = sources.unpack(f"python{release}", work)
    root = folder / "root"
    variables = {**os.environ, "OPT": OPTIMIZATION}
    features = ["--disable-gil", "--disable-test-modules", "--without-ensurepip"]
    sources.run(["./configure", f"--prefix={root}", *features], python, variables)
    sources.run(["make", "-j2", "python", "sharedmods"], python, variables)
    interpreter = sources.install(python, root, version)
    headers = root / "include" / f"python{version}"
    shutil.copytree(python / "Include", headers)
    shutil.copy(python / "pyconfig.h", headers)
    return interpreter


def _require_tools() -> None:
    for tool in ("make", "cc"):
        if shutil.which(tool) is None:
            raise make.CannotMake(f"{tool} is needed: apt-get install make gcc")
    folders = [Path("/usr/include"), Path("/usr/include", sysconfig.get_config_var("MULTIARCH") or "")]
    missing = [
        package for header, package in HEADERS.items() if not any((folder / header).exists() for folder in folders)
    ]
    if missing:
        raise make.CannotMake(f"headers are needed: apt-get install {' '.join(missing)}")
