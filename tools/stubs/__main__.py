"""Write the stubs, or with --check list the outdated ones: ``python -m tools.stubs``, in the root folder."""

from __future__ import annotations

import argparse
import sys

from . import stub


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 1 if --check found a difference."""
    parser = argparse.ArgumentParser(prog="python -m tools.stubs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change no file")
    check = parser.parse_args(arguments).check
    differ = [path for path, text in stub.stubs().items() if not path.exists() or path.read_text() != text]
    for path in differ:
        if not check:
            path.write_text(stub.stubs()[path])
        print(f"{path.relative_to(stub.ROOT)}: {'outdated' if check else 'written'}")
    return 1 if check and differ else 0


if __name__ == "__main__":
    sys.exit(main())
