"""AF_PACKET: an Ethernet frame on the loopback interface. It needs root, or CAP_NET_RAW."""

import sockcore as socket

PROTOCOL = 0x88B5  # for local experiments (IEEE Std 802)
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
    sock.bind(("lo", PROTOCOL))
    sock.settimeout(60)
    sock.send(bytes(12) + PROTOCOL.to_bytes(2, "big") + b"hello")
    frame, (interface, protocol, packet_type, hardware_type, address) = sock.recvfrom(2000)
    print(frame[14:], "on", interface)
