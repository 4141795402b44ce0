"""``python -m sockcore check-layout``."""

from __future__ import annotations

import sys
from argparse import ArgumentParser

from sockcore._scaffold import ScaffoldError
from sockcore._scaffold.checking import check, import_plugin, structs_of
from sockcore._scaffold.compilers import Compiler, all_compilers, check_folders, find_command, native_compiler
from sockcore._scaffold.processes import map_in_threads

DESCRIPTION = """\
Compare each Struct and CStruct of a plugin with its C header: the size of the struct, and offset, size, signedness and
byte order of each field. This is done for each target of the compiler: zig has many, gcc and clang have that of this
machine, with -m32 if it works. A target without the header is left out. The exit status is 1 if there is a difference.
"""


def main(arguments: list[str]) -> int:
    """Print a line for each difference and a summary; return 1 if there is a difference."""
    parser = ArgumentParser("python -m sockcore check-layout", description=DESCRIPTION)
    parser.add_argument("module", metavar="MODULE", help="the module of the plugin, or one of its modules")
    parser.add_argument(
        "--compiler", metavar="COMMAND", help="the C compiler; otherwise $CC, or zig, or the first that is installed"
    )
    parser.add_argument("--native", action="store_true", help="check only the target of this machine")
    parser.add_argument(
        "--target", metavar="TRIPLE", action="append", default=[], help="check only this target of zig (repeatable)"
    )
    parser.add_argument(
        "--include", metavar="FOLDER", action="append", default=[], help="search for headers here too (repeatable)"
    )
    options = parser.parse_args(arguments)
    try:
        if options.native and options.target:
            raise ScaffoldError("--native and --target exclude each other")
        check_folders(options.include)
        if options.native:
            compilers = [native_compiler(find_command(options.compiler), options.include)]
        else:
            compilers = all_compilers(options.compiler, options.include, options.target)
        return _check(options.module, compilers)
    except ScaffoldError as exc:
        print(f"python -m sockcore check-layout: error: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("python -m sockcore check-layout: interrupted", file=sys.stderr)
        return 130


def _check(module: str, compilers: list[Compiler]) -> int:
    modules = import_plugin(module)
    systems = sorted({one.target.system for one in compilers})
    structs = {system: structs_of(modules, system) for system in systems}
    if not any(structs.values()):
        raise ScaffoldError(f"{module} declares no Struct for {', '.join(systems)}")
    reports = map_in_threads(lambda one: check(one, structs[one.target.system]), compilers)
    differences = [difference for report in reports for difference in report.differences]
    for difference in differences:
        print(difference)
    absent: dict[str, set[str]] = {}
    for report in reports:
        for triple, header in report.missing:
            absent.setdefault(header, set()).add(triple)
    for header, without in sorted(absent.items()):
        found = f"{header}: on {len(compilers) - len(without)} of {len(compilers)} targets"
        is_missing = len(without) == len(compilers)
        print(f"{found}, expected on one or more: --include adds the folder of a header" if is_missing else found)
    comparisons = sum(report.comparisons for report in reports)
    names = {struct.name for declared in structs.values() for struct in declared}
    checked = sum(bool(report.comparisons) for report in reports)
    print(
        f"{_count(len(names), 'struct')}, {_count(comparisons, 'comparison')} on {checked} of "
        f"{_count(len(compilers), 'target')}, {_count(len(differences), 'difference')}"
    )
    everywhere = [header for header, without in absent.items() if len(without) == len(compilers)]
    return 1 if differences or everywhere else 0


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
