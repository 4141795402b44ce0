"""The startup cache, written by ``python -m sockcore freeze``: the list of plugins, and the code for a first socket.

1. There are two files. NAME lists the plugins. NAME.CACHE_TAG has the code of modules and the registrations of plugins,
   for one version of Python.
2. The cache is valid as long as the RECORD of each distribution has the recorded SHA-256. Otherwise sockcore starts as
   without a cache. The list is valid or invalid as a whole, and the code separately for each distribution.
3. A module is imported from its source if the size of the source has changed, or if both its modification time and its
   content have changed.
4. A truncated, damaged or empty file is ignored. Length and checksum are verified before code is unmarshalled. In the
   list each line has a checksum, so that a user may delete lines.
5. A file is used only if its path is absolute and only root and the current user can have written it. There is no such
   check on Windows. The mode of the package's folder is not checked, because it contains the sources too.
6. No path in the files is absolute, so that the whole installation can be moved.
7. The registrations of a plugin are used if the list is valid and was written by ``freeze``, if the sources of the
   distribution have not changed (rule 3), if nothing has imported the plugin yet, and if system and backend are the
   same.

This package is imported only if there is a cache, and its module ``writer`` only by ``freeze``.
"""

from __future__ import annotations

import errno
import marshal
import os
import stat
import sys
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import MAGIC_NUMBER, PathFinder, SourceFileLoader
from _imp import _fix_co_filename, source_hash  # type: ignore[attr-defined]

from sockcore._names import STARTUP_CACHE, environment, import_module, startup_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

    from sockcore._plugins.entrypoints import Plugin

    #: Distribution, path of the source from the distribution's folder, whether it is a package, size, modification
    #: time and checksum of the source.
    CachedModule = tuple[str, str, bool, int, int, bytes]

#: The beginning of both files. A file without it is never replaced or removed.
SIGNATURE = b"# Written by `python -m sockcore freeze`: "
LIST_HEADER = SIGNATURE.decode() + "plugins, format 1"
#: The last line of a list, before the checksums of all other lines.
CHECKSUMS = "# checksums "
#: Code depends on the version of Python and on the level of optimization, which is always 0. The header is followed by
#: the length of the rest and its checksum, and three parts after their lengths (numbers of 8 bytes): the path of the
#: core's RECORD, its content, and the marshalled code of the core. Then follow, marshalled, the distributions, the
#: modules, the code of each plugin, and the registrations, in a form that depends on the version of sockcore.
CODE_HEADER = SIGNATURE + f"code for {sys.implementation.cache_tag}, format 3\n".encode() + MAGIC_NUMBER
# O_NONBLOCK: opening a FIFO would wait for a writer.
_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
#: Temporary errors: the caller must try again instead of ignoring the cache.
_TRANSIENT = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EINTR, errno.EAGAIN})

#: PyPy only hashes bytes.
_HASHES_VIEWS = sys.implementation.name == "cpython"

#: The path of the list of plugins in use, or "".
list_in_use = ""
#: The reasons why the list and the code are not used, if the user should know.
list_problem = ""
code_problem = ""
#: Top-level module -> its spec and the sys.path of the search, between the check of the list and the import. One search
#: instead of two saves 30 us for each plugin. Bound: the modules of the list.
specs: dict[str, tuple[ModuleSpec | None, list[str]]] = {}
#: Paths of metadata that the check of the list has verified, until the import. Bound: the distributions of the list.
verified: set[tuple[str, str]] = set()
#: SHA-256 -> content of each RECORD that the code is for. Comparing contents saves the import of a hash module, 0.5 ms.
_records: dict[str, bytes] = {}
#: The finder of the code in use. Bound: one.
finders: list[CodeFinder] = []


class UntrustedFile(Exception):
    """A file that another user, except for root, may have written."""


