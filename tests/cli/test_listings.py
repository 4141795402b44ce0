"""The commands families, plugins, constants and options."""

import errno
import json
import re
import socket
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FAMILY_HEAD = ("FAMILY", "PROTOCOL", "DISTRIBUTION", "OPENS", "TYPE", "REASON")
PLUGIN_HEAD = ("PLUGIN", "MODULE", "DISTRIBUTION", "VERSION", "STATE")
CONSTANT_HEAD = ("CONSTANT", "VALUE", "DISTRIBUTION")
OPTION_HEAD = ("OPTION", "LEVEL", "TYPE", "ACCESS", "DISTRIBUTION")
SYSTEMS = ["linux", "darwin", "freebsd", "netbsd", "openbsd", "windows"]

PLUGIN = """
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
class Named(Family):
    number, name, proto, module = 17000, "AF_ABSENT", 7, "absent_seven"
    def encode(self, address, context): raise TypeError
    def decode(self, raw, context): return raw
@hookimpl
def sockcore_register(register):
    register.family(Absent())
    register.family(Odd())
    register.family(Named())
    register.constants({"ABSENT_SEVEN": 7, "ABSENT_SEVEN_FLAG": 7, "OTHER_SEVEN": 7})
"""


def _reason_of_windows() -> str:
    """Return the reason that Winsock has.

    Windows looks at the family first, Wine at the protocol.
    """
    try:
        socket.socket(17000, socket.SOCK_STREAM, 7).close()
    except OSError as exc:
        if exc.errno == errno.EAFNOSUPPORT:
            return "WSAEAFNOSUPPORT (not in this kernel)"
    return "WSAEPROTONOSUPPORT"


#: The reason of a family with a kernel module, which Windows does not have.
REASON = _reason_of_windows() if sys.platform == "win32" else "EAFNOSUPPORT (not in this kernel: modprobe absent_seven)"


def rows(done, *head):
    """Return the cells of a table, which at least two spaces separate."""
    lines = done.stdout.splitlines()
    assert lines[0].split() == list(head), done
    body = lines[1 : lines.index("")] if "" in lines else lines[1:]
    return [re.split(r"  +", line.strip()) for line in body]


@pytest.fixture
def absent(distribution):
    """Return the PYTHONPATH of a plugin whose families no kernel has."""
    return distribution("absent-family", "absent", PLUGIN)


def test_families_lists_distribution_and_type_of_families_that_the_kernel_opens(sockcore):
    done = sockcore("families")
    assert (done.returncode, done.stderr) == (0, "")
    found = {row[0]: row[1:] for row in rows(done, *FAMILY_HEAD)}
    assert found["AF_INET"] == ["any", "sockcore-inet", "yes", "SOCK_STREAM"]
    assert found["AF_UNIX"][:2] == ["any", "sockcore-unix"]
    if hasattr(socket, "AF_UNIX"):
        assert found["AF_UNIX"] == ["any", "sockcore-unix", "yes", "SOCK_STREAM"]


def test_families_lists_the_reason_for_families_that_the_kernel_does_not_open(sockcore, absent):
    done = sockcore("families", PYTHONPATH=absent)
    assert done.returncode == 0, done.stderr
    prefix = "WSA" if sys.platform == "win32" else ""
    reason = f"{prefix}EAFNOSUPPORT (not in this kernel)"
    assert [row for row in rows(done, *FAMILY_HEAD) if "absent-family" in row] == [
        ["AF_INET odd", "99", "absent-family", "no", "-", f"{prefix}EPROTONOSUPPORT"],
        ["AF_ABSENT", "any", "absent-family", "no", "-", reason],
        ["AF_ABSENT", "ABSENT_SEVEN", "absent-family", "no", "-", REASON],
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="these protocols are registered on Linux")
def test_families_lists_protocols_by_the_name_of_their_constant(sockcore):
    protocols = {(row[0], row[1]) for row in rows(sockcore("families"), *FAMILY_HEAD)}
    assert {("AF_CAN", "CAN_ISOTP"), ("AF_CAN", "CAN_J1939"), ("AF_BLUETOOTH", "BTPROTO_HCI")} <= protocols
    assert not [protocol for _, protocol in protocols if protocol.isdigit()]


def test_families_json_has_documented_keys_and_types(sockcore, absent):
    done = sockcore("families", "--json", PYTHONPATH=absent)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert [*found] == ["families"]
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert [key for row in found["families"] for key in row if f"`{key}`" not in page] == []
    by_name = {(row["family"], row["protocol"]): row for row in found["families"]}
    assert by_name["AF_INET", None] == {
        "family": "AF_INET",
        "number": int(socket.AF_INET),
        "protocol": None,
        "protocol_number": None,
        "distribution": "sockcore-inet",
        "opens": True,
        "type": "SOCK_STREAM",
        "reason": None,
    }
    assert by_name["AF_ABSENT", "ABSENT_SEVEN"] == {
        "family": "AF_ABSENT",
        "number": 17000,
        "protocol": "ABSENT_SEVEN",
        "protocol_number": 7,
        "distribution": "absent-family",
        "opens": False,
        "type": None,
        "reason": REASON,
    }


