"""Code blocks of README and the documentation. Each block runs, or a list in this module has the reason.

1. A Python block runs in a separate process, in an empty folder, with the distributions that its page installs.
2. Blocks for other systems, or for hardware, are executed as far as their import statements; each name of sockcore in
   them must exist, here or in the stubs for other systems.
3. Shell commands of tools in this repository are not run. The tool must exist and must have the options.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "sockcore" / "README.md", *sorted(ROOT.glob("docs/*.md")),
         *sorted(ROOT.glob("plugins/*/README.md")), *sorted(ROOT.glob("examples/*/README.md"))]  # fmt: skip
#: Page -> its blocks, as (language, text).
BLOCKS = {
    page.relative_to(ROOT).as_posix(): re.findall(
        r"^```(\w*)\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    for page in PAGES
}

# The keys below are a page, and a piece of text that is in one block of the page.
#: Python blocks that run, with their output. They end by themselves and need no privilege.
RUN = {
    ("README.md", "create_server"): r"b'hello' from \('127\.0\.0\.1', \d+\)\n",
    ("sockcore/README.md", "import sockcore as socket"): "",
    ("docs/drop-in.md", "create_server"): "",
    ("docs/drop-in.md", "import multiprocessing"): "",
    ("docs/drop-in.md", "from_stdlib"): "",
    ("docs/drop-in.md", "replace()"): "",
    ("docs/ancillary.md", "SCM_TIMESTAMPNS"): "127.0.0.1\nCE\nTrue\n",
    ("docs/ancillary.md", "PacketTooBig"): "127.0.0.1 reports: Connection refused\n",
    ("docs/ancillary.md", "errors.watch"): r"\('127\.0\.0\.1', 9\) True\n",
    ("docs/ancillary.md", "addresses.capabilities"): r"16 \('127\.0\.0\.1', 80\)\nCapabilities\(.*\)\n",
    ("docs/performance.md", "backends.choose"): "",
    ("docs/performance.md", "recvmmsg"): r"(b'(one|two)' from \('127\.0\.0\.1', \d+\)\n){2}",
    ("docs/writing-a-family.md", "FIELDS ="): "",
    ("docs/writing-a-family.md", "SOCKADDR.unpack(packed)"): r"\(80, 1, b'name.*', 0\)\n",
    ("docs/writing-a-family.md", "MEMBERS ="): r"{'family': \(0, 2\), 'data': \((8, 8|4, 4)\), 'length': .*}\n",
    ("docs/writing-a-family.md", "class Xdp(Family)"): "",
    ("docs/writing-a-family.md", "register.family(Xdp())"): "True\n",
    ("docs/writing-a-family.md", "def example_count"): r"\(1000, 50\)\n7\n\['example_count'\]\n",
    ("docs/writing-a-family.md", "extension_function("): "",
    ("docs/writing-a-family.md", "gethostname ="): r"b'.+'\n",
    ("docs/writing-a-family.md", "class TestXdpFamily"): "True\n",
    ("docs/writing-a-family.md", "class TestUdp"): "True\n",
    ("docs/writing-a-family.md", "print(AF_XDP"): "True\n",
    ("docs/writing-a-family.md", "plugin.load(sockcore_xdp)"): "",
    ("plugins/inet/README.md", "create_server"): r"b'hello' from \('127\.0\.0\.1', \d+\)\n",
    ("plugins/unix/README.md", "send_fds"): "",
}
#: Blocks that run with sockcore-unix alone.
RUN_WITH_UNIX = {
    ("README.md", "sockcore.AF_INET"): (
        r"b'ping'\n"
        r"module 'sockcore' has no attribute 'AF_INET': it comes with sockcore-inet, where the system has it "
        r"\(pip install sockcore-inet\)\n"
    ),
}
#: Blocks that continue other blocks of their page, which run before them.
BEFORE = {
    ("docs/writing-a-family.md", "class Xdp(Family)"): ["FIELDS ="],
    ("docs/writing-a-family.md", "register.family(Xdp())"): ["FIELDS =", "class Xdp(Family)"],
}
#: Code that runs the tests of the classes in a block, and prints whether they pass.
RUN_TESTS = """
import unittest
suite = unittest.TestSuite()
for name, cls in list(globals().items()):
    if name.startswith("Test"):
        case = type(name, (cls, unittest.TestCase), {})
        suite.addTests(unittest.defaultTestLoader.loadTestsFromTestCase(case))