def read_trusted(path: str) -> bytes:
    """Return the content of a file. Raises UntrustedFile (rule 5) or OSError."""
    if not os.path.isabs(path):
        raise UntrustedFile(f"{path!r} is not an absolute path")
    fd = os.open(path, _FLAGS)
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise UntrustedFile(f"{path} is not a regular file")
        _check_owner(path, status)
        if not path.startswith(STARTUP_CACHE or "\0"):
            folders = {os.path.dirname(path)}
            if os.path.islink(path):
                folders.add(os.path.dirname(os.path.realpath(path)))
            for folder in folders:
                _check_owner(folder, os.stat(folder))
        return _rest(fd, status.st_size)
    finally:
        os.close(fd)


def _content(path: str) -> bytes:
    fd = os.open(path, _FLAGS)
    try:
        return _rest(fd, 1 << 16)
    finally:
        os.close(fd)


def _rest(fd: int, size: int) -> bytes:
    content = os.read(fd, size)
    while more := os.read(fd, size or 1):
        content += more
    return content


def _check_owner(path: str, status: os.stat_result) -> None:
    if not hasattr(os, "geteuid"):
        return
    if status.st_uid not in (0, os.geteuid()):
        raise UntrustedFile(f"{path} belongs to user {status.st_uid}, neither to root nor to the current user")
    if status.st_mode & 0o022:
        raise UntrustedFile(f"{path} can be written by other users (mode {stat.S_IMODE(status.st_mode):04o})")


def read_plugins(path: str, problems: list[str]) -> list[Plugin] | None:
    """Return the plugins in a list, or None. See cached_plugins() for *problems*."""
    global list_in_use, list_problem
    list_in_use = list_problem = ""
    plugins = None
    try:
        plugins = _parse(path, read_trusted(path)) if path else None
    except UntrustedFile as exc:
        list_problem = str(exc)
    except (OSError, ValueError) as exc:
        if getattr(exc, "errno", None) in _TRANSIENT:
            raise
        if environment("SOCKCORE_FROZEN") is not None:
            list_problem = f"{type(exc).__name__}: {exc}"
    if list_problem:
        problems.append(f"the startup cache {path} is not used: {list_problem}")
    elif code_problem:
        problems.append(f"the startup cache {path} is used without its code: {code_problem}")
    if plugins is not None:
        list_in_use = path
    return plugins


def _parse(path: str, content: bytes) -> list[Plugin] | None:
    """Return the plugins in a list, or None. Raises ValueError for a user's error."""
    from sockcore._plugins.entrypoints import Plugin  # after the finder of its code is in place

    try:
        lines = content.decode().replace("\r\n", "\n").rstrip("\n").split("\n")
    except UnicodeDecodeError:
        return None
    is_ours = lines[-1].startswith(CHECKSUMS)
    if is_ours:
        checksums = lines.pop().split()
        if lines[:1] != [LIST_HEADER] or any(checksum(line.encode()).hex() not in checksums for line in lines):
            return None
        distributions = [line.split()[2:] for line in lines if line.startswith("# distribution ")]
        if not all(map(_is_unchanged, distributions)):
            return None
    elif content.startswith(SIGNATURE) or b"\0" in content:
        return None  # truncated, or a file of another kind
    plugins = []
    for number, line in enumerate(lines, 1):
        fields = line.split()
        if line.startswith("#") or not fields:
            continue
        if len(fields) != 4:
            raise ValueError(f"{path}, line {number}: expected name, module, distribution and version: {line!r}")
        plugins.append(Plugin(*fields))
    # A list from a user without any plugin is probably truncated, or another file.
    return plugins if is_ours else plugins or None


