"""Rows of single calls: one for each public function, method and property of the standard module.

A row is an expression. It is evaluated repeatedly with the same arguments, as most programs do. If ``new`` is set, a
second row evaluates it with arguments that the process has never used, so that caches do not hide the cost of a first
call.

`names` lists everything that needs a row; ``tests/benchmarks`` compares it with the rows.
"""

from __future__ import annotations

import itertools
import os
import re
import socket as plain
import sys
import tempfile
import types
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import measuring
from benchmarks.rows import kit
from benchmarks.rows.row import Row, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Callable

    from benchmarks.rows.row import Net, Work

LARGEST = 50_000  # the largest number of new arguments in one sample


class Call(NamedTuple):
    """An expression to measure."""

    expression: str
    #: Functions of this module that create the objects in the expression, by the name of the object.
    objects: dict[str, str] = {}
    #: An expression with ``i``, a number that is never repeated: the value of ``new`` in the second row.
    new: str = ""
    #: Constants that both modules must have.
    needs: tuple[str, ...] = ()


UDP, TCP, UNIX = {"sock": "udp"}, {"sock": "tcp"}, {"sock": "unix_pair"}
HOST = "'10.%d.%d.%d' % (i >> 16 & 255, i >> 8 & 255, i & 255)"
HOST6 = "'2001:db8::%x:%x' % (i >> 16, i & 65535)"

