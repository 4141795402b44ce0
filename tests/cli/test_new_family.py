"""The command new-family: generated distributions pass their tests, and errors leave nothing behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest

import sockcore as sockcore_module

COMMAND = next((name for name in ("cc", "gcc", "clang") if shutil.which(name)), None)
pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the headers are those of Linux"),
    pytest.mark.skipif(sys.flags.ignore_environment, reason="this Python ignores PYTHONPATH"),
]
needs_compiler = pytest.mark.skipif(COMMAND is None, reason="needs a C compiler")

HEADERS = {
    # As <linux/mctp.h>, which older systems lack.
    "mctp_copy.h": """
#include <linux/types.h>
typedef __u8 mctp_eid_t;
struct mctp_addr { mctp_eid_t s_addr; };
struct sockaddr_mctp {
    unsigned short smctp_family;
    __u16 __smctp_pad0;
    unsigned int smctp_network;
    struct mctp_addr smctp_addr;
    __u8 smctp_type, smctp_tag, __smctp_pad1;
};
#define COPY_TAG_OWNER 0x08
#define COPY_SIZE sizeof(struct sockaddr_mctp)
#define COPY_TEXT "not a number"
#define COPY_CALL(x) (x)
enum { COPY_FIRST = 1, COPY_SECOND };
""",
    # As in wpan-tools.
    "ieee802154_copy.h": """
#include <stdint.h>
#include <sys/socket.h>
enum { IEEE802154_COPY_NONE, IEEE802154_COPY_SHORT = 2, IEEE802154_COPY_LONG };
struct ieee802154_addr_sa {
    int addr_type;
    uint16_t pan_id;
    union { uint8_t hwaddr[8]; uint16_t short_addr; };
};
struct sockaddr_ieee802154 { sa_family_t family; struct ieee802154_addr_sa addr; };
""",
    "unions.h": """
#include <stdint.h>
#include <linux/types.h>
typedef uint8_t mac_address[6];
struct sockaddr_unions {
    uint16_t un_family;
    union un_address {
        __be32 id;
        struct { uint16_t high; uint8_t low; } parts;
        struct { mac_address mac; uint16_t port; };
        union { uint8_t code; uint8_t codes[7]; } inner;
    } un_addr;
    uint64_t un_wide;
    int16_t un_steps[2][3];
    int32_t un_class, un_numbers[2];
    char un_name[20];
    __le16 un_little;
    struct { uint8_t level; uint8_t pad; } __attribute__((packed)) un_items[2];
};
""",
    "longs.h": """
#include <sys/types.h>
struct sockaddr_longs {
    unsigned short family;
    void *where;
    long least;
    size_t most;
    int end;
} __attribute__((aligned(16)));
""",
    "wrong.h": """