result = unittest.TestResult()
suite.run(result)
print(result.testsRun > 8 and result.wasSuccessful() or (result.failures, result.errors))
"""
#: Code after a block. It stops threads that keep the process alive, or uses the definitions of the block.
AFTER = {
    ("docs/writing-a-family.md", "class TestXdpFamily"): RUN_TESTS,
    ("docs/writing-a-family.md", "class TestUdp"): RUN_TESTS,
    ("docs/writing-a-family.md", "register.family(Xdp())"): """
import sys
from sockcore.testing import registered_by
print(registered_by(sys.modules[__name__]).families[AF_XDP, None].name == "AF_XDP")
""",
    ("docs/drop-in.md", "import multiprocessing"): """
import multiprocessing.resource_sharer
multiprocessing.resource_sharer.stop()
""",
}
#: Blocks whose statements run one after the other, after this code. The kernel may lack the family of a statement. The
#: comment beside an expression is the message of the AttributeError that it raises.
STATEMENTS = {
    ("README.md", "BTPROTO_RFCOMM"): """
import sys, sockcore
peer = sockcore.socket(sockcore.AF_UNIX, sockcore.SOCK_DGRAM)
sock = sockcore.socket(sockcore.AF_UNIX, sockcore.SOCK_DGRAM)
peer.bind("")
sock.bind("")
peer.sendto(b"data", sock.getsockname())
sockaddr = (1).to_bytes(2, sys.byteorder) + peer.getsockname()
fd = peer.fileno()
""",
}
#: A program that executes the statements of the block in sys.argv[1].
EXECUTE = """
import ast, errno
for statement in ast.parse(sys.argv[1]).body:
    try:
        exec(ast.unparse(statement), globals())
    except AttributeError as exc:
        print(exc)
    except OSError as exc:
        if exc.errno != errno.EAFNOSUPPORT:
            raise