#: Name -> call. The name of a method begins with a dot.
CALLS = {
    # Conversions
    "htons": Call("net.htons(80)", new="i & 65535"),
    "htonl": Call("net.htonl(0x7f000001)", new="i"),
    "ntohs": Call("net.ntohs(80)", new="i & 65535"),
    "ntohl": Call("net.ntohl(0x7f000001)", new="i"),
    "inet_aton": Call("net.inet_aton('127.0.0.1')", new=HOST),
    "inet_ntoa": Call("net.inet_ntoa(b'\\x7f\\0\\0\\1')", new="i.to_bytes(4, 'big')"),
    "inet_pton": Call("net.inet_pton(net.AF_INET6, '2001:db8::1')", new=HOST6),
    "inet_ntop": Call("net.inet_ntop(net.AF_INET6, packed)", {"packed": "ipv6_address"}, new="i.to_bytes(16, 'big')"),
    "CMSG_LEN": Call("net.CMSG_LEN(12)", new="i & 65535", needs=("CMSG_LEN",)),
    "CMSG_SPACE": Call("net.CMSG_SPACE(12)", new="i & 65535", needs=("CMSG_SPACE",)),
    # Names of hosts, services, protocols and interfaces
    "getaddrinfo": Call("net.getaddrinfo('127.0.0.1', 80, 0, net.SOCK_STREAM)", new=HOST),
    "getnameinfo": Call("net.getnameinfo(('127.0.0.1', 80), 3)", new=f"({HOST}, 80)"),
    "gethostbyname": Call("net.gethostbyname('127.0.0.1')", new=HOST),
    "gethostbyname_ex": Call("net.gethostbyname_ex('localhost')"),
    "gethostbyaddr": Call("net.gethostbyaddr('127.0.0.1')"),
    "getfqdn": Call("net.getfqdn('localhost')"),
    "gethostname": Call("net.gethostname()"),
    "sethostname": Call("net.sethostname(hostname)", {"hostname": "own_host_name"}),
    "getservbyname": Call("net.getservbyname('http', 'tcp')"),
    "getservbyport": Call("net.getservbyport(80, 'tcp')"),
    "getprotobyname": Call("net.getprotobyname('tcp')"),
    "if_nameindex": Call("net.if_nameindex()"),
    "if_nametoindex": Call("net.if_nametoindex('lo')"),
    "if_indextoname": Call("net.if_indextoname(1)"),
    # Sockets from functions
    "socket": Call("net.socket(net.AF_INET, net.SOCK_DGRAM).close()"),
    "SocketType": Call("module.SocketType"),
    "socketpair": Call("[each.close() for each in net.socketpair()]"),
    "fromfd": Call("net.fromfd(sock.fileno(), net.AF_INET, net.SOCK_DGRAM).close()", UDP),
    "dup": Call("net.close(net.dup(sock.fileno()))", UDP),
    "close": Call("net.close(os.dup(sock.fileno()))", UDP),
    "create_connection": Call("finish_connection(net.create_connection(address, 5), server)", {"server": "tcp_server"}),
    "create_server": Call("net.create_server(('127.0.0.1', 0)).close()"),
    "has_dualstack_ipv6": Call("net.has_dualstack_ipv6()"),
    "send_fds": Call("(net.send_fds(sock, [b'x'], [0]), os.read(other.fileno(), 1))", UNIX),
    "recv_fds": Call("(sock.sendmsg(fd_message, rights), close_fds(net.recv_fds(other, 1, 1)))", UNIX),
    "getdefaulttimeout": Call("net.getdefaulttimeout()"),
    "setdefaulttimeout": Call("net.setdefaulttimeout(None)"),
    "module attribute": Call("module.AF_INET"),
    # Methods and properties
    ".accept": Call("accept_one(sock, client(address))", {"sock": "tcp_server"}),
    ".bind": Call("bound(net.socket(net.AF_INET, net.SOCK_DGRAM), ('127.0.0.1', 0)).close()"),
    ".close": Call("net.socket(net.AF_INET, net.SOCK_DGRAM).close()"),
    ".connect": Call("sock.connect(('127.0.0.1', 9))", UDP, new=f"({HOST.replace('10.', '127.')}, 9)"),
    ".connect_ex": Call("sock.connect_ex(('127.0.0.1', 9))", UDP, new=f"({HOST.replace('10.', '127.')}, 9)"),
    ".detach": Call("os.close(net.socket(net.AF_INET, net.SOCK_DGRAM).detach())"),
    ".dup": Call("sock.dup().close()", UDP),
    ".family": Call("sock.family", UDP),
    ".type": Call("sock.type", UDP),
    ".proto": Call("sock.proto", UDP),
    ".timeout": Call("sock.timeout", UDP),
    ".fileno": Call("sock.fileno()", UDP),
    ".get_inheritable": Call("sock.get_inheritable()", UDP),
    ".set_inheritable": Call("sock.set_inheritable(False)", UDP),
    ".getblocking": Call("sock.getblocking()", UDP),
    ".setblocking": Call("sock.setblocking(True)", UDP),
    ".gettimeout": Call("sock.gettimeout()", UDP),
    ".settimeout": Call("sock.settimeout(5.0)", UDP, new="1 + i / 1024"),
    ".settimeout None": Call("sock.settimeout(None)", UDP),
    ".getpeername": Call("sock.getpeername()", TCP),
    ".getsockname": Call("sock.getsockname()", TCP),
    ".getsockopt": Call("sock.getsockopt(net.SOL_SOCKET, net.SO_RCVBUF)", UDP),
    ".getsockopt bytes": Call("sock.getsockopt(net.SOL_SOCKET, net.SO_LINGER, 8)", UDP),
    ".setsockopt": Call("sock.setsockopt(net.SOL_SOCKET, net.SO_REUSEADDR, 1)", UDP),
    ".setsockopt bytes": Call("sock.setsockopt(net.SOL_SOCKET, net.SO_LINGER, b'\\0' * 8)", UDP),
    ".listen": Call("sock.listen(8)", {"sock": "tcp_server"}),
    ".makefile": Call("sock.makefile('rb').close()", UNIX),
    ".shutdown": Call("sock.shutdown(net.SHUT_RD)", UNIX),
    ".send": Call("(sock.send(data), os.read(other.fileno(), 64))", UNIX),
    ".sendall": Call("(sock.sendall(data), os.read(other.fileno(), 64))", UNIX),
    ".sendmsg": Call("(sock.sendmsg(buffers), os.read(other.fileno(), 64))", UNIX),
    ".sendto": Call("(sock.sendto(data, own), os.read(sock.fileno(), 64))", UDP),
    ".sendfile": Call("(sock.sendfile(file, 0, 64), os.read(other.fileno(), 64))", {**UNIX, "file": "small_file"}),
    ".recv": Call("(os.write(other.fileno(), data), sock.recv(64))", UNIX),
    ".recv_into": Call("(os.write(other.fileno(), data), sock.recv_into(space))", UNIX),
    ".recvfrom": Call("(sock.sendto(data, own), sock.recvfrom(64))", UDP),
    ".recvfrom_into": Call("(sock.sendto(data, own), sock.recvfrom_into(space))", UDP),
    ".recvmsg": Call("(os.write(other.fileno(), data), sock.recvmsg(64))", UNIX),
    ".recvmsg_into": Call("(os.write(other.fileno(), data), sock.recvmsg_into([space]))", UNIX),
    ".sendmsg_afalg": Call("sock.sendmsg_afalg([data], op=net.ALG_OP_ENCRYPT)", {"sock": "cipher"}, needs=("AF_ALG",)),
    ".repr": Call("repr(sock)", UDP),
}