#include <stdint.h>
struct bits { uint16_t family; unsigned first : 3, second : 5; };
struct real { uint16_t family; double value; };
struct not_an_address { uint32_t number; };
struct empty { uint16_t family; uint16_t pad; };
struct large { uint16_t family; uint8_t bytes[300]; };
struct incomplete;
struct half { uint16_t family; struct incomplete *pointer; };
struct flexible { uint16_t family; uint32_t node; uint8_t rest[]; };
""",
    "broken.h": "struct broken { unknown_type member; };",
}  # fmt: skip
CASES = {
    "mctp": ("AF_COPY", "mctp_copy.h", "sockaddr_mctp"),
    "ieee802154": ("AF_IEEE_COPY", "ieee802154_copy.h", "sockaddr_ieee802154"),
    "unions": ("AF_UNIONS", "unions.h", "sockaddr_unions"),
    "longs": ("AF_LONGS", "longs.h", "struct sockaddr_longs"),
}


@pytest.fixture
def scaffold(sockcore, tmp_path):
    """Return a function that runs new-family in tmp_path/work, with the headers above."""
    (tmp_path / "include").mkdir()
    for name, text in HEADERS.items():
        (tmp_path / "include" / name).write_text(text)
    (tmp_path / "work").mkdir()

    def run(*arguments, compiler=COMMAND, **options):
        command = ("--compiler", compiler) if compiler else ()
        include = ("--include", tmp_path / "include")
        return sockcore("new-family", *arguments, *command, *include, cwd=tmp_path / "work", **options)

    return run


@pytest.fixture
def work(tmp_path):
    """Return the folder in which new-family runs."""
    return tmp_path / "work"


def variables(*folders):
    """Return environment variables with *folders* in front on PYTHONPATH."""
    present = filter(None, [os.environ.get("PYTHONPATH")])
    return {**os.environ, "PYTHONPATH": os.pathsep.join([*map(str, folders), *present])}


def run_tests(folder, include):
    """Run the tests of a generated distribution; return their output."""
    environment = {**variables(folder / "src"), "CPATH": str(include), "CC": COMMAND or ""}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def evaluate(folder, package, code):
    """Return the output of *code*, which has the generated package as ``p``."""
    done = subprocess.run(
        [sys.executable, "-c", f"import {package} as p, sys\n{code}"],
        env=variables(folder / "src"), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


@needs_compiler
@pytest.mark.parametrize("case", CASES)
def test_new_family_from_header_passes_its_tests(scaffold, work, case):
    family, header, struct = CASES[case]
    done = scaffold(family, "--header", header, "--struct", struct, "--number", "17001")
    assert (done.returncode, done.stderr) == (0, "")
    name = family[3:].lower().replace("_", "-")
    output = run_tests(work / f"sockcore-{name}", work.parent / "include")
    assert " passed" in output
    assert "failed" not in output


@needs_compiler
@pytest.mark.skipif(not Path("/usr/include/linux/netlink.h").exists(), reason="needs linux/netlink.h")
def test_new_family_transfers_data_on_a_kernel(scaffold, work, distribution):
    # AF_NETLINK, whose plugin is blocked: each kernel has it, and protocol 2 is for programs (NETLINK_USERSOCK).
    options = ("--header", "linux/netlink.h", "--struct", "sockaddr_nl", "--type", "SOCK_RAW", "--proto", "2")
    done = scaffold("AF_NETLINK", *options, "--directory", "made", SOCKCORE_BLOCK="linux_misc")
    assert (done.returncode, done.stderr) == (0, "")
    assert "AF_NETLINK (16), addresses (pid, groups)" in done.stdout
    path = work / "made/tests/test_netlink_sockets.py"
    text = path.read_text()
    line = text[text.index("        self.skip(") :]
    path.write_text(text.replace(line, "        return (0, 0)\n"))
    installed = distribution("sockcore-made", "made_plugin", "from sockcore_netlink import *")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", path.name]
    environment = {**variables(work / "made/src", *installed.split(os.pathsep)), "SOCKCORE_BLOCK": "linux_misc"}
    done = subprocess.run(command, cwd=path.parent, env=environment, capture_output=True, text=True, check=False)
    if "does not support AF_NETLINK" in done.stdout:
        pytest.skip("the kernel has no NETLINK_USERSOCK")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed, 1 skipped" in done.stdout, done.stdout


@needs_compiler
def test_new_family_reads_nested_struct_typedefs_and_constants(scaffold, work):
    done = scaffold("AF_COPY", "--header", "mctp_copy.h", "--struct", "sockaddr_mctp", "--number", "17001")
    assert "addresses (network, addr, type, tag)" in done.stdout
    code = "print(p.structs.SOCKADDR_MCTP.offsets(), p.structs.SOCKADDR_MCTP.size, p.constants.CONSTANTS)"
    assert evaluate(work / "sockcore-copy", "sockcore_copy", code) == (
        "{'smctp_network': (4, 4), 'smctp_addr.s_addr': (8, 1), 'smctp_type': (9, 1), 'smctp_tag': (10, 1)} 12 "
        "{'COPY_TAG_OWNER': 8, 'COPY_SIZE': 12, 'COPY_FIRST': 1, 'COPY_SECOND': 2}"
    )


@needs_compiler
def test_new_family_reads_struct_with_anonymous_union(scaffold, work):
    done = scaffold("AF_COPY", "--header", "ieee802154_copy.h", "--struct", "sockaddr_ieee802154", "--number", "17001")
    assert "addresses (addr_type, pan_id, hwaddr_or_short_addr)" in done.stdout
    code = "print(p.structs.SOCKADDR_IEEE802154.offsets(), p.structs.SOCKADDR_IEEE802154.size)"
    assert evaluate(work / "sockcore-copy", "sockcore_copy", code) == (
        "{'addr.addr_type': (4, 4), 'addr.pan_id': (8, 2), '': (10, 8)} 20"
    )


@needs_compiler
def test_new_family_reads_arrays_unions_and_byte_orders(scaffold, work):
    scaffold("AF_UNIONS", "--header", "unions.h", "--struct", "sockaddr_unions", "--number", "17001")
    source = (work / "sockcore-unions/src/sockcore_unions/structs.py").read_text()
    for field in (
        '("id", BE32)',
        '("parts.high", U16)' if '"parts.high"' in source else '("high", U16), ("low", U8)',
        '("mac", octets(6)), ("port", U16)',
        '("inner", CUnion(("code", U8), ("codes", octets(7))))',
        '("un_steps", octets(12)),  # an array of int16_t',
        '("un_numbers[1]", I32)',
        '("un_little", LE16)',
        '("un_items[1].level", U8)',
        '("un_items[1].pad", padding(1))',
    ):
        assert field in source, (field, source)
    items = evaluate(work / "sockcore-unions", "sockcore_unions", "print(p.Unions.__doc__.splitlines()[0])")
    assert "(addr, wide, steps, class_, numbers_0, numbers_1, name, little, items_0, items_1)" in items


@needs_compiler
def test_new_family_names_the_system_in_front_of_a_header_that_needs_it(scaffold, work):
    (work.parent / "include" / "needy.h").write_text("struct sockaddr_needy { sa_family_t family; int node; };")
    done = scaffold("AF_NEEDY", "--header", "needy.h", "--struct", "sockaddr_needy", "--number", "17001")
    assert (done.returncode, done.stderr) == (0, "")
    assert '"<sys/socket.h> <needy.h>"' in (work / "sockcore-needy/src/sockcore_needy/structs.py").read_text()


@needs_compiler
@pytest.mark.skipif(find_spec("ziglang") is None, reason="needs ziglang")
def test_new_family_leaves_out_constants_that_differ_between_machines(scaffold, work):
    path = work.parent / "include" / "mctp_copy.h"
    path.write_text(path.read_text() + "#define COPY_POINTER sizeof(void *)\n")
    options = ("--header", "mctp_copy.h", "--struct", "sockaddr_mctp", "--number", "17001")
    done = scaffold("AF_COPY", *options, compiler=None)
    assert done.returncode == 0, done.stderr
    assert "left out: COPY_POINTER is " in done.stderr
    assert "COPY_POINTER" not in (work / "sockcore-copy/src/sockcore_copy/constants.py").read_text()


def test_new_family_by_fields_passes_its_tests(scaffold, work):
    fields = [part for field in ("node:u32", "port:be16", "mac:6", "deep:i64") for part in ("--field", field)]
    done = scaffold("AF_BY_HAND", "--number", "17001", *fields, "--type", "SOCK_STREAM", "--directory", "here")
    assert (done.returncode, done.stderr) == (0, "")
    assert " passed" in run_tests(work / "here", work)
    code = "print(p.ByHand().encode((1, 2, b'3', -4), p.address).hex() if 0 else p.structs.SOCKADDR_BY_HAND.size)"
    assert evaluate(work / "here", "sockcore_by_hand", code) == "24"
    assert 'name = "sockcore-by-hand"' in (work / "here/pyproject.toml").read_text()


@pytest.mark.parametrize("family", ["AF_802", "AF_NONE"])
def test_new_family_with_difficult_names_passes_its_tests(scaffold, work, family):
    names = ("struct", "isinstance", "class", "sys", "bytes", "int", "tuple", "items", "constants", "é")
    fields = [option for name in names for option in ("--field", f"{name}:{'3' if name == 'bytes' else 'i64'}")]
    done = scaffold(family, "--number", "17001", *fields, "--directory", "made")
    assert (done.returncode, done.stderr) == (0, "")
    assert " passed" in run_tests(work / "made", work.parent / "include")


@pytest.mark.parametrize(
    ("compiler", "message"),
    [
        ('cc "', "the command of the compiler, 'cc \"', is invalid: No closing quotation"),
        (" ", "the command of the compiler is empty"),
        (f"{sys.executable} -c pass", "is not a C compiler that defines __SIZEOF_POINTER__"),
    ],
)
def test_new_family_with_wrong_compiler_leaves_nothing(scaffold, work, compiler, message):
    options = ("--header", "mctp_copy.h", "--struct", "sockaddr_mctp", "--number", "17001")
    done = scaffold("AF_COPY", *options, compiler=compiler)
    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert list(work.iterdir()) == []


@pytest.mark.parametrize("field", ["node:u32", "mac:6"])
def test_new_family_with_one_item_is_formatted(scaffold, work, field):
    scaffold("AF_BY_HAND", "--number", "17001", "--field", field, "--directory", "one")
    text = (work / "one" / "src" / "sockcore_by_hand" / "address.py").read_text("utf-8")
    name = field.partition(":")[0]
    assert f"        ({name},) = items\n" in text
    assert "\n\n\n\n" not in text


def test_new_family_with_long_name_keeps_lines_short(scaffold, work):
    done = scaffold("AF_IEEE802155", "--number", "17001", "--field", "pan_id:u16", "--directory", "long")
    assert (done.returncode, done.stderr) == (0, "")
    files = list((work / "long" / "src").rglob("*.py"))
    assert len(files) > 3
    assert [line for file in files for line in file.read_text().splitlines() if len(line) > 120] == []


@pytest.mark.skipif(find_spec("mypy") is None, reason="needs mypy")
@needs_compiler
@pytest.mark.parametrize("case", ["mctp", "unions", "longs"])
def test_new_family_passes_mypy(scaffold, work, case):
    family, header, struct = CASES[case]
    scaffold(family, "--header", header, "--struct", struct, "--number", "17001", "--directory", "made")
    cache = f"--cache-dir={work / 'cache'}"
    done = subprocess.run(
        [sys.executable, "-m", "mypy", cache], cwd=work / "made", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_new_family_writes_all_files_of_a_distribution(scaffold, work):
    options = ("--license", "BSD-3-Clause", "--author", 'Ada "A" L <ada@example.org>', "--kernel-module", "by_hand")
    done = scaffold("AF_BY_HAND", "--number", "17001", "--field", "node:u32", *options)
    assert (done.returncode, done.stderr) == (0, "")
    folder = work / "sockcore-by-hand"
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    package = "src/sockcore_by_hand"
    assert files == {
        ".gitignore", "LICENSE", "README.md", "pyproject.toml", "tox.ini", f"{package}/__init__.py",
        f"{package}/address.py", f"{package}/constants.py", f"{package}/py.typed", f"{package}/structs.py",
        f"{package}/support.py", "tests/test_by_hand_family.py", "tests/test_by_hand_sockets.py",
    }  # fmt: skip
    assert [path for path in folder.rglob("*") if path.is_file() and "{{" in path.read_text()] == []
    project = (folder / "pyproject.toml").read_text()
    assert 'license = "BSD-3-Clause"' in project
    assert r'authors = [{ name = "Ada \"A\" L", email = "ada@example.org" }]' in project
    assert 'by_hand = "sockcore_by_hand"' in project
    major, minor = sockcore_module.__version__.split(".")[:2]
    assert f'"sockcore>={sockcore_module.__version__},<{major}.{int(minor) + 1}"' in project
    assert 'Ada "A" L' in (folder / "LICENSE").read_text()
    assert 'module: str | None = "by_hand"' in (folder / f"{package}/address.py").read_text()
    assert (folder.stat().st_mode & 0o777) == 0o777 & ~current_umask()


def current_umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_new_family_interactive_asks_for_missing_values(scaffold, work):
    answers = ["AF_BY_HAND", "", "node:u32", "mac:6", "", "17001", "SOCK_RAW", "Ada <ada@example.org>", "ISC", "there"]
    done = scaffold("--interactive", input="\n".join([*answers, ""]))
    assert (done.returncode, done.stderr) == (0, "")
    assert "Address family" in done.stdout
    assert "addresses (node, mac)" in done.stdout
    assert "ISC License" in (work / "there/LICENSE").read_text()
    assert "SOCK_RAW" in (work / "there/src/sockcore_by_hand/address.py").read_text()


def test_new_family_interactive_without_answers_leaves_nothing(scaffold, work):
    done = scaffold("--interactive", input="AF_BY_HAND\n")
    assert done.returncode == 1
    assert "the input ended at the question: C header" in done.stderr
    assert list(work.iterdir()) == []


BY_HAND = ("AF_BY_HAND", "--number", "17001", "--field", "node:u32")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the name of the family is missing"),
        (["AF_MCTP"], "either --header and --struct, or --field is needed"),
        (["AF_MCTP", "--struct", "x"], "--header and --struct need each other"),
        (["mctp", "--field", "node:u32"], "the family must be a name like AF_MCTP, not 'mctp'"),
        (["AF_A-B", "--field", "node:u32"], "the family must be a name like AF_MCTP, not 'AF_A-B'"),
        ([*BY_HAND, "--name", "9 lives"], "--name must be an identifier in lower case, not '9 lives'"),
        ([*BY_HAND, "--name", "../up"], "--name must be an identifier"),
        ([*BY_HAND, "--field", "node:u8"], "there are two fields node"),
        ([*BY_HAND, "--field", "1st:u8"], "'1st' is not an identifier"),
        ([*BY_HAND, "--field", "flag:bit"], "the type must be one of u8, u16"),
        ([*BY_HAND, "--field", "rest:256"], "a socket address has at most 256"),
        ([*BY_HAND, "--author", "<nobody>"], "--author must be 'Name' or 'Name <email>'"),
        ([*BY_HAND, "--author", "A\nB"], "--author must be 'Name' or 'Name <email>', not 'A\\nB'"),
        ([*BY_HAND, "--kernel-module", 'a"b'], "--kernel-module must be the name of a module"),
        ([*BY_HAND, "--name", "ends_"], "--name must be an identifier in lower case, not 'ends_'"),
        (["AF_BY_HAND", "--field", "node:u32"], "no header of this system has AF_BY_HAND: --number"),
        (["AF_BY_HAND", "--number", "70000", "--field", "a:u8"], "--number must be from 1 to 65535"),
        (["AF_BY_HAND", "--number", "1", "--field", "a:u8"], "the number 1 is "),
        ([*BY_HAND, "--proto", "-1"], "--proto must be from 0 to"),
        ([*BY_HAND, "--directory", "no/such/folder"], "cannot write"),
        ([*BY_HAND, "--compiler", "no-such-compiler"], "the compiler no-such-compiler was not found"),
    ],
)
def test_new_family_with_wrong_options_leaves_nothing(scaffold, work, arguments, message):
    done = scaffold(*arguments, compiler=None)
    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert list(work.iterdir()) == []


@needs_compiler
@pytest.mark.parametrize(
    ("header", "struct", "message"),
    [
        ("no_such_header.h", "x", "the compiler has no header <no_such_header.h>: --include adds the folder"),
        ("mctp_copy.h", "sockaddr_mtcp", "do not declare struct sockaddr_mtcp; did you mean struct sockaddr_mctp?"),
        ("broken.h", "broken", "unknown_type"),
        ("wrong.h", "bits", "struct bits: the member first is a bit-field"),
        ("wrong.h", "real", "struct real: the member value has the type double"),
        ("wrong.h", "not_an_address", "is not a socket address: it begins with number, 4 bytes"),
        ("wrong.h", "empty", "struct empty has no member besides the family field and padding"),
        ("wrong.h", "large", "struct large has 302 bytes"),
        ("wrong.h", "incomplete", "do not declare struct incomplete"),
    ],
)
def test_new_family_with_unusable_header_leaves_nothing(scaffold, work, header, struct, message):
    done = scaffold("AF_COPY", "--header", header, "--struct", struct, "--number", "17001")
    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert list(work.iterdir()) == []


@needs_compiler
def test_new_family_leaves_out_flexible_array_member(scaffold):
    done = scaffold("AF_COPY", "--header", "wrong.h", "--struct", "flexible", "--number", "17001")
    assert "addresses (node)" in done.stdout


@needs_compiler
def test_new_family_with_failing_compiler_shows_its_message(scaffold, work, tmp_path):
    compiler = tmp_path / "failing"
    compiler.write_text("#!/bin/sh\necho 'failing: error: out of order' >&2\nexit 1\n")
    compiler.chmod(0o755)
    options = ("--header", "mctp_copy.h", "--struct", "sockaddr_mctp")
    done = scaffold("AF_COPY", *options, compiler=str(compiler))
    assert done.returncode == 1
    assert "out of order" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(work.iterdir()) == []


def test_new_family_keeps_existing_directory(scaffold, work):
    (work / "sockcore-by-hand").mkdir()
    (work / "sockcore-by-hand" / "mine").write_text("mine")
    done = scaffold(*BY_HAND)
    assert done.returncode == 1
    assert "sockcore-by-hand exists already: --directory selects another one" in done.stderr
    assert [path.name for path in work.rglob("*")] == ["sockcore-by-hand", "mine"]


def test_new_family_reports_names_of_installed_plugins(scaffold, work, distribution):
    source = """