def test_families_json_without_families_is_an_empty_list_and_status_1(sockcore):
    done = sockcore("families", "--json", SOCKCORE_PLUGINS="")
    assert (done.returncode, json.loads(done.stdout)) == (1, {"families": []})


def test_families_tested_lists_each_system(sockcore):
    done = sockcore("families", "--tested")
    assert (done.returncode, done.stderr) == (0, "")
    head, *body = [line.split() for line in done.stdout.splitlines()]
    assert head == ["FAMILY", *SYSTEMS]
    assert ["AF_INET", "run", "headers", "headers", "headers", "headers", "run"] in body
    assert ["AF_CAN", "run", "-", "-", "headers", "-", "-"] in body
    assert {cell for row in body for cell in row[-6:]} == {"run", "headers", "-"}


def test_families_without_tested_lists_no_systems(sockcore):
    assert "freebsd" not in sockcore("families").stdout


def test_families_tested_json_has_a_key_for_each_system(sockcore):
    found = json.loads(sockcore("families", "--tested", "--json").stdout)["tested"]
    assert all([*row] == ["family", *SYSTEMS] for row in found)
    [inet] = [row for row in found if row["family"] == "AF_INET"]
    assert (inet["linux"], inet["darwin"]) == ("run", "headers")


def test_families_tested_is_the_table_of_the_documentation(sockcore):
    lines = sockcore("families", "--tested").stdout.splitlines()
    cells = [re.split(r"  +", line.strip()) for line in lines]
    expected = ["| " + " | ".join(row) + " |" for row in cells]
    expected.insert(1, "|---" * len(cells[0]) + "|")
    page = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    table = page.partition("<!-- tested -->\n")[2].partition("\n<!-- /tested -->")[0]
    assert table == "\n".join(expected), "\n".join(expected)


def test_families_tested_of_a_plugin_without_the_list_is_status_1(sockcore, distribution):
    source = (
        "SOCKCORE_API = 1\nfrom sockcore.plugin import hookimpl\n@hookimpl\ndef sockcore_register(register): pass\n"
    )
    path = distribution("silent-family", "silent", source)
    done = sockcore("families", "--tested", PYTHONPATH=path, SOCKCORE_PLUGINS="silent")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == "No plugin lists how its families were tested.\n"


def test_families_without_plugins_shows_how_to_install_them(sockcore):
    done = sockcore("families", SOCKCORE_PLUGINS="")
    assert done.returncode == 1
    assert "pip install 'sockcore[all]'" in done.stdout


def test_families_lists_blocked_families(sockcore):
    found = {row[0]: row[1:] for row in rows(sockcore("families", SOCKCORE_BLOCK="AF_INET6"), *FAMILY_HEAD)}
    assert found["AF_INET6"] == ["any", "sockcore-inet", "no", "-", "blocked by SOCKCORE_BLOCK"]
    assert found["AF_INET"][2] == "yes"


def test_families_lists_blocked_families_that_no_plugin_registers(sockcore):
    done = sockcore("families", SOCKCORE_BLOCK="AF_INET6", SOCKCORE_PLUGINS="")
    assert rows(done, *FAMILY_HEAD) == [["AF_INET6", "any", "-", "no", "-", "blocked by SOCKCORE_BLOCK"]]


def test_plugins_lists_loaded_and_blocked_plugins(sockcore):
    done = sockcore("plugins", SOCKCORE_BLOCK="unix")
    assert (done.returncode, done.stderr) == (0, "")
    found = {row[0]: row[1:] for row in rows(done, *PLUGIN_HEAD)}
    assert found["inet"][:2] == ["sockcore_inet", "sockcore-inet"]
    assert re.fullmatch(r"\d+\.\d+.*", found["inet"][2])
    assert (found["inet"][-1], found["unix"][-1]) == ("loaded", "blocked")


def test_plugins_shows_the_reason_of_a_broken_plugin(sockcore, distribution):
    path = distribution("broken-one", "broken", "raise RuntimeError('out of order')")
    done = sockcore("plugins", PYTHONPATH=path)
    assert (done.returncode, done.stderr) == (1, "")
    assert ["broken", "broken", "broken-one", "7.5", "broken"] in rows(done, *PLUGIN_HEAD)
    assert "broken-one 7.5" in done.stdout.splitlines()[-1]
    assert "RuntimeError: out of order" in done.stdout.splitlines()[-1]


