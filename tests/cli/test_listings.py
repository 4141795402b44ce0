"""families, plugins and constants: what is here, from where, and what the kernel opens."""

import re
import socket
import sys
from pathlib import Path

import pytest


def rows(done, *head):
    """Return the lines below the head of a table, as lists of words."""
    lines = done.stdout.splitlines()
    assert lines[0].split() == list(head), done
    body = lines[1 : lines.index("")] if "" in lines else lines[1:]
    return [line.split() for line in body]


FAMILY_HEAD = ("FAMILY", "NUMBER", "PROTOCOL", "DISTRIBUTION", "OPENS", "BY")
PLUGIN_HEAD = ("PLUGIN", "MODULE", "DISTRIBUTION", "VERSION", "STATE")
CONSTANT_HEAD = ("CONSTANT", "VALUE", "DISTRIBUTION")


def test_families_say_who_brings_them_and_that_the_kernel_opens_them(sockcore):
    done = sockcore("families")
    assert (done.returncode, done.stderr) == (0, "")
    found = {row[0]: row[1:] for row in rows(done, *FAMILY_HEAD)}
    assert found["AF_INET"] == [str(int(socket.AF_INET)), "sockcore-inet", "yes", "SOCK_STREAM"]
    unix = found["AF_UNIX"]
    assert unix[:2] == ["1", "sockcore-unix"]
    if hasattr(socket, "AF_UNIX"):
        assert unix == [str(int(socket.AF_UNIX)), "sockcore-unix", "yes", "SOCK_STREAM"]


def test_a_family_that_the_kernel_does_not_open_says_why(sockcore, distribution):
    source = """
from sockcore.plugin import Family, hookimpl
SOCKCORE_API = 1
class Absent(Family):
    number, name = 17000, "AF_ABSENT"
    def encode(self, address, context): raise TypeError
    def decode(self, raw, context): return raw
class Odd(Family):
    number, name, proto = 2, "AF_INET odd", 99
    probe = 1, 99
    def encode(self, address, context): raise TypeError
    def decode(self, raw, context): return raw
@hookimpl
def sockcore_register(register):
    register.family(Absent())
    register.family(Odd())
"""
    done = sockcore("families", PYTHONPATH=distribution("absent-family", "absent", source))
    assert done.returncode == 0, done.stderr
    found = [row for row in rows(done, *FAMILY_HEAD) if "absent-family" in row]
    prefix = "WSA" if sys.platform == "win32" else ""
    assert found == [
        ["AF_INET", "odd", "2", "99", "absent-family", "no", f"{prefix}EPROTONOSUPPORT"],
        ["AF_ABSENT", "17000", "absent-family", "no", f"{prefix}EAFNOSUPPORT"],
    ]


def test_how_each_family_was_proved(sockcore):
    done = sockcore("families")
    head, *body = [line.split() for line in done.stdout.partition("\n\n")[2].splitlines()]
    assert head == ["FAMILY", "linux", "darwin", "freebsd", "netbsd", "openbsd", "windows"]
    assert ["AF_INET", "run", "headers", "headers", "headers", "headers", "run"] in body
    assert ["AF_CAN", "run", "-", "-", "headers", "-", "-"] in body
    assert {cell for row in body for cell in row[-6:]} == {"run", "headers", "-"}


def test_the_readme_says_the_same(sockcore):
    head, *body = [line.split("  ") for line in sockcore("families").stdout.partition("\n\n")[2].splitlines()]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in (head, *body)]
    lines = ["| " + " | ".join(row) + " |" for row in cells]
    lines.insert(1, "|---" * len(cells[0]) + "|")
    table = "\n".join(lines)
    readme = Path(__file__).parents[2].joinpath("README.md").read_text(encoding="utf-8")
    assert readme.partition("<!-- proofs -->\n")[2].partition("\n<!-- /proofs -->")[0] == table, table


def test_a_plugin_need_not_say_how_it_was_proved(sockcore, distribution):
    source = (
        "SOCKCORE_API = 1\nfrom sockcore.plugin import hookimpl\n@hookimpl\ndef sockcore_register(register): pass\n"
    )
    done = sockcore("families", PYTHONPATH=distribution("silent-family", "silent", source), SOCKCORE_PLUGINS="silent")
    assert (done.returncode, done.stderr) == (1, "")
    assert "\n\n" not in done.stdout


