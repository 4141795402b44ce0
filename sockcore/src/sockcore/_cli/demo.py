"""``python -m sockcore demo``."""

from __future__ import annotations

import os
import platform
import tempfile
from argparse import ArgumentParser
from contextlib import ExitStack
from functools import partial

from sockcore._cli import families
from sockcore._cli.probe import probe
from sockcore._registry import discovery
from sockcore._registry.hints import distribution_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from sockcore._cli.acts import DatagramExchange, StreamEcho, WebFetch

    Act = StreamEcho | DatagramExchange | WebFetch


def main(arguments: list[str]) -> int:
    """Show the families, then play the acts; 1 if one failed."""
    parser = ArgumentParser(
        "python -m sockcore demo",
        description="Show which address families are installed and which of them this kernel opens; then send data "
        "over them between processes, and say what came of it. Exit status 1 if anything failed. An act whose "
        "family is not installed, or not opened by this kernel, is named and left out.",
    )
    parser.parse_args(arguments)
    import sockcore

    print(
        f"sockcore {sockcore.__version__}, {platform.python_implementation()} {platform.python_version()}, "
        f"{platform.system()} {platform.release()} {platform.machine()}\n"
    )
    print(families.listing() or families.NOTHING, end="\n\n", flush=True)
    with tempfile.TemporaryDirectory() as directory:
        return 1 if play(directory) else 0


def play(directory: str) -> int:
    """Play all acts, with files in *directory*, printing a line for each; return how many failed."""
    from sockcore._cli.acts import LOOPBACK, DatagramExchange, StreamEcho, WebFetch

    programme: list[tuple[str, str, Callable[[str], Act]]] = [
        ("TCP echo", "AF_INET", lambda title: StreamEcho(title, "AF_INET", "tcp", LOOPBACK, directory)),
        ("UDP exchange", "AF_INET", partial(DatagramExchange, directory=directory)),
        (
            "UNIX echo",
            "AF_UNIX",
            lambda title: StreamEcho(title, "AF_UNIX", "unix", os.path.join(directory, "echo"), directory),
        ),
        ("HTTP fetch", "AF_INET", partial(WebFetch, directory=directory)),
    ]
    failed = 0
    with ExitStack() as processes:
        acts: list[tuple[str, str, Act | None]] = []
        for title, needs, start in programme:
            why = lacking(needs)
            act = None if why else start(title)
            if act:
                processes.enter_context(act.process)
            acts.append((title, why, act))
        for title, why, act in acts:
            outcome, text = perform(act) if act else ("left out", why)
            failed += outcome == "FAILED"
            print(f"{outcome:8}  {title:12}  {text}", flush=True)
    return failed


def lacking(name: str) -> str:
    """Return why sockets of the family *name* cannot be opened here, "" if they can."""
    import sockcore

    if not hasattr(sockcore, name):
        return f"no plugin here brings {name}{_hint(name)}"
    found = probe(discovery.registry().family(int(getattr(sockcore, name)), 0))
    return "" if found.opens else f"this kernel opens no {name} ({found.text})"


def perform(act: Act) -> tuple[str, str]:
    """Play one act: return ``'ok'`` or ``'FAILED'``, and what it has to say."""
    try:
        return "ok", act.play()
    except Exception as problem:
        return "FAILED", f"{type(problem).__name__}: {problem}"


def _hint(name: str) -> str:
    distribution = distribution_of(name)
    return f" (pip install {distribution})" if distribution else ""