"""
#: Blocks of which only the import statements are executed, and names are looked up -> the reason.
IMPORTS = {
    ("docs/windows.md", "HV_GUID_PARENT"): "needs Windows",
    ("docs/windows.md", "sock.share"): "needs Windows, and two processes",
    ("docs/windows.md", "SIO_RCVALL"): "needs Windows",
    ("plugins/windows/README.md", "fromshare"): "needs Windows",
    ("plugins/bsd/README.md", "PF_SYSTEM"): "needs macOS",
    ("plugins/bluetooth/README.md", "BTPROTO_RFCOMM"): "needs devices; tests/lab/bluetooth has emulated ones",
    ("plugins/bluetooth/README.md", "HCI_FILTER"): "needs a controller; tests/lab/bluetooth has an emulated one",
    ("plugins/bluetooth/README.md", "enable_iso"): "needs a controller; tests/lab/bluetooth has emulated ones",
    ("plugins/can/README.md", "CAN_RAW"): "needs vcan0; tests/lab/can/test_lab_can_readme.py runs it",
    ("plugins/can/README.md", "CAN_BCM"): "needs vcan0; tests/lab/can/test_lab_can_readme.py runs it",
    ("plugins/can/README.md", "canxl.unpack"): "needs vcan0; tests/lab/can/test_lab_can_readme.py runs it",
    ("plugins/inet/README.md", "IP_PKTINFO"): "shows parts of a program, and needs eth0",
    ("plugins/linux_misc/README.md", "AF_NETLINK"): "waits for a change of interfaces; needs root and eth0",
    ("plugins/linux_misc/README.md", "skcipher"): "shows parts of a program; tests/lab/linux_misc encrypts",
    ("plugins/linux_misc/README.md", "AF_TIPC"): "needs a kernel with TIPC; tests/lab/linux_misc has one",
    ("plugins/linux_misc/README.md", "/dev/vsock"): "needs this device",
    ("examples/kcm/README.md", "AF_KCM"): "needs a kernel with AF_KCM; tests/lab/third_party has one",
    ("examples/key/README.md", "AF_KEY"): "needs root and a kernel with AF_KEY; tests/lab/third_party has one",
    ("examples/llc/README.md", "AF_LLC"): "needs root and an interface; tests/lab/third_party has two",
    ("examples/phonet/README.md", "AF_PHONET"): "needs root and a device address; tests/lab/third_party has one",
    ("examples/xdp/README.md", "AF_XDP"): "needs eth0 and root; xdp_frame.py binds an AF_XDP socket",
}
#: Shell blocks with commands of this repository's tools: each tool and its options must exist.
TOOLS = {
    ("docs/performance.md", "python -m benchmarks"): "measures for minutes",
    ("docs/performance.md", "cat first.py"): "needs valgrind",
    ("docs/testing.md", "python -m tools.pythons"): "downloads",
    ("docs/testing.md", "python tests/memory/mutants.py --measured"): "takes hours",
    ("docs/testing.md", "python tests/conformance/run.py"): "takes minutes",
    ("docs/testing.md", "python tests/arch/run.py"): "takes minutes",
    ("docs/testing.md", "python tests/arch/native.py"): "takes minutes",
    ("docs/testing.md", "# 3.9 and 3.13, at the same time"): "takes minutes",
    ("docs/testing.md", "python tests/wine/run.py --wine trixie"): "needs the packages of another Debian release",
    ("docs/testing.md", "python tests/lab/run.py"): "takes minutes",
    ("docs/wheels.md", "python -m tools.wheels"): "downloads a compiler",
}
#: Blocks that are tested elsewhere -> the test.
ELSEWHERE = {
    ("README.md", "sockcore demo"): "CI runs it",
    ("README.md", "bin/tox"): "CI runs it",
    ("README.md", "http.server"): "serves until it is stopped; tests/cli has programs that end",
    ("sockcore/README.md", "pip install sockcore[inet]"): "tests/install/test_installed.py",
    ("docs/ancillary.md", "CE\nTrue\n"): "the output of a block in RUN",
    ("docs/ancillary.md", "127.0.0.1 reports: Connection refused"): "the output of a block in RUN",
    ("docs/ancillary.md", "('127.0.0.1', 9) True"): "the output of a block in RUN",
    ("docs/ancillary.md", "16 ('127.0.0.1', 80)"): "the output of a block in RUN",
    ("docs/performance.md", "python -m sockcore freeze"): "tests/install/test_selecting_plugins.py",
    ("docs/testing.md", "python3 -m venv"): "tox installs the same files",
    ("docs/testing.md", "pytest -q tests/can"): "tox runs it",
    ("docs/testing.md", "tests/lab/machine/prepare"): "tests/lab/run.py boots the guest",
    ("docs/writing-a-family.md", "mkdir -p sockcore-xdp"): "test_writing_a_family.py",
    ("docs/writing-a-family.md", "table = OptionTable"): "test_writing_a_family.py",
    ("docs/writing-a-family.md", "[project.entry-points.sockcore]"): "test_writing_a_family.py",
    ("docs/writing-a-family.md", "pip install -e ."): "test_writing_a_family.py",
    ("docs/writing-a-family.md", "python -m pytest"): "test_writing_a_family.py",
    ("docs/writing-a-family.md", "AF_XDP: AddressFamily"): "tests/types/test_third_party.py",
    ("docs/writing-a-family.md", "sockcore_xdp.names"): "tests/types/test_third_party.py",
    ("docs/writing-a-family.md", "class SocketMethods"): "tests/types/test_third_party.py",
    # Parts of the example with C code.
    ("docs/writing-a-family.md", "mctp_encode(PyObject"): "test_third_party_twin.py",
    ("docs/writing-a-family.md", "hooks.custom]"): "test_third_party_twin.py",
}
#: Drawings -> the reason why no test compares them with the code.
DRAWINGS = {
    ("docs/architecture.md", "your program"): "tests/core/test_layers.py checks the layers themselves",
}
LISTED = [*RUN, *RUN_WITH_UNIX, *STATEMENTS, *IMPORTS, *TOOLS, *ELSEWHERE, *DRAWINGS]


def source(entry: tuple[str, str]) -> str:
    """Return the text of the block of an entry."""
    page, piece = entry
    [block] = [text for _, text in BLOCKS[page] if piece in text]
    return str(block)


@pytest.fixture(scope="module")
def everything(new_environment: Callable[..., Any]) -> Any:
    examples = sorted(f"sockcore-{path.parent.name}" for path in ROOT.glob("examples/*/pyproject.toml"))
    return new_environment("sockcore[all]", *examples)


def test_code_blocks_are_listed_once() -> None:
    errors = []
    for page, blocks in BLOCKS.items():
        for _, text in blocks:
            entries = [piece for listed, piece in LISTED if listed == page and piece in text]
            if len(entries) != 1:
                errors.append((page, text, entries))
    assert errors == []
    assert len(LISTED) == sum(map(len, BLOCKS.values()))


@pytest.mark.parametrize("block", RUN, ids=": ".join)
def test_code_block_runs(everything: Any, block: tuple[str, str], tmp_path: Path) -> None:
    if block[0].startswith("docs/writing") and sys.platform != "linux":
        pytest.skip("AF_XDP needs Linux")
    assert re.fullmatch(RUN[block], run_file(everything, block, tmp_path))


@pytest.mark.parametrize("block", RUN_WITH_UNIX, ids=": ".join)
def test_code_block_runs_with_one_family(with_unix: Any, block: tuple[str, str], tmp_path: Path) -> None:
    assert re.fullmatch(RUN_WITH_UNIX[block], run_file(with_unix, block, tmp_path))


@pytest.mark.skipif(sys.platform != "linux", reason="the first block of README uses sockets of Linux")
@pytest.mark.parametrize("block", STATEMENTS, ids=": ".join)
def test_code_block_statements_run(everything: Any, block: tuple[str, str]) -> None:
    text = source(block)
    messages = re.findall(r"^\S+  # (.*)$", text, re.MULTILINE)
    assert messages
    done = everything.run("-c", STATEMENTS[block] + EXECUTE, text)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == messages


def run_file(environment: Any, block: tuple[str, str], folder: Path) -> str:
    path = folder / "program.py"
    before = "".join(source((block[0], piece)) for piece in BEFORE.get(block, ()))
    path.write_text(before + source(block) + AFTER.get(block, ""), encoding="utf-8")
    done = environment.run(str(path))
    assert (done.returncode, done.stderr) == (0, "")
    return str(done.stdout)


@pytest.mark.parametrize("block", IMPORTS, ids=": ".join)
def test_code_block_imports_and_names_exist(everything: Any, block: tuple[str, str], tmp_path: Path) -> None:
    tree = ast.parse(source(block))
    statements = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    everything.execute("\n".join(map(ast.unparse, statements)) or "pass")
    names = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("sockcore", "socket")
    }
    code = f"import sockcore; print(*(name for name in {sorted(names)!r} if not hasattr(sockcore, name)))"
    missing = everything.execute(code).split()
    stubs = "\n".join(path.read_text() for path in ROOT.glob("*/src/*/*/_names.pyi"))
    stubs += "\n".join(path.read_text() for path in ROOT.glob("plugins/*/src/*/_names.pyi"))
    assert [name for name in missing if not re.search(rf"\b{name}(:| as {name}$)", stubs, re.MULTILINE)] == []


def tools() -> list[tuple[str, ...]]:
    """Return each tool in a shell block with its options."""
    options: dict[tuple[str, ...], set[str]] = {}
    for block in sorted(TOOLS):
        for line in source(block).splitlines():
            words = line.partition("#")[0].split()
            words = words[: words.index("--")] if "--" in words else words
            if words[0] != "python":
                continue
            end = 3 if words[1] == "-m" else 2
            options.setdefault(tuple(words[1:end]), set()).update(w for w in words[end:] if w.startswith("--"))
    return [(" ".join(tool), *sorted(used)) for tool, used in options.items()]


@pytest.mark.parametrize("tool", tools(), ids=lambda tool: tool[0])
def test_documented_tool_has_options(tool: tuple[str, ...]) -> None:
    command, *options = tool
    done = subprocess.run(
        [sys.executable, *command.split(), "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert [option for option in options if option not in done.stdout] == []


def test_documented_tox_environments_exist() -> None:
    configuration = (ROOT / "tox.ini").read_text()
    names = {name for blocks in BLOCKS.values() for _, text in blocks for name in re.findall(r"\btox -e (\w+)", text)}
    assert names
    assert [name for name in names if f"[testenv:{name}]" not in configuration] == []
