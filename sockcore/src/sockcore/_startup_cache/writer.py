"""Writing and removing the startup cache, for ``python -m sockcore freeze``.

See _startup_cache for the format.

1. A file is replaced or removed only if its content shows that ``freeze`` wrote it.
2. Both files are written under temporary names in the same folder, synchronized and renamed, so that a reader finds the
   old file or the new one. They are replaced only after everything else has succeeded.
3. Code is compiled from sources, not taken from compiled files. The sources must have the digests in RECORD. For an
   editable install, or without RECORD, no code is written.
"""

from __future__ import annotations

import base64
import csv
import glob
import hashlib
import json
import marshal
import os
import stat
import subprocess
import sys
import tempfile
from _frozen_importlib_external import PathFinder
from contextlib import suppress
from pathlib import Path

from sockcore import __version__
from sockcore._names import STARTUP_CACHE, startup_code
from sockcore._plugins.entrypoints import scan
from sockcore._startup_cache import CHECKSUMS, CODE_HEADER, LIST_HEADER, SIGNATURE, checksum, sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType

    from sockcore._plugins.entrypoints import Plugin
    from sockcore._startup_cache import CachedModule
    from sockcore._startup_cache.index import Registrations

# A new process loads all plugins and opens a first socket, which may fail without a plugin. Then it calls the hooks
# again for their registrations.
_LIST_MODULES = """
import sys, sockcore
from sockcore import _names
_names.STARTUP_CACHE = ""
import sockcore._startup_cache.index as index
import sockcore._plugins.late_loading
try:
    sockcore.socket().close()
except OSError:
    pass
found = {}
for name, module in [*sys.modules.items()]:
    spec = getattr(module, "__spec__", None)
    if spec is not None and spec.has_location:
        found[name] = str(spec.origin), spec.submodule_search_locations is not None
import marshal
from sockcore._plugins import discovery
registers = discovery.call_hooks()
written = {module: index.from_register(register) for module, register in registers.items()}
with open(sys.argv[1], "wb") as file:
    marshal.dump((found, index.system(), written), file)
"""
#: Modules that are imported before the cache is read.
_UNCACHED = {"sockcore", "sockcore._names", "sockcore._startup_cache"}
#: Flags of this Python that affect which modules a process imports -> option.
_OPTIONS = {"isolated": "-I", "ignore_environment": "-E", "no_user_site": "-s", "no_site": "-S"}


class CannotWrite(Exception):
    """The startup cache cannot be written or removed. Nothing has changed."""


class Distribution:
    """An installed distribution, and the files in its RECORD.

    *problem* is the reason why its code cannot be cached, or "". *metadata* is the path of RECORD, or else of another
    metadata file, relative to the folder.
    """

    def __init__(self, name: str, version: str, module: str) -> None:
        self.name = name
        self.version = version
        self.module = module.partition(":")[0].partition(".")[0]
        self.folder = ""
        self.metadata = "-"
        self.digest = "-"
        self.record = b""
        self.files: dict[str, str] = {}
        self.problem = "its metadata are in no folder"
        self._find()

    def _find(self) -> None:
        wanted = self.name.replace("-", "_").replace(".", "_").lower()
        for folder in filter(os.path.isdir, sys.path):
            for entry in sorted(os.listdir(folder)):
                stem, _, suffix = entry.rpartition(".")
                if suffix in ("dist-info", "egg-info") and wanted == stem.partition("-")[0].replace(".", "_").lower():
                    self._read(folder, entry)
                    return

    def _read(self, folder: str, entry: str) -> None:
        for name in ("RECORD", "METADATA", "PKG-INFO"):
            with suppress(OSError):
                content = Path(folder, entry, name).read_bytes()
                self.metadata, self.digest = f"{entry}/{name}", sha256(content)
                break
        else:
            return
        self.folder = os.path.abspath(folder)
        direct_url = Path(folder, entry, "direct_url.json")
        is_editable = False
        with suppress(OSError, ValueError, AttributeError):
            is_editable = bool(json.loads(direct_url.read_text("utf-8")).get("dir_info", {}).get("editable"))
        if name == "RECORD":
            self.record = content
            self.files = {row[0]: row[1] for row in csv.reader(content.decode().splitlines()) if len(row) == 3}
        if is_editable:
            self.problem = "it is an editable install"
        elif name != "RECORD":
            self.problem = "it has no RECORD of its files"
        elif not self.has_module_beside():
            self.problem = "its modules are not in its folder"
        else:
            self.problem = ""

    def has_module_beside(self) -> bool:
        """Return True if the module of the distribution is in the folder of its metadata."""
        spec = PathFinder.find_spec(self.module)
        if not self.folder or spec is None or not spec.origin or not spec.has_location:
            return False
        folder = os.path.dirname(spec.origin)
        return os.path.abspath(os.path.dirname(folder) if spec.submodule_search_locations is not None else folder) == (
            self.folder
        )

    def line(self) -> str:
        """Return the line of the list for the distribution."""
        module = self.module if self.has_module_beside() else "-"
        return f"# distribution {self.name} {self.version} {module} {self.metadata} {self.digest}"

    def relative(self, source: str) -> str:
        """Return the path of a source in RECORD, or "" if it is not there."""
        start = os.path.join(self.folder, "")
        path = source[len(start) :].replace(os.sep, "/") if source.startswith(start) else ""
        return path if path in self.files else ""

    def is_recorded(self, path: str, content: bytes) -> bool:
        """Return True if RECORD lists a file with this content."""
        algorithm, _, digest = self.files[path].partition("=")
        if algorithm not in hashlib.algorithms_guaranteed or algorithm.startswith("shake"):
            return False
        actual = hashlib.new(algorithm, content).digest()
        return base64.urlsafe_b64encode(actual).rstrip(b"=").decode() == digest