from sockcore.plugin import Family, hookimpl
SOCKCORE_API = 1
class Taken(Family):
    number, name = 17001, "AF_TAKEN"
    def encode(self, address, context): raise TypeError
    def decode(self, raw, context): return raw
@hookimpl
def sockcore_register(register):
    register.family(Taken())
"""
    path = distribution("sockcore-by-hand", "taken_family", source)
    (work.parent / "sockcore_other.py").write_text("")
    cases = {
        ("AF_TAKEN", "--number", "17002"): "AF_TAKEN is taken: sockcore-by-hand registers it",
        ("AF_OTHER", "--number", "17001", "--name", "third"): "the number 17001 is taken: it is AF_TAKEN",
        ("AF_BY_HAND", "--number", "17002"): "the distribution sockcore-by-hand 7.5 is installed",
        ("AF_OTHER", "--number", "17002"): "a module sockcore_other exists",
    }
    for arguments, message in cases.items():
        done = scaffold(*arguments, "--field", "node:u32", PYTHONPATH=path)
        assert done.returncode == 1, arguments
        assert message in done.stderr
    assert list(work.iterdir()) == []


def test_new_family_accepts_constant_of_another_plugin(scaffold, work, distribution):
    source = """
from sockcore.plugin import hookimpl
SOCKCORE_API = 1
@hookimpl
def sockcore_register(register):
    register.constants({"AF_NUMBERED": 17003})
