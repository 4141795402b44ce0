"""Names of this package, for type checkers: nothing of this exists at run time."""

# Made by tools/stubs: not to be edited.

import sys

from sockcore import AddressFamily
if sys.platform != "win32":
    from sockcore_unix.descriptors import recv_fds as recv_fds
    from sockcore_unix.descriptors import send_fds as send_fds
AF_UNIX: AddressFamily
PF_UNIX: int
if sys.platform != "win32":
    SCM_RIGHTS: int
if sys.platform != "linux" and sys.platform != "win32":
    if sys.platform == "darwin" or sys.platform.startswith("freebsd") or sys.platform.startswith("netbsd"):
        SCM_CREDS: int
        SOL_LOCAL: int
if sys.platform != "linux" and sys.platform != "win32":
    if sys.platform == "darwin" or sys.platform.startswith("freebsd"):
        LOCAL_PEERCRED: int
if sys.platform != "darwin" and sys.platform != "win32":
    if sys.platform == "linux" or sys.platform.startswith("openbsd"):
        SO_PEERCRED: int
if sys.platform == "darwin":
    LOCAL_PEEREPID: int
    LOCAL_PEEREUUID: int
    LOCAL_PEERPID: int
    LOCAL_PEERTOKEN: int
    LOCAL_PEERUUID: int
if sys.platform == "linux":
    SCM_CREDENTIALS: int
    SCM_PIDFD: int
    SCM_SECURITY: int
    SO_PASSCRED: int
    SO_PASSPIDFD: int
    SO_PASSRIGHTS: int
    SO_PASSSEC: int
    SO_PEERGROUPS: int
    SO_PEERPIDFD: int
    SO_PEERSEC: int
if sys.platform != "linux" and sys.platform != "darwin" and sys.platform != "win32":
    if sys.platform.startswith("netbsd"):
        LOCAL_CONNWAIT: int
        LOCAL_OCREDS: int
        LOCAL_PEEREID: int
