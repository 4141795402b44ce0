"""Names by package, for type checkers, which pass over the packages that are not installed."""

# Made by tools/face: not to be edited.

from sockcore._platform.face import *
from sockcore_inet.face import *
from sockcore_unix.face import *
from sockcore_can.face import *
from sockcore_bluetooth.face import *
from sockcore_linux_misc.face import *
from sockcore_windows.face import *
from sockcore_bsd.face import *