"""
    path = distribution("sockcore-by-hand", "numbers_only", source)
    done = scaffold("AF_NUMBERED", "--number", "17003", "--field", "node:u32", PYTHONPATH=path)
    assert done.returncode == 0, done.stderr
    assert (work / "sockcore-numbered" / "pyproject.toml").exists()


def test_new_family_interrupted_leaves_nothing(scaffold, work, tmp_path):
    compiler = tmp_path / "slow"
    compiler.write_text("#!/bin/sh\ntouch started\necho > '" + str(tmp_path / "started") + "'\nexec sleep 600\n")
    compiler.chmod(0o755)
    command = [sys.executable, "-m", "sockcore", "new-family", "AF_COPY", "--header", "mctp_copy.h"]
    command += ["--struct", "sockaddr_mctp", "--number", "17001", "--compiler", str(compiler)]
    pipe = subprocess.PIPE
    # A shell that starts the tests in the background makes them ignore the signal.
    heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(
        command, cwd=work, stdout=pipe, stderr=pipe, text=True, start_new_session=True, preexec_fn=heed
    ) as process:
        deadline = time.monotonic() + 60
        while not (tmp_path / "started").exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        # Like Ctrl-C in a terminal: the signal reaches the compiler too.
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "interrupted, nothing was written" in errors
    assert "Traceback" not in errors
    assert list(work.iterdir()) == []


def test_write_interrupted_between_files_leaves_nothing(tmp_path, monkeypatch):
    from sockcore._scaffold import project, reading

    layout, declaration = reading.declaration_by_hand("half", "", ["node:u32"])
    made = project.Project(
        "AF_HALF", 17001, "half", "linux", "SOCK_DGRAM", 0, layout, declaration, {}, False, "MIT", "", "", "", "0.1.0"
    )
    before = os.makedirs

    def interrupt(path, **options):
        if Path(path).name == "tests":
            raise KeyboardInterrupt
        before(path, **options)

    monkeypatch.setattr(os, "makedirs", interrupt)
    with pytest.raises(KeyboardInterrupt):
        project.write(made, str(tmp_path / "made"))
    assert list(tmp_path.iterdir()) == []