#: Names of the standard module that are not calls: exceptions, enums, and classes that programs do not create.
NO_CALLS = {
    "AddressFamily": "an enum", "AddressInfo": "an enum", "MsgFlag": "an enum", "SocketKind": "an enum",
    "SocketIO": "makefile() creates it", "error": "an exception", "gaierror": "an exception", "herror": "an exception",
    "timeout": "an exception", "IntEnum": "an import", "IntFlag": "an import", "EBADF": "an import",
}  # fmt: skip
#: Rows of names that not every system has, or that PyPy lacks.
OTHER_SYSTEMS = {"CMSG_LEN", "CMSG_SPACE", "send_fds", "recv_fds", "sethostname", ".sendmsg_afalg", ".sendmsg",
                 ".recvmsg", ".recvmsg_into", "if_nameindex", "if_nametoindex", "if_indextoname"}  # fmt: skip


def names(net: Net) -> set[str]:
    """Return the names that need a row.

    These are all public functions, methods and properties of the standard module.
    """
    public = {name: value for name, value in vars(net).items() if not name.startswith("_")}
    callables = (type, types.FunctionType, types.BuiltinFunctionType)
    functions = {name for name, value in public.items() if isinstance(value, callables) and name not in NO_CALLS}
    return functions | {f".{name}" for name in dir(net.socket) if not name.startswith("_")}


def rows() -> Iterator[Row]:
    """Yield the rows."""
    for name, call in CALLS.items():
        needs = ("AF_INET", *call.needs)
        yield Row(f"call {name}", call.expression, repeated, {"name": name}, needs)
        if call.new:
            yield Row(f"call {name} new", f"{call.expression}, new arguments", unrepeated, {"name": name}, needs)


def repeated(net: Net, name: str) -> Iterator[Work]:
    call = _call_of(name)
    with ExitStack() as stack:
        yield _compile(f"for _ in repeat(None, count): {call.expression}", _objects(net, call, stack))


def unrepeated(net: Net, name: str) -> Iterator[Work]:
    call = _call_of(name)
    expression = _with_new_argument(call.expression)
    with ExitStack() as stack:
        objects = _objects(net, call, stack)
        calls = _compile(f"for new in values: {expression}", objects)
        value = eval(f"lambda i: {call.new}", objects)
        numbers = itertools.count(1)

        def work(count: int) -> float:
            elapsed = 0.0
            for start in range(0, count, LARGEST):
                values = [value(next(numbers)) for _ in range(min(LARGEST, count - start))]
                began = measuring.clock()
                calls(values)
                elapsed += measuring.clock() - began
            return elapsed

        yield work


def _call_of(name: str) -> Call:
    """Return the call of a row. Raises Skip if the standard module lacks the name on this system."""
    call = name.partition(" ")[0]
    owner, attribute = (plain.socket, call[1:]) if call.startswith(".") else (plain, call)
    if call in OTHER_SYSTEMS and not hasattr(owner, attribute):
        raise Skip(f"the standard module does not have {call} on this system")
    return CALLS[name]


def _with_new_argument(expression: str) -> str:
    """Replace the host, number or address among the arguments by ``new``."""
    function, _, arguments = expression.partition("(")
    if function.endswith(("pton", "ntop")):
        return f"{function}({arguments.partition(', ')[0]}, new)"
    if function.endswith("getaddrinfo"):
        return f"{function}(new, {arguments.partition(', ')[2]}"
    if function.endswith("getnameinfo"):
        return f"{function}(new, 3)"
    return f"{function}(new)"


def _compile(statement: str, objects: dict[str, Any]) -> Callable[[Any], None]:
    if sys.platform == "win32":
        # The functions of os do not accept the handle of a socket.
        statement = re.sub(r"\bos\.(read|write)\((\w+)\.fileno\(\), ", r"os_\1(\2, ", statement)
    argument = "values" if " values:" in statement else "count"
    # Functions and constants become local variables, because attributes of the module have a row ("module attribute").
    local = {name: getattr(objects["net"], name) for name in re.findall(r"\bnet\.(\w+)", statement)}
    scope = {**objects, **local}
    parameters = "".join(f", {name}={name}" for name in scope if name.isidentifier())
    statement = re.sub(r"\bnet\.(\w+)", r"\1", statement)
    exec(f"def work({argument}{parameters}):\n    {statement}\n", scope)
    work: Callable[[Any], None] = scope["work"]
    return work


