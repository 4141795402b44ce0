"""Outcomes of the standard library, cached by interpreter and machine."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import platform
from pathlib import Path

from .session import WORKER, Interpreter, Outcome, Results, run_module


def folder() -> Path:
    """Return the cache folder."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(home) / "sockcore" / "conformance"


def run_or_load(interpreter: Interpreter, module: str, use_cache: bool) -> Results:
    """Return the standard library's results of *module*, if possible from the cache."""
    cached = folder() / f"{interpreter.version}-{module}-{_key(interpreter, module)}.json"
    if use_cache and cached.exists():
        return load(cached)
    results = run_module(interpreter, module, None)
    if use_cache:
        store(cached, results)
    return results


def store(path: Path, results: Results) -> None:
    """Write *results* to *path* atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    unfinished.write_text(json.dumps(dataclasses.asdict(results), indent=1), encoding="utf-8")
    unfinished.replace(path)


def load(path: Path) -> Results:
    """Read results that `store` has written."""
    fields = json.loads(path.read_text(encoding="utf-8"))
    return Results(
        {name: Outcome(**outcome) for name, outcome in fields["tests"].items()},
        fields["subtests"],
        {name: Outcome(**outcome) for name, outcome in fields["fixtures"].items()},
    )


def _key(interpreter: Interpreter, module: str) -> str:
    source = interpreter.package.joinpath(*module.split(".")[1:]).with_suffix(".py")
    parts = [interpreter.identity, platform.node(), platform.release(), str(os.getuid())]
    digest = hashlib.sha256("\0".join(parts).encode())
    for path in (source, WORKER, WORKER.with_name("modules.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
