"""Arguments of wrong types: TypeError, before any system call, that names the argument and the expected type."""

from __future__ import annotations

import contextlib
import inspect

import pytest
from systems import AF_INET, LOCAL

import sockcore
from sockcore import addresses, ancillary, backends, errors, messages, options, plugin

CLOSED = sockcore.socket(LOCAL, sockcore.SOCK_DGRAM)
CLOSED.close()
ENTRY = plugin.Entry(b"", None, {})

#: The valid arguments of each function, by name.
FUNCTIONS = {
    "addresses.encode": {"family": AF_INET, "address": sockcore.RawAddress(b"\2\0"), "type": 1, "proto": 0},
    "addresses.decode": {"family": AF_INET, "sockaddr": b"\2\0", "type": 1, "proto": 0},
    "addresses.capabilities": {"family": AF_INET, "type": 1, "proto": 0},
    "ancillary.decode": {"messages": [], "family": AF_INET},
    "ancillary.encode": {"message": messages.SO_MARK, "value": 1},
    "ancillary.get": {"messages": [], "codec": messages.SO_MARK, "default": None},
    "backends.choose": {"name": "pure"},
    "errors.errors": {"sock": CLOSED, "size": 1},
    "errors.watch": {"sock": CLOSED, "size": 1},
    "errors.fields_of": {"entry": ENTRY},
    "errors.queued_error": {"cause": messages.ExtendedError(0, 0, 0, 0, 0, 0), "entry": ENTRY},
    "options.all": {"sock": CLOSED},
    "options.get": {"sock": CLOSED, "option": "SO_TYPE"},
    "options.read": {"sock": CLOSED, "level": 1, "optname": 1},
    "options.set": {"sock": CLOSED, "option": "SO_TYPE", "value": 1},
    "options.to_json": {"sock": CLOSED, "indent": None},
    "options.write": {"sock": CLOSED, "level": 1, "optname": 1, "value": 1},
}
#: Arguments of any type, and those whose rule belongs to the family, the codec or the option.
OF_ANY_TYPE = ("address", "value", "default")
ARGUMENTS = [(name, argument) for name, valid in FUNCTIONS.items() for argument in valid if argument not in OF_ANY_TYPE]
#: Valid for some arguments, and for no other.
VALUES = (object(), 5, 1.5, "x", b"x", None, [5])


def function_named(name):
    module, _, function = name.partition(".")
    return getattr(getattr(sockcore, module), function)


def call(name, arguments):
    result = function_named(name)(**arguments)
    if inspect.isgenerator(result):
        return list(result)
    if inspect.isasyncgen(result):
        with contextlib.suppress(StopIteration):
            result.__anext__().send(None)
    return result


def is_valid(name, argument, value):
    """Return True for a value of the argument's type. Another test covers the items of an iterable."""
    if argument == "messages" and hasattr(value, "__iter__"):
        return True
    valid = FUNCTIONS[name][argument]
    others = {"ancillary.encode message": str, "options.to_json indent": int, "ancillary.decode family": type(None)}
    return type(value) in (type(valid), others.get(f"{name} {argument}"))


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_argument_of_a_wrong_type_raises_type_error_that_names_it(name, argument):
    for value in VALUES:
        if is_valid(name, argument, value):
            continue
        with pytest.raises(TypeError) as refusal:
            call(name, {**FUNCTIONS[name], argument: value})
        message = str(refusal.value)
        assert argument in message, message
        assert " must " in message, message
        assert type(value).__name__ in message, message


@pytest.mark.parametrize("name", ["ancillary.decode", "ancillary.get"])
@pytest.mark.parametrize("message", [5, b"abc", [1, 2, b""], (1, 2)])
def test_messages_that_are_not_triples_raise_type_error(name, message):
    with pytest.raises(TypeError, match=r"messages must contain tuples \(level, type, data\), not "):
        call(name, {**FUNCTIONS[name], "messages": [message]})


def test_exception_of_an_iterable_of_messages_propagates():
    def fail():
        raise TypeError("of the iterable")
        yield

    with pytest.raises(TypeError, match=r"^of the iterable$"):
        ancillary.decode(fail())


@pytest.mark.parametrize("value", [5, None, b"x"])
@pytest.mark.parametrize("function", [plugin.load, plugin.prefer])
def test_name_of_plugin_that_is_not_a_str_raises_type_error(function, value):
    with pytest.raises(TypeError, match=f"{function.__name__}\\(\\) takes .* not {value!r}"):
        function(value)


STRUCT = plugin.Struct("struct test", "<test.h>", ("number", plugin.U32))


@pytest.mark.parametrize("value", [object(), 5.5, "x", b"x", None])
@pytest.mark.parametrize(
    ("function", "arguments", "name"),
    [
        ("array_kind", {}, "kind"),
        ("enum_kind", {}, "cls"),
        ("enum_kind", {"cls": int}, "kind"),
        ("guid_bytes", {}, "text"),
        ("host_name", {}, "host"),
        ("integer_encoder", {"name": "x"}, "size"),
        ("partial_struct_kind", {"layout": STRUCT}, "cls"),
        ("partial_struct_kind", {"cls": messages.Timestamp}, "layout"),
        ("struct_bytes", {}, "struct"),
        ("struct_decoder", {"make": int}, "struct"),
        ("struct_kind", {"layout": STRUCT}, "cls"),
        ("struct_kind", {"cls": messages.Timestamp}, "layout"),
        ("struct_value", {}, "struct"),
        ("timeval_kind", {}, "layout"),
    ],
)
def test_argument_of_a_function_for_plugins_of_a_wrong_type_raises_type_error(function, arguments, name, value):
    if isinstance(value, str) and name in ("text", "host"):
        pytest.skip("a valid type")
    with pytest.raises(TypeError, match=rf"^{name} must be "):
        getattr(plugin, function)(**arguments, **{name: value})


@pytest.mark.parametrize("value", [object(), "x", None])
def test_hookimpl_of_no_function_raises_type_error(value):
    with pytest.raises(TypeError, match=r"^hookimpl marks a function, not "):
        plugin.hookimpl(value)


@pytest.mark.parametrize("value", [object(), "x", None, 1.5])
def test_sockaddr_header_of_no_integer_raises_type_error(value):
    with pytest.raises(TypeError):
        plugin.sockaddr_header(value, 16)


@pytest.mark.parametrize("module", [addresses, ancillary, backends, errors, options])
def test_all_functions_with_arguments_are_tested(module):
    #: Part of the interface between the modules of the core, without documentation for programs.
    internal = {
        "ancillary.discard",
        "ancillary.pack",
        "ancillary.split",
        "ancillary.unpack",
        "ancillary.warn_truncated",
    }
    found = {
        f"{module.__name__.rpartition('.')[2]}.{name}"
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
        if inspect.signature(value).parameters
    }
    names = {name for name in FUNCTIONS if name.startswith(module.__name__.rpartition(".")[2])}
    assert found - internal - {"ancillary.CMSG_LEN", "ancillary.CMSG_SPACE"} == names