def _objects(net: Net, call: Call, stack: ExitStack) -> dict[str, Any]:
    """Create the objects of the expression."""
    scope: dict[str, Any] = {
        "net": net, "module": net, "os": os, "repeat": itertools.repeat, "data": kit.DATA, "space": bytearray(64),
        "buffers": [kit.DATA[:32], kit.DATA[32:]],
    }  # fmt: skip
    for name, maker in call.objects.items():
        _MAKERS[maker](net, stack, scope, name)
    scope.update(
        finish_connection=_finish_connection, accept_one=_accept_one, bound=_bound, close_fds=_close_fds, client=None
    )
    if "client(" in call.expression:

        def client(address: Any) -> Any:
            sock = net.socket(net.AF_INET, net.SOCK_STREAM)
            sock.connect(address)
            return sock

        scope["client"] = client
    return scope


def _udp(net: Net, stack: ExitStack, scope: dict[str, Any], name: str) -> None:
    scope[name] = sock = stack.enter_context(net.socket(net.AF_INET, net.SOCK_DGRAM))
    sock.bind(("127.0.0.1", 0))
    scope["own"] = sock.getsockname()
    if sys.platform == "win32":
        receiver = plain.socket(fileno=sock.fileno())
        scope["os_read"] = lambda _, size: receiver.recv(size)
        stack.callback(receiver.detach)


def _tcp(net: Net, stack: ExitStack, scope: dict[str, Any], name: str) -> None:
    scope[name], scope["other"] = stack.enter_context(kit.tcp(net))


def _unix_pair(net: Net, stack: ExitStack, scope: dict[str, Any], name: str) -> None:
    # sockcore has AF_UNIX on Windows, and socketpair() there is for AF_INET and AF_INET6.
    pair = kit.pair(net) if hasattr(net, "AF_UNIX") and sys.platform != "win32" else kit.tcp(net)
    scope[name], scope["other"] = stack.enter_context(pair)
    if sys.platform == "win32":
        plain_sockets = {sock: plain.socket(fileno=sock.fileno()) for sock in (scope[name], scope["other"])}
        scope["os_read"] = lambda sock, size: plain_sockets[sock].recv(size)
        scope["os_write"] = lambda sock, data: plain_sockets[sock].send(data)
        for sock in plain_sockets.values():
            stack.callback(sock.detach)
    scope["fd_message"] = [b"x"]
    scope["rights"] = (
        [(net.SOL_SOCKET, net.SCM_RIGHTS, (0).to_bytes(4, "little"))] if hasattr(net, "SCM_RIGHTS") else []
    )


def _tcp_server(net: Net, stack: ExitStack, scope: dict[str, Any], name: str) -> None:
    scope[name] = server = stack.enter_context(kit.listener(net))
    kit.reset(server)
    scope["address"] = server.getsockname()


def _ipv6_address(net: Net, stack: ExitStack, scope: dict[str, Any], name: str) -> None:
    scope[name] = b"\x20\x01\x0d\xb8" + bytes(11) + b"\1"


def _own_host_name(net: Net, stack: ExitStack, scope: dict[str, Any], name: str) -> None:
    scope[name] = net.gethostname()
    try:
        net.sethostname(scope[name])
    except PermissionError as exc:
        raise Skip("needs the right to set the host name") from exc


def _small_file(net: Net, stack: ExitStack, scope: dict[str, Any], name: str) -> None:
    scope[name] = file = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
    file.write(kit.DATA)
    file.flush()


def _cipher(net: Net, stack: ExitStack, scope: dict[str, Any], name: str) -> None:
    algorithm = stack.enter_context(net.socket(net.AF_ALG, net.SOCK_SEQPACKET))
    algorithm.bind(("skcipher", "cbc(aes)"))
    algorithm.setsockopt(net.SOL_ALG, net.ALG_SET_KEY, bytes(16))
    scope[name], _ = algorithm.accept()
    stack.enter_context(scope[name])


_MAKERS: dict[str, Callable[[Net, ExitStack, dict[str, Any], str], None]] = {
    "udp": _udp,
    "tcp": _tcp,
    "unix_pair": _unix_pair,
    "tcp_server": _tcp_server,
    "ipv6_address": _ipv6_address,
    "own_host_name": _own_host_name,
    "small_file": _small_file,
    "cipher": _cipher,
}


def _finish_connection(client: Any, server: Any) -> None:
    connection, _ = server.accept()
    connection.close()
    client.close()


def _accept_one(server: Any, client: Any) -> None:
    connection, _ = server.accept()
    connection.close()
    client.close()


def _bound(sock: Any, address: Any) -> Any:
    sock.bind(address)
    return sock


def _close_fds(received: Any) -> None:
    for fd in received[1]:
        os.close(fd)
