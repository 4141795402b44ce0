"""Print the frames that AF_PACKET captures of a datagram on the loopback interface, with their addresses."""

import socket

ETH_P_ALL, ETH_P_IP = 3, 0x0800
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)) as sniffer:
    sniffer.bind(("lo", ETH_P_ALL))
    sniffer.settimeout(60)
    print(sniffer.family, sniffer.type, sniffer.getsockname())
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        receiver.bind(("127.0.0.1", 40004))
        sender.sendto(b"a datagram", ("127.0.0.1", 40004))
        frames = []
        while len(frames) < 2:
            frame, address = sniffer.recvfrom(2000)
            if frame.endswith(b"a datagram"):
                frames.append(address)
                print(address, len(frame), frame[12:14].hex(), address[2] == socket.PACKET_OUTGOING)
    for invalid in [("nosuch0", ETH_P_IP), ("lo", 65536), ("lo",)]:
        try:
            sniffer.bind(invalid)
        except (OSError, OverflowError, TypeError) as exc:
            print(type(exc).__name__, getattr(exc, "errno", None))