class Report:
    """The result of write(): the path of the list, and its plugins.

    *without_code* maps distributions to the reason why their code is not cached.
    """

    def __init__(self, path: str, plugins: list[Plugin], without_code: dict[str, str]) -> None:
        self.path = path
        self.plugins = plugins
        self.without_code = without_code


def write(path: str = STARTUP_CACHE) -> Report:
    """Write the list of all installed plugins, and the code for a first socket.

    Raises CannotWrite if the cache would replace another file, and OSError or subprocess.CalledProcessError if writing
    fails. The previous cache is then intact.
    """
    path = os.path.abspath(path) if path else path
    code_path = startup_code(path)
    _check_replaceable(path)
    plugins = sorted(scan(), key=lambda plugin: plugin.name)
    for plugin in plugins:
        fields = (plugin.name, plugin.module, plugin.distribution, plugin.version)
        if any(len(word.split()) != 1 for word in fields):
            raise CannotWrite(f"the plugin {plugin.name!r} has a space in its name, module, distribution or version")
    distributions = {"sockcore": Distribution("sockcore", __version__, "sockcore")}
    for plugin in plugins:
        if plugin.distribution not in distributions:
            distributions[plugin.distribution] = Distribution(plugin.distribution, plugin.version, plugin.module)
    without_code = {each.name: each.problem for each in distributions.values() if each.problem}
    code = None
    if "sockcore" not in without_code:
        _check_replaceable(code_path)
        code = _code([each for each in distributions.values() if not each.problem], plugins, without_code)
    temporary = []
    try:
        temporary.append((_write_temporary(path, _list(plugins, distributions.values())), path))
        if code is not None:
            temporary.append((_write_temporary(code_path, code), code_path))
        while temporary:
            source, target = temporary[-1]
            _check_replaceable(target)
            os.replace(source, target)
            temporary.pop()
    finally:
        for source, _ in temporary:
            os.remove(source)
    if code is None and is_ours(code_path):
        os.remove(code_path)
    _sync_folder(os.path.dirname(path))
    return Report(path, plugins, without_code)


def remove(path: str = STARTUP_CACHE) -> list[str]:
    """Remove the startup cache of all versions of Python.

    Return the paths of the removed files.

    Raises CannotWrite if the file at *path* is not a startup cache.
    """
    path = os.path.abspath(path) if path else path
    _check_replaceable(path)
    removed = [each for each in (path, *sorted(glob.glob(f"{glob.escape(path)}.*"))) if is_ours(each)]
    for each in removed:
        os.remove(each)
    return removed


def is_ours(path: str) -> bool:
    """Return True if a file is a startup cache, by its first bytes.

    False if it is not a regular file.
    """
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return False
        with open(path, "rb") as file:
            start = file.read(len(SIGNATURE))
    except OSError:
        return False
    # In the package's folder, a file of this name is ours even if its signature is truncated.
    return start == SIGNATURE or (path in (STARTUP_CACHE, startup_code(STARTUP_CACHE)) and SIGNATURE.startswith(start))


def _check_replaceable(path: str) -> None:
    if not path:
        raise CannotWrite("sockcore is in no folder: use --output")
    if os.path.lexists(path) and not is_ours(path):
        raise CannotWrite(f"{path} exists and is not a startup cache: it stays as it is")


