"""Processes of compilers: a limit of time, and an end of all of them after an interruption.

1. Each compiler has a process group, which contains the programs that it starts. The group is ended as a whole.
2. Ctrl-C in a terminal does not reach these groups. :func:`run` and :func:`map_in_threads` end them instead.
3. :class:`CompilerFault` means that each other run of the compiler would fail too. Callers do not try again.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import current_thread, main_thread
from typing import TypeVar

from sockcore._scaffold import ScaffoldError

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Seconds after which a compiler is ended.
TIME_LIMIT = 120.0
#: The processes that run now.
_running: set[subprocess.Popen[str]] = set()


class CompilerFault(ScaffoldError):
    """A compiler that does not start, does not end, or does not write an object file."""


def run(command: Sequence[str], folder: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a compiler in *folder*; return the process with its output.

    Raises CompilerFault if it cannot be started, if a signal ends it, or after :data:`TIME_LIMIT` seconds.
    """
    if current_thread() is not main_thread():
        return _run(command, folder, environment)
    # KeyboardInterrupt is raised in the main thread. If that happened in Popen(), the process would go on.
    [done] = map_in_threads(lambda words: _run(words, folder, environment), [command])
    return done


def _run(command: Sequence[str], folder: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
    except OSError as exc:
        raise CompilerFault(f"cannot run the compiler {command[0]}: {exc.strerror}") from None
    with process:
        _running.add(process)
        try:
            stdout, stderr = process.communicate(timeout=TIME_LIMIT)
        except subprocess.TimeoutExpired:
            raise CompilerFault(
                f"the compiler did not end within {TIME_LIMIT:g} seconds: {shlex.join(command)}"
            ) from None
        finally:
            _running.discard(process)
            if process.poll() is None:
                _kill(process)
    if process.returncode < 0:
        raise CompilerFault(f"{_signal_name(-process.returncode)} ended the compiler: {shlex.join(command)}")
    return subprocess.CompletedProcess(command, process.returncode, stdout, stderr)


def map_in_threads(function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Return the result of *function* for each item, calculated in as many threads as there are processors.

    After an exception, which includes KeyboardInterrupt, the compilers in all threads are ended.
    """
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        futures: list[Future[Result]] = []
        try:
            futures += [pool.submit(function, item) for item in items]
            return [future.result() for future in futures]
        except BaseException:
            for future in futures:
                future.cancel()
            # A thread may be about to start a compiler.
            while wait(futures, 0.1).not_done:
                for process in list(_running):
                    _kill(process)
            raise


def _kill(process: subprocess.Popen[str]) -> None:
    """End a process with its group."""
    try:
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    except OSError:
        pass  # it has ended


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
