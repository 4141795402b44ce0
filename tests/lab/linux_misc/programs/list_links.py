"""Print the network interfaces that rtnetlink dumps: index, name, type of hardware, address."""

import socket
import struct

RTM_NEWLINK, RTM_GETLINK, IFLA_ADDRESS, IFLA_IFNAME = 16, 18, 1, 3
NLMSG_ERROR, NLMSG_DONE, REQUEST_DUMP = 2, 3, 0x301
HEADER, LINK, ATTRIBUTE = struct.Struct("=IHHII"), struct.Struct("=BxHiII"), struct.Struct("=HH")


def attributes(data):
    """Return the attributes of a message by type."""
    values = {}
    while len(data) >= ATTRIBUTE.size:
        length, attribute = ATTRIBUTE.unpack_from(data)
        values[attribute] = data[ATTRIBUTE.size : length]
        data = data[length + -length % 4 :]
    return values


with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as sock:
    sock.settimeout(60)
    sock.bind((0, 0))
    print(type(sock.getsockname()), sock.getsockname()[1])
    request = HEADER.pack(HEADER.size + LINK.size, RTM_GETLINK, REQUEST_DUMP, 1, 0) + LINK.pack(0, 0, 0, 0, 0)
    sock.sendto(request, (0, 0))
    done = False
    while not done:
        data, address = sock.recvfrom(65536)
        print("from", address)
        while data:
            length, message_type, _, _, _ = HEADER.unpack_from(data)
            message, data = data[HEADER.size : length], data[length + -length % 4 :]
            if message_type in (NLMSG_DONE, NLMSG_ERROR):
                done = True
            elif message_type == RTM_NEWLINK:
                _, hardware, index, _, _ = LINK.unpack_from(message)
                values = attributes(message[LINK.size :])
                name = values[IFLA_IFNAME].rstrip(b"\0").decode()
                print(index, name, hardware, values.get(IFLA_ADDRESS, b"").hex())
