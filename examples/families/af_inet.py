"""AF_INET: a TCP echo over loopback."""

import sockcore as socket

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as server:
    server.bind(("127.0.0.1", 0))  # port 0: the kernel chooses a free port
    server.listen()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as client:
        client.connect(server.getsockname())
        connection, address = server.accept()
        with connection:
            client.sendall(b"hello")
            print(connection.recv(100), "from", address[0])
