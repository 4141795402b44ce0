"""Print how many options and control messages each level has on each system, and where they make a round trip.

    python tests/inet/round_trip_counts.py

1. The first two tables have the options and messages that the plugins register on each system: ``tools/headers``
   simulates it, and compares numbers and structs with its headers.
2. The last tables are for Linux: round trips on a kernel like this one, round trips in the guest of ``tests/lab``, and
   those with a reason in ``test_round_trips.py`` or ``test_message_inventory.py``. Run as root.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE), str(HERE.parent / "headers")]

import test_message_inventory as messages  # noqa: E402
import test_round_trips as options  # noqa: E402
from test_option_tables import PATTERNS, SYSTEMS, registered  # noqa: E402

from sockcore._options import sol_socket  # noqa: E402
from sockcore.plugin import Option  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Options and messages that need the kernel configuration of the guest.
GUEST_ONLY = r"TCP_AO_\w+|SCTP_\w+|TLS_\w+"


def levels() -> dict[str, str]:
    """Return the level of each option, also of those of other systems, by its name."""
    rows = list(sol_socket.rows())
    for package in PATTERNS:
        if package != "sockcore":
            rows += [item for item in vars(import_module(f"{package}.options")).values() if isinstance(item, Option)]
    return {option.name: option.level_name for option in rows}


def message_level(name: str) -> str:
    """Return the part of the name of a message that stands for its protocol."""
    if name.startswith(("SCM_CAN", "SCM_J1939")):
        return "CAN"
    prefix = name.partition("_")[0]
    return "SOL_SOCKET" if prefix in ("SCM", "SO") else prefix


def show(title: str, rows: Mapping[str, Counter[str]], columns: Iterable[str]) -> None:
    columns = list(columns)
    print(f"\n{title:22}" + "".join(f"{column:>10}" for column in columns))
    total: Counter[str] = Counter()
    for level, counts in sorted(rows.items()):
        print(f"{level:22}" + "".join(f"{counts[column] or '-':>10}" for column in columns))
        total.update(counts)
    print(f"{'together':22}" + "".join(f"{total[column]:>10}" for column in columns))


def by_system() -> None:
    option_rows: dict[str, Counter[str]] = {}
    message_rows: dict[str, Counter[str]] = {}
    level_of = levels()
    for system in SYSTEMS:
        option_names, message_names = registered(system)
        for name in option_names:
            option_rows.setdefault(level_of.get(name, "other"), Counter())[system] += 1
        for name in message_names:
            message_rows.setdefault(message_level(name), Counter())[system] += 1
    show("options", option_rows, SYSTEMS)
    show("control messages", message_rows, SYSTEMS)


def place_of_option(option: Option[Any], sockets: dict[str, Any]) -> str:
    if any(re.fullmatch(pattern, option.name) for pattern in options.REASONS):
        return "reason"
    paths = [path for pattern, path in options.ELSEWHERE.items() if re.fullmatch(pattern, option.name)]
    lacks_level = options.SOCKETS.get(option.level_name) and option.level_name not in sockets
    in_guest = lacks_level or re.fullmatch(GUEST_ONLY, option.name) or any(path.startswith("lab") for path in paths)
    if in_guest or not (paths or option.name in options.EXAMPLES or options.exercised(option, sockets[""])):
        return "guest"
    return "here"


def place_of_message(name: str) -> str:
    if any(re.fullmatch(pattern, name) for pattern in messages.REASONS):
        return "reason"
    (path,) = (path for pattern, path in messages.TESTS.items() if re.fullmatch(pattern, name))
    return "guest" if path.startswith("lab") or re.fullmatch(GUEST_ONLY, name) else "here"


def on_linux() -> None:
    places = ("here", "guest", "reason")
    rows: dict[str, Counter[str]] = {}
    for sockets in options.open_sockets():
        for option in options.registered():
            rows.setdefault(option.level_name, Counter())[place_of_option(option, sockets)] += 1
    show("options on Linux", rows, places)
    rows = {}
    for codec in messages.registered():
        rows.setdefault(message_level(codec.name), Counter())[place_of_message(codec.name)] += 1
    show("messages on Linux", rows, places)


if __name__ == "__main__":
    by_system()
    on_linux()
