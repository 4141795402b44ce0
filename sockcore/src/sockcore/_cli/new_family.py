"""``python -m sockcore new-family``."""

from __future__ import annotations

import errno
import keyword
import re
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from importlib import metadata
from importlib.util import find_spec

import sockcore
from sockcore._platform import system_name
from sockcore._plugins import discovery
from sockcore._plugins.hints import family_name
from sockcore._scaffold import ScaffoldError
from sockcore._scaffold.compilers import Compiler, all_compilers, check_folders, find_command, native_compiler
from sockcore._scaffold.layout import header_names
from sockcore._scaffold.project import LICENSES, Project, new_directory, write
from sockcore._scaffold.reading import (
    FIELD_TYPES,
    declaration_by_hand,
    read_constants,
    read_declaration,
    read_number,
    similar_compilers,
)

DESCRIPTION = """\
Create a distribution with a plugin for an address family: it can be installed, registers the family, and passes its
tests, mypy and pyright. The layout of an address is read from a C header by a C compiler, or given by fields:

  python -m sockcore new-family AF_MCTP --header linux/mctp.h --struct sockaddr_mctp
  python -m sockcore new-family AF_EXAMPLE --number 99 --field node:u32 --field port:be16 --field mac:6

Without arguments, the command asks for them. Nothing is written if there is an error.
"""
SOCKET_TYPES = ("SOCK_DGRAM", "SOCK_STREAM", "SOCK_SEQPACKET", "SOCK_RAW")


def main(arguments: list[str]) -> int:
    """Create the distribution and print its directory; return 1 after an error."""
    options = _parser().parse_args(arguments)
    try:
        if options.interactive or (not arguments and sys.stdin.isatty()):
            _ask(options)
        _create(options)
    except ScaffoldError as exc:
        print(f"python -m sockcore new-family: error: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\npython -m sockcore new-family: interrupted, nothing was written", file=sys.stderr)
        return 130
    return 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        "python -m sockcore new-family", description=DESCRIPTION, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("family", metavar="AF_NAME", nargs="?", default="", help="the name of the address family")
    layout = parser.add_argument_group("the address")
    layout.add_argument("--header", default="", help="the header of the struct; several are separated by spaces")
    layout.add_argument("--struct", default="", help="the struct of an address, with or without the word struct")
    layout.add_argument(
        "--field",
        metavar="NAME:TYPE",
        action="append",
        default=[],
        help="a field after the family, instead of a header (repeatable). The types are "
        f"{', '.join(FIELD_TYPES)}, or a number of bytes",
    )
    layout.add_argument("--number", type=int, help="the number of the family, if no header has it")
    layout.add_argument(
        "--type", choices=SOCKET_TYPES, default=SOCKET_TYPES[0], help="the type of its sockets (default: %(default)s)"
    )
    layout.add_argument("--proto", type=int, default=0, help="the number of their protocol (default: 0)")
    layout.add_argument(
        "--constants",
        metavar="PATTERN",
        default="*",
        help="the constants of the header, such as 'MCTP_*' (default: all)",
    )
    layout.add_argument("--kernel-module", metavar="NAME", default="", help="the kernel module, for messages of errors")
    compiler = parser.add_argument_group("the compiler")
    compiler.add_argument(
        "--compiler", metavar="COMMAND", help="the C compiler; otherwise $CC, or one that is installed"
    )
    compiler.add_argument(
        "--include", metavar="FOLDER", action="append", default=[], help="search for headers here too (repeatable)"
    )
    result = parser.add_argument_group("the distribution")
    result.add_argument("--name", default="", help="its name after sockcore_ (default: that of the family)")
    result.add_argument("--directory", default="", help="the new directory (default: the name of the distribution)")
    result.add_argument("--author", default="", help="'Name <email>'")
    result.add_argument(
        "--license", choices=LICENSES, default=LICENSES[0], help="SPDX identifier (default: %(default)s)"
    )
    parser.add_argument("--interactive", action="store_true", help="ask for the values that are not given")
    return parser


def _create(options: Namespace) -> None:
    """Check the options, read the header, and write the distribution. Raises ScaffoldError."""
    if not options.family:
        raise ScaffoldError("the name of the family is missing: new-family AF_NAME, or --interactive")
    if not re.fullmatch(r"AF_[A-Z0-9][A-Z0-9_]*", options.family):
        raise ScaffoldError(f"the family must be a name like AF_MCTP, not {options.family!r}")
    short = options.name or options.family[3:].lower()
    # The name of a distribution ends with a letter or a digit.
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9_]*[a-z0-9])?", short) or keyword.iskeyword(short):
        raise ScaffoldError(f"--name must be an identifier in lower case, not {short!r}")
    if bool(options.header) != bool(options.struct):
        raise ScaffoldError("--header and --struct need each other")
    if bool(options.struct) == bool(options.field):
        raise ScaffoldError("either --header and --struct, or --field is needed")
    if options.kernel_module and not re.fullmatch(r"[A-Za-z0-9_-]+", options.kernel_module):
        raise ScaffoldError(f"--kernel-module must be the name of a module, not {options.kernel_module!r}")
    if not 0 <= options.proto < 1 << 31:
        raise ScaffoldError(f"--proto must be from 0 to {(1 << 31) - 1}, not {options.proto}")
    _check_names(options.family, short)
    check_folders(options.include)
    directory = options.directory or f"sockcore-{short.replace('_', '-')}"
    new_directory(directory)
    project = _project(options, short)
    _check_number(project.family, project.number)
    write(project, directory)
    try:
        _print_result(project, directory, options.include)
        sys.stdout.flush()
    except OSError as exc:
        if exc.errno != errno.EPIPE:
            print(f"{directory} was created", file=sys.stderr)
        raise


