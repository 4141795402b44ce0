"""AF_QIPCRTR: a datagram between two sockets of this node."""

import sockcore as socket

with socket.socket(socket.AF_QIPCRTR, socket.SOCK_DGRAM) as receiver:
    receiver.settimeout(60)
    with socket.socket(socket.AF_QIPCRTR, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"hello", receiver.getsockname())
        data, (node, port) = receiver.recvfrom(100)
        print(data, "from node", node)