def test_plugins_json_has_documented_keys(sockcore, distribution):
    path = distribution("broken-one", "broken", "raise RuntimeError('out of order')")
    done = sockcore("plugins", "--json", PYTHONPATH=path, SOCKCORE_BLOCK="unix,AF_INET6")
    assert (done.returncode, done.stderr) == (1, "")
    found = json.loads(done.stdout)
    assert [*found] == ["plugins", "blocked_families", "startup_cache", "unknown_names"]
    assert (found["blocked_families"], found["startup_cache"], found["unknown_names"]) == (["AF_INET6"], None, [])
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    keys = {key for row in found["plugins"] for key in row} | {*found}
    assert [key for key in keys if f"`{key}`" not in page] == []
    by_name = {row["name"]: row for row in found["plugins"]}
    assert by_name["unix"]["state"] == "blocked"
    problem = by_name["broken"].pop("problem")
    assert "RuntimeError: out of order" in problem
    assert by_name["broken"] == {
        "name": "broken",
        "module": "broken",
        "distribution": "broken-one",
        "version": "7.5",
        "state": "broken",
    }
    assert by_name["inet"]["problem"] is None


def test_plugins_json_names_the_startup_cache_in_use(sockcore, tmp_path):
    (tmp_path / "folder").mkdir(mode=0o755)
    path = tmp_path / "folder" / "list.txt"
    assert sockcore("freeze", "--output", path).returncode == 0
    found = json.loads(sockcore("plugins", "--json", SOCKCORE_FROZEN=str(path)).stdout)
    assert found["startup_cache"] == str(path)


def test_plugins_lists_unselected_plugins_as_blocked(sockcore):
    done = sockcore("plugins", SOCKCORE_PLUGINS="inet")
    found = {row[0]: row[-1] for row in rows(done, *PLUGIN_HEAD)}
    assert (found["inet"], found["unix"]) == ("loaded", "blocked")


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("PLUGINS", "inett", "SOCKCORE_PLUGINS names 'inett', and no such plugin is installed"),
        ("PREFER", "inett", "SOCKCORE_PREFER names 'inett', and no such plugin is installed"),
        ("BLOCK", "AF_UNIXX", "SOCKCORE_BLOCK names 'AF_UNIXX', and no such address family is known"),
    ],
)
def test_plugins_with_unknown_name_in_variable_prints_it_and_fails(sockcore, variable, value, message):
    variables = {f"SOCKCORE_{variable}": value}
    done = sockcore("plugins", **variables)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[-2:] == ["", message]
    done = sockcore("plugins", "--json", **variables)
    assert (done.returncode, done.stderr) == (1, "")
    assert json.loads(done.stdout)["unknown_names"] == [message]


def test_plugins_names_blocked_families(sockcore):
    done = sockcore("plugins", SOCKCORE_BLOCK="AF_INET6,unix")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Blocked address families (SOCKCORE_BLOCK): AF_INET6" in done.stdout.splitlines()


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
def test_constants_lists_the_names_that_match_a_pattern(sockcore, pattern, expected):
    done = sockcore("constants", pattern)
    assert (done.returncode, done.stderr) == (0, "")
    assert [row[0] for row in rows(done, *CONSTANT_HEAD)] == expected


def shown(value):
    return repr(value) if isinstance(value, str) else str(int(value))


def test_constants_lists_the_values_of_the_standard_module_with_their_distribution(sockcore):
    found = {row[0]: row[1:] for row in rows(sockcore("constants"), *CONSTANT_HEAD)}
    assert found["SOCK_STREAM"][1] == "sockcore"
    assert found["IPPROTO_TCP"] == [str(int(socket.IPPROTO_TCP)), "sockcore-inet"]
    if hasattr(socket, "SCM_RIGHTS"):
        assert found["SCM_RIGHTS"] == [str(int(socket.SCM_RIGHTS)), "sockcore-unix"]
    wrong = {
        name: value
        for name, (value, _) in found.items()
        if hasattr(socket, name) and value != shown(getattr(socket, name))
    }
    assert wrong == {}


def test_constants_without_a_match_names_the_distribution_with_such_names(sockcore):
    name, distribution = ("AF_CAN", "sockcore-can") if sys.platform == "win32" else ("AF_HYPERV", "sockcore-windows")
    done = sockcore("constants", name)
    assert done.returncode == 1
    assert distribution in done.stdout
    assert sockcore("constants", "NOTHING_AT_ALL").returncode == 1


@pytest.mark.parametrize("pattern", ["so_linger", "SO_LINGE?", "O_LINGER"])
def test_options_lists_names_that_match_with_type_and_access(sockcore, pattern):
    done = sockcore("options", pattern)
    assert ["SO_LINGER", "SOL_SOCKET", "Linger", "read/write", "sockcore"] in [
        list(row) for row in rows(done, *OPTION_HEAD)
    ]


def test_options_lists_all_options_in_order(sockcore):
    found = rows(sockcore("options"), *OPTION_HEAD)
    names = [row[0] for row in found]
    assert names == sorted(names)
    assert {"SO_TYPE", "SO_KEEPALIVE", "SO_RCVTIMEO"} <= set(names)
    assert ("SO_TYPE", "SOL_SOCKET", "SocketKind", "read", "sockcore") in [tuple(row) for row in found]


def test_options_without_a_match_returns_1(sockcore):
    done = sockcore("options", "NOTHING_AT_ALL")
    assert (done.returncode, done.stdout) == (1, "No option matches NOTHING_AT_ALL\n")
