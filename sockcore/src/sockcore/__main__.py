"""``python -m sockcore``: see :mod:`sockcore._cli`."""

import sys

from sockcore._cli import main

if __name__ == "__main__":
    sys.exit(main())
