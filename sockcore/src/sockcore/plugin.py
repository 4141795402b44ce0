"""The interface for plugin authors: a plugin imports this module, and nothing else of the core.

A plugin declares its structs (:class:`Struct`), defines a :class:`Family` with ``encode`` and ``decode``, and registers
it in its hook. ``docs/writing-a-family.md`` is a tutorial. ``sockcore.testing`` has tests that every family should
pass.
"""

from __future__ import annotations

import sys
from types import ModuleType

from sockcore import _names, _system
from sockcore._codec_helpers import (
    NUMERIC,
    SOCKADDR_IN,
    SOCKADDR_IN6,
    host_name,
    host_text,
    in_range,
    interface_number,
    ip_text,
    ipv4_bytes,
    ipv6_bytes,
    to_bytes,
    wrong_address_type,
)
from sockcore._context import Context as context
from sockcore._context import interface_index, interface_list, interface_name
from sockcore._enums import as_address_info, as_family, as_kind
from sockcore._exceptions import c_int, gaierror, herror, named_integer, ssize, timed_out, unsigned
from sockcore._exceptions import index as integer
from sockcore._families import Context, Family, RawAddress, keep
from sockcore._families.structs import (
    BE16,
    BE32,
    BE64,
    HAS_SA_LEN,
    I8,
    I16,
    I32,
    I64,
    LE16,
    LE32,
    LE64,
    U8,
    U16,
    U32,
    U64,
    CStruct,
    CUnion,
    Field,
    Struct,
    family_of,
    guid_bytes,
    guid_text,
    octets,
    padding,
    sockaddr_header,
)
from sockcore._names import follows_interpreter
from sockcore._platform import constants, system_name
from sockcore._platform import load as load_table
from sockcore._plugins import API_VERSION, hookimpl
from sockcore._plugins.registrations import Register, RegistrationError, before_methods
from sockcore._system import extension_function, extension_module
from sockcore._timeouts import GLOBAL_DEFAULT as GLOBAL_DEFAULT_TIMEOUT
from sockcore._timeouts import getdefaulttimeout
from sockcore._types import Any, Callable, Iterable, Iterator, Mapping, Optional, Sequence, SupportsIndex, Union

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sockcore._families.messages import Ancillary, Entry, available_messages, declare_message
    from sockcore._families.options import (
        Option,
        integers_bytes,
        struct_bytes,
        struct_value,
        tuple_bytes,
    )
    from sockcore._options.kinds import (
        FLAG,
        INT,
        INTERFACE,
        INTERFACE_BE,
        NUMBER8,
        NUMBER16,
        NUMBER64,
        SECONDS,
        UNSIGNED,
        Kind,
        OpenEnum,
        OptionTable,
        bytes_kind,
        check_range,
        enum_kind,
        getsockopt_with_input,
        number_kind,
        scaled_seconds_kind,
        text_kind,
        to_bool,
        to_interface,
    )
    from sockcore._options.sol_socket_values import (
        FilterInstruction,
        NullOfLength,
        PinnedBytes,
        TimestampingFlags,
        filter_kind,
        timeval_kind,
    )
    from sockcore._options.struct_kinds import (
        FLAG_FIELD,
        INTERFACE_FIELD,
        FieldKind,
        array_kind,
        enum_field,
        partial_struct_kind,
        partial_values,
        struct_kind,
        text_field,
    )
    from sockcore._sockets.socket import socket
    from sockcore._system.c_functions import c_function, new_buffer, read_buffer, read_string
    from sockcore._system.inet import inet_ntop, inet_pton
    from sockcore._system.libc import failure, last_errno
    from sockcore._system.libc import named_function as libc_function
    from sockcore._system.libc import save_error as errno_before
    from sockcore.ancillary import CMSG_LEN, CMSG_SPACE
    from sockcore.errors import LocalError, QueuedError, fields_of, queued_error
    from sockcore.messages import (
        ExtendedError,
        Timestamp,
        Timestamps,
        extended_error_decoder,
        integer_decoder,
        integer_encoder,
        require_size,
        struct_decoder,
        to_integer,
    )