def _list(plugins: list[Plugin], distributions: Iterable[Distribution]) -> bytes:
    lines = [
        LIST_HEADER,
        "# A line for each plugin: name, module, distribution, version. Other plugins are not loaded.",
        "# Lines can be deleted. To change more, write a list without these comments.",
        *(each.line() for each in distributions),
        *(f"{each.name} {each.module} {each.distribution} {each.version}" for each in plugins),
    ]
    checksums = " ".join(checksum(line.encode()).hex() for line in lines)
    return "".join(f"{line}\n" for line in (*lines, f"{CHECKSUMS}{checksums}")).encode()


def _code(distributions: list[Distribution], plugins: list[Plugin], without_code: dict[str, str]) -> bytes:
    """Return the content of the code file.

    Adds distributions whose sources differ from RECORD to *without_code*.
    """
    roots = {each.module: each for each in distributions}
    by_name = {each.name: each for each in distributions}
    for plugin in plugins:
        if plugin.distribution in by_name:
            roots[plugin.module.partition(":")[0].partition(".")[0]] = by_name[plugin.distribution]
    modules: dict[str, CachedModule] = {}
    codes: dict[str, CodeType] = {}
    sources, system, registrations = _first_socket()
    for name, (source, is_package) in sources.items():
        distribution = roots.get(name.partition(".")[0])
        if distribution is None or name in _UNCACHED or not source.endswith(".py"):
            continue
        relative = distribution.relative(source)
        if not relative:
            continue
        content = Path(source).read_bytes()
        status = os.stat(source)
        if not distribution.is_recorded(relative, content) or status.st_size != len(content):
            without_code[distribution.name] = f"{relative} has not the digest in RECORD"
            continue
        codes[name] = compile(content, relative, "exec", dont_inherit=True, optimize=0)
        modules[name] = (
            distribution.name,
            relative,
            is_package,
            status.st_size,
            status.st_mtime_ns,
            checksum(content),
        )
    modules = {name: values for name, values in modules.items() if values[0] not in without_code}
    by_distribution: dict[str, dict[str, CodeType]] = {}
    for name, values in modules.items():
        by_distribution.setdefault(values[0], {})[name] = codes[name]
    marshalled = {name: marshal.dumps(group) for name, group in by_distribution.items()}
    index = {
        plugin.module: (plugin.name, plugin.distribution, registrations[plugin.module])
        for plugin in plugins
        if plugin.distribution in by_distribution and registrations.get(plugin.module) is not None
    }
    used = {each.name: (each.metadata, each.digest, each.record) for each in distributions}
    core = by_name["sockcore"]
    rest = b""
    for part in (core.metadata.encode(), core.record, marshalled.pop("sockcore", marshal.dumps({}))):
        rest += len(part).to_bytes(8, "little") + part
    rest += marshal.dumps((used, modules, marshalled, marshal.dumps((system, index))))
    return CODE_HEADER + len(rest).to_bytes(8, "little") + checksum(rest) + rest


def _first_socket() -> tuple[dict[str, tuple[str, bool]], list[str], dict[str, Registrations | None]]:
    """Return the results of a new process that loads all plugins and opens a socket.

    These are: module -> path of its source and whether it is a package; the conditions on which registrations depend;
    and module of a plugin -> registrations.
    """
    options = [option for flag, option in _OPTIONS.items() if getattr(sys.flags, flag)]
    environment = {**os.environ, "SOCKCORE_FROZEN": ""}
    # Optimized code of modules would suffice, but assert statements of the process itself must run.
    environment.pop("PYTHONOPTIMIZE", None)
    # Without the current folder, from which -c would import. The package itself may be in it.
    path = [entry for entry in sys.path if entry and os.path.abspath(entry) != os.getcwd()]
    path.append(os.path.dirname(os.path.abspath(sys.modules["sockcore"].__path__[0])))
    code = f"import sys\nsys.path[:] = {path!r}\n{_LIST_MODULES}"
    with tempfile.TemporaryDirectory() as folder:
        result = os.path.join(folder, "modules")
        subprocess.run([sys.executable, *options, "-c", code, result], env=environment, check=True)
        found: tuple[dict[str, tuple[str, bool]], list[str], dict[str, Registrations | None]] = marshal.loads(
            Path(result).read_bytes()
        )
    return found


def _write_temporary(path: str, content: bytes) -> str:
    """Write a file beside *path* under a unique name, and return its path.

    Its mode is 0644 minus the umask.
    """
    temporary = f"{path}.{os.getpid()}-{os.urandom(4).hex()}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    fd = os.open(temporary, flags, 0o644)
    try:
        with open(fd, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        os.remove(temporary)
        raise
    return temporary


def _sync_folder(folder: str) -> None:
    """Make the renaming persistent, on systems that can synchronize folders."""
    with suppress(OSError):
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
