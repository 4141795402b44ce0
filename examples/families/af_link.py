"""AF_LINK: the interface of a received datagram, on macOS and the BSDs (IP_RECVIF)."""

import sockcore as socket
from sockcore import ancillary

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
    receiver.bind(("127.0.0.1", 0))
    receiver.setsockopt(socket.IPPROTO_IP, socket.IP_RECVIF, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"hello", receiver.getsockname())
    data, messages, flags, address = receiver.recvmsg(100, 200)
    print(ancillary.decode(messages))  # [('IP_RECVIF', (index, type, name, address))]
