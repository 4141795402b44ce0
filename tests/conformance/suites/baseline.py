"""The outcomes of the standard library, which change only with the interpreter and the machine, kept in a cache."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import platform
from pathlib import Path

from .session import WORKER, Interpreter, Outcome, Results, run_module


def folder() -> Path:
    """Where they are kept."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(home) / "sockcore" / "conformance"


def run_or_recall(interpreter: Interpreter, module: str, use_cache: bool) -> Results:
    """What comes of *module* with the standard library."""
    kept = folder() / f"{interpreter.version}-{module}-{_key(interpreter, module)}.json"
    if use_cache and kept.exists():
        return load(kept)
    results = run_module(interpreter, module, None)
    if use_cache:
        store(kept, results)
    return results


def store(path: Path, results: Results) -> None:
    """Write *results* to *path*, at once or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    unfinished.write_text(json.dumps(dataclasses.asdict(results), indent=1), encoding="utf-8")
    unfinished.replace(path)


def load(path: Path) -> Results:
    """Read what `store` has written."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    return Results(
        {name: Outcome(**outcome) for name, outcome in raw["tests"].items()},
        raw["subtests"],
        {name: Outcome(**outcome) for name, outcome in raw["fixtures"].items()},
    )


def _key(interpreter: Interpreter, module: str) -> str:
    source = interpreter.package.joinpath(*module.split(".")[1:]).with_suffix(".py")
    parts = [interpreter.identity, platform.node(), platform.release(), str(os.getuid())]
    digest = hashlib.sha256("\0".join(parts).encode())
    for path in (source, WORKER, WORKER.with_name("modules.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
