"""The names that the core itself brings; no plugin may bring them too."""

from __future__ import annotations

#: Where each name of the core is, as "module:name". Names that begin with "_" are what programs have come to use.
HOME = {
    "CMSG_LEN": "ancillary:CMSG_LEN",
    "CMSG_SPACE": "ancillary:CMSG_SPACE",
    "RawAddress": "_registry.family:RawAddress",
    "SocketIO": "_object.file:SocketIO",
    "SocketType": "_object.socket:socket",
    "close": "_functions:close",
    "dup": "_functions:dup",
    "error": "_errors:error",
    "fromfd": "_functions:fromfd",
    "gaierror": "_errors:gaierror",
    "getdefaulttimeout": "_timeout:getdefaulttimeout",
    "herror": "_errors:herror",
    "setdefaulttimeout": "_timeout:setdefaulttimeout",
    "socket": "_object.socket:socket",
    "socketpair": "_functions:socketpair",
    "timeout": "_errors:timeout",
    "_GLOBAL_DEFAULT_TIMEOUT": "_timeout:GLOBAL_DEFAULT",
    "_GiveupOnSendfile": "_object.file:NoSendfile",
}

ENUMS = ("AddressFamily", "AddressInfo", "MsgFlag", "SocketKind")
MODULES = ("ancillary", "backends", "options", "plugin", "stdlib", "testing")