_LIBRARY = "_system.winsock_library" if sys.platform == "win32" else "_system.libc"
#: Names that few plugins need at start-up. They are imported at first use, from "module:name", or "module:" if
#: the name is the same, and ctypes with them.
_DEFERRED = {
    **dict.fromkeys(["c_function", "new_buffer", "read_buffer", "read_string"], "_system.c_functions:"),
    "errno_before": f"{_LIBRARY}:save_error",
    "failure": f"{_LIBRARY}:failure",
    "inet_ntop": f"{NUMERIC}:inet_ntop",
    "inet_pton": f"{NUMERIC}:inet_pton",
    "last_errno": f"{_LIBRARY}:last_errno",
    "libc_function": f"{_LIBRARY}:named_function",
    "socket": "_sockets.socket:socket",
    **dict.fromkeys(["CMSG_LEN", "CMSG_SPACE"], "ancillary:"),
    **dict.fromkeys(["Ancillary", "Entry", "available_messages", "declare_message"], "_families.messages:"),
    **dict.fromkeys(["Option", "integers_bytes", "struct_bytes", "struct_value", "tuple_bytes"], "_families.options:"),
    # Their modules import typing, as those of options do.
    **dict.fromkeys(["LocalError", "QueuedError", "fields_of", "queued_error"], "errors:"),
    **dict.fromkeys(
        [
            "ExtendedError",
            "Timestamp",
            "Timestamps",
            "extended_error_decoder",
            "integer_decoder",
            "integer_encoder",
            "require_size",
            "struct_decoder",
            "to_integer",
        ],
        "messages:",
    ),
    # Modules of options import typing and enum.
    **dict.fromkeys(
        [
            "FLAG",
            "INT",
            "INTERFACE",
            "INTERFACE_BE",
            "NUMBER8",
            "NUMBER16",
            "NUMBER64",
            "SECONDS",
            "UNSIGNED",
            "Kind",
            "OpenEnum",
            "OptionTable",
            "bytes_kind",
            "check_range",
            "enum_kind",
            "getsockopt_with_input",
            "number_kind",
            "scaled_seconds_kind",
            "text_kind",
            "to_bool",
            "to_interface",
        ],
        "_options.kinds:",
    ),
    **dict.fromkeys(
        [
            "FLAG_FIELD",
            "INTERFACE_FIELD",
            "FieldKind",
            "array_kind",
            "enum_field",
            "partial_struct_kind",
            "partial_values",
            "prefer",
            "struct_kind",
            "text_field",
        ],
        "_options.struct_kinds:",
    ),
    **dict.fromkeys(
        ("FilterInstruction", "NullOfLength", "PinnedBytes", "TimestampingFlags", "filter_kind", "timeval_kind"),
        "_options.sol_socket_values:",
    ),
}

__all__ = [
    "API_VERSION",
    "BE16",
    "BE32",
    "BE64",
    "CMSG_LEN",
    "CMSG_SPACE",
    "FLAG",
    "FLAG_FIELD",
    "GLOBAL_DEFAULT_TIMEOUT",
    "HAS_SA_LEN",
    "I8",
    "I16",
    "I32",
    "I64",
    "INT",
    "INTERFACE",
    "INTERFACE_BE",
    "INTERFACE_FIELD",
    "LE16",
    "LE32",
    "LE64",
    "NUMBER8",
    "NUMBER16",
    "NUMBER64",
    "SECONDS",
    "SOCKADDR_IN",
    "SOCKADDR_IN6",
    "U8",
    "U16",
    "U32",
    "U64",
    "UNSIGNED",
    "Ancillary",
    "Any",
    "CStruct",
    "CUnion",
    "Callable",
    "Context",
    "Entry",
    "ExtendedError",
    "Family",
    "Field",
    "FieldKind",
    "FilterInstruction",
    "Iterable",
    "Iterator",
    "Kind",
    "LocalError",
    "Mapping",
    "NullOfLength",
    "OpenEnum",
    "Option",
    "OptionTable",
    "Optional",
    "PinnedBytes",
    "QueuedError",
    "RawAddress",
    "Register",
    "RegistrationError",
    "Sequence",
    "Struct",
    "SupportsIndex",
    "Timestamp",
    "TimestampingFlags",
    "Timestamps",
    "Union",
    "array_kind",
    "as_address_info",
    "as_family",
    "as_kind",
    "available_messages",
    "backend_function",
    "bytes_kind",
    "c_function",
    "c_int",
    "check_range",
    "constants",
    "context",
    "declare_message",
    "enum_field",
    "enum_kind",
    "errno_before",
    "extended_error_decoder",
    "extension_function",
    "extension_module",
    "failure",
    "family_of",
    "fields_of",
    "filter_kind",
    "follows_interpreter",
    "gaierror",
    "getdefaulttimeout",
    "getsockopt_with_input",
    "guid_bytes",
    "guid_text",
    "herror",
    "hookimpl",
    "host_name",
    "host_text",
    "import_module",
    "in_range",
    "inet_ntop",
    "inet_pton",
    "integer",
    "integer_decoder",
    "integer_encoder",
    "integers_bytes",
    "interface_index",
    "interface_list",
    "interface_name",
    "interface_number",
    "ip_text",
    "ipv4_bytes",
    "ipv6_bytes",
    "keep",
    "last_errno",
    "libc_function",
    "load",
    "load_table",
    "named_integer",
    "new_buffer",
    "number_kind",
    "octets",
    "padding",
    "partial_struct_kind",
    "partial_values",
    "queued_error",
    "read_buffer",
    "read_string",
    "require_size",
    "scaled_seconds_kind",
    "sockaddr_header",
    "socket",
    "ssize",
    "struct_bytes",
    "struct_decoder",
    "struct_kind",
    "struct_value",
    "system_name",
    "text_field",
    "text_kind",
    "timed_out",
    "timeval_kind",
    "to_bool",
    "to_bytes",
    "to_integer",
    "to_interface",
    "tuple_bytes",
    "unsigned",
    "wrong_address_type",
]

