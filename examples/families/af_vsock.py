"""AF_VSOCK: an echo within this machine. It needs Linux 5.6 and the module vsock_loopback (modprobe vsock_loopback)."""

import sockcore as socket

with socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) as server:
    server.bind((socket.VMADDR_CID_ANY, socket.VMADDR_PORT_ANY))
    server.listen()
    _, port = server.getsockname()
    with socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) as client:
        client.connect((socket.VMADDR_CID_LOCAL, port))
        connection, (cid, _) = server.accept()
        with connection:
            client.sendall(b"hello")
            print(connection.recv(100), "from", cid)
