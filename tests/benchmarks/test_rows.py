"""Rows of the benchmarks: each public name has one, and each row can be measured."""

from __future__ import annotations

import inspect
import socket
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from benchmarks import rows
from benchmarks.rows import calls, kit
from benchmarks.rows.row import Skip

import sockcore

#: Rows for a second kind of argument, or for something that is not a public function, method or property.
MORE = {".getsockopt bytes", ".setsockopt bytes", ".settimeout None", ".repr", "module attribute"}


def test_calls_have_a_row_for_each_public_name() -> None:
    assert calls.names(socket) - set(calls.CALLS) == set()


def test_calls_have_no_row_for_a_name_that_does_not_exist() -> None:
    public = calls.names(socket)
    assert {name for name in calls.CALLS if name not in public} - MORE <= set(calls.OTHER_SYSTEMS)


def test_names_finds_functions_methods_and_properties() -> None:
    class Class:
        attribute = property(lambda self: None)

        def method(self) -> None: ...

    net = types.ModuleType("net")
    vars(net).update(socket=Class, function=lambda: None, NUMBER=1, _private=len)
    assert calls.names(net) == {"socket", "function", ".attribute", ".method"}


def test_rows_have_unique_names() -> None:
    names = [row.name for row in rows.TABLE]
    assert len(names) == len(set(names))


def test_compiled_modules_are_written_even_if_the_caller_disables_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    with kit.compiled_modules() as environment:
        subprocess.run([sys.executable, "-c", "import sockcore"], env=environment, check=True)
        written = {path.name.partition(".")[0] for path in Path(environment["PYTHONPYCACHEPREFIX"]).rglob("*.pyc")}
    assert "__init__" in written
    assert not Path(environment["PYTHONPYCACHEPREFIX"]).exists()


@pytest.mark.parametrize("row", [row for row in rows.TABLE if row.theme == "call"], ids=lambda row: row.name)
@pytest.mark.parametrize("net", [socket, sockcore], ids=["socket", "sockcore"])
def test_row_of_a_call_repeats_its_call(net: Any, row: rows.Row) -> None:
    for name in row.needs:
        if not hasattr(net, name):
            pytest.skip(f"this system does not have {name}")
    made = row.make(net, **row.arguments)
    assert inspect.isgenerator(made)
    try:
        work = next(made)
        work(1)
        work(3)
    except Skip as exc:
        pytest.skip(str(exc))
    except OSError as exc:
        if row.name != "call .sendmsg_afalg":
            raise
        pytest.skip(f"this kernel does not have AF_ALG: {exc}")
    finally:
        made.close()