def test_no_family_at_all(sockcore):
    done = sockcore("families", SOCKCORE_PLUGINS="")
    assert done.returncode == 1
    assert "pip install 'sockcore[all]'" in done.stdout


def test_plugins_that_are_loaded_and_blocked(sockcore):
    done = sockcore("plugins", SOCKCORE_BLOCK="unix")
    assert (done.returncode, done.stderr) == (0, "")
    found = {row[0]: row[1:] for row in rows(done, *PLUGIN_HEAD)}
    assert found["inet"][:2] == ["sockcore_inet", "sockcore-inet"]
    assert re.fullmatch(r"\d+\.\d+.*", found["inet"][2])
    assert (found["inet"][-1], found["unix"][-1]) == ("loaded", "blocked")


def test_a_broken_plugin_is_named_with_its_reason(sockcore, distribution):
    path = distribution("broken-one", "broken", "raise RuntimeError('out of order')")
    done = sockcore("plugins", PYTHONPATH=path)
    assert (done.returncode, done.stderr) == (1, "")
    assert ["broken", "broken", "broken-one", "7.5", "broken"] in rows(done, *PLUGIN_HEAD)
    assert "broken-one 7.5" in done.stdout.splitlines()[-1]
    assert "RuntimeError: out of order" in done.stdout.splitlines()[-1]


def test_no_plugin_selected(sockcore):
    done = sockcore("plugins", SOCKCORE_PLUGINS="inet")
    found = {row[0]: row[-1] for row in rows(done, *PLUGIN_HEAD)}
    assert (found["inet"], found["unix"]) == ("loaded", "blocked")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("shut_", ["SHUT_RD", "SHUT_RDWR", "SHUT_WR"]),
        ("SHUT_R*", ["SHUT_RD", "SHUT_RDWR"]),
        ("SHUT_?R", ["SHUT_WR"]),
        ("AF_INET", ["AF_INET", "AF_INET6"]),
        ("AF_INE[T]", ["AF_INET"]),
    ],
)
def test_constants_by_pattern(sockcore, pattern, expected):
    done = sockcore("constants", pattern)
    assert (done.returncode, done.stderr) == (0, "")
    assert [row[0] for row in rows(done, *CONSTANT_HEAD)] == expected


def told(value):
    return repr(value) if isinstance(value, str) else str(int(value))


def test_constants_have_the_system_s_values_and_their_owners(sockcore):
    found = {row[0]: row[1:] for row in rows(sockcore("constants"), *CONSTANT_HEAD)}
    assert found["SOCK_STREAM"][1] == "sockcore"
    assert found["IPPROTO_TCP"] == [str(int(socket.IPPROTO_TCP)), "sockcore-inet"]
    if hasattr(socket, "SCM_RIGHTS"):
        assert found["SCM_RIGHTS"] == [str(int(socket.SCM_RIGHTS)), "sockcore-unix"]
    wrong = {
        name: value
        for name, (value, _) in found.items()
        if hasattr(socket, name) and value != told(getattr(socket, name))
    }
    assert wrong == {}


def test_no_constant_matches(sockcore):
    name, distribution = ("AF_CAN", "sockcore-can") if sys.platform == "win32" else ("AF_HYPERV", "sockcore-windows")
    done = sockcore("constants", name)
    assert done.returncode == 1
    assert distribution in done.stdout
    assert sockcore("constants", "NOTHING_AT_ALL").returncode == 1


def test_families_lists_blocked_families(sockcore):
    found = {row[0]: row[1:] for row in rows(sockcore("families", SOCKCORE_BLOCK="AF_INET6"), *FAMILY_HEAD)}
    assert found["AF_INET6"] == [str(int(socket.AF_INET6)), "sockcore-inet", "no", "blocked", "(SOCKCORE_BLOCK)"]
    assert found["AF_INET"][2] == "yes"


def test_families_lists_blocked_families_that_no_plugin_registers(sockcore):
    done = sockcore("families", SOCKCORE_BLOCK="AF_INET6", SOCKCORE_PLUGINS="")
    assert rows(done, *FAMILY_HEAD) == [
        ["AF_INET6", str(int(socket.AF_INET6)), "-", "no", "blocked", "(SOCKCORE_BLOCK)"]
    ]


def test_plugins_names_blocked_families(sockcore):
    done = sockcore("plugins", SOCKCORE_BLOCK="AF_INET6,unix")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Blocked address families (SOCKCORE_BLOCK): AF_INET6" in done.stdout.splitlines()
