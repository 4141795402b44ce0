"""AF_INET6: a UDP datagram over loopback."""

import sockcore as socket

with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as receiver:
    receiver.bind(("::1", 0))
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"hello", receiver.getsockname())
    data, (host, port, flowinfo, scope_id) = receiver.recvfrom(100)
    print(data, "from", host)
