"""The extension modules compile without errors and warnings for all systems that can build them.

The compiler uses the headers of the running Python. In a copy of ``pyconfig.h``, predefined macros of the compiler
replace the sizes of types. Nothing is linked or run.
"""

from __future__ import annotations

import shutil
import sys
import sysconfig
from pathlib import Path

import pytest
from tools.headers import zig
from tools.headers.targets import target

pytest.importorskip("ziglang", reason="the tox environment 'headers' has the headers and their compiler")

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*ROOT.glob("sockcore/src/native/*.c"), *ROOT.glob("[pe]*s/*/src/native/*.c")])  # plugins, examples
SIZES = {
    "INT": "INT",
    "LONG": "LONG",
    "LONG_LONG": "LONG_LONG",
    "SHORT": "SHORT",
    "SIZE_T": "SIZE_T",
    "VOID_P": "POINTER",
}
SIZES.update({"UINTPTR_T": "POINTER", "WCHAR_T": "WCHAR_T", "DOUBLE": "DOUBLE", "FLOAT": "FLOAT"})
TARGETS = (
    "x86_64-linux-gnu",
    "s390x-linux-gnu",
    "arm-linux-gnueabihf",
    "x86_64-macos",
    "aarch64-macos",
    "x86_64-freebsd",
    "aarch64-freebsd",
    "x86-freebsd",
    "powerpc64-freebsd",
    "x86_64-netbsd",
    "x86-netbsd",
    "aarch64-netbsd",
    "sparc64-netbsd",
    "x86_64-openbsd",
    "aarch64-openbsd",
    "sparc64-openbsd",
)


@pytest.fixture(scope="module")
def python_headers(tmp_path_factory):
    paths = sysconfig.get_paths()
    config = Path(sysconfig.get_config_h_filename())
    if not Path(paths["include"], "Python.h").exists() or not config.exists():
        pytest.skip("the headers of this Python are not installed")
    folder = tmp_path_factory.mktemp("include")
    shutil.copytree(paths["include"], folder, dirs_exist_ok=True)
    text = config.read_text(encoding="utf-8")
    if "#include <" in text and "python" in text.split("#include <")[-1].split(">")[0]:
        # Debian has one pyconfig.h per processor.
        shutil.copytree(Path(paths["platinclude"]), folder, dirs_exist_ok=True)
        text = (folder / "pyconfig.h").read_text(encoding="utf-8")
    for name, macro in SIZES.items():
        text += f"#undef SIZEOF_{name}\n#define SIZEOF_{name} __SIZEOF_{macro}__\n"
    (folder / "pyconfig.h").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("triple", TARGETS)
def test_extension_modules_compile_for_target(triple, python_headers):
    for source in SOURCES:
        arguments = ("-I", str(python_headers), "-I", str(source.parent), "-Wall", "-Wextra", "-Wno-unused-parameter")
        diagnostics = zig.diagnostics(
            target(triple), f'#include "{source}"\n', *arguments, "-Wno-missing-field-initializers"
        )
        assert diagnostics == "", str(source)


@pytest.mark.skipif(sys.version_info < (3, 13), reason="free-threaded builds need Python 3.13")
def test_extension_modules_compile_for_free_threaded_build(python_headers):
    for source in SOURCES:
        arguments = ("-I", str(python_headers), "-I", str(source.parent), "-Wall", "-DPy_GIL_DISABLED=1")
        diagnostics = zig.diagnostics(target("x86_64-linux-gnu"), f'#include "{source}"\n', *arguments)
        assert diagnostics == "", str(source)


def test_diagnostics_contain_compiler_error(python_headers):
    diagnostics = zig.diagnostics(target("aarch64-macos"), "int f(void) { return SOCK_CLOEXEC; }\n", "-Wall")
    assert "SOCK_CLOEXEC" in diagnostics
