"""The command check-layout, with made-up headers and those of the system."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.util import find_spec

import pytest

HEADER = """
#include <stdint.h>
struct made_up {
    uint16_t family;
    uint8_t flags;
    union { uint32_t id; struct { uint16_t high, low; } halves; } address;
    union { uint8_t code; uint64_t long_code; };
    char name[5];
};
struct pointers { char kind; void *first; long second; };
#ifndef __be16
typedef uint16_t __be16, __le16;
typedef uint32_t __be32;
#endif
typedef __be32 address_type;
enum color { RED, GREEN };
struct numbers {
    int32_t level;
    uint32_t count;
    __be16 port;
    __le16 psm;
    union { uint16_t host_order; address_type ip; };
    struct { signed char low; unsigned char high; } range[1];
    char letter;
    uint8_t bytes[1];
    enum color color;
    unsigned long size;
};
"""
PLUGIN = """
from sockcore.plugin import U8, U16, U32, U64, CStruct, CUnion, Struct, octets, padding
HALVES = ("halves", Struct("struct", "", ("high", U16), ("low", U16)))
MADE_UP = CStruct("struct made_up", "<made_up.h>", {"*": (
    ("family", U16), ("flags", U8), ("address", CUnion(("id", U32), HALVES)),
    ("", CUnion(("code", U8), ("long_code", U64))), ("name", 5),
)})
POINTERS = CStruct("struct pointers", "<made_up.h>", {"*": (("kind", 1), ("first", "pointer"), ("second", "long"))})
"""
NUMBERS = """
from sockcore.plugin import BE16, BE32, I8, I32, LE16, U8, U16, U32, CStruct, CUnion, octets
NUMBERS = CStruct("struct numbers", "<made_up.h>", {"*": (
    ("level", I32), ("count", U32), ("port", BE16), ("psm", LE16), ("", CUnion(("host_order", U16), ("ip", BE32))),
    ("range[0].low", I8), ("range[0].high", U8), ("letter", U8), ("bytes", octets(1)), ("color", U32), ("size", "size"),
)})
"""
COMMAND = next((name for name in ("cc", "gcc", "clang") if shutil.which(name)), None)
needs_compiler = pytest.mark.skipif(COMMAND is None or sys.platform == "win32", reason="needs a C compiler")
needs_zig = pytest.mark.skipif(find_spec("ziglang") is None, reason="needs ziglang")


@pytest.fixture
def check(sockcore, distribution, tmp_path):
    """Return a function that checks the source of a plugin against HEADER."""
    (tmp_path / "made_up.h").write_text(HEADER)

    def run(source, *options, compiler=COMMAND):
        path = distribution("made-up", "made_up", source)
        command = ("--compiler", compiler) if compiler else ()
        return sockcore("check-layout", "made_up", *command, "--include", tmp_path, *options, PYTHONPATH=path)

    return run


@needs_compiler
def test_check_layout_of_equal_structs_is_status_0(check):
    done = check(PLUGIN)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("2 structs, ")
    assert done.stdout.endswith(" 0 differences\n")


@needs_compiler
@pytest.mark.parametrize(
    ("old", "new", "subject", "expected", "found"),
    [
        ('("flags", U8)', '("flags", U16)', "made_up, field flags", "offset 2, size 2", "offset 2, size 1"),
        ('("low", U16)', '("law", U16)', "made_up, field address.halves.law", "offset 6, size 2", "no such field"),
        (
            '("high", U16), ("low", U16)',
            '("low", U16), ("high", U16)',
            "made_up, field address.halves.low",
            "offset 4",
            "",
        ),
        ('"long_code", U64', '"long_code", U32', "made_up, field long_code", "offset 8, size 4", "offset 8, size 8"),
        ('("name", 5)', '("name", 13)', "made_up", "32 bytes", "24 bytes"),
        ('"struct made_up"', '"struct made_down"', "made_down", "24 bytes", "no declaration"),
        ('"pointer"', "U16", "pointers, field first", "offset 2, size 2", ""),
    ],
)
def test_check_layout_reports_field_with_expected_and_found(check, old, new, subject, expected, found):
    assert old in PLUGIN
    done = check(PLUGIN.replace(old, new))
    assert (done.returncode, done.stderr) == (1, "")
    assert f": struct {subject} (<made_up.h>): expected {expected}" in done.stdout
    assert f", found {found}" in done.stdout
    assert not done.stdout.endswith(" 0 differences\n")


@needs_compiler
@pytest.mark.parametrize(
    ("old", "new", "field", "expected", "found"),
    [
        ('("level", I32)', '("level", U32)', "level", "an unsigned integer", "a signed integer (int32_t)"),
        ('("count", U32)', '("count", I32)', "count", "a signed integer", "an unsigned integer (uint32_t)"),
        ('("size", "size")', '("size", "long")', "size", "a signed integer", "an unsigned integer (unsigned long)"),
        ('low", I8', 'low", U8', "range[0].low", "an unsigned integer", "a signed integer (signed char)"),
        ('high", U8', 'high", I8', "range[0].high", "a signed integer", "an unsigned integer (unsigned char)"),
        ('("port", BE16)', '("port", U16)', "port", "the byte order of the machine", "big-endian (__be16)"),
        ('("port", BE16)', '("port", LE16)', "port", "little-endian", "big-endian (__be16)"),
        ('("psm", LE16)', '("psm", BE16)', "psm", "big-endian", "little-endian (__le16)"),
        ('("ip", BE32)', '("ip", U32)', "ip", "the byte order of the machine", "big-endian (address_type)"),
    ],
)
def test_check_layout_reports_sign_and_byte_order(check, old, new, field, expected, found):
    assert NUMBERS.count(old) == 1
    done = check(NUMBERS.replace(old, new))
    assert (done.returncode, done.stderr) == (1, "")
    [line] = {line.partition(": ")[2] for line in done.stdout.splitlines() if ": expected " in line}
    assert line == f"struct numbers, field {field} (<made_up.h>): expected {expected}, found {found}"


@needs_compiler
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ('("letter", U8)', '("letter", I8)'),  # the sign of char depends on the machine
        ('("color", U32)', '("color", I32)'),  # that of an enum depends on the compiler
        ('("bytes", octets(1))', '("bytes", U8)'),
        ('("host_order", U16)', '("host_order", BE16)'),  # many headers do not name the order
        ('("size", "size")', '("size", "pointer")'),
    ],
)
def test_check_layout_accepts_sign_and_order_that_header_leaves_open(check, old, new):
    done = check(NUMBERS.replace(old, new))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(" 0 differences\n")


@needs_zig
def test_check_layout_by_zig_compares_on_many_targets(check):
    done = check(PLUGIN.replace('"pointer"', "U64"), compiler=None)
    assert done.returncode == 1
    # The pointer has 64 bits on these targets, which have no difference.
    found = [line.partition(":")[0] for line in done.stdout.splitlines() if "struct pointers" in line]
    assert "x86-linux-gnu" in found
    assert "x86_64-linux-gnu" not in found
    assert "x86_64-macos" not in found


@needs_zig
def test_check_layout_target_selects_targets(check):
    done = check(PLUGIN, "--target", "s390x-linux-musl", "--target", "x86-linux-gnu", compiler=None)
    assert (done.returncode, done.stderr) == (0, "")
    assert " on 2 of 2 targets, 0 differences" in done.stdout


@needs_zig
def test_check_layout_unknown_target_is_an_error(check):
    done = check(PLUGIN, "--target", "vax-ultrix", compiler=None)
    assert (done.returncode, done.stdout) == (1, "")
    assert "unknown target vax-ultrix" in done.stderr


@needs_compiler
def test_check_layout_of_missing_header_is_status_1(check):
    done = check(PLUGIN.replace("<made_up.h>", "<made_down.h>"))
    assert (done.returncode, done.stderr) == (1, "")
    [line] = [line for line in done.stdout.splitlines() if line.startswith("<made_down.h>: on 0 of ")]
    assert line.endswith(", expected on one or more: --include adds the folder of a header")


@needs_compiler
def test_check_layout_counts_target_without_header_once(check):
    # The header is needed by two structs, with different other headers.
    source = PLUGIN.replace("<made_up.h>", "<made_down.h>", 1).replace("<made_up.h>", "<stdint.h> <made_down.h>")
    done = check(source)
    assert (done.returncode, done.stderr) == (1, "")
    assert "<made_down.h>: on 0 of " in done.stdout


@needs_compiler
def test_check_layout_leaves_out_struct_of_another_system(check):
    other = 'OTHER = CStruct("struct other", "<made_up.h>", {"no-such-system": (("kind", 1),)})\n'
    without_fields = 'WITHOUT = CStruct("struct without", "<made_up.h>", {"no-such-system": (("kind", 1),), "*": ()})\n'
    done = check(PLUGIN + other + without_fields)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(" 0 differences\n")


@needs_compiler
def test_check_layout_target_with_native_is_an_error(check):
    done = check(PLUGIN, "--native", "--target", "x86-linux-gnu")
    assert (done.returncode, done.stdout) == (1, "")
    assert "--native and --target exclude each other" in done.stderr


@needs_compiler
def test_check_layout_target_without_zig_is_an_error(check):
    done = check(PLUGIN, "--target", "x86-linux-gnu")
    assert (done.returncode, done.stdout) == (1, "")
    assert "--target needs zig" in done.stderr


STRUCT = 'from sockcore.plugin import U32, Struct\nA = Struct("struct made_up", "<made_up.h>", ("a", U32))\n'


@needs_compiler
@pytest.mark.parametrize(
    ("source", "message"),
    [
        (STRUCT.replace("<made_up.h>", ""), "made_up: struct made_up has the header '', expected '<linux/x.h>'"),
        (STRUCT.replace("<made_up.h>", "made_up.h"), "struct made_up has the header 'made_up.h', expected"),
        (STRUCT.replace("<made_up.h>", "<made_up.h"), "struct made_up has the header '<made_up.h', expected"),
        (STRUCT.replace('"<made_up.h>"', "None"), "struct made_up has the header None, expected"),
        (STRUCT.replace("struct made_up", "struct ; int x"), "made_up: a struct has the name 'struct ; int x'"),
        (STRUCT.replace("struct made_up", "struct a\\n"), "a struct has the name 'struct a\\n', expected"),
        (STRUCT + "STRUCTS = (A, 'B')", "made_up: STRUCTS contains 'B', expected structs only"),
        (STRUCT + "STRUCTS = 5", "STRUCTS raises TypeError: 'int' object is not iterable, expected a tuple of structs"),
        (STRUCT + "STRUCTS_BY_SYSTEM = [A]", '"] raises AttributeError: '),
        (STRUCT + "def structs(system): raise OSError('no\\nfile')", '") raises OSError: no file, expected a tuple'),
        (STRUCT + "def structs(): return (A,)", '") raises TypeError: structs() takes 0 '),
        (STRUCT + "def structs(system): return None", '") raises TypeError: '),
        ("raise ValueError('two\\nlines')", "made_up cannot be imported: ValueError: two lines"),
        ("raise GeneratorExit", "made_up cannot be imported: GeneratorExit"),
        ("class E(BaseException): pass\nraise E('base')", "made_up cannot be imported: E: base"),
        ("import made_up_parts", "made_up cannot be imported: No module named 'made_up_parts'"),
        ("def f(:", "made_up cannot be imported: SyntaxError: "),
        ("", "made_up declares no Struct for "),
        (
            PLUGIN.replace('("second", "long")', '("second", "lng")'),
            "struct pointers has a wrong declaration: KeyError: 'lng'",
        ),
    ],
)  # fmt: skip
def test_check_layout_of_faulty_module_names_the_fault_in_one_line(check, source, message):
    done = check(source)
    assert (done.returncode, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    assert line.startswith("python -m sockcore check-layout: error: ")
    assert message in line


@needs_compiler
def test_check_layout_of_package_lists_modules_that_raise(check, distribution, tmp_path):
    (tmp_path / "made_up_parts").mkdir()
    (tmp_path / "made_up_parts" / "__init__.py").write_text("")
    (tmp_path / "made_up_parts" / "late.py").write_text("class E(BaseException): pass\nraise E('two\\nlines')")
    done = check(PLUGIN + "__path__ = [__file__.replace('made_up.py', 'made_up_parts')]")
    assert done.returncode == 0
    assert done.stderr == "made_up.late is not checked: E: two lines\n"


@needs_compiler
def test_check_layout_of_header_that_does_not_compile_reports_it(check, tmp_path):
    (tmp_path / "made_up.h").write_text("struct made_up { unknown_type a; };")
    done = check(PLUGIN)
    assert done.returncode == 1
    assert "expected a header that compiles" in done.stdout
    assert "unknown_type" in done.stdout


@pytest.mark.parametrize(
    ("module", "message"),
    [
        ("no_such_module", "no module no_such_module is installed"),
        ("json", "json declares no Struct"),
        ("no_such_package.module", "no module no_such_package.module is installed"),
        ("", "MODULE must be the name of a module, such as sockcore_example, not ''"),
        (".structs", "MODULE must be the name of a module, such as sockcore_example, not '.structs'"),
        ("./made_up", "MODULE must be the name of a module, such as sockcore_example, not './made_up'"),
    ],
)
@needs_compiler
def test_check_layout_of_module_without_structs_is_an_error(sockcore, module, message):
    done = sockcore("check-layout", module, "--compiler", COMMAND)
    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@needs_compiler
def test_check_layout_of_module_that_exits_names_the_exception(sockcore, tmp_path):
    if sys.flags.ignore_environment:
        pytest.skip("this Python ignores PYTHONPATH")
    (tmp_path / "made_up.py").write_text("raise SystemExit(0)")
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    done = sockcore("check-layout", "made_up", "--compiler", COMMAND, PYTHONPATH=path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "made_up cannot be imported: SystemExit: 0" in done.stderr


@needs_compiler
def test_check_layout_of_module_that_raises_names_the_exception(check):
    done = check("raise RuntimeError('out of order')")
    assert done.returncode == 1
    assert "made_up cannot be imported: RuntimeError: out of order" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_layout_with_unknown_compiler_is_an_error(sockcore):
    done = sockcore("check-layout", "json", "--compiler", "no-such-compiler")
    assert done.returncode == 1
    assert "the compiler no-such-compiler was not found" in done.stderr


def test_check_layout_without_compiler_names_solutions(sockcore, tmp_path):
    if find_spec("ziglang"):
        pytest.skip("ziglang is installed")
    done = sockcore("check-layout", "json", PATH=str(tmp_path), CC="")
    assert done.returncode == 1
    assert "no C compiler was found" in done.stderr


@needs_compiler
@pytest.mark.skipif(sys.platform != "linux", reason="headers of Linux")
def test_check_layout_of_installed_plugin_has_no_difference(sockcore):
    if find_spec("sockcore_linux_misc") is None:
        pytest.skip("sockcore-linux-misc is not installed")
    done = sockcore("check-layout", "sockcore_linux_misc.structs", "--compiler", COMMAND)
    differences = [
        line for line in done.stdout.splitlines() if "found no declaration" not in line and ": expected" in line
    ]
    assert differences == []  # older headers lack newer structs
    assert " comparisons on " in done.stdout
