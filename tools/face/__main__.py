"""Write the stubs, or with --check say which are not as the tables have it: ``python -m tools.face``, in the root."""

from __future__ import annotations

import argparse
import sys

from . import stub


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 1 if --check found a difference."""
    parser = argparse.ArgumentParser(prog="python -m tools.face", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change no file")
    check = parser.parse_args(arguments).check
    differ = [path for path, text in stub.stubs().items() if not path.exists() or path.read_text() != text]
    for path in differ:
        if not check:
            path.write_text(stub.stubs()[path])
        print(f"{path.relative_to(stub.ROOT)}: {'not as the tables have it' if check else 'written'}")
    return 1 if check and differ else 0


if __name__ == "__main__":
    sys.exit(main())