def _project(options: Namespace, short: str) -> Project:
    """Return the project that the options describe."""
    headers = ""
    constants: dict[str, int] = {}
    omitted: list[str] = []
    first: Compiler | None = None
    if options.struct:
        first = native_compiler(find_command(options.compiler), options.include)
        compilers = similar_compilers(first, all_compilers(options.compiler, options.include))
        name = options.struct if " " in options.struct else _struct_name(options.struct)
        layout, declaration = read_declaration(compilers, options.header, name)
        headers = layout.headers
        constants, omitted = read_constants(compilers, header_names(options.header), options.constants)
        constants.pop(options.family, None)
    else:
        layout, declaration = declaration_by_hand(short, "", options.field)
        try:
            first = native_compiler(find_command(options.compiler), options.include)
        except ScaffoldError:
            if options.compiler:
                raise
    for reason in omitted:
        print(f"left out: {reason}", file=sys.stderr)
    number = options.number
    if number is None:
        number = read_number(first, headers, options.family)
    if number is None:
        raise ScaffoldError(f"no header of this system has {options.family}: --number gives its number")
    if not 0 < number < 1 << 16:
        raise ScaffoldError(f"--number must be from 1 to 65535, not {number}")
    author, email = _author(options.author)
    system = first.target.system if first and options.struct else ""
    return Project(
        family=options.family,
        number=number,
        short=short,
        system=system or system_name(),
        socket_type=options.type,
        proto=options.proto,
        layout=layout,
        declaration=declaration,
        constants=constants,
        is_read=bool(options.struct),
        license=options.license,
        author=author,
        email=email,
        kernel_module=options.kernel_module,
        core=sockcore.__version__,
    )


def _struct_name(name: str) -> str:
    # A name that ends with _t is a typedef by the convention of POSIX.
    return name if name.endswith("_t") else f"struct {name}"


def _author(text: str) -> tuple[str, str]:
    match = re.fullmatch(r"([^<>]*?)\s*(?:<([^<>@\s]+@[^<>@\s]+)>)?", text)
    if match is None or not text.isprintable():
        raise ScaffoldError(f"--author must be 'Name' or 'Name <email>', not {text!r}")
    return match.group(1), match.group(2) or ""


def _check_names(family: str, short: str) -> None:
    """Raise ScaffoldError if the family or the distribution is installed."""
    registry = discovery.all_loaded()
    # Another plugin may have the number of a family among its constants. Only the owner of a codec has the family.
    if any(registered.name == family for registered in registry.families.values()):
        raise ScaffoldError(f"{family} is taken: {registry.owners['name'].get(family)} registers it")
    distribution, package = f"sockcore-{short.replace('_', '-')}", f"sockcore_{short}"
    try:
        version = metadata.version(distribution)
    except metadata.PackageNotFoundError:
        pass
    else:
        raise ScaffoldError(f"the distribution {distribution} {version} is installed: --name selects another name")
    if find_spec(package) is not None:
        raise ScaffoldError(f"a module {package} exists: --name selects another name")


def _check_number(family: str, number: int) -> None:
    """Raise ScaffoldError if the number belongs to another family."""
    registered = discovery.all_loaded().families.get((number, None))
    if registered is not None:
        raise ScaffoldError(f"the number {number} is taken: it is {registered.name}")
    known = family_name(number)
    if known not in (None, family):
        raise ScaffoldError(f"the number {number} is that of {known} on this system, not of {family}")


def _print_result(project: Project, directory: str, include: list[str]) -> None:
    items = ", ".join(item.name for item in project.declaration.items)
    options = "".join(f" --include {folder}" for folder in include)
    print(f"{directory}: {project.distribution}, {project.family} ({project.number}), addresses ({items})")
    print("Next:")
    print(f"  python -m pip install -e {directory} pytest")
    print(f"  python -m pytest {directory}")
    if project.is_read:
        print(f"  python -m sockcore check-layout {project.package}{options}")


def _ask(options: Namespace) -> None:
    """Ask for the values that the options lack. Raises ScaffoldError at the end of the input."""
    options.family = options.family or _answer("Address family, such as AF_MCTP")
    if not options.struct and not options.field:
        options.header = options.header or _answer("C header, such as linux/mctp.h (empty: none)")
        if options.header:
            options.struct = _answer("Struct", f"sockaddr_{options.family[3:].lower()}")
    if not options.struct:
        while True:
            field = _answer("Field as NAME:TYPE, such as node:u32 (empty: no more)")
            if not field:
                break
            options.field.append(field)
    if options.number is None and not options.struct:
        number = _answer("Number of the family (empty: that of the headers)")
        if number and not number.isdecimal():
            raise ScaffoldError(f"the number must be an integer, not {number!r}")
        options.number = int(number) if number else None
    options.type = _choice("Socket type", SOCKET_TYPES, options.type)
    options.author = options.author or _answer("Author, as Name <email> (empty: none)")
    options.license = _choice("Licence", LICENSES, options.license)
    name = options.name or options.family[3:].lower()
    options.directory = options.directory or _answer("Directory", f"sockcore-{name.replace('_', '-')}")


def _answer(question: str, default: str = "") -> str:
    try:
        return input(f"{question}{f' [{default}]' if default else ''}: ").strip() or default
    except EOFError:
        raise ScaffoldError(f"the input ended at the question: {question}") from None


def _choice(question: str, choices: tuple[str, ...], default: str) -> str:
    value = _answer(f"{question}: {', '.join(choices)}", default)
    if value not in choices:
        raise ScaffoldError(f"{question} must be one of {', '.join(choices)}, not {value!r}")
    return value