def _is_unchanged(fields: list[str]) -> bool:
    """Return True if a distribution is the one in the cache."""
    name, version, module, metadata, digest = fields
    core = sys.modules["sockcore"]
    if name == "sockcore" and version != core.__version__:
        return False
    if metadata == "-":
        return True  # not in a folder, but in an archive or behind another finder
    if module == "-":
        # An editable install: its metadata and its modules are in different folders.
        return any(_has_digest(os.path.join(folder, metadata), digest) for folder in sys.path if folder)
    if module == "sockcore":
        folder: str | None = os.path.dirname(core.__path__[0])
    else:
        spec = PathFinder.find_spec(module)
        specs[module] = spec, list(sys.path)
        folder = folder_of(spec)
    if folder is None or not _has_digest(join(folder, metadata), digest):
        return False
    verified.add((join(folder, metadata), digest))
    return True


def folder_of(spec: ModuleSpec | None) -> str | None:
    """Return the folder of a top-level module or package, or None."""
    if spec is None or not spec.has_location or not spec.origin:
        return None
    module = spec.origin if spec.submodule_search_locations is None else os.path.dirname(spec.origin)
    return os.path.dirname(module)


def _has_digest(path: str, digest: str) -> bool:
    """Return True if *digest* is the SHA-256 of a file."""
    try:
        content = _content(path)
        return content == _records.get(digest) or sha256(content) == digest
    except OSError as exc:
        if exc.errno in _TRANSIENT:
            raise
        return False


def sha256(data: bytes) -> str:
    """Return the SHA-256 of *data* in hexadecimal digits."""
    try:
        # hashlib loads OpenSSL, which takes 5 ms. These modules take 0.1 to 0.4 ms.
        module = import_module("_sha2" if sys.version_info >= (3, 12) else "_sha256")
    except ImportError:
        module = import_module("hashlib")
    digest: str = module.sha256(data).hexdigest()
    return digest


def use_code(path: str) -> None:
    """Import modules from the code of the list at *path* from now on, if it is valid."""
    global code_problem
    try:
        finder = _read_code(read_trusted(startup_code(path)))
    except UntrustedFile as exc:
        code_problem = str(exc)
    except OSError:
        pass
    else:
        if finder is not None and not finders:  # importlib.reload(sockcore) calls this function again
            sys.meta_path.insert(0, finder)
            finders.append(finder)


def _read_code(content: bytes) -> CodeFinder | None:
    """Return a code file's module finder; None if damaged or for another version."""
    start = len(CODE_HEADER)
    if not content.startswith(CODE_HEADER):
        return None
    # Views, because each copy of the content would take 0.3 million instructions.
    rest = memoryview(content)[start + 16 :]
    if content[start : start + 16] != len(rest).to_bytes(8, "little") + checksum(rest):
        return None
    metadata, rest = _first_part(rest)
    record, rest = _first_part(rest)
    core = os.path.dirname(sys.modules["sockcore"].__path__[0])
    try:
        if _content(join(core, bytes(metadata).decode())) != bytes(record):
            return None
    except (OSError, ValueError):  # ValueError: an invalid path
        return None
    core_code, rest = _first_part(rest)
    distributions, modules, codes, index = marshal.loads(rest)
    _records.update((digest, content) for _, digest, content in distributions.values())
    return CodeFinder(core, distributions, modules, codes | {"sockcore": core_code}, index)


def _first_part(data: memoryview) -> tuple[memoryview, memoryview]:
    """Return the first part of the data, which begins with its length, and the rest."""
    end = 8 + int.from_bytes(data[:8], "little")
    return data[8:end], data[end:]


def checksum(data: bytes | memoryview) -> bytes:
    """Return a checksum of 8 bytes against damage.

    It is SipHash, which the interpreter uses for its own cached code. SHA-256 of the code would take 2 ms, this takes
    0.1 ms. It does not protect against forgery. The check of the file's owner does.
    """
    return source_hash(0, data if _HASHES_VIEWS else bytes(data))


