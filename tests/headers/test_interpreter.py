"""The constants that the tables give this machine against those that this interpreter was built with."""

from __future__ import annotations

import re
import socket

import pytest

from sockcore._platform import load

PACKAGES = ("sockcore._platform.tables", "sockcore_inet.tables", "sockcore_unix.tables")

#: What must be there if the interpreter has it.
PROMISED = re.compile(
    r"(SO|MSG|SOL|SCM|IPPROTO|IPPORT|INADDR|IP|IPV6|EAI|AI|NI|TCP|UDPLITE|SHUT|SOCK)_\w+"
    r"|SOMAXCONN|AF_(INET6?|UNIX|UNSPEC)"
)
#: Of families that these three distributions do not bring.
OTHER_FAMILIES = re.compile(
    r"SOL_(ALG|BLUETOOTH|CAN_\w+|HCI|L2CAP|RDS|RFCOMM|SCO|TIPC)|(SO|SCM)_J1939_\w+|SO_VM_SOCKETS_\w+"
    r"|LOCAL_CREDS(_PERSISTENT)?|SCM_CREDS2|SO_HCI_\w+"
)

STANDARD = {
    name: int(value)
    for name, value in vars(socket).items()
    if isinstance(value, int) and not isinstance(value, bool) and re.fullmatch(r"[A-Z][A-Z0-9_]+", name)
}


def installed() -> dict[str, dict[str, int]]:
    """Return the table of each distribution that is here, by its package."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = load(package)
        except ModuleNotFoundError:
            continue
    return found


TABLES = installed()
ALL = {name: value for table in TABLES.values() for name, value in table.items()}


@pytest.mark.parametrize("package", TABLES)
def test_what_both_have_is_equal(package):
    both = STANDARD.keys() & TABLES[package].keys()
    assert {name: TABLES[package][name] for name in both} == {name: STANDARD[name] for name in both}
    assert both


@pytest.mark.skipif(len(TABLES) < len(PACKAGES), reason="a distribution is not installed: its names are not there")
def test_what_the_interpreter_has_is_there():
    promised = {name for name in STANDARD if PROMISED.fullmatch(name) and not OTHER_FAMILIES.fullmatch(name)}
    assert len(promised) > 100
    assert promised - ALL.keys() == set()


def test_the_exceptions_are_in_no_table():
    assert not [name for name in ALL if OTHER_FAMILIES.fullmatch(name)]
