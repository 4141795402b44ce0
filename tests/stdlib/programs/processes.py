"""multiprocessing: connections of each family, and sockets that are sent to processes. Argument: the start method."""

import multiprocessing
import multiprocessing.connection
import socket
import sys
from multiprocessing import resource_sharer


def child(connection, sock):
    # The process received one socket as an argument. It receives another over the pipe.
    with sock:
        sock.sendall(b"from the argument")
    with connection.recv() as other:
        other.sendall(b"from the pipe")
        connection.send((other.family.name, other.type.name, other.proto, other.gettimeout()))
    connection.close()


def dial(address, key):
    with multiprocessing.connection.Client(address, authkey=key) as client:
        client.send({"address family": type(address).__name__})


def main(method):
    context = multiprocessing.get_context(method)
    parent_end, child_end = context.Pipe()
    first, second = socket.socketpair(), socket.socketpair()
    process = context.Process(target=child, args=(child_end, first[1]))
    process.start()
    parent_end.send(second[1])
    for left, right in (first, second):
        right.close()
        with left, left.makefile("rb") as file:
            print(file.read())
    print(parent_end.recv())
    process.join()
    print(process.exitcode)
    parent_end.close()
    child_end.close()
    resource_sharer.stop()  # stop the thread that sent the sockets, because fork() warns if there are threads
    for family in ("AF_INET", "AF_PIPE" if sys.platform == "win32" else "AF_UNIX"):
        with multiprocessing.connection.Listener(family=family, authkey=b"key") as listener:
            process = context.Process(target=dial, args=(listener.address, b"key"))
            process.start()
            with listener.accept() as connection:
                print(connection.recv())
            process.join()


if __name__ == "__main__":
    main(sys.argv[1])
