"""multiprocessing: connections of each family, and sockets sent to processes. Argument: the start method."""

import multiprocessing
import multiprocessing.connection
import socket
import sys
from multiprocessing import resource_sharer


def child(connection, sock):
    # The socket came as an argument; another comes over the pipe.
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
    ours, theirs = context.Pipe()
    first, second = socket.socketpair(), socket.socketpair()
    process = context.Process(target=child, args=(theirs, first[1]))
    process.start()
    ours.send(second[1])
    for here, there in (first, second):
        there.close()
        with here, here.makefile("rb") as file:
            print(file.read())
    print(ours.recv())
    process.join()
    print(process.exitcode)
    ours.close()
    theirs.close()
    resource_sharer.stop()  # the thread that sent the sockets: fork() warns of threads
    for family in ("AF_INET", "AF_PIPE" if sys.platform == "win32" else "AF_UNIX"):
        with multiprocessing.connection.Listener(family=family, authkey=b"key") as listener:
            process = context.Process(target=dial, args=(listener.address, b"key"))
            process.start()
            with listener.accept() as connection:
                print(connection.recv())
            process.join()


if __name__ == "__main__":
    main(sys.argv[1])
