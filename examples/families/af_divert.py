"""AF_DIVERT: pass on each packet that the firewall of FreeBSD diverts to port 8668. It needs root.

``ipfw add divert 8668 icmp from any to any`` diverts packets.
"""

import sockcore as socket

with socket.socket(socket.AF_DIVERT, socket.SOCK_RAW) as sock:
    sock.bind(("0.0.0.0", 8668))
    while True:
        packet, address = sock.recvfrom(65535)
        print(len(packet), "bytes, rule", address[1])
        sock.sendto(packet, address)
