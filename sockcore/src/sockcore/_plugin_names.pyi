"""Names by package, for type checkers, which pass over the packages that are not installed."""

# Made by tools/stubs: not to be edited.

from sockcore._platform._names import *
from sockcore_inet._names import *
from sockcore_unix._names import *
from sockcore_can._names import *
from sockcore_bluetooth._names import *
from sockcore_linux_misc._names import *
from sockcore_windows._names import *
from sockcore_bsd._names import *
from sockcore_third_party import *  # type: ignore[import-not-found]