before_methods.append(lambda: import_module("sockcore._sockets.socket"))


def __getattr__(name: str) -> object:
    if name not in _DEFERRED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _DEFERRED[name].partition(":")
    globals()[name] = value = getattr(import_module(f"sockcore.{module}"), attribute or name)
    return value


def import_module(module: str) -> Any:
    """Import a module, like importlib.import_module(), and return it.

    A fork in another thread waits for the import. Importing importlib itself would take longer. Raises ImportError if
    the module cannot be imported.
    """
    return _names.import_module(module)


def load(*modules: str | ModuleType) -> None:
    """Load the plugins in these modules, installed or not.

    A module is given by name or as an object. This is for programs whose packages have no metadata, such as programs in
    one file. An ``import`` of the plugin makes the build tool include it. A plugin that is loaded already stays loaded.
    A plugin that SOCKCORE_BLOCK or SOCKCORE_PLUGINS excludes is not loaded. Call this before the first use of the
    module, because AddressFamily and the other enums are created again after each later plugin.

    Raises TypeError for an argument of another type, and RegistrationError, with the cause in its message, if a plugin
    cannot be loaded.
    """
    for module in modules:
        if not isinstance(module, (str, ModuleType)):
            raise TypeError(f"load() takes modules or their names as str, not {module!r}")
    names = [module if isinstance(module, str) else module.__name__ for module in modules]
    import_module("sockcore._plugins.late_loading").load_modules(names)


def prefer(*names: str) -> None:
    """Prefer these plugins to others that register the same thing, the first one most.

    Each name is that of an entry point or of a module. By default, the first plugin in alphabetical order is loaded,
    and a PluginWarning names both. The environment variable ``SOCKCORE_PREFER`` does the same, and comes after these
    names. A name without an installed plugin causes a PluginWarning. Call this before the first use of the module.

    Raises TypeError if a name is not a str, and RuntimeError if the plugins are loaded.
    """
    from sockcore._plugins.discovery import is_loaded

    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"prefer() takes the names of plugins as str, not {name!r}")
    if is_loaded():
        raise RuntimeError("prefer() must be called before the first use of sockcore: the plugins are loaded")
    _names.preferred_plugins.extend(names)


def backend_function(name: str) -> Callable[..., Any] | None:
    """Return a function of the backend that only some systems have, or None.

    File descriptors are ints.

    On Windows there are three. ``wsa_ioctl(fd, code, argument, out_size)`` returns bytes. ``duplicate_to_process(fd,
    pid)`` returns the WSAPROTOCOL_INFOW with which that process can open the socket. ``from_protocol_info(info)``
    returns the descriptor for it.
    """
    value: Callable[..., Any] | None = getattr(_system.backend, name, None)
    return value
