"""AF_NETLINK: the names of all network interfaces, from the kernel (RTM_GETLINK)."""

import struct

import sockcore as socket

RTM_GETLINK, NLM_F_REQUEST, NLM_F_DUMP, NLMSG_DONE, IFLA_IFNAME = 18, 0x001, 0x300, 3, 3
HEADER = struct.Struct("=IHHII")  # struct nlmsghdr

with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as sock:
    sock.bind((0, 0))  # pid 0: the kernel chooses the address
    body = bytes(16)  # struct ifinfomsg
    sock.sendto(HEADER.pack(HEADER.size + 16, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 1, 0) + body, (0, 0))
    names, is_complete = [], False
    while not is_complete:
        data = sock.recv(65536)
        while data:
            size, message_type, *_ = HEADER.unpack_from(data)
            is_complete = message_type == NLMSG_DONE
            attributes, data = data[32:size], data[(size + 3) // 4 * 4 :]
            while not is_complete and attributes:
                length, attribute = struct.unpack_from("=HH", attributes)
                if attribute == IFLA_IFNAME:
                    names.append(attributes[4 : length - 1].decode())
                attributes = attributes[(length + 3) // 4 * 4 :]
    print("lo" in names)
