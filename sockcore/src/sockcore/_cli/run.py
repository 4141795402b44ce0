"""``python -m sockcore run``: run an unchanged program with sockcore as its ``socket`` module.

1. ``__main__``, ``sys.argv``, ``sys.path[0]`` and the exit status are the same as under Python itself.
2. No module that imports ``socket``, and no slow one, is imported before the standard module is replaced.
"""

from __future__ import annotations

import os
import sys

from sockcore.stdlib import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import CodeType
    from typing import Any, NoReturn

USAGE = "usage: python -m sockcore run [-m MODULE | -c CODE | SCRIPT] [ARGUMENT ...]"
HELP = f"""{USAGE}

Run a Python program with sockcore in the place of the standard socket module.

  SCRIPT      a file, or a directory or zip file with a __main__.py
  -m MODULE   a module or package, as python -m does
  -c CODE     a program in a string, as python -c does
  ARGUMENT    the arguments of the program, for its sys.argv

The exit status is the program's.
"""


def main(arguments: list[str]) -> int:
    """Run the program; return 0 when it ends without SystemExit, 2 for wrong usage."""
    if not arguments or arguments[0].startswith("-"):
        option = arguments[0] if arguments else ""
        if option in ("-h", "--help"):
            print(HELP, end="")
            return 0
        if option not in ("-m", "-c") or len(arguments) < 2:
            expected = f"argument for {option}" if option in ("-m", "-c") else "SCRIPT, -m MODULE or -c CODE"
            got = f", not {option}" if option not in ("", "-m", "-c") else ""
            print(f"{USAGE}\npython -m sockcore run: {expected} expected{got}", file=sys.stderr)
            return 2
        starts = {"-m": _module, "-c": _string}
        start, program, rest = starts[option], arguments[1], arguments[2:]
    else:
        start, program, rest = _script, arguments[0], arguments[1:]
    replace()
    start(program, rest)
    return 0


def _string(code: str, rest: list[str]) -> None:
    from importlib.machinery import BuiltinImporter

    sys.argv[:] = ["-c", *rest]
    _first_on_path("")
    _execute(compile(code, "<string>", "exec"), {"__loader__": BuiltinImporter})


def _script(path: str, rest: list[str]) -> None:
    from importlib.machinery import SourceFileLoader
    from io import open_code

    sys.argv[:] = [path, *rest]
    # On Windows the interpreter calls GetFullPathNameW, which also normalizes the path.
    full = os.path.abspath(path) if os.name == "nt" else os.path.join(os.getcwd(), path)
    if os.path.isdir(full) or _is_archive(full):
        # Even under -P: the import system finds the program there.
        _first_on_path(full, always=True)
        _run_module(_find("__main__", f"can't find '__main__' module in {full!r}"))
        return
    _first_on_path(os.path.dirname(os.path.realpath(full)))
    try:
        with open_code(full) as file:
            source = file.read()
    except OSError as exc:
        _stop(f"can't open file {full!r}: [Errno {exc.errno}] {exc.strerror}", 2)
    _execute(
        compile(source, full, "exec"),
        {"__file__": full, "__cached__": None, "__loader__": SourceFileLoader("__main__", full)},
    )


def _module(name: str, rest: list[str]) -> None:
    # Like python -m: while the import system searches for the module, its packages see "-m".
    sys.argv[:] = ["-m", *rest]
    _first_on_path(os.getcwd())
    spec = _find(name, f"No module named {name}")
    if spec.submodule_search_locations is not None:
        main = f"{name}.__main__"
        spec = _find(main, f"No module named {main}; {name!r} is a package and cannot be directly executed")
    sys.argv[0] = spec.origin or name
    _run_module(spec)


def _find(name: str, message: str) -> ModuleSpec:
    from importlib.util import find_spec

    # find_spec("__main__") would return the spec of this command.
    running = sys.modules.pop("__main__") if name == "__main__" else None
    try:
        spec = find_spec(name)
    except (ImportError, AttributeError, TypeError, ValueError) as exc:
        _stop(f"Error while finding module specification for {name!r} ({type(exc).__name__}: {exc})", 1)
    finally:
        if running:
            sys.modules["__main__"] = running
    if spec is None:
        _stop(message, 1)
    return spec


def _run_module(spec: ModuleSpec) -> None:
    loader: Any = spec.loader
    code = loader.get_code(spec.name) if hasattr(loader, "get_code") else None
    if code is None:
        _stop(f"No code object available for {spec.name}", 1)
    attributes = {"__file__": spec.origin, "__cached__": spec.cached, "__spec__": spec, "__package__": spec.parent}
    _execute(code, {**attributes, "__loader__": loader})


def _stop(message: str, status: int) -> NoReturn:
    print(f"{sys.executable}: {message}", file=sys.stderr)
    raise SystemExit(status)


def _execute(code: CodeType, names: dict[str, object]) -> None:
    from types import ModuleType

    # A new module, not that of this command: the program may pickle objects of "__main__", or import it.
    program = ModuleType("__main__")
    vars(program).update({"__builtins__": sys.modules["builtins"], **names})
    sys.modules["__main__"] = program
    exec(code, vars(program))


def _first_on_path(directory: str, always: bool = False) -> None:
    # The first entry is that of `python -m sockcore` or of the sockcore script, unless Python has no such entry (-P).
    if not getattr(sys.flags, "safe_path", sys.flags.isolated):
        sys.path[0] = directory
    elif always:
        sys.path.insert(0, directory)


def _is_archive(path: str) -> bool:
    from zipimport import ZipImportError, zipimporter

    try:
        zipimporter(path)
    except ZipImportError:
        return False
    return os.path.isfile(path)
