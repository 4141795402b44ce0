"""A folder with sockcore and plugins installed like a wheel, for the tests of the startup cache.

The checkout may be an editable install, which has no code in the cache. Each process runs with ``-S``. It can import
only from this folder, and the module ``systems``.
"""

from __future__ import annotations

import base64
import compileall
import hashlib
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

import sockcore

HERE = Path(__file__).parent.parent  # the folder of systems.py


def _copy(source: str, target: str) -> None:
    # Not shutil.copy2(): on Windows it calls a function that Wine lacks.
    shutil.copyfile(source, target)
    shutil.copystat(source, target)


PLUGIN = """
    from sockcore.plugin import hookimpl
    SOCKCORE_API = 1
    @hookimpl
    def sockcore_register(register):
        register.constants({"ONE": 1})
        def fail():
            "Fail."
            raise RuntimeError("on purpose")
        register.functions(fail)
"""


class Tree:
    """A folder of installed distributions, Python that runs on it, a startup cache."""

    def __init__(self, folder: Path, template: Tree | None = None) -> None:
        """Create a tree with sockcore alone, or a copy of another one."""
        self.folder = folder
        self.site = folder / "site"
        self.cache = folder / "cache.txt"
        if template is not None:
            shutil.copytree(template.folder, folder, copy_function=_copy)
            return
        # The cache would not be used with another mode, which depends on the umask.
        folder.mkdir(mode=0o755)
        folder.chmod(0o755)
        [source] = sockcore.__path__
        ignored = shutil.ignore_patterns("__pycache__", "startup-cache*")
        shutil.copytree(source, self.site / "sockcore", ignore=ignored, copy_function=_copy)
        # The processes write no bytecode. Without it, they would take twice as long.
        compileall.compile_dir(self.site, quiet=2)
        self.record("sockcore", sockcore.__version__, "sockcore")

    @property
    def default_cache(self) -> Path:
        """The path of the cache in the package's folder."""
        return self.site / "sockcore" / "startup-cache.txt"

    def code(self, path: Path | None = None) -> Path:
        """Return the path of the code file of a list."""
        return Path(f"{path or self.cache}.{sys.implementation.cache_tag}")

    def install(self, name: str, source: str = PLUGIN, version: str = "1.0") -> Path:
        """Install a plugin with one module, and return the path of the module.

        It replaces any other version.
        """
        module = self.site / f"sockcore_{name}_module.py"
        module.write_text(textwrap.dedent(source))
        self.record(f"sockcore-{name}", version, module.stem, f"[sockcore]\n{name} = {module.stem}\n")
        return module

    def install_package(self, name: str) -> None:
        """Install a copy of a plugin of this Python: ``inet``, ``linux_misc``.

        Skips the test without it.
        """
        package = pytest.importorskip(f"sockcore_{name}")
        ignored = shutil.ignore_patterns("__pycache__")
        module = package.__name__
        shutil.copytree(package.__path__[0], self.site / module, ignore=ignored, copy_function=_copy)
        self.record(module.replace("_", "-"), sockcore.__version__, module, f"[sockcore]\n{name} = {module}\n")

    def uninstall(self, name: str) -> None:
        """Remove a plugin."""
        (self.site / f"sockcore_{name}_module.py").unlink()
        shutil.rmtree(self.info(f"sockcore-{name}"))

    def info(self, name: str) -> Path:
        """Return the folder of a distribution's metadata."""
        [info] = self.site.glob(f"{name.replace('-', '_')}-*.dist-info")
        return info

    def record(self, name: str, version: str, module: str, entry_points: str = "") -> None:
        """Write the metadata of a distribution, including RECORD."""
        stem = name.replace("-", "_")
        for old in self.site.glob(f"{stem}-*.dist-info"):
            shutil.rmtree(old)
        info = self.site / f"{stem}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        if entry_points:
            (info / "entry_points.txt").write_text(entry_points)
        files = [self.site / f"{module}.py"] if (self.site / f"{module}.py").exists() else []
        files += (self.site / module).rglob("*.py")
        lines = []
        for path in sorted([*files, *info.iterdir()]):
            content = path.read_bytes()
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            lines.append(f"{path.relative_to(self.site).as_posix()},sha256={digest},{len(content)}\n")
        lines.append(f"{info.name}/RECORD,,\n")
        (info / "RECORD").write_text("".join(lines))

    def python(
        self,
        *arguments: Any,
        status: int | None = 0,
        warnings: str = "error",
        umask: int | None = None,
        in_front: Path | None = None,
        **variables: str,
    ) -> subprocess.CompletedProcess[str]:
        """Run Python, and check the exit status; None is any status.

        With status 0, nothing may be written to stderr.
        """
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("SOCKCORE_", "PYTHON"))}
        if "SOCKCORE_BACKEND" in os.environ:
            environment["SOCKCORE_BACKEND"] = os.environ["SOCKCORE_BACKEND"]
        paths = [*([str(in_front)] if in_front else []), str(self.site), str(HERE)]
        environment.update({"PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1", **variables})
        before = os.umask(umask) if umask is not None else None
        try:
            done = subprocess.run(
                [sys.executable, "-S", "-W", warnings, *map(str, arguments)],
                env=environment,
                cwd=self.folder,
                capture_output=True,
                text=True,
                timeout=100,
            )
        finally:
            if before is not None:
                os.umask(before)
        if status is not None:
            assert done.returncode == status, done.stdout + done.stderr
        if status == 0:
            assert done.stderr == "", done.stderr
        return done

    def run(self, code: str, *arguments: Any, **keywords: Any) -> str:
        """Run code and return its output.

        It uses the cache of this tree unless a variable names another.
        """
        keywords.setdefault("SOCKCORE_FROZEN", str(self.cache))
        return self.python("-c", textwrap.dedent(code), *arguments, **keywords).stdout

    def freeze(self, *arguments: Any, **keywords: Any) -> subprocess.CompletedProcess[str]:
        """Run the command freeze for the cache of this tree."""
        return self.python("-m", "sockcore", "freeze", "--output", self.cache, *arguments, **keywords)
