"""``python -m sockcore demo``."""

from __future__ import annotations

import os
import platform
import tempfile
from argparse import ArgumentParser
from contextlib import ExitStack
from functools import partial

from sockcore._cli import families
from sockcore._cli.kernel_support import kernel_support
from sockcore._plugins import discovery
from sockcore._plugins.hints import distribution_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from sockcore._cli.demo_scenarios import DatagramExchange, StreamEcho, WebFetch

    Scenario = StreamEcho | DatagramExchange | WebFetch


def main(arguments: list[str]) -> int:
    """Run the scenarios, then list the families; return 1 if a scenario failed."""
    parser = ArgumentParser(
        "python -m sockcore demo",
        description="Exchange data between processes over TCP, UDP, UNIX sockets and HTTP, print the result of each "
        "scenario, and list the installed address families. A scenario is skipped if its family is not installed, or "
        "if this kernel does not have it. The exit status is 1 if a scenario failed.",
    )
    parser.parse_args(arguments)
    import sockcore

    print(
        f"sockcore {sockcore.__version__}, {platform.python_implementation()} {platform.python_version()}, "
        f"{platform.system()} {platform.release()} {platform.machine()}\n\n"
        "Exchanging data with other processes over sockcore:",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as directory:
        outcomes = run_scenarios(directory)
    counts = [f"{outcomes.count(outcome)} {outcome}" for outcome in ("ok", "failed", "skipped") if outcome in outcomes]
    print(f"Result: {', '.join(counts)}\n\nAddress families (python -m sockcore families --help explains the columns):")
    found = [*families.rows()]
    print(families.listing(found) if found else families.NO_FAMILIES)
    return 1 if "failed" in outcomes else 0


def run_scenarios(directory: str) -> list[str]:
    """Run all scenarios, print a line for each, and return the outcomes.

    *directory* is for their files.
    """
    from sockcore._cli.demo_scenarios import LOOPBACK, DatagramExchange, StreamEcho, WebFetch

    path = os.path.join(directory, "echo")
    scenarios: list[tuple[str, str, Callable[[str], Scenario]]] = [
        ("TCP echo", "AF_INET", lambda title: StreamEcho(title, "AF_INET", "tcp", LOOPBACK, directory)),
        ("UDP exchange", "AF_INET", partial(DatagramExchange, directory=directory)),
        ("UNIX echo", "AF_UNIX", lambda title: StreamEcho(title, "AF_UNIX", "unix", path, directory)),
        ("HTTP fetch", "AF_INET", partial(WebFetch, directory=directory)),
    ]
    outcomes = []
    with ExitStack() as processes:
        started: list[tuple[str, str, Scenario | None]] = []
        for title, family, start in scenarios:
            problem = why_unusable(family)
            scenario = None if problem else start(title)
            if scenario:
                processes.enter_context(scenario.process)
            started.append((title, problem, scenario))
        for title, problem, scenario in started:
            outcome, text = run_scenario(scenario) if scenario else ("skipped", problem)
            outcomes.append(outcome)
            print(f"{outcome:7}  {title:12}  {text}", flush=True)
    return outcomes


def why_unusable(name: str) -> str:
    """Return why sockets of the family *name* cannot be opened, or an empty string."""
    import sockcore

    if not hasattr(sockcore, name):
        distribution = distribution_of(name)
        return f"{name} is not installed" + (f": pip install {distribution}" if distribution else "")
    support = kernel_support(discovery.registry().family(int(getattr(sockcore, name)), 0))
    return "" if support.opens else f"this kernel cannot open an {name} socket: {support.reason}"


def run_scenario(scenario: Scenario) -> tuple[str, str]:
    """Return a scenario's outcome, ``'ok'`` or ``'failed'``, and a sentence about it."""
    try:
        return "ok", scenario.run()
    except Exception as exc:
        return "failed", f"{type(exc).__name__}: {exc}"
