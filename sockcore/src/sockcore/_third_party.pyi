"""Methods of sockets from third-party plugins, for type checkers.

``sockcore_third_party`` is a stub that the project of a user has. A type checker ignores it if it does not exist.
"""

# mypy keeps the first definition of a name, and pyright uses the last one.
from sockcore_third_party import *  # type: ignore[import-not-found]

from sockcore._typing import SocketMethods as SocketMethods

from sockcore_third_party import *  # isort: skip
