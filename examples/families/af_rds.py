"""AF_RDS: a reliable datagram over loopback."""

import sockcore as socket

with socket.socket(socket.AF_RDS, socket.SOCK_SEQPACKET) as receiver:
    receiver.bind(("127.0.0.1", 4001))
    receiver.settimeout(60)
    with socket.socket(socket.AF_RDS, socket.SOCK_SEQPACKET) as sender:
        sender.bind(("127.0.0.1", 4002))
        sender.sendto(b"hello", ("127.0.0.1", 4001))
        data, address = receiver.recvfrom(100)
        print(data, "from", address)
