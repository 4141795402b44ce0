"""Third-party distributions with code in C: examples/mctp, whose codec has a twin, and the rings of examples/xdp."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "mctp"
XDP = ROOT / "examples" / "xdp"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="AF_MCTP needs Linux")
needs_compiler = pytest.mark.skipif(
    platform.python_implementation() != "CPython" or shutil.which("cc") is None, reason="needs CPython and cc"
)

#: Prints the class of the function that the codec calls first.
QUICK = """
import sockcore, sockcore_mctp
codec = sockcore_mctp.Mctp()
assert codec.quick_encode is None or codec.quick_encode((1, 8, 5, 0)) == codec.encode((1, 8, 5, 0), None)
print(sockcore.AF_MCTP, sockcore.backends.current(), type(codec.quick_encode).__name__)
"""


@pytest.fixture(scope="module")
def twin_wheel(project_wheel: Callable[..., Path]) -> Path:
    return project_wheel("examples/mctp", SOCKCORE_NATIVE="1")


def run_example_tests(folder: Path, backend: str, example: Path = EXAMPLE) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(example / "tests")]
    environment = {**os.environ, "PYTHONPATH": str(folder), "SOCKCORE_BACKEND": backend}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=example, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_example_without_twin_passes_family_tests() -> None:
    assert "the C code was not built" in run_example_tests(EXAMPLE / "src", "pure")


@needs_compiler
def test_example_with_twin_passes_all_tests(twin_wheel: Path, tmp_path: Path) -> None:
    from sockcore import backends

    with zipfile.ZipFile(twin_wheel) as archive:
        archive.extractall(tmp_path)
    for backend in backends.available():
        output = run_example_tests(tmp_path, backend)
        assert re.search(r"\d+ passed in", output)
        assert "skipped" not in output


@needs_compiler
def test_twin_is_used_on_native_backend_only(
    core_wheel: Callable[..., Path], twin_wheel: Path, new_environment: Callable[..., Any]
) -> None:
    environment = new_environment(core_wheel(SOCKCORE_NATIVE="1"), twin_wheel)
    assert environment.execute(QUICK) == "45 native builtin_function_or_method\n"
    assert environment.execute(QUICK, SOCKCORE_BACKEND="pure") == "45 pure NoneType\n"


@needs_compiler
def test_example_without_compiler_is_pure(project_wheel: Callable[..., Path]) -> None:
    assert project_wheel("examples/mctp", CC="/no/compiler").name == "sockcore_mctp-0.1.0-py3-none-any.whl"


@needs_compiler
def test_rings_of_xdp_with_and_without_c_code(project_wheel: Callable[..., Path], tmp_path: Path) -> None:
    from sockcore import backends

    with zipfile.ZipFile(project_wheel("examples/xdp", SOCKCORE_NATIVE="1")) as archive:
        assert [name for name in archive.namelist() if name.endswith(".so")]
        archive.extractall(tmp_path)
    for backend in backends.available():
        assert re.search(r"\d+ passed", run_example_tests(tmp_path, backend, XDP))


@pytest.mark.parametrize("example", [EXAMPLE, XDP], ids=lambda path: path.name)
def test_example_and_core_have_same_hatch_build(example: Path) -> None:
    assert (example / "hatch_build.py").read_text() == (ROOT / "sockcore" / "hatch_build.py").read_text()


def test_xdp_and_linux_misc_have_same_regions() -> None:
    plugin = ROOT / "plugins" / "linux_misc" / "src"
    for one, other in (
        ("native/region.c", "native/region.c"),
        ("native/region.h", "native/region.h"),
        ("sockcore_xdp/region.py", "sockcore_linux_misc/region.py"),
    ):
        assert (XDP / "src" / one).read_text() == (plugin / other).read_text()


def test_can_and_linux_misc_have_same_interfaces() -> None:
    one, other = (ROOT / "plugins" / name / "src" / "native" / "interfaces.h" for name in ("can", "linux_misc"))
    assert one.read_text() == other.read_text()


def test_writing_a_family_shows_c_code_and_metadata_of_example() -> None:
    text = (ROOT / "docs" / "writing-a-family.md").read_text()
    for language, file in (("c", "src/native/mctp.c"), ("toml", "pyproject.toml")):
        blocks = [block.partition("```")[0] for block in text.split(f"```{language}\n")[1:]]
        shown = [block for block in blocks if "mctp" in block]
        assert len(shown) == 1
        assert shown[0] in (EXAMPLE / file).read_text()
