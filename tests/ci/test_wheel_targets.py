"""Targets of tools.wheels: the compiler's arguments, the tag of the wheel, and the suffix of extension modules."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools.wheels.targets import TARGETS

SUFFIX = ".cpython-311-x86_64-linux-gnu.so"


@pytest.mark.parametrize(
    ("name", "machine", "triple", "platform"),
    [
        ("amd64", "x86_64", "x86_64-linux-gnu.2.17", "manylinux_2_17_x86_64"),
        ("riscv64", "riscv64", "riscv64-linux-gnu.2.27", "manylinux_2_27_riscv64"),
        ("mips64el", "mips64", "mips64el-linux-gnuabi64.2.17", "linux_mips64"),
        ("amd64-musl", "x86_64", "x86_64-linux-musl", "musllinux_1_2_x86_64"),
        ("arm64-musl", "aarch64", "aarch64-linux-musl", "musllinux_1_2_aarch64"),
    ],
)
def test_target_has_matching_compiler_and_tag(name: str, machine: str, triple: str, platform: str) -> None:
    target = TARGETS[name]
    assert target.compiler[:3] == ["cc", "-target", triple]
    assert target.platform(machine) == platform


def test_musl_target_has_suffix_of_musl() -> None:
    assert TARGETS["amd64-musl"].suffix(SUFFIX) == ".cpython-311-x86_64-linux-musl.so"
    assert TARGETS["amd64"].suffix(SUFFIX) == SUFFIX


def test_musl_target_names_architecture_of_debian() -> None:
    for name, target in TARGETS.items():
        assert target.is_musl == name.endswith("-musl")
        assert (target.python in TARGETS) == target.is_musl