class CodeFinder:
    """A finder of the cached modules, which keeps a module's code until first import."""

    def __init__(
        self,
        core: str,
        distributions: dict[str, tuple[str, str, bytes]],
        modules: dict[str, CachedModule],
        codes: dict[str, bytes | memoryview],
        index: bytes,
    ) -> None:
        self.distributions = distributions
        self.modules = modules
        #: The marshalled registrations of plugins, for the module ``index``.
        self.index = index
        self._marshalled = codes
        self._codes: dict[str, CodeType] = {}
        #: The folder of each distribution whose RECORD has been verified, and the modification time of RECORD.
        self._folders = {"sockcore": (core, os.stat(join(core, distributions["sockcore"][0])).st_mtime_ns)}

    def find_spec(self, name: str, path: Any = None, target: object = None) -> ModuleSpec | None:
        """Return the spec of a cached module that is up to date."""
        values = self.modules.get(name)
        if values is None:
            return None
        distribution, relative, is_package, size, changed, check = values
        if "." not in name:
            # The interpreter finds the top-level module, because sys.path may have another one before it.
            spec, sys_path = specs.pop(name, (None, None))
            if sys_path != sys.path:
                spec = PathFinder.find_spec(name)
            folder = folder_of(spec)
            if (
                folder is None
                or getattr(spec, "origin", "") != join(folder, relative)
                or not self.is_verified(distribution, folder)
            ):
                self._forget(distribution)
                return spec
        if distribution not in self._folders:
            return None
        folder, installed = self._folders[distribution]
        source = join(folder, relative)
        package = source.rpartition(os.sep)[0]
        if path is not None and (package.rpartition(os.sep)[0] if is_package else package) not in path:
            return None
        if not is_current(source, size, (changed, installed), check):
            return None
        spec = ModuleSpec(name, CachedLoader(name, source, self), origin=source, is_package=is_package)
        spec.has_location = True
        if is_package:
            spec.submodule_search_locations = [package]
        return spec

    def pop_code(self, name: str) -> CodeType | None:
        """Return the code of a module for its first import, or None."""
        values = self.modules.pop(name, None)
        if values is None:
            return None
        data = self._marshalled.get(values[0])
        if data is not None:  # two threads may come here
            self._codes.update(marshal.loads(data))  # together in three quarters of the time: modules share names
            self._marshalled.pop(values[0], None)
        return self._codes.pop(name, None)

    def is_verified(self, distribution: str, folder: str) -> bool:
        """Return True if RECORD shows that a distribution is the one in the cache."""
        metadata, digest, _ = self.distributions[distribution]
        record = join(folder, metadata)
        if (record, digest) in verified:
            verified.discard((record, digest))  # another thread may have removed it
        elif not _has_digest(record, digest):
            return False
        self._folders[distribution] = folder, os.stat(record).st_mtime_ns
        return True

    def _forget(self, distribution: str) -> None:
        for name, values in list(self.modules.items()):
            if values[0] == distribution:
                self.modules.pop(name, None)


def is_current(source: str, size: int, times: tuple[int, int], check: bytes) -> bool:
    """Return True if a source is the one that was compiled (rule 3)."""
    try:
        status = os.stat(source)
        # One of the times is that of RECORD. Sources need not be read if all times have been made equal.
        return status.st_size == size and (status.st_mtime_ns in times or checksum(_content(source)) == check)
    except OSError as exc:
        if exc.errno in _TRANSIENT:
            raise
        return False


def join(folder: str, relative: str) -> str:
    """Return the path of a file in a distribution, by its path in RECORD."""
    return f"{folder}{os.sep}{relative.replace('/', os.sep)}"


class CachedLoader(SourceFileLoader):
    """A loader of a module's source, with the code from the cache at first import."""

    def __init__(self, fullname: str, path: str, finder: CodeFinder) -> None:
        super().__init__(fullname, path)
        self._finder = finder

    def get_code(self, fullname: str) -> CodeType | None:
        """Return the module's code."""
        code = self._finder.pop_code(fullname)
        if code is None:
            return super().get_code(fullname)
        _fix_co_filename(code, self.path)
        return code
